#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace inlay::engine::graph_clustering {

/// A symmetric 0/1 matrix with a unit diagonal, n x n bytes. The diagonal matches that of the
/// cluster matrix K*, whose entry (i, i) is 1.
class DenseGraph {
public:
    explicit DenseGraph(std::int64_t nodes);

    std::int64_t nodes() const { return nodes_; }
    const std::uint8_t* row(std::int64_t i) const { return data_.data() + i * nodes_; }
    bool edge(std::int64_t i, std::int64_t j) const { return row(i)[j] != 0; }
    /// Sets both (i, j) and (j, i); i != j.
    void setEdge(std::int64_t i, std::int64_t j, bool present);
    /// One half of setEdge, for loops that fill a row at a time.
    std::uint8_t* mutableRow(std::int64_t i) { return data_.data() + i * nodes_; }

    /// Pairs i < j that are joined.
    std::int64_t edges() const;
    /// Edges / pairs; 0 below two nodes.
    double density() const;
    /// The graph on some of the nodes, in that order.
    DenseGraph restrictedTo(std::span<const std::int32_t> nodes) const;

private:
    std::int64_t nodes_;
    std::vector<std::uint8_t> data_;
};

/// Copies the lower triangle onto the upper one, in tiles: rows may be filled in parallel before.
void mirrorLowerTriangle(DenseGraph& graph);

} // namespace inlay::engine::graph_clustering
