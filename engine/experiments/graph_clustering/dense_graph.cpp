#include "engine/experiments/graph_clustering/dense_graph.h"

#include <algorithm>
#include <numeric>

#include "kernels/parallel.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr std::int64_t kTile = 64;

} // namespace

DenseGraph::DenseGraph(std::int64_t nodes)
    : nodes_(nodes)
    , data_(static_cast<std::size_t>(nodes * nodes)) {
    for (std::int64_t i = 0; i < nodes_; ++i)
        mutableRow(i)[i] = 1;
}

void DenseGraph::setEdge(std::int64_t i, std::int64_t j, bool present) {
    mutableRow(i)[j] = present ? 1 : 0;
    mutableRow(j)[i] = present ? 1 : 0;
}

std::int64_t DenseGraph::edges() const {
    std::int64_t twice = 0;
    for (std::int64_t i = 0; i < nodes_; ++i)
        twice += std::accumulate(row(i), row(i) + nodes_, std::int64_t{0});
    return (twice - nodes_) / 2;
}

double DenseGraph::density() const {
    const double pairs = static_cast<double>(nodes_) * static_cast<double>(nodes_ - 1) / 2;
    return pairs > 0 ? static_cast<double>(edges()) / pairs : 0;
}

DenseGraph DenseGraph::restrictedTo(std::span<const std::int32_t> nodes) const {
    DenseGraph part(static_cast<std::int64_t>(nodes.size()));
    kernels::parallelFor(part.nodes(), 32, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::uint8_t* from = row(nodes[static_cast<std::size_t>(i)]);
            std::uint8_t* to = part.mutableRow(i);
            for (std::int64_t j = 0; j < part.nodes(); ++j)
                to[j] = from[nodes[static_cast<std::size_t>(j)]];
        }
    });
    return part;
}

void mirrorLowerTriangle(DenseGraph& graph) {
    const std::int64_t n = graph.nodes();
    const std::int64_t tiles = (n + kTile - 1) / kTile;
    kernels::parallelFor(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t rows = begin * kTile; rows < std::min(n, end * kTile); rows += kTile)
            for (std::int64_t columns = rows; columns < n; columns += kTile)
                for (std::int64_t i = rows; i < std::min(n, rows + kTile); ++i)
                    for (std::int64_t j = std::max(i + 1, columns);
                         j < std::min(n, columns + kTile); ++j)
                        graph.mutableRow(i)[j] = graph.row(j)[i];
    });
}

} // namespace inlay::engine::graph_clustering
