#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/tensor/tensor.h"

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

    Json toJson() const;
    static TrainState fromJson(const Json& json);
};

/// A tensor of the run's state under the name it has in the checkpoint file: "model/…",
/// "optimizer/…", "mask/…", "best/…".
struct CheckpointTensor {
    std::string name;
    Tensor* tensor = nullptr;
};

/// Writes a safetensors file: the tensors, and the state in its metadata.
void writeCheckpointFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                         const TrainState& state);

/// Whether the file has tensors of these names.
bool checkpointHolds(const std::string& path, const std::vector<CheckpointTensor>& tensors);

/// Fills the tensors from a checkpoint file. Throws Error naming the file and the tensor when one
/// is missing or has another shape or type: the checkpoint belongs to another network.
TrainState readCheckpointFile(const std::string& path,
                              const std::vector<CheckpointTensor>& tensors);

/// Writes the parameters alone, under their own names.
void writeModelFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                    const Json& description);

} // namespace inlay::engine::train
