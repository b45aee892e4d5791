#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// A tensor of the run's state under the name it has in the checkpoint file: "model/…",
/// "optimizer/…", "mask/…", "best/…".
struct CheckpointTensor {
    std::string name;
    Tensor* tensor = nullptr;
};

/// Writes a safetensors file: the tensors, and the state in its metadata.
void writeCheckpointFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                         const Json& state);

/// Whether the file has tensors of these names.
bool checkpointHolds(const std::string& path, const std::vector<CheckpointTensor>& tensors);

/// Fills the tensors from a checkpoint file and returns its state. Throws Error naming the file and
/// the tensor when one is missing or has another shape or type: the checkpoint belongs to another
/// network.
Json readCheckpointFile(const std::string& path, const std::vector<CheckpointTensor>& tensors);

/// Writes the parameters alone, under their own names.
void writeModelFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                    const Json& description);

} // namespace inlay::engine
