#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/dry_run.h"
#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/projects.h"
#include "app/cli/result_table.h"
#include "app/cli/run_reference.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/interrupt.h"
#include "engine/runner/launch.h"
#include "engine/runner/spawn.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

struct RunArguments : LaunchArguments {
    RunId run = 0;
    bool dryRun = false;
    bool child = false; // started by `run FILE` with several runs: no result table of its own
};

int runQueuedRow(const Common& common, const RunArguments& arguments) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    ClaimFilter filter;
    filter.ids = {arguments.run};
    const std::optional<RunRecord> record = store.run(arguments.run);
    if (!record)
        return badInput(fmt::format("There is no run {} in {}.", arguments.run, store.path()),
                        common.json);
    if (!store.claimRun(filter, ProcessIdentity::current()))
        return badInput(fmt::format("Run {} is {}: only a queued run can be started with --run.",
                                    arguments.run, nameOf(record->status)),
                        common.json);
    const ExperimentKind* kind = findKind(record->kind);
    if (!kind) {
        const std::string sentence =
            fmt::format("This program does not know the kind {}.", record->kind);
        store.endRun(arguments.run, RunStatus::Failed, sentence, {});
        printSentence(sentence);
        if (common.json)
            printJson(resultJson({arguments.run, RunStatus::Failed, sentence, 0, {}}));
        return kFailed;
    }
    return executeHere(common, arguments.run, *kind, record->name,
                       arguments.child ? ShowTable::No : ShowTable::Yes);
}

// Each run in a process of its own, in order; a failed one does not end the others.
int runChildren(const Common& common, RunStore& store, const std::vector<RunId>& ids) {
    int worst = kOk;
    for (const RunId id : ids) {
        if (interruptRequested()) {
            store.setStatus(id, RunStatus::Stopped, "The run was not started: interrupted.");
            worst = std::max<int>(worst, kStopped);
            continue;
        }
        std::vector<std::string> command = {programPath(),      "run",   "--store",
                                            common.storePath(), "--run", std::to_string(id),
                                            "--child"};
        if (common.json)
            command.push_back("--json");
        worst = std::max(worst, runForeground(command));
    }
    return worst;
}

std::string groupState(RunStore& store, const std::vector<RunId>& ids) {
    bool stopped = false;
    for (const RunId id : ids) {
        const RunStatus status = store.run(id)->status;
        if (status == RunStatus::Stopped)
            stopped = true;
        else if (status != RunStatus::Finished)
            return "failed";
    }
    return stopped ? "stopped" : "finished";
}

int runFile(const Common& common, const RunArguments& arguments) {
    const Launch launch = launchFrom(arguments, common.storePath());
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    if (arguments.dryRun)
        return showDryRun(common, launch, "run");
    RunStore store = openStoreForRuns(common);
    const ExperimentKind& kind = *findKind(launch.runs.front().kind);
    if (launch.runs.size() == 1) {
        const RunId id = insertRunning(store, launch);
        return executeHere(common, id, kind, launch.runs.front().name, ShowTable::Yes);
    }
    const std::vector<RunId> ids = insertLaunch(store, launch, LaunchMode::OwnQueue);
    const int code = runChildren(common, store, ids);
    if (common.json)
        printJson({{"group", store.run(ids.front())->groupKey},
                   {"runs", ids},
                   {"state", groupState(store, ids)}});
    else
        printResultTable(common.storePath(), ids);
    return code;
}

struct ResumeArguments {
    std::string reference;
    std::optional<std::string> device;
    std::optional<int> threads;
};

int resume(const Common& common, const ResumeArguments& arguments) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    store.markLostRuns();
    std::string problem;
    const std::optional<RunRecord> record = findRun(store, arguments.reference, problem);
    if (!record)
        return badInput(problem, common.json);
    const auto alreadyRunning = [&] {
        return badInput(fmt::format("Run {} is running (process {} on {}); stop it first.",
                                    record->id, record->process.pid, record->process.host),
                        common.json);
    };
    const ExperimentKind* kind = findKind(record->kind);
    if (!kind && record->status != RunStatus::Finished)
        return badInput(fmt::format("This program does not know the kind {}.", record->kind),
                        common.json);
    if (arguments.device) {
        const std::vector<Issue> issues = checkDevice(*arguments.device);
        if (!issues.empty())
            return badInput(issues, common.json);
    }
    switch (record->status) {
    case RunStatus::Finished:
        if (common.json)
            printJson(resultJson({record->id, record->status, record->message,
                                  static_cast<double>(record->endedMs - record->startedMs) / 1000,
                                  store.metrics(record->id)}));
        else {
            printSentence(fmt::format("Run {} is finished; nothing was changed.", record->id));
            printResultTable(common.storePath(), {record->id});
        }
        return kOk;
    case RunStatus::Running:
    case RunStatus::Paused:
        return alreadyRunning();
    case RunStatus::Queued: {
        ClaimFilter filter;
        filter.ids = {record->id};
        if (!store.claimRun(filter, ProcessIdentity::current()))
            return alreadyRunning();
        break;
    }
    default:
        if (!store.claimForResume(record->id, ProcessIdentity::current()))
            return alreadyRunning();
    }
    if (arguments.device || arguments.threads)
        store.setCompute(record->id, arguments.device.value_or(record->device),
                         arguments.threads.value_or(record->threads));
    return executeHere(common, record->id, *kind, record->name, ShowTable::Yes);
}

} // namespace

void addRunCommands(CLI::App& program, Common& common) {
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* run = program.add_subcommand(
        "run", "Run a project file here and now: one run, or variants x grid x seeds in order");
    run->add_option("FILE", arguments->file, "Project file (*.inlay.json)")->type_name("");
    addLaunchOptions(*run, *arguments);
    run->add_option("--run", arguments->run, "Start a queued run of the store instead of a file")
        ->type_name("ID")
        ->excludes("FILE");
    addDryRunOption(*run, arguments->dryRun);
    run->add_flag("--child", arguments->child)->group("");
    addStoreOption(*run, common);
    addJsonOption(*run, common);
    run->callback([&common, arguments] {
        common.action = [&common, arguments] {
            if (arguments->run > 0)
                return runQueuedRow(common, *arguments);
            if (arguments->file.empty())
                return badInput("run needs a project file, or --run ID.", common.json);
            return runFile(common, *arguments);
        };
    });

    auto resuming = std::make_shared<ResumeArguments>();
    CLI::App* resumed = program.add_subcommand(
        "resume", "Continue a stopped, failed, diverged or lost run from its last checkpoint");
    resumed->add_option("RUN", resuming->reference, "Run id, or 6 or more digits of its uuid")
        ->required()
        ->type_name("");
    addComputeOptions(*resumed, resuming->device, resuming->threads);
    addStoreOption(*resumed, common);
    addJsonOption(*resumed, common);
    resumed->callback([&common, resuming] {
        common.action = [&common, resuming] {
            return resume(common, *resuming);
        };
    });
}

} // namespace inlay::app
