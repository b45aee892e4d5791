#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/streaming_kmeans/weighted_points.h"

namespace inlay::engine::kmeans {

/// Online Lloyd (MacQueen 1967): the first k points are the centers; each further point moves its
/// nearest center to the running mean of the points that it got.
class OnlineLloyd {
public:
    OnlineLloyd(std::int64_t dims, std::int64_t k);
    void add(const float* rows, std::int64_t count);
    std::int64_t held() const { return static_cast<std::int64_t>(counts_.size()); }
    const std::vector<double>& centers() const { return centers_; }
    const std::vector<double>& counts() const { return counts_; }
    /// Sum of the squared distances of points to their centers as they came.
    double runningCost() const { return cost_; }

private:
    std::int64_t dims_;
    std::int64_t k_;
    std::vector<double> centers_;
    std::vector<double> counts_;
    double cost_ = 0;
};

/// Mini-batch k-means (Sculley, WWW 2010) over consecutive batches of the stream: k-means++ on the
/// first batch, then each point of a batch moves the center it was nearest to at the start of the
/// batch by 1 / (points that this center got so far).
class MiniBatch {
public:
    MiniBatch(std::int64_t dims, std::int64_t k, std::int64_t batch, const RandomStream& random);
    /// Points that the open batch still takes.
    std::int64_t room() const { return batch_ - points_.count(); }
    void add(const float* rows, std::int64_t count);
    /// A last, short batch.
    void flush();
    std::int64_t held() const {
        return points_.count() + static_cast<std::int64_t>(counts_.size());
    }
    std::int64_t peakHeld() const { return peak_; }
    const std::vector<double>& centers() const { return centers_; }
    const std::vector<double>& counts() const { return counts_; }
    double runningCost() const { return cost_; }

private:
    std::int64_t dims_;
    std::int64_t k_;
    std::int64_t batch_;
    RandomStream random_;
    WeightedPoints points_;
    std::vector<double> centers_;
    std::vector<double> counts_;
    std::int64_t peak_ = 0;
    double cost_ = 0;
};

} // namespace inlay::engine::kmeans
