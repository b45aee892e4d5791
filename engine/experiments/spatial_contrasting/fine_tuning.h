#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/experiments/spatial_contrasting/spatial_config.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::spatial_contrasting {

/// Supervised training with few labels, of the same network from two starts.
class FineTuning {
public:
    FineTuning(const SpatialConfig& config, const DatasetSplit& data,
               const Normalization& normalization, RunContext& context);

    std::int64_t labels() const;
    std::int64_t parameterCount() const;
    std::int64_t stepsPerArm() const;

    /// Trains on the labeled samples of a replicate and returns the accuracy on the test set;
    /// nothing when the run was asked to stop. `start` is the pre-trained encoder, or null for the
    /// network's own start values; `step` counts steps over all arms, for their curve.
    std::optional<double> run(std::int64_t replicate, Network* start, std::int64_t step);

private:
    std::vector<std::int64_t> labeledSamples(std::int64_t replicate) const;
    void copyStart(Network& network, Network& start) const;
    double accuracy(Network& network) const;

    const SpatialConfig& config_;
    const DatasetSplit& data_;
    const Normalization& normalization_;
    RunContext& context_;
    NetworkInput input_;
    InputRows rows_;
};

} // namespace inlay::engine::spatial_contrasting
