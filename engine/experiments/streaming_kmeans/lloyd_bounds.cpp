#include "engine/experiments/streaming_kmeans/lloyd_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/nearest.h"

namespace inlay::engine::kmeans {

CenterBounds::CenterBounds(const std::vector<float>& before, const std::vector<float>& after,
                           std::int64_t dims)
    : half_(after.size() / static_cast<std::size_t>(dims), std::numeric_limits<float>::infinity())
    , slack_(4.0f * static_cast<float>(dims + 4) * 0x1p-24f) {
    const auto count = static_cast<std::int64_t>(half_.size());
    for (std::int64_t a = 0; a < count; ++a) {
        const float* center = after.data() + a * dims;
        step_ = std::max(step_, kernels::squaredDistance(center, before.data() + a * dims, dims));
        for (std::int64_t b = 0; b < a; ++b) {
            const float d = kernels::squaredDistance(center, after.data() + b * dims, dims);
            half_[static_cast<std::size_t>(a)] = std::min(half_[static_cast<std::size_t>(a)], d);
            half_[static_cast<std::size_t>(b)] = std::min(half_[static_cast<std::size_t>(b)], d);
        }
    }
    step_ = std::sqrt(step_) * (1.0f + slack_);
    for (float& half : half_)
        half = 0.5f * std::sqrt(half) * (1.0f - slack_);
}

bool CenterBounds::staysNearest(std::int32_t label, float ownSquared, float& lower) const {
    lower = std::max(0.0f, (lower - step_) * (1.0f - 0x1p-23f));
    const float own = std::sqrt(ownSquared) * (1.0f + slack_);
    return own < std::max(lower, half_[static_cast<std::size_t>(label)]);
}

} // namespace inlay::engine::kmeans
