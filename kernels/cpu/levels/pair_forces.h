#pragma once

// Forces between points of a layout with the kernel q = 1 / (1 + distance²).

#include "kernels/cpu/levels/nearest.h"
#include "kernels/cpu/levels/vector_math.h"

namespace inlay::kernels {
namespace {

using cpu::PairForces;

constexpr int kPairRows = kWidth == 16 ? 4 : 2; // points whose sums stay in registers

/// One vector of points against some rows: apart[d] and q of each.
template <int Dims>
inline Vec kernelOf(const Vec* at, const Vec* other, Vec* apart) {
    Vec below = broadcast(1.0f);
    for (int d = 0; d < Dims; ++d) {
        apart[d] = at[d] - other[d];
        below = fma(apart[d], apart[d], below);
    }
    return reciprocal(below);
}

/// Rows of one block of kPairBlock points against their own block, each pair from both sides, and
/// against all points after it, each pair once.
template <int Dims>
inline void repelRowsOfBlock(const PairForces& op, std::int64_t block, std::int64_t row) {
    Vec at[kPairRows][Dims];
    Vec force[kPairRows][Dims] = {};
    Vec inside[kPairRows] = {};
    Vec sums[kPairRows] = {};
    for (int i = 0; i < kPairRows; ++i)
        for (int d = 0; d < Dims; ++d)
            at[i][d] = broadcast(op.y[d][row + i]);
    const std::int64_t after = block + cpu::kPairBlock;
    for (std::int64_t j = block; j < after; j += kWidth) {
        Vec other[Dims];
        for (int d = 0; d < Dims; ++d)
            other[d] = load(op.y[d] + j);
        for (int i = 0; i < kPairRows; ++i) {
            Vec apart[Dims];
            const Vec q = kernelOf<Dims>(at[i], other, apart);
            const Vec square = q * q;
            inside[i] += q;
            for (int d = 0; d < Dims; ++d)
                force[i][d] = fma(square, apart[d], force[i][d]);
        }
    }
    for (std::int64_t j = after; j < op.padded; j += kWidth) {
        Vec other[Dims];
        Vec back[Dims];
        for (int d = 0; d < Dims; ++d) {
            other[d] = load(op.y[d] + j);
            back[d] = load(op.force[d] + j);
        }
        for (int i = 0; i < kPairRows; ++i) {
            Vec apart[Dims];
            const Vec q = kernelOf<Dims>(at[i], other, apart);
            const Vec square = q * q;
            sums[i] += q;
            for (int d = 0; d < Dims; ++d) {
                force[i][d] = fma(square, apart[d], force[i][d]);
                back[d] = fma(-square, apart[d], back[d]);
            }
        }
        for (int d = 0; d < Dims; ++d)
            store(op.force[d] + j, back[d]);
    }
    for (int i = 0; i < kPairRows; ++i) {
        // Without itself; the pairs seen once count for both.
        op.sums[row + i] = sumOf(inside[i]) - 1.0f + 2.0f * sumOf(sums[i]);
        for (int d = 0; d < Dims; ++d)
            op.force[d][row + i] += sumOf(force[i][d]);
    }
}

template <int Dims>
inline void repelBlocks(const PairForces& op, std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; block += cpu::kPairBlock)
        for (std::int64_t row = block; row < block + cpu::kPairBlock; row += kPairRows)
            repelRowsOfBlock<Dims>(op, block, row);
}

void repelPairsOf(const PairForces& op, std::int64_t begin, std::int64_t end) {
    if (op.dims == 2)
        repelBlocks<2>(op, begin, end);
    else
        repelBlocks<3>(op, begin, end);
}

inline Vec gathered(const float* from, const std::int32_t* index) {
#if INLAY_SIMD_WIDTH == 16
    return reinterpret_cast<Vec>(_mm512_i32gather_ps(_mm512_loadu_si512(index), from, 4));
#elif INLAY_SIMD_WIDTH == 8
    return reinterpret_cast<Vec>(
        _mm256_i32gather_ps(from, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)), 4));
#else
    Vec v{};
    for (int l = 0; l < kWidth; ++l)
        v[l] = from[index[l]];
    return v;
#endif
}

template <int Dims, bool Cost>
inline void attractRowOf(const PairForces& op, std::int64_t row) {
    Vec at[Dims];
    Vec force[Dims] = {};
    Vec cost = {};
    for (int d = 0; d < Dims; ++d)
        at[d] = broadcast(op.y[d][row]);
    const std::int64_t end = op.rowStart[row + 1];
    for (std::int64_t e = op.rowStart[row]; e < end; e += kWidth) {
        // The last entries are copied, so that nothing beyond the matrix is read: weight 0 counts
        // as nothing.
        std::int32_t rest[kWidth] = {};
        const std::int32_t* index = op.column + e;
        Vec weight;
        if (e + kWidth <= end) {
            weight = load(op.weight + e);
        } else {
            const int count = static_cast<int>(end - e);
            for (int l = 0; l < count; ++l)
                rest[l] = index[l];
            index = rest;
            weight = load(op.weight + e, Part{count});
        }
        Vec apart[Dims];
        Vec below = broadcast(1.0f);
        for (int d = 0; d < Dims; ++d) {
            apart[d] = at[d] - gathered(op.y[d], index);
            below = fma(apart[d], apart[d], below);
        }
        const Vec pull = weight * reciprocal(below);
        for (int d = 0; d < Dims; ++d)
            force[d] = fma(pull, apart[d], force[d]);
        if (Cost)
            cost = fma(weight, logarithm(below), cost);
    }
    for (int d = 0; d < Dims; ++d)
        op.force[d][row] = sumOf(force[d]);
    if (Cost)
        op.sums[row] = sumOf(cost);
}

template <int Dims>
inline void attractRowsOf(const PairForces& op, std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
        if (op.sums)
            attractRowOf<Dims, true>(op, row);
        else
            attractRowOf<Dims, false>(op, row);
    }
}

void attractPairsOf(const PairForces& op, std::int64_t begin, std::int64_t end) {
    if (op.dims == 2)
        attractRowsOf<2>(op, begin, end);
    else
        attractRowsOf<3>(op, begin, end);
}

} // namespace
} // namespace inlay::kernels
