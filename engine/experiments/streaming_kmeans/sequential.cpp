#include "engine/experiments/streaming_kmeans/sequential.h"

#include <algorithm>
#include <limits>

#include "engine/experiments/streaming_kmeans/reduction.h"
#include "kernels/nearest.h"

namespace inlay::engine::kmeans {

OnlineLloyd::OnlineLloyd(std::int64_t dims, std::int64_t k)
    : dims_(dims)
    , k_(k) {}

// One point changes a center, so there is nothing to pack; double sums, ties to the lowest index.
void OnlineLloyd::add(const float* rows, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float* x = rows + i * dims_;
        if (held() < k_) {
            centers_.insert(centers_.end(), x, x + dims_);
            counts_.push_back(1);
            continue;
        }
        std::size_t nearest = 0;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < counts_.size(); ++c) {
            const double* center = centers_.data() + c * static_cast<std::size_t>(dims_);
            double d2 = 0;
            for (std::int64_t p = 0; p < dims_; ++p) {
                const double d = static_cast<double>(x[p]) - center[p];
                d2 += d * d;
            }
            if (d2 < least) {
                least = d2;
                nearest = c;
            }
        }
        cost_ += least;
        counts_[nearest] += 1;
        double* center = centers_.data() + nearest * static_cast<std::size_t>(dims_);
        for (std::int64_t p = 0; p < dims_; ++p)
            center[p] += (static_cast<double>(x[p]) - center[p]) / counts_[nearest];
    }
}

MiniBatch::MiniBatch(std::int64_t dims, std::int64_t k, std::int64_t batch,
                     const RandomStream& random)
    : dims_(dims)
    , k_(k)
    , batch_(std::max(batch, k))
    , random_(random) {
    points_.dims = dims;
}

void MiniBatch::add(const float* rows, std::int64_t count) {
    points_.values.insert(points_.values.end(), rows, rows + count * dims_);
    peak_ = std::max(peak_, held());
    if (room() == 0)
        flush();
}

void MiniBatch::flush() {
    if (points_.count() == 0)
        return;
    if (counts_.empty()) {
        const Reduction seeds = reduceGroup(points_, {k_, 1}, 1, random_);
        centers_.assign(seeds.centers.values.begin(), seeds.centers.values.end());
        counts_.assign(static_cast<std::size_t>(seeds.centers.count()), 0);
        peak_ = std::max(peak_, held());
    }
    const std::vector<float> rounded(centers_.begin(), centers_.end());
    const kernels::CenterPack pack(rounded.data(), static_cast<std::int64_t>(counts_.size()),
                                   dims_);
    std::vector<std::int32_t> label(static_cast<std::size_t>(points_.count()));
    std::vector<float> squared(label.size());
    kernels::nearestCenters(pack, points_.values.data(), points_.count(), label.data(),
                            squared.data(), nullptr);
    for (std::size_t i = 0; i < label.size(); ++i) {
        const auto c = static_cast<std::size_t>(label[i]);
        cost_ += static_cast<double>(squared[i]);
        counts_[c] += 1;
        const float* x = points_.row(static_cast<std::int64_t>(i));
        double* center = centers_.data() + c * static_cast<std::size_t>(dims_);
        for (std::int64_t p = 0; p < dims_; ++p)
            center[p] += (static_cast<double>(x[p]) - center[p]) / counts_[c];
    }
    points_.values.clear();
}

} // namespace inlay::engine::kmeans
