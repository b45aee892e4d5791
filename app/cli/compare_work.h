#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"

namespace inlay::app {

struct CompareWorkArguments {
    std::vector<std::string> runs;
    std::string by;     // "multiply_adds" or "seconds"; empty: not asked for
    std::string series; // empty: the validation loss where all have it, else the training loss
    int points = 10;
};

/// Runs of the kind train at equal cost: a series of each run at budgets that all of them reached.
/// Returns the exit code.
int compareWork(const Common& common, const CompareWorkArguments& arguments);

} // namespace inlay::app
