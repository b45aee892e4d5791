#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/command.h"

namespace inlay::app {

struct ListArguments {
    std::string query;
    /// Parameters, results, or seed, device, tags, notes: shown in place of the usual columns.
    std::vector<std::string> columns;
    std::int64_t limit = 0;
    bool bin = false;
};

/// `inlay runs list`; never creates a store. Returns the exit code.
int listRuns(const Common& common, const ListArguments& arguments);

} // namespace inlay::app
