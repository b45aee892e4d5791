#include "engine/experiments/graph_clustering/pair_oracle.h"

#include <numeric>
#include <vector>

#include "kernels/parallel.h"

namespace inlay::engine::graph_clustering {

PairOracle::PairOracle(DenseGraph graph, std::optional<DenseGraph> unknown,
                       const RandomStream& stream)
    : graph_(std::move(graph))
    , unknown_(std::move(unknown))
    , uniforms_(stream) {}

DenseGraph PairOracle::observe(std::span<const std::int32_t> nodes, double rate) const {
    DenseGraph seen = graph_.restrictedTo(nodes);
    if (rate >= 1 && !unknown_)
        return seen;
    kernels::parallelFor(seen.nodes(), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            std::uint8_t* row = seen.mutableRow(i);
            const std::int32_t a = nodes[static_cast<std::size_t>(i)];
            for (std::int64_t j = 0; j < i; ++j) {
                const std::int32_t b = nodes[static_cast<std::size_t>(j)];
                if (row[j] && !sees(a, b, rate))
                    row[j] = 0;
            }
        }
    });
    mirrorLowerTriangle(seen);
    return seen;
}

DenseGraph PairOracle::seen(std::span<const std::int32_t> nodes, double rate) const {
    DenseGraph pairs(static_cast<std::int64_t>(nodes.size()));
    kernels::parallelFor(pairs.nodes(), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            std::uint8_t* row = pairs.mutableRow(i);
            for (std::int64_t j = 0; j < i; ++j)
                row[j] = sees(nodes[static_cast<std::size_t>(i)],
                              nodes[static_cast<std::size_t>(j)], rate);
        }
    });
    mirrorLowerTriangle(pairs);
    return pairs;
}

std::int64_t PairOracle::pairsBetween(std::span<const std::int32_t> nodes, double low,
                                      double high) const {
    const auto n = static_cast<std::int64_t>(nodes.size());
    std::vector<std::int64_t> rows(nodes.size());
    kernels::parallelFor(n, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int32_t a = nodes[static_cast<std::size_t>(i)];
            std::int64_t count = 0;
            for (std::int64_t j = 0; j < i; ++j) {
                const std::int32_t b = nodes[static_cast<std::size_t>(j)];
                if (!known(a, b))
                    continue;
                const double u = low <= 0 && high >= 1 ? 0 : uniforms_.at(a, b);
                count += u >= low && (u < high || high >= 1);
            }
            rows[static_cast<std::size_t>(i)] = count;
        }
    });
    return std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
}

double PairOracle::knownFraction(std::span<const std::int32_t> nodes) const {
    const auto n = static_cast<double>(nodes.size());
    return unknown_ && n > 1 ? static_cast<double>(pairsBetween(nodes, 0, 1)) / (n * (n - 1) / 2)
                             : 1;
}

} // namespace inlay::engine::graph_clustering
