#pragma once

#include <cstdint>

namespace inlay::kernels {

/// Points of a layout by coordinate, each plane padded by padPairPoints(), for the forces of
/// stochastic neighbor embeddings with the Student kernel q(a, b) = 1 / (1 + |a - b|²). All
/// functions are serial over a range of rows and safe to call from many threads.
struct PairPoints {
    const float* plane[3] = {nullptr, nullptr, nullptr};
    int dims = 2; // 2 or 3
    std::int64_t count = 0;
};

/// Length of a plane for `count` points: whole vectors of any processor.
std::int64_t paddedPairPoints(std::int64_t count);
/// Puts the points beyond `count` so far away that they exert no force.
void padPairPoints(float* plane, std::int64_t count);

/// Rows are repelled in blocks of so many.
std::int64_t pairBlock();

/// For every pair of a row i in begin … end with a row j >= i: q² (y_i - y_j)_d is added to
/// force[d][i] and taken from force[d][j], so all planes must be there; they have padded length.
/// sums[i] = 2 sum over those j of q (pairs within a block are counted from both sides instead), so
/// that the sums of all rows together are the sum over ordered pairs of different points. `begin`
/// and `end` are multiples of pairBlock(), of which the last may lie beyond the count. Exact up to
/// f32 rounding.
void repelPairs(const PairPoints& points, std::int64_t begin, std::int64_t end, float* const* force,
                float* sums);

/// Rows of a sparse matrix: entries rowStart[i] … rowStart[i + 1] of column and weight.
struct PairWeights {
    const std::int64_t* rowStart = nullptr;
    const std::int32_t* column = nullptr;
    const float* weight = nullptr;
};

/// For rows begin … end: force[d][i] = sum of p q (y_i - y_j)_d over the row's entries; `cost` (may
/// be null) gets the row's sum of -p ln q.
void attractPairs(const PairPoints& points, const PairWeights& weights, std::int64_t begin,
                  std::int64_t end, float* const* force, float* cost);

} // namespace inlay::kernels
