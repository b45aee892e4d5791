#include "engine/runner/launch.h"

#include <cassert>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/tensor/device.h"

namespace inlay::engine {
namespace {

// The commit that the project's folder stands at, read from .git without starting a program.
std::string gitCommit(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (fs::path path = folder; !path.empty(); path = path.parent_path()) {
        const fs::path head = path / ".git" / "HEAD";
        if (fs::exists(head, ignored)) {
            std::string text;
            std::ifstream(head) >> text;
            if (text != "ref:")
                return text;
            std::ifstream stream(head);
            std::string reference;
            stream >> text >> reference;
            std::string commit;
            std::ifstream(path / ".git" / reference) >> commit;
            return commit;
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
        std::vector<Issue> issues = kind.check(spec.config);
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
