#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "engine/base/json.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::train {

/// Where a training run stands between two steps; with the tensors of network and optimizer, all
/// that a checkpoint holds.
struct TrainState {
    std::int64_t step = 0;            // steps done
    std::int64_t epoch = 0;           // epochs done
    std::int64_t position = 0;        // samples of the running epoch already seen
    std::int64_t unloggedSamples = 0; // seen since the last logged step
    double bestValidationLoss = std::numeric_limits<double>::infinity();
    std::int64_t bestEpoch = -1;
    double lastTrainLoss = 0;
    double lastTrainAccuracy = 0;
    double lastValidationLoss = 0;
    double lastValidationAccuracy = 0;
    // Of a run that began with a trained network: test accuracies before it trained; -1 otherwise.
    double accuracyBefore = -1;
    double accuracyConverted = -1;

    Json toJson() const;
    static TrainState fromJson(const Json& json);
};

} // namespace inlay::engine::train
