#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/graph_clustering/dense_graph.h"

namespace inlay::engine::graph_clustering {

/// Normalized spectral clustering (Shi, Malik 2000): the leading `clusters` eigenvectors of the
/// random walk D^-1 A, k-means++ and Lloyd, the best of ten starts; what scikit-learn does by
/// default.
std::vector<std::int32_t> spectralClusters(const DenseGraph& graph, std::int64_t clusters,
                                           const RandomStream& stream);

} // namespace inlay::engine::graph_clustering
