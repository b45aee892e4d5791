#include "app/cli/projects.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/cli/run_files.h"
#include "engine/experiments/catalog.h"

namespace inlay::app {

std::vector<engine::ProjectKind> projectKinds() {
    std::vector<engine::ProjectKind> kinds;
    for (const engine::ExperimentKind* kind : engine::experimentKinds())
        kinds.push_back({kind->id(), kind->version(), &kind->schema(),
                         [kind](int version, engine::Json& config) {
                             kind->upgrade(version, config);
                         }});
    return kinds;
}

void addComputeOptions(CLI::App& command, std::optional<std::string>& device,
                       std::optional<int>& threads) {
    command
        .add_option("--device", device,
                    "auto, cpu, cuda:N, reference or check (see `inlay devices`)")
        ->type_name("DEVICE");
    command.add_option("--threads", threads, "Threads of the compute library; 0 = all")
        ->check(CLI::Range(0, 1024))
        ->type_name("N");
}

void addSeedOption(CLI::App& command, std::optional<std::int64_t>& seed, const char* help) {
    command.add_option("--seed", seed, help)
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53))
        ->type_name("N");
}

void addNameOptions(CLI::App& command, std::string& name, std::vector<std::string>& tags,
                    const char* help) {
    command.add_option("--name", name, help)->type_name("TEXT");
    command.add_option("--tag", tags, "Tag of the run; may be repeated")
        ->type_name("TEXT")
        ->allow_extra_args(false);
}

void addLaunchOptions(CLI::App& command, LaunchArguments& arguments) {
    command
        .add_option("--set", arguments.sets,
                    "Change a parameter (see `inlay describe KIND`); a path may be run:ID or "
                    "run:ID/FILE, what a run left; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    addComputeOptions(command, arguments.device, arguments.threads);
    addSeedOption(command, arguments.seed, "Replaces the project's (first) seed");
    addNameOptions(command, arguments.name, arguments.tags, "Name of the run");
}

engine::Launch launchFrom(const LaunchArguments& arguments, const std::string& storePath) {
    engine::Launch launch;
    engine::ParsedProject parsed = engine::loadProject(arguments.file, projectKinds());
    if (!parsed.issues.empty() || !parsed.project) {
        launch.issues = std::move(parsed.issues);
        return launch;
    }
    engine::ProjectFile& project = *parsed.project;
    const engine::ExperimentKind* kind = engine::findKind(project.kind);
    engine::ParsedAssignments sets = engine::parseAssignments(arguments.sets);
    engine::ParsedGrid grid = engine::parseGrid(arguments.grids);
    launch.issues = std::move(sets.issues);
    launch.issues.insert(launch.issues.end(), grid.issues.begin(), grid.issues.end());
    if (launch.issues.empty())
        launch.issues =
            nameRunFiles(project, sets.assignments, grid.axes, kind->schema(), storePath);
    if (launch.issues.empty())
        launch.issues = engine::assignToProject(project, kind->schema(), sets.assignments,
                                                std::filesystem::current_path().string());
    if (!launch.issues.empty())
        return launch;
    project.grid.insert(project.grid.end(), grid.axes.begin(), grid.axes.end());
    if (arguments.seeds)
        project.seeds = *arguments.seeds;
    return engine::prepareLaunch(
        project, std::filesystem::absolute(arguments.file).lexically_normal().string(), *kind,
        {arguments.device, arguments.threads, arguments.seed, arguments.name, arguments.tags});
}

} // namespace inlay::app
