#include "engine/experiments/graph_clustering/planted_model.h"

#include <algorithm>
#include <numeric>

#include "kernels/parallel.h"
#include "kernels/philox.h"

namespace inlay::engine::graph_clustering {

PairUniforms::PairUniforms(const RandomStream& stream)
    : key_(stream.key()) {}

double PairUniforms::at(std::int64_t i, std::int64_t j) const {
    const auto low = static_cast<std::uint64_t>(std::min(i, j));
    const auto high = static_cast<std::uint64_t>(std::max(i, j));
    return kernels::philox(key_, low, high).word[0] * 0x1.0p-32;
}

PlantedGraph plantGraph(const std::vector<std::int64_t>& sizes, double inside, double across,
                        const RandomStream& stream) {
    const std::int64_t n = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    PlantedGraph planted{DenseGraph(n), {}};
    planted.truth.reserve(static_cast<std::size_t>(n));
    for (std::size_t cluster = 0; cluster < sizes.size(); ++cluster)
        planted.truth.insert(planted.truth.end(), static_cast<std::size_t>(sizes[cluster]),
                             static_cast<std::int32_t>(cluster));
    const PairUniforms uniforms(stream);
    kernels::parallelFor(n, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < i; ++j) {
                const bool same = planted.truth[static_cast<std::size_t>(i)] ==
                                  planted.truth[static_cast<std::size_t>(j)];
                planted.graph.mutableRow(i)[j] = uniforms.at(i, j) < (same ? inside : across);
            }
    });
    mirrorLowerTriangle(planted.graph);
    return planted;
}

} // namespace inlay::engine::graph_clustering
