#pragma once

#include "engine/experiments/graph_clustering/graph_source.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::graph_clustering {

/// Measures the found clusters against the truth, runs the baselines on the seen graph, and records
/// metrics and the tables clusters, truth and comparison.
void recordComparison(const CompareConfig& config, const SourceGraph& source,
                      const PairOracle& oracle, const RecoveryOutcome& outcome,
                      const RandomStream& stream, RunContext& context);

/// Known pairs with one end or both in a node set that were asked for up to a rate, for each true
/// cluster: both ends inside.
struct PairCount {
    std::int64_t asked = 0;
    std::int64_t available = 0;
};
/// `rateOf` is the rate up to which the pairs of a node were asked for (that of the round in which
/// it left; a pair takes the smaller one).
std::vector<PairCount> pairsAsked(const PairOracle& oracle, const std::vector<std::int32_t>& truth,
                                  std::int64_t clusters, const std::vector<double>& rateOf);

} // namespace inlay::engine::graph_clustering
