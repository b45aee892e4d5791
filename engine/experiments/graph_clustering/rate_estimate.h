#pragma once

#include <string>

#include "engine/experiments/graph_clustering/dense_graph.h"
#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

/// Probabilities of an edge in the matrix that is solved, and the threshold t between them.
struct EdgeRates {
    double inside = 0;
    double across = 0;
    double threshold = 0;
};

/// A first guess from the spectrum of A: the largest gap among its leading eigenvalues tells the
/// number of clusters r; with k = n/r nodes each, q = (l1 - l2)/n and p = q + l2/k. Where that says
/// nothing (one cluster, or p <= q), t is half way between the density of the graph and the 95th
/// percentile of the density around a node, p and q those two.
EdgeRates estimateFromSpectrum(const DenseGraph& graph);

/// From a partition of part of the nodes: densities within the clusters and of all other pairs.
/// t = p/4 + 3q/4. Falls back to the guess when there are no pairs of either sort.
EdgeRates estimateFromClusters(const DenseGraph& graph, const std::vector<NodeSet>& clusters);

} // namespace inlay::engine::graph_clustering
