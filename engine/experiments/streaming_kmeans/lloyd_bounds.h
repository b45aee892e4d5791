#pragma once

#include <cstdint>
#include <vector>

namespace inlay::engine::kmeans {

/// Hamerly's tests for one step of the centers: a point stays where it is when its own center is
/// nearer than half of that center's distance to any other, or than the point's lower bound to any
/// other center, which shrinks by the largest step of a center. Rounding is allowed for, so that a
/// point that passes would be assigned the same way by comparing all distances.
class CenterBounds {
public:
    /// Centers before and after the step, row-major.
    CenterBounds(const std::vector<float>& before, const std::vector<float>& after,
                 std::int64_t dims);

    /// Distances between all centers must cost little beside those of the points.
    static bool pays(std::int64_t centers, std::int64_t points) {
        return centers > 1 && centers * 8 <= points;
    }

    /// Lowers `lower` (a distance) by the step; true when the point keeps center `label`, to which
    /// `ownSquared` is its squared distance now.
    bool staysNearest(std::int32_t label, float ownSquared, float& lower) const;

private:
    std::vector<float> half_; // half the distance to the nearest other center
    float step_ = 0;          // largest step of any center
    float slack_ = 0;         // relative rounding of a distance
};

} // namespace inlay::engine::kmeans
