#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/projects.h"
#include "app/cli/rank_commands.h"
#include "app/cli/rank_online_export.h"
#include "engine/experiments/catalog.h"
#include "engine/schema/project_file.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

struct OnlineArguments : LaunchArguments { // `file`: rounds to replay, not a project
    std::optional<std::int64_t> items;
    std::optional<std::int64_t> rounds;
    std::optional<std::int64_t> chosen;
    std::optional<std::int64_t> replicates;
    std::string environment;
    std::string folder; // of the export
};

ParsedAssignments assignmentsOf(const OnlineArguments& arguments) {
    ParsedAssignments sets = parseAssignments(arguments.sets);
    const auto assign = [&](const char* key, const auto& value) {
        if (value)
            sets.assignments.push_back({key, *value});
    };
    assign("items", arguments.items);
    assign("rounds", arguments.rounds);
    assign("chosen", arguments.chosen);
    assign("replicates", arguments.replicates);
    if (!arguments.environment.empty())
        sets.assignments.push_back({"environment.kind", arguments.environment});
    if (!arguments.file.empty()) {
        sets.assignments.push_back({"environment.kind", "file"});
        sets.assignments.push_back({"environment.path", arguments.file});
    }
    return sets;
}

int rankOnline(const Common& common, const OnlineArguments& arguments) {
    const ExperimentKind& kind = *findKind("online_ranking");
    ProjectFile project;
    project.folder = std::filesystem::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = "Online ranking";
    const ParsedAssignments sets = assignmentsOf(arguments);
    if (!sets.issues.empty())
        return badInput(sets.issues, common.json);
    const std::vector<Issue> issues =
        assignToProject(project, kind.schema(), sets.assignments, project.folder);
    if (!issues.empty())
        return badInput(issues, common.json);
    const Launch launch = prepareLaunch(
        project, {}, kind,
        {arguments.device, arguments.threads, arguments.seed, arguments.name, arguments.tags});
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    const std::string path = common.storePath();
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::absolute(path).parent_path(), failure);
    RunStore store = RunStore::open(path, OpenMode::Create);
    const RunId run = insertRunning(store, launch);
    const int code = executeHere(common, run, kind, launch.runs.front().name, ShowTable::Yes);
    if (!arguments.folder.empty())
        exportOnlineRanking(store, run, arguments.folder);
    return code;
}

} // namespace

void addRankOnline(CLI::App& rank, Common& common) {
    auto arguments = std::make_shared<OnlineArguments>();
    CLI::App* online = rank.add_subcommand(
        "online", "Play online ranking algorithms side by side: regret and its bound, as a run");
    online
        ->add_option("FILE", arguments->file,
                     "Rounds to replay: CSV with round,item[,value], or .soc .soi .toc .toi .cat")
        ->type_name("");
    online
        ->add_option("--environment", arguments->environment,
                     "zipf, uniform, bradley_terry, switch, drift, adversary or block")
        ->type_name("KIND")
        ->excludes("FILE");
    online->add_option("--items", arguments->items, "Items")->type_name("N");
    online->add_option("--rounds", arguments->rounds, "Rounds")->type_name("T");
    online->add_option("--chosen", arguments->chosen, "Items chosen in a round")->type_name("K");
    online->add_option("--replicates", arguments->replicates, "Environments drawn anew")
        ->type_name("N");
    online
        ->add_option("--export", arguments->folder,
                     "Write a curve (t,loss,opt,regret,bound) of each algorithm and ranking.csv "
                     "there")
        ->type_name("DIR");
    addLaunchOptions(*online, *arguments);
    addStoreOption(*online, common);
    addJsonOption(*online, common);
    online->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return rankOnline(common, *arguments);
        };
    });
}

} // namespace inlay::app
