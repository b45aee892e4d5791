#include "engine/analysis/embedding/affinities.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

constexpr double kEntropyTolerance = 1e-5;
constexpr int kBisections = 100;

using Entries = std::vector<std::pair<std::int32_t, double>>;

/// Sum of the row and its transpose's: both are sorted lists of (column, weight).
Entries merged(const Entries& a, const Entries& b) {
    Entries out;
    out.reserve(a.size() + b.size());
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() || j != b.end()) {
        if (j == b.end() || (i != a.end() && i->first < j->first))
            out.push_back(*i++);
        else if (i == a.end() || j->first < i->first)
            out.push_back(*j++);
        else {
            out.emplace_back(i->first, i->second + j->second);
            ++i;
            ++j;
        }
    }
    return out;
}

} // namespace

double weightsOfPerplexity(std::span<const float> distance, double perplexity,
                           std::span<double> weight) {
    const double target = std::log(perplexity);
    const double nearest = distance.empty() ? 0.0 : static_cast<double>(distance.front());
    // Against underflow the smallest square is taken off all; it changes no weight. The search
    // starts at the scale of the distances.
    double mean = 0;
    for (const float d : distance)
        mean += (static_cast<double>(d) - nearest) * (static_cast<double>(d) + nearest);
    mean /= static_cast<double>(std::max<std::size_t>(distance.size(), 1));
    double beta = mean > 0 ? 1 / mean : 1;
    double low = 0;
    double high = 0; // 0: no bound yet
    for (int step = 0; step < kBisections; ++step) {
        double sum = 0;
        double weighted = 0;
        for (std::size_t j = 0; j < distance.size(); ++j) {
            const double d = static_cast<double>(distance[j]);
            const double square = (d - nearest) * (d + nearest);
            weight[j] = std::exp(-beta * square);
            sum += weight[j];
            weighted += weight[j] * square;
        }
        const double entropy = std::log(sum) + beta * weighted / sum;
        for (double& w : weight)
            w /= sum;
        if (std::abs(entropy - target) <= kEntropyTolerance)
            break;
        if (entropy > target) {
            low = beta;
            beta = high > 0 ? (beta + high) / 2 : beta * 2;
        } else {
            high = beta;
            beta = (beta + low) / 2;
        }
        // Duplicates: no bandwidth tells them apart, the weights are as good as they get.
        if (!std::isfinite(beta))
            break;
    }
    return beta;
}

Affinities gaussianAffinities(const Neighbors& neighbors, double perplexity) {
    const std::int64_t n = neighbors.queries;
    const std::int64_t k = neighbors.k;
    std::vector<double> conditional(static_cast<std::size_t>(n * k));
    kernels::parallelFor(n, 64, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            weightsOfPerplexity({neighbors.distanceRow(i), static_cast<std::size_t>(k)}, perplexity,
                                {conditional.data() + i * k, static_cast<std::size_t>(k)});
    });
    std::vector<Entries> transposed(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < k; ++j)
            transposed[static_cast<std::size_t>(neighbors.indexRow(i)[j])].emplace_back(
                static_cast<std::int32_t>(i), conditional[static_cast<std::size_t>(i * k + j)]);
    Affinities joint;
    joint.rowStart.push_back(0);
    const double scale = 1.0 / (2.0 * static_cast<double>(n));
    Entries row;
    for (std::int64_t i = 0; i < n; ++i) {
        row.clear();
        for (std::int64_t j = 0; j < k; ++j)
            row.emplace_back(neighbors.indexRow(i)[j],
                             conditional[static_cast<std::size_t>(i * k + j)]);
        std::sort(row.begin(), row.end());
        for (const auto& [column, weight] : merged(row, transposed[static_cast<std::size_t>(i)])) {
            const double p = weight * scale;
            joint.column.push_back(column);
            joint.weight.push_back(static_cast<float>(p));
            if (p > 0)
                joint.negativeEntropy += p * std::log(p);
        }
        joint.rowStart.push_back(static_cast<std::int64_t>(joint.column.size()));
    }
    return joint;
}

} // namespace inlay::engine
