#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/analysis/machine_profile.h"
#include "engine/base/json.h"

namespace inlay::engine {

/// What a network costs, as configured or with dense layers everywhere.
struct CostSide {
    std::int64_t parameters = 0;
    double multiplyAddsPerSample = 0; // forward
    /// A whole training step: forward, loss, backward, optimizer; empty on an unmeasured machine.
    std::optional<double> stepSeconds;
};

/// The price of a training configuration beside its dense twin, from plans alone.
struct TrainingCost {
    CostSide dense;
    CostSide now;
    std::int64_t stepsPerEpoch = 0;
    std::int64_t structuredLayers = 0;
    /// Multiply-adds of the structured layers' dense twins over theirs, forward.
    double layerSpeedup = 1;
    /// What that ratio tends to with the width: tile cubed over rank, where all structured layers
    /// are STL of one tile and rank.
    std::optional<double> speedupLimit;
    /// Smallest square layer at which the first structured family takes less than dense for
    /// `breakEvenRows` rows: in predicted time where the machine was measured, else in
    /// multiply-adds. Empty when there is none up to kLargestBreakEven.
    std::optional<std::int64_t> breakEvenWidth;
    std::int64_t breakEvenRows = 0;
    std::vector<std::string> flags;
    /// Sentences of the structured layers' plans, each once.
    std::vector<std::string> notes;
    /// Layers whose sizes are padded and the share of work this adds to them.
    std::int64_t paddedLayers = 0;
    double paddedWork = 0;
    /// Of the plan; with any of them the figures are not to be shown.
    std::vector<Issue> issues;
};

inline constexpr std::int64_t kLargestBreakEven = 16384;

/// The cost of a full, valid config that trains a network on a dataset (keys `dataset`, `network`,
/// `batch_size`, `optimizer`); nothing for other configs. Reads the headers of dataset files: not
/// for the GUI thread. Throws Error when these cannot be read.
std::optional<TrainingCost> trainingCost(const Json& config, const MachineProfile* profile);

} // namespace inlay::engine
