#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/projects.h"
#include "app/cli/run_reference.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/fork.h"

namespace inlay::app {
namespace {

using namespace engine;

struct ForkArguments {
    std::string reference;
    std::optional<std::int64_t> at;
    std::vector<std::string> sets;
    LaunchOptions options;
};

int fork(const Common& common, const ForkArguments& arguments) {
    const ParsedAssignments sets = parseAssignments(arguments.sets);
    if (!sets.issues.empty())
        return badInput(sets.issues, common.json);
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    std::string problem;
    const std::optional<RunRecord> parent = findRun(store, arguments.reference, problem);
    if (!parent)
        return badInput(problem, common.json);
    const ExperimentKind* kind = findKind(parent->kind);
    if (!kind)
        return badInput(fmt::format("This program does not know the kind {}.", parent->kind),
                        common.json);
    const ForkResult forked =
        forkRun(store, *parent, *kind, arguments.at, sets.assignments, arguments.options);
    if (!forked.run)
        return badInput(forked.issues, common.json);
    ClaimFilter filter;
    filter.ids = {*forked.run};
    store.claimRun(filter, ProcessIdentity::current());
    printSentence(
        fmt::format("Run {} starts from step {} of run {}.", *forked.run, forked.step, parent->id));
    return executeHere(common, *forked.run, *kind, store.run(*forked.run)->name, ShowTable::Yes);
}

} // namespace

void addForkCommand(CLI::App& program, Common& common) {
    auto arguments = std::make_shared<ForkArguments>();
    CLI::App* command = program.add_subcommand(
        "fork", "Start a new run from a checkpoint of another one, with changed parameters");
    command->add_option("RUN", arguments->reference, "Run id")->required()->type_name("");
    command->add_option("--at", arguments->at, "Newest checkpoint at or before this step")
        ->type_name("STEP");
    command->add_option("--set", arguments->sets, "Change a parameter; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    addNameOptions(*command, arguments->options.name, arguments->options.tags,
                   "Name of the new run");
    addComputeOptions(*command, arguments->options.device, arguments->options.threads);
    addSeedOption(*command, arguments->options.seed, "Replaces the seed of the run forked from");
    addStoreOption(*command, common);
    addJsonOption(*command, common);
    command->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return fork(common, *arguments);
        };
    });
}

} // namespace inlay::app
