#pragma once

#include <cstdint>
#include <vector>

#include "engine/analysis/embedding/neighbors.h"

namespace inlay::engine {

/// A symmetric sparse matrix by rows; columns of a row increase.
struct NeighborGraph {
    std::int64_t nodes = 0;
    std::vector<std::int64_t> rowStart; // nodes + 1
    std::vector<std::int32_t> column;
    std::vector<float> weight;
};

/// The fuzzy graph of UMAP with local connectivity 1: memberships exp(-(d - rho) / sigma), where
/// rho is the distance of the nearest other place and sigma gives the sum log2(k + 1); then
/// a + b - ab with the transpose. `neighbors` leave each point's own match out.
NeighborGraph fuzzyGraph(const Neighbors& neighbors);

/// Parts that no edge joins.
std::int64_t connectedComponents(const NeighborGraph& graph);

/// The `dimension` eigenvectors after the first of the normalized adjacency (largest eigenvalues),
/// nodes x dimension, by Lanczos iteration with full orthogonalization. For connected graphs.
std::vector<float> spectralLayout(const NeighborGraph& graph, std::int64_t dimension,
                                  std::uint64_t seed, const KeepGoing& keepGoing);

} // namespace inlay::engine
