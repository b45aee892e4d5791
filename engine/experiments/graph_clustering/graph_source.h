#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/graph_clustering/graph_clustering_config.h"
#include "engine/schema/issue.h"

namespace inlay::engine::graph_clustering {

/// The graph of a run with what is known about it.
struct SourceGraph {
    std::vector<std::string> labels;
    DenseGraph graph;
    std::vector<std::pair<std::int32_t, std::int32_t>> edges; // i < j
    std::optional<DenseGraph> unknown;
    std::vector<std::int32_t> truth; // or empty
    std::vector<std::string> truthNames;
    std::vector<std::string> notes;

    std::int64_t truthClusters() const { return static_cast<std::int64_t>(truthNames.size()); }
};

/// Reads or plants it. Throws Error.
SourceGraph loadGraph(const GraphConfig& config, std::uint64_t seed);

/// What is wrong with a file, without making matrices of it.
std::vector<Issue> checkGraph(const GraphConfig& config);

/// The parts of a recovery that the configuration sets.
RecoverySettings recoverySettings(const GraphClusteringConfig& config);

} // namespace inlay::engine::graph_clustering
