#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"

namespace inlay::app {

// The reading commands of `inlay runs`; they never create a store. Each returns the exit code.
int showRun(const Common& common, const std::string& reference);
int compareRuns(const Common& common, const std::vector<std::string>& references);
int exportRun(const Common& common, const std::string& reference, const std::string& folder);

} // namespace inlay::app
