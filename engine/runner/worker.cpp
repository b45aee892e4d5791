#include "engine/runner/worker.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/runner/interrupt.h"
#include "engine/runner/spawn.h"
#include "engine/store/run_store.h"

namespace inlay::engine {
namespace {

constexpr auto kPollEvery = std::chrono::milliseconds(200);
constexpr double kHeartbeatSeconds = 5;
// Rows whose child ended without taking them (bad program, store locked) are not tried for ever.
constexpr int kTriesPerRun = 3;

struct Child {
    RunId run = 0;
    std::string device;
};

class Worker {
public:
    explicit Worker(const WorkerOptions& options)
        : options_(options)
        , store_(RunStore::open(options.storePath, OpenMode::ReadWrite)) {}

    bool run() {
        const ProcessIdentity self = ProcessIdentity::current();
        if (!store_.becomeWorker(self, options_.slotCount))
            return false;
        double idleSince = monotonicSeconds();
        double nextHeartbeat = 0;
        while (!interruptRequested()) {
            reap();
            if (monotonicSeconds() >= nextHeartbeat) {
                store_.workerHeartbeat(self);
                store_.markLostRuns();
                nextHeartbeat = monotonicSeconds() + kHeartbeatSeconds;
            }
            const bool busy = start() || !children_.empty();
            if (busy)
                idleSince = monotonicSeconds();
            else if (monotonicSeconds() - idleSince > options_.idleSeconds)
                break;
            std::this_thread::sleep_for(kPollEvery);
        }
        store_.resignWorker(self);
        return true;
    }

    /// A run queued between the last look and the resignation found a living worker and started
    /// none: its row would wait for ever.
    bool leftSomething() {
        RunFilter filter;
        filter.statuses = {RunStatus::Queued};
        for (const RunRecord& run : store_.listRuns(filter))
            if (run.owner.empty() && tries_[run.id] < kTriesPerRun)
                return !interruptRequested();
        return false;
    }

private:
    // True when something is queued that may still be started.
    bool start() {
        RunFilter filter;
        filter.statuses = {RunStatus::Queued};
        std::vector<RunRecord> queued = store_.listRuns(filter);
        bool waiting = false;
        for (auto run = queued.rbegin(); run != queued.rend(); ++run) {
            if (!run->owner.empty() || isChild(run->id) || tries_[run->id] >= kTriesPerRun)
                continue;
            waiting = true;
            if (running(run->device) >= options_.slotCount)
                continue;
            ++tries_[run->id];
            const std::int64_t pid =
                spawnProgram({options_.program, "run", "--store", options_.storePath, "--run",
                              std::to_string(run->id), "--json"},
                             logPath(store_.filesRoot(), run->id), SpawnSession::Child);
            children_[pid] = {run->id, run->device};
        }
        return waiting;
    }

    void reap() {
        while (const auto end = reapChild()) {
            const auto child = children_.find(end->pid);
            if (child == children_.end())
                continue;
            if (end->exitCode != 0)
                log::info(fmt::format("run {} ended with exit code {}", child->second.run,
                                      end->exitCode));
            giveUp(child->second.run);
            children_.erase(child);
            store_.markLostRuns();
        }
    }

    void giveUp(RunId id) {
        if (tries_[id] < kTriesPerRun)
            return;
        const auto record = store_.run(id);
        if (record && record->status == RunStatus::Queued)
            store_.setStatus(id, RunStatus::Failed,
                             fmt::format("The run could not be started; its output is in {}.",
                                         logPath(store_.filesRoot(), id)));
    }

    int running(const std::string& device) const {
        int count = 0;
        for (const auto& [pid, child] : children_)
            count += child.device == device ? 1 : 0;
        return count;
    }

    bool isChild(RunId run) const {
        for (const auto& [pid, child] : children_)
            if (child.run == run)
                return true;
        return false;
    }

    WorkerOptions options_;
    RunStore store_;
    std::map<std::int64_t, Child> children_;
    std::map<RunId, int> tries_;
};

} // namespace

bool runWorker(const WorkerOptions& options) {
    Worker worker(options);
    if (!worker.run())
        return false;
    while (worker.leftSomething() && worker.run()) {
    }
    return true;
}

void ensureWorker(const std::string& storePath, const std::string& program, int slotCount) {
    {
        RunStore store = RunStore::open(storePath, OpenMode::ReadWrite);
        const auto worker = store.worker();
        if (worker && !isLost(*worker, wallMilliseconds()))
            return;
    }
    spawnProgram({program, "work", "--store", storePath, "--slots", std::to_string(slotCount)}, {},
                 SpawnSession::Detached);
}

std::string logPath(const std::string& filesRoot, long long run) {
    const std::filesystem::path folder = std::filesystem::path(filesRoot) / "logs";
    std::filesystem::create_directories(folder);
    return (folder / fmt::format("run-{}.log", run)).string();
}

} // namespace inlay::engine
