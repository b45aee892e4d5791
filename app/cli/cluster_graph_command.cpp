#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "app/cli/cluster_commands.h"
#include "app/cli/command.h"
#include "app/cli/dry_run.h"
#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/projects.h"
#include "engine/base/error.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/launch.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

struct GraphArguments : LaunchArguments {
    std::string format;
    std::string truth;
    std::string csv;
    std::string gml;
    bool dryRun = false;
};

/// The set-up that a project file would hold.
Launch launchOf(const GraphArguments& arguments) {
    const ExperimentKind& kind = *findKind("graph_clustering");
    ProjectFile project;
    project.folder = std::filesystem::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = std::filesystem::path(arguments.file).filename().string();
    std::vector<Assignment> assignments = {{"graph.kind", "file"}, {"graph.path", arguments.file}};
    if (!arguments.format.empty())
        assignments.push_back({"graph.format", arguments.format});
    if (!arguments.truth.empty())
        assignments.push_back({"graph.truth", arguments.truth});
    Launch launch;
    ParsedAssignments sets = parseAssignments(arguments.sets);
    launch.issues = std::move(sets.issues);
    assignments.insert(assignments.end(), sets.assignments.begin(), sets.assignments.end());
    if (launch.issues.empty())
        launch.issues = assignToProject(project, kind.schema(), assignments, project.folder);
    if (!launch.issues.empty())
        return launch;
    return prepareLaunch(
        project, {}, kind,
        {arguments.device, arguments.threads, arguments.seed, arguments.name, arguments.tags});
}

/// A file of the finished run under a name of the person's choice; the sentence of a failure.
std::string copyArtifact(RunStore& store, RunId run, const std::string& name,
                         const std::string& target) {
    if (target.empty())
        return {};
    for (const ArtifactRecord& artifact : store.artifacts(run)) {
        if (artifact.name != name)
            continue;
        std::error_code failure;
        std::filesystem::copy_file(std::filesystem::path(store.filesRoot()) / artifact.path, target,
                                   std::filesystem::copy_options::overwrite_existing, failure);
        return failure ? fmt::format("{} cannot be written: {}", target, failure.message())
                       : std::string();
    }
    return fmt::format("{} was not written: the run left no {}.", target, name);
}

int clusterGraph(const Common& common, const GraphArguments& arguments) {
    const Launch launch = launchOf(arguments);
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    if (arguments.dryRun)
        return showDryRun(common, launch, "run");
    const std::string path = common.storePath();
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::absolute(path).parent_path(), failure);
    RunStore store = RunStore::open(path, OpenMode::Create);
    const RunId run = insertRunning(store, launch);
    const int code = executeHere(common, run, *findKind("graph_clustering"),
                                 launch.runs.front().name, ShowTable::Yes);
    if (code != kOk)
        return code;
    int worst = kOk;
    for (const auto& [name, target] :
         {std::pair("partition.csv", arguments.csv), std::pair("partition.gml", arguments.gml)}) {
        const std::string problem = copyArtifact(store, run, name, target);
        if (!problem.empty()) {
            printSentence(problem);
            worst = kFailed;
        }
    }
    return worst;
}

} // namespace

void addClusterGraphCommand(CLI::App& cluster, Common& common) {
    auto arguments = std::make_shared<GraphArguments>();
    CLI::App* command = cluster.add_subcommand(
        "graph", "Find the clusters of a graph file, small ones beside large ones");
    command
        ->add_option("FILE", arguments->file,
                     "SNAP edge list, GML, Matrix Market or an adjacency matrix as CSV")
        ->required()
        ->type_name("");
    command
        ->add_option("--format", arguments->format,
                     "edge_list, gml, matrix_market or csv; default by the name")
        ->type_name("FORMAT");
    command->add_option("--truth", arguments->truth, "Known communities to compare with")
        ->type_name("FILE");
    command->add_option("--csv", arguments->csv, "Writes the cluster of each node")
        ->type_name("FILE");
    command->add_option("--gml", arguments->gml, "Writes the graph with its clusters")
        ->type_name("FILE");
    addLaunchOptions(*command, *arguments);
    addDryRunOption(*command, arguments->dryRun);
    addStoreOption(*command, common);
    addJsonOption(*command, common);
    command->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return clusterGraph(common, *arguments);
        };
    });
}

} // namespace inlay::app
