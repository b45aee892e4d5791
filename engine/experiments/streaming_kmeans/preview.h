#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/streaming_kmeans/weighted_points.h"

namespace inlay::engine::kmeans {

/// A uniform sample of the points seen so far (reservoir, Vitter's algorithm R): what the pictures,
/// the silhouettes and the running cost are made of. It takes no part in the clustering.
class Preview {
public:
    Preview(std::int64_t size, std::int64_t dims, const RandomStream& random);

    void add(const float* rows, std::int64_t count);
    const WeightedPoints& points() const { return points_; }
    /// Number in the stream of each sampled point.
    const std::vector<std::int64_t>& arrivals() const { return arrivals_; }
    std::int64_t seen() const { return seen_; }

    /// Cost of centers on `points` points, as the sample estimates it.
    double estimatedCost(const std::vector<double>& centers, double points) const;

private:
    std::int64_t size_;
    RandomStream random_;
    WeightedPoints points_;
    std::vector<std::int64_t> arrivals_;
    std::int64_t seen_ = 0;
};

/// The plane that pictures show: the two principal axes of the points it was made of; the
/// coordinates themselves in one and two dimensions.
class Plane {
public:
    Plane() = default;
    /// `origin` is added back for one and two dimensions, so that axes read as in the data.
    Plane(const WeightedPoints& points, const std::vector<double>& origin);

    bool ready() const { return dims_ > 0; }
    bool isProjection() const { return dims_ > 2; }
    /// Share of the variance that lies in the plane, 0 to 1.
    double share() const { return share_; }
    template <class Number>
    void project(const Number* row, float& x, float& y) const {
        double sums[2] = {};
        for (std::int64_t p = 0; p < dims_; ++p) {
            const double d = static_cast<double>(row[p]) - mean_[static_cast<std::size_t>(p)];
            sums[0] += d * axes_[static_cast<std::size_t>(p)];
            sums[1] += d * axes_[static_cast<std::size_t>(dims_ + p)];
        }
        x = static_cast<float>(sums[0]);
        y = static_cast<float>(sums[1]);
    }

private:
    std::int64_t dims_ = 0;
    double share_ = 1;
    std::vector<double> mean_;
    std::vector<double> axes_; // 2 x dims
};

} // namespace inlay::engine::kmeans
