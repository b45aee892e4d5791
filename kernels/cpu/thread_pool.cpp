#include <atomic>
#include <cassert>
#include <exception>
#include <immintrin.h>
#include <memory>
#include <mutex>
#include <sched.h>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/parallel.h"

namespace inlay::kernels {
namespace {

using Body = std::function<void(std::int64_t, std::int64_t)>;

/// Set while a thread runs a chunk: calls from inside are serial.
thread_local bool insideChunk = false;

int availableCores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    const unsigned int count = std::thread::hardware_concurrency();
    return count > 0 ? static_cast<int>(count) : 1;
}

/// The next chunk of one thread's share, in a cache line of its own.
struct alignas(64) Share {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
};

/// The chunks of one call. Each thread begins with its share, the same stretch of rows in every op
/// of a step, so that it finds in its cache what it wrote there; then it helps the others. Which
/// thread runs a chunk has no influence on its bounds.
struct Job {
    const Body* body = nullptr;
    std::int64_t count = 0;
    std::int64_t grain = 1;
    std::vector<Share> shares;
    std::mutex failureMutex;
    std::exception_ptr failure;

    explicit Job(std::size_t threads)
        : shares(threads) {}

    void divide(std::int64_t chunks) {
        const auto threads = static_cast<std::int64_t>(shares.size());
        for (std::int64_t t = 0; t < threads; ++t) {
            Share& share = shares[static_cast<std::size_t>(t)];
            share.next.store(chunks * t / threads, std::memory_order_relaxed);
            share.end = chunks * (t + 1) / threads;
        }
    }

    void run(std::size_t thread) {
        insideChunk = true;
        for (std::size_t i = 0; i < shares.size(); ++i)
            finish(shares[(thread + i) % shares.size()]);
        insideChunk = false;
    }

private:
    void finish(Share& share) {
        for (;;) {
            const std::int64_t chunk = share.next.fetch_add(1, std::memory_order_relaxed);
            if (chunk >= share.end)
                return;
            const std::int64_t begin = chunk * grain;
            const std::int64_t end = begin + grain < count ? begin + grain : count;
            try {
                (*body)(begin, end);
            } catch (...) {
                const std::lock_guard lock(failureMutex);
                if (!failure)
                    failure = std::current_exception();
            }
        }
    }
};

/// Workers that spin for some tens of microseconds after a job, since the next op of a training
/// step follows at once, and then sleep.
class Pool {
public:
    explicit Pool(int threads)
        : job_(static_cast<std::size_t>(threads)) {
        for (int i = 1; i < threads; ++i)
            workers_.emplace_back([this, i] { work(static_cast<std::size_t>(i)); });
    }

    ~Pool() {
        stopping_ = true;
        wake();
        for (std::thread& worker : workers_)
            worker.join();
    }

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void run(std::int64_t count, std::int64_t grain, std::int64_t chunks, const Body& body) {
        job_.body = &body;
        job_.count = count;
        job_.grain = grain;
        job_.divide(chunks);
        job_.failure = nullptr;
        gate_.store(kOpen, std::memory_order_release);
        wake();
        job_.run(0);
        close();
        if (job_.failure) {
            const std::exception_ptr failure = std::exchange(job_.failure, nullptr);
            std::rethrow_exception(failure);
        }
    }

private:
    // The gate: open while chunks may be left, plus the number of workers inside. Late workers
    // find it closed, so the caller never waits for a thread that has not begun.
    static constexpr std::uint32_t kOpen = 0x80000000u;
    static constexpr int kSpins = 2000;

    void wake() {
        epoch_.fetch_add(1);
        if (sleepers_.load() > 0)
            epoch_.notify_all();
    }

    void close() {
        std::uint32_t inside = gate_.fetch_and(~kOpen) & ~kOpen;
        for (int spin = 0; inside != 0 && spin < kSpins; ++spin) {
            _mm_pause();
            inside = gate_.load(std::memory_order_acquire);
        }
        while (inside != 0) {
            gate_.wait(inside);
            inside = gate_.load(std::memory_order_acquire);
        }
    }

    bool enter() {
        std::uint32_t gate = gate_.load(std::memory_order_relaxed);
        while ((gate & kOpen) != 0)
            if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire,
                                            std::memory_order_relaxed))
                return true;
        return false;
    }

    void work(std::size_t thread) {
        std::uint32_t seen = 0;
        while (!stopping_) {
            std::uint32_t now = epoch_.load(std::memory_order_acquire);
            for (int spin = 0; now == seen && spin < kSpins; ++spin) {
                _mm_pause();
                now = epoch_.load(std::memory_order_acquire);
            }
            if (now == seen) {
                sleepers_.fetch_add(1);
                epoch_.wait(seen);
                sleepers_.fetch_sub(1);
                continue;
            }
            seen = now;
            if (enter()) {
                job_.run(thread);
                if (gate_.fetch_sub(1, std::memory_order_release) == 1)
                    gate_.notify_all();
            }
        }
    }

    Job job_;
    std::atomic<std::uint32_t> gate_{0};
    std::atomic<std::uint32_t> epoch_{0};
    std::atomic<int> sleepers_{0};
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> workers_;
};

/// The one pool of the process and the lock of whoever runs on it.
struct Shared {
    std::mutex mutex;
    std::atomic<int> threads{availableCores()};
    std::unique_ptr<Pool> pool;
};

Shared& shared() {
    static Shared instance;
    return instance;
}

void runSerially(std::int64_t count, std::int64_t grain, const Body& body) {
    for (std::int64_t begin = 0; begin < count; begin += grain)
        body(begin, begin + grain < count ? begin + grain : count);
}

} // namespace

void parallelFor(std::int64_t count, std::int64_t grain, const Body& body) {
    if (count <= 0)
        return;
    if (grain < 1)
        grain = 1;
    const std::int64_t chunks = (count + grain - 1) / grain;
    Shared& state = shared();
    if (chunks == 1 || insideChunk || state.threads.load(std::memory_order_relaxed) == 1)
        return runSerially(count, grain, body);
    // Another thread of the process is using the pool: do not wait for it.
    const std::unique_lock lock(state.mutex, std::try_to_lock);
    if (!lock.owns_lock())
        return runSerially(count, grain, body);
    if (!state.pool)
        state.pool = std::make_unique<Pool>(state.threads.load());
    state.pool->run(count, grain, chunks, body);
}

void setThreadCount(int threads) {
    Shared& state = shared();
    const int wanted = threads > 0 ? threads : availableCores();
    const std::lock_guard lock(state.mutex);
    if (wanted == state.threads.load())
        return;
    state.pool.reset();
    state.threads = wanted;
}

int threadCount() {
    return shared().threads.load();
}

} // namespace inlay::kernels
