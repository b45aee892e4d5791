#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/dry_run.h"
#include "app/cli/output.h"
#include "app/cli/projects.h"
#include "app/cli/result_table.h"
#include "engine/runner/executor.h"
#include "engine/runner/interrupt.h"
#include "engine/runner/spawn.h"
#include "engine/runner/worker.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

struct SweepArguments : LaunchArguments {
    int slots = 1;
    bool wait = false;
    bool dryRun = false;
};

// Follows queued runs until all have ended; an interrupt leaves them to the worker.
int follow(const Common& common, RunStore& store, const std::vector<RunId>& ids) {
    std::set<RunId> open(ids.begin(), ids.end());
    int worst = kOk;
    while (!open.empty()) {
        store.markLostRuns();
        for (const RunId id : ids) {
            if (!open.contains(id))
                continue;
            const std::optional<RunRecord> record = store.run(id);
            if (record && !hasEnded(record->status))
                continue;
            open.erase(id);
            if (!record)
                continue;
            worst = std::max(worst, exitCode(record->status));
            const ExecuteResult result{
                id, record->status, record->message,
                static_cast<double>(record->endedMs - record->startedMs) / 1000, store.metrics(id)};
            if (common.json)
                printJson(resultJson(result));
            else
                printSentence(fmt::format("{}: {} ({} of {} done)", record->name,
                                          nameOf(record->status), ids.size() - open.size(),
                                          ids.size()));
        }
        if (interruptRequested()) {
            printSentence("The runs go on in the background; `inlay runs list` shows them.");
            return kStopped;
        }
        if (!open.empty())
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return worst;
}

int sweep(const Common& common, const SweepArguments& arguments) {
    const Launch launch = launchFrom(arguments, common.storePath());
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    if (arguments.dryRun)
        return showDryRun(common, launch, "queue");
    const std::string storePath = std::filesystem::absolute(common.storePath()).string();
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(storePath).parent_path(), ignored);
    RunStore store = RunStore::open(storePath, OpenMode::Create);
    const std::vector<RunId> ids = insertLaunch(store, launch, LaunchMode::Queue);
    ensureWorker(storePath, programPath(), arguments.slots);
    const std::string group = store.run(ids.front())->groupKey;
    if (!arguments.wait) {
        if (common.json)
            printJson({{"group", group}, {"runs", ids}, {"state", "queued"}});
        else
            printSentence(fmt::format(
                "{} {} queued; `inlay runs list` shows {}.", counted(ids.size(), "run", "runs"),
                ids.size() == 1 ? "is" : "are", ids.size() == 1 ? "it" : "them"));
        return kOk;
    }
    const int code = follow(common, store, ids);
    if (common.json)
        printJson({{"group", group},
                   {"runs", ids},
                   {"state", code == kOk        ? "finished"
                             : code == kStopped ? "stopped"
                                                : "failed"}});
    else
        printResultTable(storePath, ids);
    return code;
}

int work(const Common& common, int slots) {
    const std::string storePath = std::filesystem::absolute(common.storePath()).string();
    if (!runWorker({storePath, programPath(), slots, 5}))
        printSentence("Another worker already serves this store.");
    return kOk;
}

} // namespace

void addQueueCommands(CLI::App& program, Common& common) {
    auto arguments = std::make_shared<SweepArguments>();
    CLI::App* swept = program.add_subcommand(
        "sweep", "Queue a project's variants x grid x seeds and work on them in the background");
    swept->add_option("FILE", arguments->file, "Project file (*.inlay.json)")
        ->required()
        ->type_name("");
    addLaunchOptions(*swept, *arguments);
    swept
        ->add_option("--grid", arguments->grids,
                     "Values a parameter takes in turn; may be repeated")
        ->type_name("KEY=V1,V2")
        ->allow_extra_args(false);
    swept->add_option("--seeds", arguments->seeds, "Runs of each with as many seeds")
        ->check(CLI::Range(1, 10000))
        ->type_name("N");
    swept->add_option("--slots", arguments->slots, "Runs at a time on one device")
        ->check(CLI::Range(1, 64))
        ->capture_default_str()
        ->type_name("N");
    swept->add_flag("--wait", arguments->wait, "Follow the runs to their end");
    addDryRunOption(*swept, arguments->dryRun);
    addStoreOption(*swept, common);
    addJsonOption(*swept, common);
    swept->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return sweep(common, *arguments);
        };
    });

    auto slots = std::make_shared<int>(1);
    CLI::App* worker = program.add_subcommand(
        "work", "Work through the queue of a store until it is empty (one worker a store)");
    worker->add_option("--slots", *slots, "Runs at a time on one device")
        ->check(CLI::Range(1, 64))
        ->capture_default_str()
        ->type_name("N");
    addStoreOption(*worker, common);
    worker->callback([&common, slots] {
        common.action = [&common, slots] {
            return work(common, *slots);
        };
    });
}

} // namespace inlay::app
