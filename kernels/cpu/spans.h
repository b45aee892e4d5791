#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <initializer_list>

#include "kernels/parallel.h"
#include "kernels/views.h"

namespace inlay::kernels::cpu {

/// Elements of a chunk of cheap elementwise work.
inline constexpr std::int64_t kSpanGrain = 16384;

inline std::int64_t rowGrain(std::int64_t cols, std::int64_t elements = kSpanGrain) {
    return std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, cols));
}

/// Row i of a view of floats.
inline const float* rowOf(const ConstView& v, std::int64_t i) {
    return v.as<float>() + i * v.stride;
}
inline float* rowOf(const View& v, std::int64_t i) {
    return v.as<float>() + i * v.stride;
}

[[maybe_unused]] inline bool isF32(std::initializer_list<ConstView> views) {
    return std::all_of(views.begin(), views.end(),
                       [](const ConstView& v) { return !v.given() || v.dtype == DType::F32; });
}

[[maybe_unused]] inline bool sameShape(const ConstView& a, const ConstView& b) {
    return a.rows == b.rows && a.cols == b.cols;
}

/// Calls body(i, j, n) for stretches of n adjacent elements that begin at (i, j) and together cover
/// the common shape of the views; in parallel.
template <typename Body>
void overSpans(std::initializer_list<ConstView> views, Body&& body) {
    const ConstView& shape = *views.begin();
    if (shape.size() == 0)
        return;
    const bool flat =
        std::all_of(views.begin(), views.end(), [](const ConstView& v) { return v.contiguous(); });
    if (flat) {
        parallelFor(shape.size(), kSpanGrain, [&](std::int64_t begin, std::int64_t end) {
            body(std::int64_t{0}, begin, end - begin);
        });
        return;
    }
    parallelFor(shape.rows, rowGrain(shape.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            body(i, std::int64_t{0}, shape.cols);
    });
}

} // namespace inlay::kernels::cpu
