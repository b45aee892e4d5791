#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runner/experiment_kind.h"
#include "engine/schema/project_file.h"
#include "engine/store/run_store.h"

namespace inlay::engine {

/// What replaces the project's own wishes.
struct LaunchOptions {
    std::optional<std::string> device;
    std::optional<int> threads;
    std::optional<std::int64_t> seed;
    std::string name;
    std::vector<std::string> tags;
};

/// The rows that a project asks for, checked, not yet in a store.
struct Launch {
    std::vector<NewRun> runs;
    std::vector<Issue> issues; // with any of them there are no runs
    std::string projectTitle;
    std::string projectPath; // absolute; empty for a set-up that is no file
};

/// Expands a project (variants x grid x seeds) and checks every run: the kind's check, and that the
/// device exists. Writes nothing.
Launch prepareLaunch(const ProjectFile& project, const std::string& projectPath,
                     const ExperimentKind& kind, const LaunchOptions& options);

enum class LaunchMode {
    Queue,   // for the worker
    OwnQueue // rows that this process will start itself, one after the other
};

/// Inserts the rows, all in one transaction and, when there are several, as one group.
std::vector<RunId> insertLaunch(RunStore& store, const Launch& launch, LaunchMode mode);

/// Inserts the only run of a launch as running in this process.
RunId insertRunning(RunStore& store, const Launch& launch);

/// "device" issues of a name, empty when it can be opened.
std::vector<Issue> checkDevice(const std::string& name);

} // namespace inlay::engine
