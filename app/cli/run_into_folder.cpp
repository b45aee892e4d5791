#include "app/cli/run_into_folder.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "engine/base/error.h"
#include "engine/runner/launch.h"
#include "engine/store/run_store.h"

namespace inlay::app {

using namespace engine;
namespace fs = std::filesystem;

namespace {

// Copies what the run left behind.
void copyFiles(RunStore& store, RunId run, const std::string& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    for (const ArtifactRecord& artifact : store.artifacts(run)) {
        const fs::path target = fs::path(folder) / artifact.name;
        if (!failure)
            fs::copy_file(store.absolutePath(artifact.path), target,
                          fs::copy_options::overwrite_existing, failure);
        if (failure)
            throw Error(
                fmt::format("{} cannot be written: {}", target.string(), failure.message()));
        printSentence(fmt::format("wrote {}", target.string()));
    }
}

} // namespace

int runIntoFolder(const Common& common, const ExperimentKind& kind, ProjectFile project,
                  std::vector<Assignment> sets, const LaunchArguments& arguments,
                  const std::string& folder) {
    ParsedAssignments more = parseAssignments(arguments.sets);
    if (!more.issues.empty())
        return badInput(more.issues, common.json);
    sets.insert(sets.end(), more.assignments.begin(), more.assignments.end());
    const std::vector<Issue> issues = assignToProject(project, kind.schema(), sets, project.folder);
    if (!issues.empty())
        return badInput(issues, common.json);
    const Launch launch = prepareLaunch(
        project, "", kind,
        {arguments.device, arguments.threads, arguments.seed, arguments.name, arguments.tags});
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    RunStore store = openStoreForRuns(common);
    const RunId run = insertRunning(store, launch);
    const int code = executeHere(common, run, kind, launch.runs.front().name, ShowTable::Yes);
    if (!folder.empty() && (code == kOk || code == kStopped))
        copyFiles(store, run, folder);
    return code;
}

} // namespace inlay::app
