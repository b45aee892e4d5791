#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/projects.h"
#include "engine/runner/experiment_kind.h"
#include "engine/schema/assignments.h"
#include "engine/schema/project_file.h"

namespace inlay::app {

/// Executes one run of a project that a command made up: `sets` and then --set of `arguments` apply
/// to it. The files of the run are copied into `folder` unless that is empty. Returns the exit
/// code; throws Error when a file cannot be written.
int runIntoFolder(const Common& common, const engine::ExperimentKind& kind,
                  engine::ProjectFile project, std::vector<engine::Assignment> sets,
                  const LaunchArguments& arguments, const std::string& folder);

} // namespace inlay::app
