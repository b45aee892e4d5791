#include "engine/runner/executor.h"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/runner/environment.h"
#include "engine/runner/interrupt.h"
#include "engine/runner/run_context.h"
#include "engine/runner/run_recorder.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

std::optional<RestorePoint> findRestorePoint(RunStore& store, RunId run) {
    for (const CheckpointRecord& checkpoint : store.checkpoints(run)) {
        if (store.checkpointIsSound(checkpoint))
            return RestorePoint{checkpoint.step, store.absolutePath(checkpoint.path)};
        store.addEvent(run, EventLevel::Warning,
                       fmt::format("The checkpoint of step {} is damaged and was passed over.",
                                   checkpoint.step));
    }
    return std::nullopt;
}

std::string attemptReason(int earlierAttempts, const std::optional<RestorePoint>& restore) {
    if (earlierAttempts == 0)
        return restore ? fmt::format("started from the checkpoint of step {}", restore->step)
                       : "start";
    return restore ? fmt::format("resumed at step {}", restore->step)
                   : "resumed at step 0: there was no checkpoint yet";
}

std::string joinIssues(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += (text.empty() ? "" : " ") + issue.message;
    return text;
}

void noteEnvironment(RunContext& context, const RunRecord& record, const Device& device) {
    const Json now = describeEnvironment(device);
    const Json before = Json::parse(record.environment, nullptr, false);
    for (const char* key : {"backend", "threads"}) {
        if (before.is_object() && before.contains(key) && before[key] != now[key])
            context.event(EventLevel::Warning,
                          fmt::format("{} was {} and is {} in this attempt: results may differ in "
                                      "their last bits.",
                                      key, dumpJson(before[key]), dumpJson(now[key])));
    }
    for (const auto& [key, value] : now.items())
        context.setEnvironment(key, value);
}

struct End {
    RunStatus status = RunStatus::Failed;
    std::string message;
};

End toEnd(const RunOutcome& outcome) {
    switch (outcome.end) {
    case RunEnd::Finished:
        return {RunStatus::Finished, {}};
    case RunEnd::Stopped:
        return {RunStatus::Stopped, {}};
    case RunEnd::Diverged:
        break;
    }
    return {RunStatus::Diverged, outcome.message};
}

End runKind(const ExperimentKind& kind, const Json& values, RunContext& context) {
    try {
        return toEnd(kind.run(values, context));
    } catch (const Error& error) {
        log::error(
            fmt::format("run {} failed: {} {}", context.run(), error.what(), error.detail()));
        return {RunStatus::Failed, error.what()};
    } catch (const std::bad_alloc&) {
        return {RunStatus::Failed, "The run needs more memory than there is."};
    } catch (const std::exception& error) {
        return {RunStatus::Failed, fmt::format("The run failed: {}.", error.what())};
    }
}

// A store without room is tried for a while: the recorder does so too, and somebody may make room.
constexpr double kWriteSeconds = 30;
constexpr auto kWritePause = std::chrono::milliseconds(250);

// False when the store could not be written in that time.
bool writePatiently(const std::function<void()>& write) {
    const double deadline = monotonicSeconds() + kWriteSeconds;
    for (;;) {
        try {
            write();
            return true;
        } catch (const StoreError& error) {
            if (monotonicSeconds() > deadline || interruptRequested()) {
                log::error(fmt::format("{} {}", error.what(), error.detail()));
                return false;
            }
        }
        std::this_thread::sleep_for(kWritePause);
    }
}

} // namespace

int exitCode(RunStatus status) {
    switch (status) {
    case RunStatus::Finished:
        return 0;
    case RunStatus::Stopped:
        return 3;
    default:
        return 1;
    }
}

ExecuteResult executeRun(const std::string& storePath, RunId run, const ExperimentKind& kind,
                         RunObserver* observer) {
    const double start = monotonicSeconds();
    RunStore store = RunStore::open(storePath, OpenMode::ReadWrite);
    const std::optional<RunRecord> record = store.run(run);
    if (!record)
        throw Error(fmt::format("run {} is not in {}", run, storePath));
    ExecuteResult result;
    result.run = run;
    int attemptNumber = 0;
    const auto finish = [&](const End& end, const Metrics& metrics) {
        const bool written = writePatiently([&] {
            store.transaction(
                [&] {
                    if (attemptNumber > 0)
                        store.endAttempt(run, attemptNumber);
                    store.endRun(run, end.status, end.message, metrics);
                    if (!end.message.empty())
                        store.addEvent(run, EventLevel::Error, end.message);
                },
                RunStore::Durability::Full);
        });
        result.status = written ? end.status : RunStatus::Failed;
        result.message = end.message;
        if (!written)
            result.message += fmt::format(
                "{}The end of run {} could not be written to {}; `inlay resume {}` continues it "
                "from its last checkpoint.",
                end.message.empty() ? "" : " ", run, store.path(), run);
        result.metrics = metrics;
        result.seconds = monotonicSeconds() - start;
        return result;
    };

    Json values;
    std::vector<Issue> issues;
    try {
        values = parseJson(record->config, fmt::format("the configuration of run {}", run));
        if (record->kindVersion < kind.version())
            kind.upgrade(record->kindVersion, values);
        issues = kind.schema().validate(values);
        if (issues.empty())
            issues = kind.check(values, record->device);
    } catch (const Error& error) {
        return finish({RunStatus::Failed, error.what()}, {});
    }
    if (!issues.empty())
        return finish({RunStatus::Failed, joinIssues(issues)}, {});

    kernels::setThreadCount(record->threads);
    std::optional<Device> device;
    try {
        device = Device::open(record->device);
    } catch (const Error& error) {
        return finish({RunStatus::Failed, error.what()}, {});
    }

    try {
        store.removeStrayFiles(run);
        const int earlier = static_cast<int>(store.attempts(run).size());
        const std::optional<RestorePoint> restore = findRestorePoint(store, run);
        const std::string reason = attemptReason(earlier, restore);
        attemptNumber = store.beginAttempt(run, restore ? restore->step : 0, reason).n;
        store.addEvent(run, EventLevel::Info,
                       fmt::format("Attempt {}: {}.", attemptNumber, reason));

        RunRecorder recorder(storePath, run, attemptNumber, kind.outputs());
        RunContext context({&store, *record, attemptNumber, restore, observer, &recorder, *device});
        noteEnvironment(context, *record, *device);
        End end = runKind(kind, values, context);
        context.reportMetrics();
        if (!recorder.close()) {
            end.status = RunStatus::Failed;
            end.message = recorder.failure();
        }
        return finish(end, recorder.metrics());
    } catch (const StoreError& error) {
        return finish({RunStatus::Failed, error.what()}, {});
    }
}

} // namespace inlay::engine
