#include "engine/analysis/embedding/quality.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/analysis/embedding/best_list.h"
#include "engine/base/error.h"
#include "engine/base/random.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

// Distances between two looks at the caller's wish to go on.
constexpr std::int64_t kSlabNumbers = 100'000'000;

/// Some rows of the points.
std::vector<float> rowsOf(PointsView points, const std::vector<std::int64_t>& chosen) {
    std::vector<float> rows;
    rows.reserve(chosen.size() * static_cast<std::size_t>(points.dimension));
    for (const std::int64_t i : chosen)
        rows.insert(rows.end(), points.row(i), points.row(i) + points.dimension);
    return rows;
}

// Rows that are filled together, and others they meet at a time: these stay in the second level of
// cache while all of the rows pass over them.
constexpr std::int64_t kRowsTogether = 16;
constexpr std::int64_t kOthersTogether = 64;

/// The distances of one point in one space, itself infinitely far, and its nearest.
struct Row {
    std::vector<float> squared;
    std::vector<std::int32_t> nearest;

    void sort(std::int64_t own, std::int64_t k) {
        squared[static_cast<std::size_t>(own)] = std::numeric_limits<float>::infinity();
        nearest.resize(static_cast<std::size_t>(k));
        std::vector<float> values(static_cast<std::size_t>(k));
        BestList best(nearest.data(), values.data(), k);
        const auto count = static_cast<std::int64_t>(squared.size());
        for (std::int64_t j = 0; j < count; ++j)
            if (j != own && squared[static_cast<std::size_t>(j)] <= best.worst())
                best.offer(static_cast<std::int32_t>(j), squared[static_cast<std::size_t>(j)]);
    }

    /// 1 for the nearest.
    std::int64_t rank(std::int32_t j) const {
        const float value = squared[static_cast<std::size_t>(j)];
        std::int64_t nearer = 0;
        for (const float other : squared)
            nearer += other < value ? 1 : 0;
        for (std::size_t l = 0; l < static_cast<std::size_t>(j); ++l)
            nearer += squared[l] == value ? 1 : 0;
        return nearer + 1;
    }
};

/// The rows of points begin … end.
void fillRows(PointsView points, std::int64_t begin, std::int64_t end, std::int64_t k,
              std::vector<Row>& rows) {
    rows.resize(static_cast<std::size_t>(end - begin));
    for (Row& row : rows)
        row.squared.resize(static_cast<std::size_t>(points.count));
    for (std::int64_t first = 0; first < points.count; first += kOthersTogether) {
        const std::int64_t last = std::min(points.count, first + kOthersTogether);
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = first; j < last; ++j)
                rows[static_cast<std::size_t>(i - begin)].squared[static_cast<std::size_t>(j)] =
                    kernels::squaredDistance(points.row(i), points.row(j), points.dimension);
    }
    for (std::int64_t i = begin; i < end; ++i)
        rows[static_cast<std::size_t>(i - begin)].sort(i, k);
}

/// How far the first k of `nearest` lie beyond rank k in the other space, summed.
std::int64_t beyond(const std::vector<std::int32_t>& nearest, const Row& other, std::int64_t k) {
    std::int64_t sum = 0;
    for (std::int64_t j = 0; j < k; ++j)
        sum += std::max<std::int64_t>(0, other.rank(nearest[static_cast<std::size_t>(j)]) - k);
    return sum;
}

std::int64_t shared(std::vector<std::int32_t> a, std::vector<std::int32_t> b, std::int64_t k) {
    std::sort(a.begin(), a.begin() + k);
    std::sort(b.begin(), b.begin() + k);
    std::vector<std::int32_t> both;
    std::set_intersection(a.begin(), a.begin() + k, b.begin(), b.begin() + k,
                          std::back_inserter(both));
    return static_cast<std::int64_t>(both.size());
}

double distanceOf(PointsView points, std::int64_t i, std::int64_t j) {
    double sum = 0;
    for (std::int64_t d = 0; d < points.dimension; ++d) {
        const double apart =
            static_cast<double>(points.row(i)[d]) - static_cast<double>(points.row(j)[d]);
        sum += apart * apart;
    }
    return std::sqrt(sum);
}

/// Pearson's correlation of the distances of random pairs of different points.
double shepardCorrelation(PointsView original, PointsView layout, std::int64_t pairs,
                          std::uint64_t seed) {
    RandomStream stream(seed, "quality.pairs");
    std::vector<double> a;
    std::vector<double> b;
    const auto n = static_cast<std::uint64_t>(original.count);
    for (std::int64_t p = 0; p < pairs; ++p) {
        const auto i = static_cast<std::int64_t>(stream.below(n));
        const auto other = static_cast<std::int64_t>(stream.below(n - 1));
        const std::int64_t j = other + (other >= i ? 1 : 0);
        a.push_back(distanceOf(original, i, j));
        b.push_back(distanceOf(layout, i, j));
    }
    const auto mean = [](const std::vector<double>& x) {
        double sum = 0;
        for (const double value : x)
            sum += value;
        return sum / static_cast<double>(x.size());
    };
    const double meanA = mean(a);
    const double meanB = mean(b);
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (std::size_t p = 0; p < a.size(); ++p) {
        aa += (a[p] - meanA) * (a[p] - meanA);
        bb += (b[p] - meanB) * (b[p] - meanB);
        ab += (a[p] - meanA) * (b[p] - meanB);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

} // namespace

ProjectionQuality projectionQuality(PointsView original, PointsView layout,
                                    const QualityOptions& options, const KeepGoing& keepGoing) {
    assert(original.count == layout.count);
    if (original.count < 4)
        throw Error(fmt::format("the quality of a projection needs at least 4 points, there are {}",
                                original.count));
    ProjectionQuality quality;
    std::vector<float> originalRows;
    std::vector<float> layoutRows;
    PointsView high = original;
    PointsView low = layout;
    if (original.count > options.mostPoints) {
        const std::int64_t most = std::max<std::int64_t>(options.mostPoints, 4);
        const std::vector<std::int64_t> chosen =
            RandomStream(options.seed, "quality.points").sample(original.count, most);
        originalRows = rowsOf(original, chosen);
        layoutRows = rowsOf(layout, chosen);
        high = {originalRows, most, original.dimension};
        low = {layoutRows, most, layout.dimension};
    }
    const std::int64_t n = high.count;
    quality.points = n;
    quality.k = std::clamp<std::int64_t>(options.k, 1, (n - 1) / 2);
    quality.kept = std::clamp<std::int64_t>(options.kept, 1, n - 1);
    const std::int64_t deepest = std::max(quality.k, quality.kept);
    std::vector<std::int64_t> intruders(static_cast<std::size_t>(n));
    std::vector<std::int64_t> missing(static_cast<std::size_t>(n));
    std::vector<std::int64_t> kept(static_cast<std::size_t>(n));
    const std::int64_t slab = std::max<std::int64_t>(
        4 * kRowsTogether, kSlabNumbers / (n * (high.dimension + low.dimension + 4 * quality.k)));
    for (std::int64_t first = 0; first < n; first += slab) {
        if (keepGoing && !keepGoing()) {
            quality.cancelled = true;
            return quality;
        }
        kernels::parallelFor(
            std::min(slab, n - first), kRowsTogether, [&](std::int64_t begin, std::int64_t end) {
                std::vector<Row> highRows;
                std::vector<Row> lowRows;
                fillRows(high, first + begin, first + end, deepest, highRows);
                fillRows(low, first + begin, first + end, deepest, lowRows);
                for (std::int64_t i = first + begin; i < first + end; ++i) {
                    const auto at = static_cast<std::size_t>(i);
                    const Row& highRow = highRows[static_cast<std::size_t>(i - first - begin)];
                    const Row& lowRow = lowRows[static_cast<std::size_t>(i - first - begin)];
                    intruders[at] = beyond(lowRow.nearest, highRow, quality.k);
                    missing[at] = beyond(highRow.nearest, lowRow, quality.k);
                    kept[at] = shared(highRow.nearest, lowRow.nearest, quality.kept);
                }
            });
    }
    std::int64_t intruded = 0;
    std::int64_t missed = 0;
    std::int64_t keptSum = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        intruded += intruders[i];
        missed += missing[i];
        keptSum += kept[i];
    }
    const auto count = static_cast<double>(n);
    const auto k = static_cast<double>(quality.k);
    const double scale = 2 / (count * k * (2 * count - 3 * k - 1));
    quality.trustworthiness = 1 - scale * static_cast<double>(intruded);
    quality.continuity = 1 - scale * static_cast<double>(missed);
    quality.neighborsKept =
        static_cast<double>(keptSum) / (count * static_cast<double>(quality.kept));
    quality.shepard = shepardCorrelation(original, layout, options.pairs, options.seed);
    return quality;
}

} // namespace inlay::engine
