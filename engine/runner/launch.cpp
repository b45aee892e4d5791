#include "engine/runner/launch.h"

#include <cassert>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/tensor/device.h"

namespace inlay::engine {
namespace {

// What a reference such as refs/heads/main stands at: a file of its own, or a line of packed-refs.
std::string commitOf(const std::filesystem::path& folder, const std::string& reference) {
    std::string commit;
    if (std::ifstream(folder / reference) >> commit)
        return commit;
    std::ifstream packed(folder / "packed-refs");
    std::string name;
    for (std::string line; std::getline(packed, line);) {
        std::istringstream words(line);
        if (words >> commit >> name && name == reference)
            return commit;
    }
    return {};
}

// The commit that the project's folder stands at, read from .git without starting a program. In a
// work tree that was added to a repository, .git is a file that names the folder.
std::string gitCommit(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (fs::path path = folder; !path.empty(); path = path.parent_path()) {
        fs::path git = path / ".git";
        if (fs::is_regular_file(git, ignored)) {
            std::string word;
            std::string named;
            std::ifstream(git) >> word >> named;
            git = path / named;
        }
        std::ifstream head(git / "HEAD");
        std::string word;
        if (head >> word) {
            std::string reference;
            if (word != "ref:" || !(head >> reference))
                return word;
            std::string shared;
            if (std::ifstream(git / "commondir") >> shared)
                git /= shared;
            return commitOf(git, reference);
        }
        if (path == path.parent_path())
            break;
    }
    return {};
}

std::string groupKey() {
    return fmt::format("{:x}-{:x}", wallMilliseconds(), ProcessIdentity::current().pid);
}

std::vector<NewRun> rowsOf(RunStore& store, const Launch& launch) {
    std::vector<NewRun> rows = launch.runs;
    const ProjectId project =
        launch.projectPath.empty() && launch.projectTitle.empty()
            ? store.untitledProject()
            : store.findOrMakeProject(launch.projectTitle, launch.projectPath);
    const std::string group = rows.size() > 1 ? groupKey() : std::string();
    for (NewRun& row : rows) {
        row.project = project;
        if (row.groupKey.empty())
            row.groupKey = group;
    }
    return rows;
}

} // namespace

std::vector<Issue> checkDevice(const std::string& name) {
    try {
        Device::open(name);
        return {};
    } catch (const Error& error) {
        return {{"device", error.what()}};
    }
}

Launch prepareLaunch(const ProjectFile& project, const std::string& projectPath,
                     const ExperimentKind& kind, const LaunchOptions& options) {
    Launch launch;
    launch.projectTitle = project.title;
    launch.projectPath = projectPath;
    ProjectFile wanted = project;
    if (options.seed)
        wanted.seed = *options.seed;
    const std::string device = options.device.value_or(project.device);
    ExpandedProject expanded = expandProject(wanted, kind.schema());
    launch.issues = std::move(expanded.issues);
    if (launch.issues.empty())
        launch.issues = checkDevice(device);
    if (!launch.issues.empty())
        return launch;

    std::vector<std::string> tags = project.tags;
    tags.insert(tags.end(), options.tags.begin(), options.tags.end());
    const std::string commit = gitCommit(project.folder);
    const bool many = expanded.runs.size() > 1;
    for (const RunSpec& spec : expanded.runs) {
        std::vector<Issue> issues = kind.check(spec.config, device);
        if (!issues.empty()) {
            for (Issue& issue : issues) {
                if (many)
                    issue.message = fmt::format("{} (in the run \"{}\")", issue.message, spec.name);
                launch.issues.push_back(std::move(issue));
            }
            continue;
        }
        NewRun row;
        row.name = options.name.empty() ? spec.name
                   : many               ? fmt::format("{} · {}", options.name, spec.name)
                                        : options.name;
        row.kind = kind.id();
        row.kindVersion = kind.version();
        row.seed = static_cast<std::uint64_t>(spec.seed);
        row.device = device;
        row.threads = options.threads.value_or(project.threads);
        row.config = spec.config;
        row.tags = tags;
        row.notes = project.notes;
        row.projectFile = projectPath;
        row.gitCommit = commit;
        row.flags = kind.flags(spec.config);
        launch.runs.push_back(std::move(row));
    }
    if (!launch.issues.empty())
        launch.runs.clear();
    return launch;
}

std::vector<RunId> insertLaunch(RunStore& store, const Launch& launch, LaunchMode mode) {
    std::vector<NewRun> rows = rowsOf(store, launch);
    if (mode == LaunchMode::OwnQueue) {
        for (NewRun& row : rows)
            row.owner = ProcessIdentity::current();
    }
    return store.insertRuns(rows);
}

RunId insertRunning(RunStore& store, const Launch& launch) {
    assert(launch.runs.size() == 1);
    NewRun row = rowsOf(store, launch).front();
    row.status = RunStatus::Running;
    row.process = ProcessIdentity::current();
    return store.insertRun(row);
}

} // namespace inlay::engine
