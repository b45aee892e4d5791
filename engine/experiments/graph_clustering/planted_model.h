#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/graph_clustering/dense_graph.h"

namespace inlay::engine::graph_clustering {

/// One uniform number in [0, 1) for every unordered pair of nodes, drawn by counter: the same pair
/// has the same number whatever is asked before it, so a sample at rate rho holds every sample at a
/// lower rate.
class PairUniforms {
public:
    explicit PairUniforms(const RandomStream& stream);
    /// Symmetric in i and j, 32 bits.
    double at(std::int64_t i, std::int64_t j) const;

private:
    std::uint64_t key_;
};

/// The planted cluster model: cluster labels in order of the sizes, an edge with probability
/// `inside` within a cluster and `across` elsewhere, independently.
struct PlantedGraph {
    DenseGraph graph;
    std::vector<std::int32_t> truth; // cluster of each node
};

PlantedGraph plantGraph(const std::vector<std::int64_t>& sizes, double inside, double across,
                        const RandomStream& stream);

} // namespace inlay::engine::graph_clustering
