#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace inlay::engine {

/// Points as rows: count x dimension finite numbers, row-major, that somebody else owns.
struct PointsView {
    std::span<const float> values;
    std::int64_t count = 0;
    std::int64_t dimension = 0;

    const float* row(std::int64_t i) const { return values.data() + i * dimension; }
};

/// Where a running layout is. `layout` is count x dimension, row-major, and empty before there is
/// one; `cost` is what the method minimizes, NaN where it was not computed.
struct LayoutProgress {
    std::int64_t iteration = 0;
    std::int64_t total = 0;
    std::span<const float> layout;
    double cost = 0;
};

/// Returns false to cancel. Called on the thread that computes, often enough for a cancel to return
/// within 200 ms, so also several times in one iteration.
using LayoutObserver = std::function<bool(const LayoutProgress&)>;

/// Points of 2 or 3 dimensions for a picture. A cancelled layout holds what the last iteration
/// left, or nothing.
struct Layout {
    std::vector<float> values; // count x dimension, row-major
    std::int64_t dimension = 2;
    double cost = 0;
    bool cancelled = false;
    std::vector<std::string> notes; // sentences: what was changed or left out
};

} // namespace inlay::engine
