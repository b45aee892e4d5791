#include "engine/experiments/streaming_kmeans/preview.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/principal_axes.h"
#include "kernels/nearest.h"

namespace inlay::engine::kmeans {

Preview::Preview(std::int64_t size, std::int64_t dims, const RandomStream& random)
    : size_(size)
    , random_(random) {
    points_.dims = dims;
}

void Preview::add(const float* rows, std::int64_t count) {
    const std::int64_t dims = points_.dims;
    for (std::int64_t i = 0; i < count; ++i, ++seen_) {
        const float* row = rows + i * dims;
        if (points_.count() < size_) {
            points_.values.insert(points_.values.end(), row, row + dims);
            arrivals_.push_back(seen_);
            continue;
        }
        const auto place =
            static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(seen_ + 1)));
        if (place < size_) {
            std::copy_n(row, dims, points_.values.begin() + place * dims);
            arrivals_[static_cast<std::size_t>(place)] = seen_;
        }
    }
}

double Preview::estimatedCost(const std::vector<double>& centers, double points) const {
    const std::int64_t n = points_.count();
    if (n == 0 || centers.empty())
        return 0;
    const std::vector<float> rounded(centers.begin(), centers.end());
    const kernels::CenterPack pack(
        rounded.data(), static_cast<std::int64_t>(rounded.size()) / points_.dims, points_.dims);
    std::vector<std::int32_t> label(static_cast<std::size_t>(n));
    std::vector<float> squared(label.size());
    kernels::nearestCenters(pack, points_.values.data(), n, label.data(), squared.data(), nullptr);
    double cost = 0;
    for (const float d2 : squared)
        cost += static_cast<double>(d2);
    return cost * points / static_cast<double>(n);
}

Plane::Plane(const WeightedPoints& points, const std::vector<double>& origin)
    : dims_(points.dims)
    , mean_(static_cast<std::size_t>(points.dims))
    , axes_(static_cast<std::size_t>(2 * points.dims)) {
    if (dims_ <= 2) {
        for (std::size_t p = 0; p < origin.size(); ++p) {
            mean_[p] = -origin[p];
            axes_[p * static_cast<std::size_t>(dims_) + p] = 1;
        }
        return;
    }
    const PrincipalAxes found = principalAxes(points.values, points.count(), dims_, 2);
    mean_ = found.mean;
    axes_ = found.axes;
    share_ = found.totalVariance > 0
                 ? (found.variances[0] + found.variances[1]) / found.totalVariance
                 : 1.0;
}

} // namespace inlay::engine::kmeans
