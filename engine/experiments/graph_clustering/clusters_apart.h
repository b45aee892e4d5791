#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

/// Clusters that stand apart in a rounded solution, whatever its other rows are.
struct ClustersApart {
    std::vector<NodeSet> clusters; // largest first
    std::int64_t doubtful = 0;     // nodes left out of them
};

/// A set of nodes stands apart when, but for nodes in doubt, its rows have all ones on it and zeros
/// elsewhere. Nodes in doubt, whose rows disagree with the most others, are at most `doubt` of its
/// size and belong to no cluster. `supports` are the rows of Z > threshold (roundSolution); `least`
/// is the smallest size. Sets are found as majorities: the nodes joined to more than half of a
/// support, until that no longer changes.
ClustersApart clustersApart(const std::vector<NodeSet>& supports, double least, double doubt);

} // namespace inlay::engine::graph_clustering
