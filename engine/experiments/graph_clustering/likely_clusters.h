#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/graph_clustering/pair_oracle.h"
#include "engine/experiments/graph_clustering/rate_estimate.h"
#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

/// Moves nodes to the cluster that explains the answers seen about them best: the largest sum of
/// log(p/q) over edges and log((1-p)/(1-q)) over pairs without one. Pairs of two nodes were seen at
/// the lower of the rates at which they were taken. Nodes in no cluster join only where their edges
/// are not further below a member's than 3.3 standard deviations (one member in two thousand):
/// clusters that were not found are not poured into those that were. Up to five rounds; p and q are
/// those of a seen pair. Returns the number of nodes that moved; no cluster is emptied.
std::int64_t moveToLikelyClusters(const PairOracle& oracle, const EdgeRates& rates,
                                  const std::vector<double>& rateOf, double lastRate,
                                  std::vector<NodeSet>& clusters);

/// p and q of the pairs seen inside and across the clusters, kept off 0 and 1 by a half of a pair.
EdgeRates ratesOfSeenPairs(const PairOracle& oracle, const std::vector<double>& rateOf,
                           const std::vector<NodeSet>& clusters);

} // namespace inlay::engine::graph_clustering
