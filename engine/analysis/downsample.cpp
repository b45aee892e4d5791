#include "engine/analysis/downsample.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>

namespace inlay::engine {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// What one column keeps: minimum, maximum, first NaN, first +inf, first -inf.
struct Column {
    std::array<std::size_t, 5> kept{kNone, kNone, kNone, kNone, kNone};

    void take(std::span<const double> y, std::size_t i) {
        const double value = y[i];
        if (std::isfinite(value)) {
            if (kept[0] == kNone || value < y[kept[0]])
                kept[0] = i;
            if (kept[1] == kNone || value > y[kept[1]])
                kept[1] = i;
            return;
        }
        std::size_t& slot = std::isnan(value) ? kept[2] : value > 0 ? kept[3] : kept[4];
        if (slot == kNone)
            slot = i;
    }

    void flush(std::vector<std::size_t>& out) {
        std::sort(kept.begin(), kept.end());
        for (const std::size_t i : kept)
            if (i != kNone && (out.empty() || out.back() < i))
                out.push_back(i);
        kept.fill(kNone);
    }
};

std::vector<std::size_t> all(std::size_t count) {
    std::vector<std::size_t> indices(count);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
}

/// LTTB over the points named by `from` (all finite).
///   area = |(x_a - x_c)(y_j - y_a) - (x_a - x_j)(y_c - y_a)| / 2,
/// a the point chosen before, c the mean of the next bucket, j the candidate.
std::vector<std::size_t> lttbOf(std::span<const double> x, std::span<const double> y,
                                const std::vector<std::size_t>& from, std::size_t count) {
    assert(count >= 2);
    const std::size_t n = from.size();
    if (n <= count)
        return from;
    std::vector<std::size_t> out{from.front()};
    out.reserve(count);
    const double width =
        static_cast<double>(n - 2) / static_cast<double>(std::max(count, std::size_t{3}) - 2);
    const auto start = [&](std::size_t bucket) {
        return std::min(n - 1, static_cast<std::size_t>(static_cast<double>(bucket) * width) + 1);
    };
    std::size_t chosen = from.front();
    for (std::size_t bucket = 0; bucket + 2 < count; ++bucket) {
        const std::size_t begin = start(bucket);
        const std::size_t end = start(bucket + 1);
        const std::size_t nextEnd = bucket + 3 == count ? n : start(bucket + 2);
        double meanX = 0;
        double meanY = 0;
        for (std::size_t k = end; k < nextEnd; ++k) {
            meanX += x[from[k]];
            meanY += y[from[k]];
        }
        const double size = static_cast<double>(nextEnd - end);
        meanX /= size;
        meanY /= size;
        double best = -1;
        std::size_t bestIndex = from[begin];
        for (std::size_t k = begin; k < end; ++k) {
            const std::size_t j = from[k];
            const double area = std::abs((x[chosen] - meanX) * (y[j] - y[chosen]) -
                                         (x[chosen] - x[j]) * (meanY - y[chosen]));
            if (area > best) {
                best = area;
                bestIndex = j;
            }
        }
        out.push_back(bestIndex);
        chosen = bestIndex;
    }
    out.push_back(from.back());
    return out;
}

std::vector<std::size_t> finiteOf(std::span<const double> y, const std::vector<std::size_t>& from) {
    std::vector<std::size_t> finite;
    finite.reserve(from.size());
    std::copy_if(from.begin(), from.end(), std::back_inserter(finite),
                 [&](std::size_t i) { return std::isfinite(y[i]); });
    return finite;
}

} // namespace

std::vector<std::size_t> minMaxIndices(std::span<const double> x, std::span<const double> y,
                                       std::span<const double> edges) {
    assert(x.size() == y.size());
    assert(edges.size() >= 2);
    const std::size_t n = x.size();
    const std::size_t columns = edges.size() - 1;
    if (n <= 2 * columns)
        return all(n);
    std::vector<std::size_t> out;
    out.reserve(2 * columns + 2);
    out.push_back(0);
    Column column;
    std::size_t current = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (current + 1 < columns && x[i] >= edges[current + 1]) {
            column.flush(out);
            while (current + 1 < columns && x[i] >= edges[current + 1])
                ++current;
        }
        column.take(y, i);
    }
    column.flush(out);
    if (out.back() != n - 1)
        out.push_back(n - 1);
    return out;
}

std::vector<std::size_t> minMaxIndices(std::span<const double> x, std::span<const double> y,
                                       std::size_t columns) {
    assert(columns >= 1);
    if (x.size() <= 2 * columns)
        return all(x.size());
    std::vector<double> edges(columns + 1);
    const double first = x.front();
    const double width = (x.back() - first) / static_cast<double>(columns);
    for (std::size_t i = 0; i <= columns; ++i)
        edges[i] = first + width * static_cast<double>(i);
    return minMaxIndices(x, y, edges);
}

std::vector<std::size_t> lttbIndices(std::span<const double> x, std::span<const double> y,
                                     std::size_t count) {
    assert(x.size() == y.size());
    return lttbOf(x, y, finiteOf(y, all(x.size())), count);
}

std::vector<std::size_t> minMaxLttbIndices(std::span<const double> x, std::span<const double> y,
                                           std::size_t count, std::size_t ratio) {
    assert(x.size() == y.size());
    const std::size_t columns = std::max<std::size_t>(1, ratio * count / 2);
    return lttbOf(x, y, finiteOf(y, minMaxIndices(x, y, columns)), count);
}

} // namespace inlay::engine
