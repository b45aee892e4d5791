#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace inlay::engine {

/// node,cluster[,truth] a line with a header; a node in no cluster has an empty cell. Clusters are
/// numbered from 1. `truth` is empty or has a name a node. Throws Error when it cannot be written.
void writePartitionCsv(const std::string& path, const std::vector<std::string>& labels,
                       std::span<const std::int32_t> clusters,
                       const std::vector<std::string>& truth);

/// The graph with the cluster of each node as `cluster` (0 = none) and its truth as `value`.
void writePartitionGml(const std::string& path, const std::vector<std::string>& labels,
                       std::span<const std::pair<std::int32_t, std::int32_t>> edges,
                       std::span<const std::int32_t> clusters,
                       const std::vector<std::string>& truth);

} // namespace inlay::engine
