#include "engine/experiments/graph_clustering/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/experiments/graph_clustering/recovery_labels.h"
#include "kernels/parallel.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr int kCleanUpRounds = 3;

} // namespace

Rounding roundSolution(const ProgramState& state, double threshold, std::int64_t smallestBlock) {
    const std::int64_t n = state.nodes();
    const auto limit = static_cast<float>(threshold);
    std::vector<NodeSet> supports(static_cast<std::size_t>(n));
    std::vector<float> deviations(static_cast<std::size_t>(n));
    kernels::parallelFor(n, 32, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> z(static_cast<std::size_t>(n));
        for (std::int64_t i = begin; i < end; ++i) {
            state.solutionRow(i, z.data());
            float worst = 0;
            NodeSet& support = supports[static_cast<std::size_t>(i)];
            for (std::int64_t j = 0; j < n; ++j) {
                const float value = z[static_cast<std::size_t>(j)];
                const bool in = value > limit;
                worst = std::max(worst, in ? 1 - value : value);
                if (in)
                    support.push_back(static_cast<std::int32_t>(j));
            }
            deviations[static_cast<std::size_t>(i)] = worst;
        }
    });
    Rounding rounding;
    rounding.deviation = n > 0 ? *std::max_element(deviations.begin(), deviations.end()) : 0;
    std::vector<char> done(static_cast<std::size_t>(n));
    std::int64_t entries = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const NodeSet& support = supports[static_cast<std::size_t>(i)];
        entries += static_cast<std::int64_t>(support.size());
        if (support.empty() || done[static_cast<std::size_t>(i)])
            continue;
        // Equal supports of all members are the same as all ones on S x S with row sums |S|.
        const bool block =
            std::binary_search(support.begin(), support.end(), static_cast<std::int32_t>(i)) &&
            std::all_of(support.begin(), support.end(), [&](std::int32_t member) {
                return supports[static_cast<std::size_t>(member)] == support;
            });
        if (!block) {
            ++rounding.brokenRows;
            continue;
        }
        for (const std::int32_t member : support)
            done[static_cast<std::size_t>(member)] = 1;
        if (static_cast<std::int64_t>(support.size()) >= smallestBlock)
            rounding.blocks.push_back(support);
    }
    rounding.roundedEntries = entries / 2;
    rounding.clean = rounding.brokenRows == 0 && !rounding.blocks.empty();
    rounding.supports = std::move(supports);
    sortLargestFirst(rounding.blocks);
    return rounding;
}

void sortLargestFirst(std::vector<NodeSet>& sets) {
    std::stable_sort(sets.begin(), sets.end(),
                     [](const NodeSet& a, const NodeSet& b) { return a.size() > b.size(); });
}

std::vector<double> blockMeans(const ProgramState& state, std::span<const std::int32_t> labels,
                               std::int64_t parts) {
    const std::int64_t n = state.nodes();
    std::vector<double> sums(static_cast<std::size_t>(parts * parts));
    std::vector<double> counts(sums.size());
    std::vector<float> z(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) {
        if (labels[static_cast<std::size_t>(i)] < 0)
            continue;
        state.solutionRow(i, z.data());
        const std::int64_t row = labels[static_cast<std::size_t>(i)] * parts;
        for (std::int64_t j = 0; j < n; ++j) {
            const std::int32_t label = labels[static_cast<std::size_t>(j)];
            if (label < 0 || i == j)
                continue;
            sums[static_cast<std::size_t>(row + label)] += z[static_cast<std::size_t>(j)];
            counts[static_cast<std::size_t>(row + label)] += 1;
        }
    }
    for (std::size_t b = 0; b < sums.size(); ++b)
        sums[b] = counts[b] > 0 ? sums[b] / counts[b] : std::numeric_limits<double>::quiet_NaN();
    return sums;
}

std::int64_t cleanUp(const DenseGraph& graph, const DenseGraph* seen, double limit,
                     std::vector<NodeSet>& clusters) {
    const std::int64_t n = graph.nodes();
    const std::vector<std::int32_t> before = labelsOf(n, clusters);
    std::vector<std::int32_t> label = before;
    for (int round = 0; round < kCleanUpRounds; ++round) {
        std::vector<std::int32_t> next(label.size(), -1);
        for (std::int64_t i = 0; i < n; ++i) {
            std::vector<double> joined(clusters.size());
            std::vector<double> asked(clusters.size());
            const std::uint8_t* row = graph.row(i);
            const std::uint8_t* pairs = seen ? seen->row(i) : nullptr;
            for (std::int64_t j = 0; j < n; ++j) {
                const std::int32_t own = label[static_cast<std::size_t>(j)];
                if (own < 0 || j == i || (pairs && !pairs[j]))
                    continue;
                asked[static_cast<std::size_t>(own)] += 1;
                joined[static_cast<std::size_t>(own)] += row[j];
            }
            double best = limit;
            for (std::size_t c = 0; c < clusters.size(); ++c) {
                const double density = asked[c] > 0 ? joined[c] / asked[c] : 0;
                const bool own = static_cast<std::size_t>(label[static_cast<std::size_t>(i)]) == c;
                if (density > best || (density == best && own)) {
                    best = density;
                    next[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(c);
                }
            }
        }
        if (next == label)
            break;
        label = next;
    }
    return relabel(before, label, clusters);
}

} // namespace inlay::engine::graph_clustering
