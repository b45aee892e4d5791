#include "widgets/plots/label_layout.h"

#include <algorithm>
#include <numeric>

namespace inlay::widgets {

// With z_i = wanted_i - i * spacing the wish is a non-decreasing sequence close to z: pooling
// adjacent violators gives the least-squares one, and clamping it to [low, high - (n-1) * spacing]
// keeps it optimal.
std::vector<double> spreadApart(const std::vector<double>& wanted, double spacing, double low,
                                double high) {
    const std::size_t n = wanted.size();
    if (n == 0)
        return {};
    if (n > 1)
        spacing = std::min(spacing, std::max(0.0, high - low) / static_cast<double>(n - 1));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
    struct Pool {
        double sum;
        std::size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<Pool> pools;
    for (std::size_t i = 0; i < n; ++i) {
        pools.push_back({wanted[order[i]] - static_cast<double>(i) * spacing, 1});
        while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
            pools[pools.size() - 2].sum += pools.back().sum;
            pools[pools.size() - 2].count += pools.back().count;
            pools.pop_back();
        }
    }
    const double top = std::max(low, high - static_cast<double>(n - 1) * spacing);
    std::vector<double> placed(n);
    std::size_t i = 0;
    for (const Pool& pool : pools)
        for (std::size_t k = 0; k < pool.count; ++k, ++i)
            placed[order[i]] = std::clamp(pool.mean(), low, top) + static_cast<double>(i) * spacing;
    return placed;
}

std::vector<double> placeLabels(const std::vector<LabelBox>& labels, double spacing, double low,
                                double high) {
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return labels[a].x < labels[b].x; });
    std::vector<double> placed(labels.size());
    for (std::size_t i = 0; i < order.size();) {
        double right = labels[order[i]].x + labels[order[i]].width;
        std::size_t end = i + 1;
        while (end < order.size() && labels[order[end]].x < right) {
            right = std::max(right, labels[order[end]].x + labels[order[end]].width);
            ++end;
        }
        std::vector<double> wanted;
        for (std::size_t k = i; k < end; ++k)
            wanted.push_back(labels[order[k]].y);
        const std::vector<double> spread = spreadApart(wanted, spacing, low, high);
        for (std::size_t k = i; k < end; ++k)
            placed[order[k]] = spread[k - i];
        i = end;
    }
    return placed;
}

} // namespace inlay::widgets
