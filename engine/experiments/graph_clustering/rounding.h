#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/experiments/graph_clustering/program_state.h"

namespace inlay::engine::graph_clustering {

/// Node indices of one cluster, increasing.
using NodeSet = std::vector<std::int32_t>;

/// Sets of the same size keep their order.
void sortLargestFirst(std::vector<NodeSet>& sets);

/// What the rounded solution is.
struct Rounding {
    /// Z > threshold is block diagonal up to order, with a block of at least the smallest size.
    bool clean = false;
    /// The blocks, largest first; with a solution that is not clean those rows that agree anyway.
    std::vector<NodeSet> blocks;
    double deviation = 0;            // max |Z - rounded|
    std::int64_t brokenRows = 0;     // rows whose support is no block
    std::int64_t roundedEntries = 0; // pairs i < j above the threshold
    std::vector<NodeSet> supports;   // of each row: the nodes above the threshold
};

/// The partial clustering test: every row's support S must have all ones on S x S and row sums |S|.
Rounding roundSolution(const ProgramState& state, double threshold, std::int64_t smallestBlock);

/// Mean of Z over the blocks of a labelling, parts x parts (diagonal entries of Z left out). Nodes
/// with a label below zero are skipped; an empty block has NaN.
std::vector<double> blockMeans(const ProgramState& state, std::span<const std::int32_t> labels,
                               std::int64_t parts);

/// Density clean-up: nodes outside go to the cluster where their density is largest, if it is above
/// `limit`; members below it leave; three rounds. A density is edges over `seen` pairs (null: all
/// are), so that a node of which little was asked is not taken for one that is joined to little.
/// Half way between p and q parts best (t itself takes in one of fifty nodes of a large sparse
/// rest). Clusters keep their places, also one that all nodes left. Returns the number of nodes
/// that changed.
std::int64_t cleanUp(const DenseGraph& graph, const DenseGraph* seen, double limit,
                     std::vector<NodeSet>& clusters);

} // namespace inlay::engine::graph_clustering
