#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace inlay::engine::graph_clustering {

using EdgeSet = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// Modularity maximization by igraph; labels from 0, the same for the same seed. One call at a time
/// in a process: igraph has one random generator.
std::vector<std::int32_t> louvainCommunities(std::int64_t nodes, const EdgeSet& edges,
                                             std::uint64_t seed);
/// Iterated until a pass changes nothing (at most 20).
std::vector<std::int32_t> leidenCommunities(std::int64_t nodes, const EdgeSet& edges,
                                            std::uint64_t seed);

} // namespace inlay::engine::graph_clustering
