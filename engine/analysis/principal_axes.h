#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace inlay::engine {

/// The directions of largest variance of a cloud of points.
struct PrincipalAxes {
    std::vector<double> mean;      // dims
    std::vector<double> axes;      // count x dims, orthonormal, largest variance first
    std::vector<double> variances; // along each axis, divided by the number of points
    double totalVariance = 0;      // over all dimensions
};

/// The first `axes` principal axes of rows x dims numbers (row-major); each axis points where its
/// largest component is positive, so that pictures do not flip. 1 <= axes <= dims; at least one
/// row.
PrincipalAxes principalAxes(std::span<const float> values, std::int64_t rows, std::int64_t dims,
                            std::int64_t axes);

} // namespace inlay::engine
