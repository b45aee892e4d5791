#include "engine/runner/run_recorder.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/runner/store_patience.h"
#include "engine/store/run_store.h"
#include "engine/store/series_writer.h"

namespace inlay::engine {
namespace {

using Clock = std::chrono::steady_clock;

// Shorter than the promised 250 ms by the time a commit may take.
constexpr auto kCommitEvery = std::chrono::milliseconds(180);
constexpr auto kControlEvery = std::chrono::milliseconds(100);
constexpr auto kHeartbeatEvery = std::chrono::seconds(2);
constexpr std::size_t kKeepBytes = 64u << 20;

struct Point {
    int series;
    std::int64_t step;
    double value;
    std::int64_t wallMs;
};

struct PendingEvent {
    EventLevel level;
    std::string text;
};

struct PendingRow {
    std::string table;
    ResultRow row;
};

struct PendingOutcome {
    std::int64_t control;
    std::string outcome;
};

/// Everything that waits for the next commit.
struct Batch {
    std::vector<Point> points;
    std::vector<FrameRecord> frames;
    std::vector<PendingRow> rows;
    std::vector<PendingEvent> events;
    std::vector<PendingOutcome> outcomes;
    std::size_t bytes = 0;

    bool empty() const {
        return points.empty() && frames.empty() && rows.empty() && events.empty() &&
               outcomes.empty();
    }
};

} // namespace

struct RunRecorder::Private {
    Private(const std::string& storePath, RunId runId, int attemptNumber,
            const std::vector<OutputDeclaration>& declared)
        : store(RunStore::open(storePath, OpenMode::ReadWrite))
        , writer(store, runId, attemptNumber)
        , run(runId)
        , attempt(attemptNumber)
        , outputs(declared) {}

    void loop();
    bool commit(std::unique_lock<std::mutex>& lock);
    void write(Batch& batch, const Progress& now);
    void readControls();
    void fail(const std::string& sentence);

    RunStore store; // the writer thread's own connection
    SeriesWriter writer;
    const RunId run;
    const int attempt;
    const std::vector<OutputDeclaration>& outputs;

    std::map<std::string, int> handles; // experiment thread only
    std::vector<std::string> names;     // under mutex; index = handle
    std::vector<std::string> units;
    std::vector<int> writerHandles; // writer thread only
    struct Newest {
        std::int64_t step = 0;
        double value = 0;
        bool taken = true;
    };
    std::vector<Newest> newest; // experiment thread only; index = handle

    mutable std::mutex mutex;
    std::condition_variable wake;    // for the writer thread
    std::condition_variable changed; // for flush() and waitWhilePaused()
    Batch pending;
    Progress progress;
    std::uint64_t flushAsked = 0;
    std::uint64_t flushDone = 0;
    bool closing = false;
    std::vector<Setting> settings;
    std::string failureSentence;
    std::atomic<bool> hasFailed{false};
    std::atomic<Wish> wishNow{Wish::Run};
    std::atomic<bool> settingsWaiting{false};

    Batch unwritten;       // writer thread: taken from pending, not yet committed
    bool inWriter = false; // its points are already in the SeriesWriter
    std::optional<Clock::time_point> failingSince;
    Clock::time_point nextHeartbeat{};
    Clock::time_point nextControl{};
    bool warnedWal = false;
    std::set<std::int64_t> seenSettings; // handed out once, though pending until their outcome
    std::thread thread;
};

void RunRecorder::Private::fail(const std::string& sentence) {
    const std::scoped_lock lock(mutex);
    failureSentence = sentence;
    hasFailed.store(true, std::memory_order_relaxed);
    changed.notify_all();
}

void RunRecorder::Private::write(Batch& batch, const Progress& now) {
    if (!inWriter) {
        {
            const std::scoped_lock lock(mutex);
            for (std::size_t i = writerHandles.size(); i < names.size(); ++i)
                writerHandles.push_back(writer.series(names[i], units[i]));
        }
        for (const Point& point : batch.points)
            writer.add(writerHandles[static_cast<std::size_t>(point.series)], point.step,
                       point.value, point.wallMs);
        inWriter = true;
    }
    writer.commit([&] {
        for (const FrameRecord& frame : batch.frames)
            store.insertFrame(run, frame);
        for (const PendingRow& row : batch.rows)
            store.insertResultRow(run, row.table, row.row);
        for (const PendingEvent& event : batch.events)
            store.addEvent(run, event.level, event.text);
        for (const PendingOutcome& outcome : batch.outcomes)
            store.takeControl(outcome.control, outcome.outcome);
        store.heartbeat(run, now);
    });
}

// Writes what is pending in one transaction; on failure it stays and is tried again.
bool RunRecorder::Private::commit(std::unique_lock<std::mutex>& lock) {
    const std::uint64_t asked = flushAsked;
    if (unwritten.empty()) {
        unwritten = std::exchange(pending, Batch{});
        inWriter = false;
    }
    const Progress now = progress;
    lock.unlock();
    bool written = true;
    const auto time = Clock::now();
    if (time >= nextHeartbeat || !unwritten.empty()) {
        try {
            write(unwritten, now);
            unwritten = Batch{};
            nextHeartbeat = time + kHeartbeatEvery;
            failingSince.reset();
        } catch (const StoreError& error) {
            written = false;
            if (!failingSince)
                failingSince = time;
            const bool mayPass =
                error.fault() == StoreFault::DiskFull || error.fault() == StoreFault::Locked;
            const double seconds = std::chrono::duration<double>(time - *failingSince).count();
            if (!mayPass || seconds > kStorePatienceSeconds)
                fail(error.what());
        } catch (const std::exception& error) {
            // What the store refuses for its content never gets better; the run has to hear of it.
            written = false;
            fail(error.what());
        }
    }
    lock.lock();
    // A flush that was asked for while older data waited for a retry needs one more round.
    if (written && pending.empty())
        flushDone = asked;
    changed.notify_all();
    return written;
}

void RunRecorder::Private::readControls() {
    for (const ControlRecord& control : store.pendingControls(run)) {
        switch (control.verb) {
        case ControlVerb::Pause:
            if (wishNow.load() == Wish::Run)
                wishNow.store(Wish::Pause);
            store.takeControl(control.id, "pausing at the next step");
            break;
        case ControlVerb::Continue:
            if (wishNow.load() == Wish::Pause)
                wishNow.store(Wish::Run);
            store.takeControl(control.id, "continued");
            break;
        case ControlVerb::Stop:
            wishNow.store(Wish::Stop);
            store.takeControl(control.id, "stopping at the next step");
            break;
        case ControlVerb::Set: {
            if (!seenSettings.insert(control.id).second)
                break;
            const Json payload = parseJson(control.payload, "control row");
            const std::scoped_lock lock(mutex);
            settings.push_back(
                {control.id, payload.at("key").get<std::string>(), payload.at("value")});
            settingsWaiting.store(true, std::memory_order_relaxed);
            break;
        }
        }
    }
    const std::scoped_lock lock(mutex);
    changed.notify_all();
}

void RunRecorder::Private::loop() {
    std::unique_lock lock(mutex);
    auto nextCommit = Clock::now();
    for (;;) {
        const auto deadline = std::min(nextCommit, nextControl);
        wake.wait_until(lock, deadline, [&] { return closing || flushAsked != flushDone; });
        const auto now = Clock::now();
        const bool urgent = closing || flushAsked != flushDone;
        if (urgent || now >= nextCommit) {
            const bool written = commit(lock);
            nextCommit = now + kCommitEvery;
            if (hasFailed.load() || (closing && written && pending.empty() && unwritten.empty()))
                break;
            if (!written) {
                // Leave the disk or the other program a moment before the next try.
                wake.wait_for(lock, std::chrono::milliseconds(200));
                continue;
            }
        }
        if (now >= nextControl) {
            lock.unlock();
            try {
                readControls();
                if (!warnedWal && store.walBytes() > RunStore::kWalLimit) {
                    warnedWal = true;
                    store.addEvent(run, EventLevel::Warning,
                                   fmt::format("The store's write-ahead log has grown to {} MiB: "
                                               "another program keeps a read open.",
                                               store.walBytes() >> 20));
                }
            } catch (const std::exception& error) {
                log::warning(fmt::format("control rows could not be read: {}", error.what()));
            }
            nextControl = Clock::now() + kControlEvery;
            lock.lock();
        }
    }
    lock.unlock();
    if (!hasFailed.load()) {
        try {
            writer.seal();
        } catch (const std::exception& error) {
            // Sealing only packs what is already in the store.
            log::warning(fmt::format("series could not be packed: {}", error.what()));
        }
    }
    lock.lock();
    changed.notify_all();
}

RunRecorder::RunRecorder(const std::string& storePath, RunId run, int attempt,
                         const std::vector<OutputDeclaration>& outputs)
    : d_(std::make_unique<Private>(storePath, run, attempt, outputs)) {
    d_->thread = std::thread([this] { d_->loop(); });
}

RunRecorder::~RunRecorder() {
    close();
}

int RunRecorder::series(const std::string& name) {
    if (const auto found = d_->handles.find(name); found != d_->handles.end())
        return found->second;
    const OutputDeclaration* output = findOutput(d_->outputs, OutputType::Series, name);
    if (!output)
        throw std::logic_error(fmt::format("the series {} is not declared by its kind", name));
    const std::scoped_lock lock(d_->mutex);
    const int handle = static_cast<int>(d_->names.size());
    d_->names.push_back(name);
    d_->units.push_back(output->unit);
    d_->newest.emplace_back();
    d_->handles.emplace(name, handle);
    return handle;
}

void RunRecorder::record(int series, std::int64_t step, double value) {
    const std::int64_t wall = wallMilliseconds();
    d_->newest[static_cast<std::size_t>(series)] = {step, value, false};
    const std::scoped_lock lock(d_->mutex);
    if (d_->pending.bytes > kKeepBytes)
        return; // failed() follows within the retry time
    d_->pending.points.push_back({series, step, value, wall});
    d_->pending.bytes += sizeof(Point);
}

std::vector<RunRecorder::Latest> RunRecorder::takeLatest() {
    std::vector<Latest> latest;
    for (const auto& [name, handle] : d_->handles) {
        Private::Newest& newest = d_->newest[static_cast<std::size_t>(handle)];
        if (!std::exchange(newest.taken, true))
            latest.push_back({name, newest.step, newest.value});
    }
    return latest;
}

void RunRecorder::frame(FrameRecord frame) {
    if (!findOutput(d_->outputs, OutputType::Frame, frame.name))
        throw std::logic_error(fmt::format("the frame {} is not declared by its kind", frame.name));
    frame.attempt = d_->attempt;
    const std::scoped_lock lock(d_->mutex);
    d_->pending.bytes += frame.data.size();
    d_->pending.frames.push_back(std::move(frame));
}

void RunRecorder::resultRow(const std::string& table, std::int64_t row, Json data) {
    if (!findOutput(d_->outputs, OutputType::Table, table))
        throw std::logic_error(fmt::format("the table {} is not declared by its kind", table));
    std::string text = dumpJson(data);
    const std::scoped_lock lock(d_->mutex);
    d_->pending.bytes += text.size();
    d_->pending.rows.push_back({table, {d_->attempt, row, std::move(text)}});
}

void RunRecorder::event(EventLevel level, const std::string& text) {
    const std::scoped_lock lock(d_->mutex);
    d_->pending.events.push_back({level, text});
    d_->wake.notify_one();
}

void RunRecorder::metric(const std::string& name, double value) {
    if (!findOutput(d_->outputs, OutputType::Metric, name))
        throw std::logic_error(fmt::format("the metric {} is not declared by its kind", name));
    for (auto& [known, old] : metrics_) {
        if (known == name) {
            old = value;
            return;
        }
    }
    metrics_.emplace_back(name, value);
}

void RunRecorder::progress(std::int64_t step, std::int64_t totalSteps, std::int64_t etaMs) {
    const std::scoped_lock lock(d_->mutex);
    d_->progress = {step, totalSteps, etaMs};
}

bool RunRecorder::flush() {
    std::unique_lock lock(d_->mutex);
    const std::uint64_t wanted = ++d_->flushAsked;
    d_->wake.notify_one();
    d_->changed.wait(lock, [&] { return d_->flushDone >= wanted || d_->hasFailed.load(); });
    return !d_->hasFailed.load();
}

bool RunRecorder::close() {
    if (!d_->thread.joinable())
        return !d_->hasFailed.load();
    {
        const std::scoped_lock lock(d_->mutex);
        d_->closing = true;
        d_->wake.notify_one();
    }
    d_->thread.join();
    return !d_->hasFailed.load();
}

RunRecorder::Wish RunRecorder::wish() const {
    return d_->wishNow.load(std::memory_order_relaxed);
}

void RunRecorder::waitWhilePaused(int milliseconds) {
    std::unique_lock lock(d_->mutex);
    d_->changed.wait_for(lock, std::chrono::milliseconds(milliseconds),
                         [&] { return d_->wishNow.load() != Wish::Pause || d_->hasFailed.load(); });
}

std::vector<RunRecorder::Setting> RunRecorder::takeSettings() {
    if (!d_->settingsWaiting.load(std::memory_order_relaxed))
        return {};
    const std::scoped_lock lock(d_->mutex);
    d_->settingsWaiting.store(false, std::memory_order_relaxed);
    return std::exchange(d_->settings, {});
}

void RunRecorder::settingDone(std::int64_t control, const std::string& outcome) {
    const std::scoped_lock lock(d_->mutex);
    d_->pending.outcomes.push_back({control, outcome});
    d_->wake.notify_one();
}

bool RunRecorder::failed() const {
    return d_->hasFailed.load(std::memory_order_relaxed);
}

std::string RunRecorder::failure() const {
    const std::scoped_lock lock(d_->mutex);
    return d_->failureSentence;
}

} // namespace inlay::engine
