#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/json.h"

namespace inlay::engine {

/// What training costs by count: multiply-adds of whole steps, forward and backward, with
/// everything that is no operator's (attention, norms) and work on padding. The optimizer, checks
/// on validation samples and the final test are not counted.
struct TrainingCount {
    std::int64_t stepsPerEpoch = 1;
    double step = 0;     // of a whole batch
    double lastStep = 0; // of an epoch's last batch, which may be smaller

    /// Multiply-adds of the first `steps` steps of a run.
    double ofSteps(std::int64_t steps) const;
};

/// The count of a run of the kind `train` by its full config; nothing for configs without a network
/// on a dataset, or with sizes that do not fit. Reads the headers of dataset files: not for the GUI
/// thread. Throws Error when these cannot be read.
std::optional<TrainingCount> countTraining(const Json& config);

/// Seconds spent in training steps from step `first` until each of `steps` was done, from the
/// recorded series of mean step times (a value at step s is the mean since the record before it).
/// Checks, checkpoints, pauses and waiting in a queue are not in it. Between records the time goes
/// evenly; after the last one it stands still. NaN records count nothing.
std::vector<double> trainingSeconds(std::span<const std::int64_t> recordSteps,
                                    std::span<const double> meanSeconds, std::int64_t first,
                                    std::span<const std::int64_t> steps);

enum class BudgetReading {
    Last, // the last point whose cost is within the budget
    Mean  // the mean of the points since the budget before, for noisy series; the last one else
};

/// A curve over a cost, read at budgets, which rise as `cost` does; NaN before the first point.
std::vector<double> atBudgets(std::span<const double> cost, std::span<const double> values,
                              std::span<const double> budgets, BudgetReading reading);

} // namespace inlay::engine
