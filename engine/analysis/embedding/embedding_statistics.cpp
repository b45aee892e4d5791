#include "engine/analysis/embedding/embedding_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "engine/analysis/embedding/neighbors.h"
#include "engine/base/random.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double squared(PointsView points, std::int64_t i, std::int64_t j) {
    return static_cast<double>(
        kernels::squaredDistance(points.row(i), points.row(j), points.dimension));
}

double sumOf(const std::vector<double>& parts) {
    double sum = 0;
    for (const double part : parts)
        sum += part;
    return sum;
}

std::vector<double> meanOf(PointsView points) {
    std::vector<double> mean(static_cast<std::size_t>(points.dimension));
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::size_t d = 0; d < mean.size(); ++d)
            mean[d] += static_cast<double>(points.row(i)[d]) / static_cast<double>(points.count);
    return mean;
}

std::map<std::int32_t, std::vector<std::int64_t>> byLabel(std::span<const std::int32_t> labels) {
    std::map<std::int32_t, std::vector<std::int64_t>> groups;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0)
            groups[labels[i]].push_back(static_cast<std::int64_t>(i));
    return groups;
}

} // namespace

double alignment(PointsView points, std::span<const std::int32_t> labels) {
    assert(static_cast<std::int64_t>(labels.size()) == points.count);
    const std::vector<float> rows = normalizedRows(points);
    const auto dims = static_cast<std::size_t>(points.dimension);
    double sum = 0;
    double pairs = 0;
    // Over the ordered pairs of a group of m: 2 m sum |f|² - 2 |sum f|².
    for (const auto& [label, members] : byLabel(labels)) {
        std::vector<double> total(dims);
        double squares = 0;
        for (const std::int64_t i : members)
            for (std::size_t d = 0; d < dims; ++d) {
                const auto value =
                    static_cast<double>(rows[static_cast<std::size_t>(i) * dims + d]);
                total[d] += value;
                squares += value * value;
            }
        double whole = 0;
        for (const double t : total)
            whole += t * t;
        const auto m = static_cast<double>(members.size());
        sum += 2 * m * squares - 2 * whole;
        pairs += m * (m - 1);
    }
    return pairs > 0 ? std::max(sum, 0.0) / pairs : kNothing;
}

double uniformity(PointsView points, std::int64_t mostPoints, std::uint64_t seed) {
    if (points.count < 2)
        return kNothing;
    const std::vector<float> rows = normalizedRows(points);
    const PointsView all{rows, points.count, points.dimension};
    const std::int64_t n = std::min(points.count, std::max<std::int64_t>(mostPoints, 2));
    const std::vector<std::int64_t> chosen =
        RandomStream(seed, "embedding.uniformity").sample(points.count, n);
    std::vector<double> parts(static_cast<std::size_t>(n));
    kernels::parallelFor(n, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < n; ++j)
                if (i != j)
                    parts[static_cast<std::size_t>(i)] +=
                        std::exp(-2 * squared(all, chosen[static_cast<std::size_t>(i)],
                                              chosen[static_cast<std::size_t>(j)]));
    });
    return std::log(sumOf(parts) / (static_cast<double>(n) * static_cast<double>(n - 1)));
}

double effectiveRank(PointsView points) {
    const std::int64_t dims = points.dimension;
    const std::int64_t n = points.count;
    const std::vector<double> mean = meanOf(points);
    std::vector<double> centered(points.values.begin(), points.values.end());
    for (std::size_t at = 0; at < centered.size(); ++at)
        centered[at] -= mean[at % mean.size()];
    // X X^T has the eigenvalues of X^T X that are not 0, and is smaller for few points.
    const bool isGram = n < dims;
    const std::int64_t side = isGram ? n : dims;
    std::vector<double> scatter(static_cast<std::size_t>(side * side));
    kernels::parallelFor(side, 4, [&](std::int64_t begin, std::int64_t end) {
        if (isGram) {
            for (std::int64_t a = begin; a < end; ++a)
                for (std::int64_t b = 0; b < n; ++b)
                    for (std::int64_t d = 0; d < dims; ++d)
                        scatter[static_cast<std::size_t>(a * n + b)] +=
                            centered[static_cast<std::size_t>(a * dims + d)] *
                            centered[static_cast<std::size_t>(b * dims + d)];
            return;
        }
        for (std::int64_t i = 0; i < n; ++i) {
            const double* own = centered.data() + i * dims;
            for (std::int64_t a = begin; a < end; ++a) {
                double* row = scatter.data() + a * dims;
                for (std::int64_t b = 0; b < dims; ++b)
                    row[b] += own[a] * own[b];
            }
        }
    });
    std::vector<double> values(static_cast<std::size_t>(side));
    std::vector<double> vectors(scatter.size());
    kernels::symmetricEigen(side, scatter.data(), values.data(), vectors.data());
    double total = 0;
    for (const double value : values)
        total += std::max(value, 0.0);
    if (total <= 0)
        return 0;
    double entropy = 0;
    for (const double value : values)
        if (value > 0)
            entropy -= value / total * std::log(value / total);
    return std::exp(entropy);
}

double silhouette(PointsView points, std::span<const std::int32_t> labels, std::int64_t mostPoints,
                  std::uint64_t seed) {
    assert(static_cast<std::int64_t>(labels.size()) == points.count);
    std::vector<std::int64_t> labeled;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0)
            labeled.push_back(static_cast<std::int64_t>(i));
    const auto total = static_cast<std::int64_t>(labeled.size());
    std::vector<std::int64_t> chosen;
    for (const std::int64_t at :
         RandomStream(seed, "embedding.silhouette").sample(total, std::min(total, mostPoints)))
        chosen.push_back(labeled[static_cast<std::size_t>(at)]);
    std::map<std::int32_t, std::size_t> groups;
    std::vector<double> sizes;
    std::vector<std::size_t> group;
    for (const std::int64_t i : chosen) {
        const auto [found, isNew] =
            groups.emplace(labels[static_cast<std::size_t>(i)], groups.size());
        if (isNew)
            sizes.push_back(0);
        group.push_back(found->second);
        ++sizes[found->second];
    }
    if (groups.size() < 2)
        return kNothing;
    std::vector<double> scores(chosen.size());
    const auto n = static_cast<std::int64_t>(chosen.size());
    kernels::parallelFor(n, 16, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> sums(sizes.size());
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            std::fill(sums.begin(), sums.end(), 0.0);
            for (std::size_t j = 0; j < chosen.size(); ++j)
                sums[group[j]] += std::sqrt(squared(points, chosen[i], chosen[j]));
            if (sizes[group[i]] < 2)
                continue;
            const double inside = sums[group[i]] / (sizes[group[i]] - 1);
            double outside = std::numeric_limits<double>::infinity();
            for (std::size_t g = 0; g < sums.size(); ++g)
                if (g != group[i])
                    outside = std::min(outside, sums[g] / sizes[g]);
            const double larger = std::max(inside, outside);
            scores[i] = larger > 0 ? (outside - inside) / larger : 0;
        }
    });
    return sumOf(scores) / static_cast<double>(n);
}

double nonZeroShare(PointsView points) {
    const auto nonZero = static_cast<double>(
        std::count_if(points.values.begin(), points.values.end(), [](float v) { return v != 0; }));
    return points.values.empty() ? 0 : nonZero / static_cast<double>(points.values.size());
}

double leastSpread(PointsView points) {
    const std::vector<float> rows = normalizedRows(points);
    const std::vector<double> mean = meanOf({rows, points.count, points.dimension});
    std::vector<double> squares(mean.size());
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::size_t d = 0; d < mean.size(); ++d) {
            const double apart =
                static_cast<double>(rows[static_cast<std::size_t>(i) * mean.size() + d]) - mean[d];
            squares[d] += apart * apart;
        }
    double least = std::numeric_limits<double>::infinity();
    for (const double s : squares)
        least = std::min(least, std::sqrt(s / static_cast<double>(points.count)));
    return least;
}

double tripletViolation(PointsView points, std::span<const std::int32_t> labels,
                        std::int64_t triplets, std::uint64_t seed) {
    const auto groups = byLabel(labels);
    // Anchors: labels with two points or more, where there is another label.
    std::vector<const std::vector<std::int64_t>*> anchors;
    std::vector<std::int64_t> all;
    for (const auto& [label, members] : groups) {
        if (members.size() >= 2)
            anchors.push_back(&members);
        all.insert(all.end(), members.begin(), members.end());
    }
    if (anchors.empty() || groups.size() < 2 || triplets < 1)
        return kNothing;
    RandomStream stream(seed, "embedding.triplets");
    std::int64_t violated = 0;
    for (std::int64_t t = 0; t < triplets; ++t) {
        const auto& own = *anchors[stream.below(anchors.size())];
        const std::uint64_t a = stream.below(own.size());
        const std::uint64_t b = stream.below(own.size() - 1);
        const std::int64_t anchor = own[a];
        const std::int64_t positive = own[b + (b >= a ? 1 : 0)];
        std::int64_t negative = anchor;
        while (labels[static_cast<std::size_t>(negative)] ==
               labels[static_cast<std::size_t>(anchor)])
            negative = all[stream.below(all.size())];
        violated += squared(points, anchor, positive) >= squared(points, anchor, negative) ? 1 : 0;
    }
    return static_cast<double>(violated) / static_cast<double>(triplets);
}

} // namespace inlay::engine
