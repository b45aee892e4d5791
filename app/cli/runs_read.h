#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/command.h"

namespace inlay::app {

struct ListArguments {
    std::string query;
    std::int64_t limit = 0;
    bool bin = false;
};

// The reading commands of `inlay runs`; they never create a store. Each returns the exit code.
int listRuns(const Common& common, const ListArguments& arguments);
int showRun(const Common& common, const std::string& reference);
int compareRuns(const Common& common, const std::vector<std::string>& references);
int exportRun(const Common& common, const std::string& reference, const std::string& folder);

} // namespace inlay::app
