#pragma once

#include "engine/experiments/graph_clustering/graph_clustering_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::graph_clustering {

const Schema<GraphClusteringConfig>& graphClusteringSchema();

} // namespace inlay::engine::graph_clustering
