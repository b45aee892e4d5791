#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/base/random.h"

namespace inlay::test {

/// Rows of floats with the view of them.
struct Points {
    std::vector<float> values;
    std::int64_t count = 0;
    std::int64_t dimension = 0;
    std::vector<std::int32_t> labels;

    operator engine::PointsView() const { return {values, count, dimension}; }
};

inline Points normalPoints(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
    engine::RandomStream stream(seed, "test.points");
    Points points;
    points.count = count;
    points.dimension = dimension;
    for (std::int64_t i = 0; i < count * dimension; ++i)
        points.values.push_back(static_cast<float>(stream.normal()));
    return points;
}

/// Standard normal clouds around the corners of a cube: cloud c is moved by `apart` along axis c.
inline Points clouds(std::int64_t count, std::int64_t dimension, std::int32_t groups, double apart,
                     std::uint64_t seed) {
    Points points = normalPoints(count, dimension, seed);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto group = static_cast<std::int32_t>(i % groups);
        points.labels.push_back(group);
        points.values[static_cast<std::size_t>(i * dimension + group)] += static_cast<float>(apart);
    }
    return points;
}

/// A sequence that needs no library to repeat elsewhere: frac(sin(12.9898 i + 78.233) 43758.5453).
inline Points sinePoints(std::int64_t count, std::int64_t dimension) {
    Points points;
    points.count = count;
    points.dimension = dimension;
    for (std::int64_t i = 0; i < count * dimension; ++i) {
        const double x = std::sin(12.9898 * static_cast<double>(i) + 78.233) * 43758.5453;
        points.values.push_back(static_cast<float>(x - std::floor(x)));
    }
    return points;
}

} // namespace inlay::test
