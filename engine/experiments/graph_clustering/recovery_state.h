#pragma once

#include <cstdint>
#include <string>

#include "engine/experiments/graph_clustering/recovery.h"

namespace inlay::engine::graph_clustering {

/// What a checkpoint of a recovery holds.
struct SavedRecovery {
    RecoveryState state;
    std::int64_t step = 0; // iterations recorded
    double seconds = 0;
    double firstS0 = 0;
    double firstNoise = 0;
};

/// A safetensors file: the cluster of each node as a tensor, the rest as JSON. Throws Error.
void writeRecovery(const std::string& path, const SavedRecovery& saved);
/// Throws Error when the file is none or belongs to a graph of another size.
SavedRecovery readRecovery(const std::string& path, std::int64_t nodes);

} // namespace inlay::engine::graph_clustering
