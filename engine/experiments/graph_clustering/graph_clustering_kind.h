#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::graph_clustering {

/// Finds the clusters of a graph, small ones beside large ones.
const ExperimentKind& graphClusteringKind();

} // namespace inlay::engine::graph_clustering
