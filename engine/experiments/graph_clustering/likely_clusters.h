#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/graph_clustering/pair_oracle.h"
#include "engine/experiments/graph_clustering/rate_estimate.h"
#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

/// Moves nodes to the cluster that explains the answers seen about them best: the largest sum of
/// log(p/q) over edges and log((1-p)/(1-q)) over pairs without one. Pairs of two nodes were seen at
/// the lower of the rates at which they were taken (`rateOfNode`). Nodes in no cluster join only
/// where that sum is above log(nodes in no cluster / nodes in it), so that one node left out of all
/// is taken home on weak answers and many that are left are not, and where their edges are not
/// further below a member's than 3.3 standard deviations (one member in two thousand): clusters
/// that were not found are not poured into those that were. Up to five rounds; p and q are those of
/// a seen pair. Nothing moves when p = 1 or q = 0, and no node leaves a cluster of `smallest`
/// nodes. Returns the number of nodes that moved.
std::int64_t moveToLikelyClusters(const PairOracle& oracle, const EdgeRates& rates,
                                  const std::vector<double>& rateOfNode, std::int64_t smallest,
                                  std::vector<NodeSet>& clusters);

/// p and q of the pairs seen inside the clusters and of the other ones about their nodes, kept off
/// 0 and 1 by a half of a pair.
EdgeRates ratesOfSeenPairs(const PairOracle& oracle, const std::vector<double>& rateOfNode,
                           const std::vector<NodeSet>& clusters);

} // namespace inlay::engine::graph_clustering
