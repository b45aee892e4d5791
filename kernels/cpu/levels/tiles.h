#pragma once

// Between rows of a matrix and a panel whose row a = i * tile + j holds element (i, j) of every
// tile of one row of tiles.

#include "kernels/cpu/levels/simd.h"

namespace inlay::kernels {
namespace {

template <int tile>
void gatherOneRow(const float* x, std::int64_t cols, float* panel, std::int64_t stride) {
    const std::int64_t whole = cols / tile;
    float* __restrict to[tile];
    for (int j = 0; j < tile; ++j)
        to[j] = panel + j * stride;
    for (std::int64_t J = 0; J < whole; ++J)
        for (int j = 0; j < tile; ++j)
            to[j][J] = x[J * tile + j];
    if (whole * tile < cols)
        for (int j = 0; j < tile; ++j)
            to[j][whole] = whole * tile + j < cols ? x[whole * tile + j] : 0.0f;
}

template <int tile>
void scatterOneRow(float* x, std::int64_t cols, const float* panel, std::int64_t stride,
                   bool accumulate) {
    const std::int64_t whole = cols / tile;
    if (accumulate) {
        for (std::int64_t J = 0; J < whole; ++J)
            for (int j = 0; j < tile; ++j)
                x[J * tile + j] += panel[j * stride + J];
    } else {
        for (std::int64_t J = 0; J < whole; ++J)
            for (int j = 0; j < tile; ++j)
                x[J * tile + j] = panel[j * stride + J];
    }
    for (std::int64_t col = whole * tile; col < cols; ++col) {
        const float value = panel[(col - whole * tile) * stride + whole];
        x[col] = accumulate ? x[col] + value : value;
    }
}

#if INLAY_SIMD_WIDTH >= 8
/// Tiles of four columns, eight at a time: a 4 x 8 transposition.
template <>
void gatherOneRow<4>(const float* x, std::int64_t cols, float* panel, std::int64_t stride) {
    const std::int64_t whole = cols / 4;
    std::int64_t J = 0;
#if INLAY_SIMD_WIDTH == 16
    const __m512i even =
        _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(2));
    for (; J + 16 <= whole; J += 16) {
        const __m512 a = _mm512_loadu_ps(x + 4 * J);
        const __m512 b = _mm512_loadu_ps(x + 4 * J + 16);
        const __m512 c = _mm512_loadu_ps(x + 4 * J + 32);
        const __m512 d = _mm512_loadu_ps(x + 4 * J + 48);
        // Columns 0 and 1, then 2 and 3, of eight tiles each.
        const __m512 ab01 = _mm512_permutex2var_ps(a, even, b);
        const __m512 ab23 = _mm512_permutex2var_ps(a, odd, b);
        const __m512 cd01 = _mm512_permutex2var_ps(c, even, d);
        const __m512 cd23 = _mm512_permutex2var_ps(c, odd, d);
        _mm512_storeu_ps(panel + J, _mm512_shuffle_f32x4(ab01, cd01, 0x44));
        _mm512_storeu_ps(panel + stride + J, _mm512_shuffle_f32x4(ab01, cd01, 0xEE));
        _mm512_storeu_ps(panel + 2 * stride + J, _mm512_shuffle_f32x4(ab23, cd23, 0x44));
        _mm512_storeu_ps(panel + 3 * stride + J, _mm512_shuffle_f32x4(ab23, cd23, 0xEE));
    }
#endif
    for (; J + 4 <= whole; J += 4) {
        __m128 a = _mm_loadu_ps(x + 4 * J);
        __m128 b = _mm_loadu_ps(x + 4 * J + 4);
        __m128 c = _mm_loadu_ps(x + 4 * J + 8);
        __m128 d = _mm_loadu_ps(x + 4 * J + 12);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        _mm_storeu_ps(panel + J, a);
        _mm_storeu_ps(panel + stride + J, b);
        _mm_storeu_ps(panel + 2 * stride + J, c);
        _mm_storeu_ps(panel + 3 * stride + J, d);
    }
    for (; 4 * J < cols; ++J)
        for (std::int64_t j = 0; j < 4; ++j)
            panel[j * stride + J] = 4 * J + j < cols ? x[4 * J + j] : 0.0f;
}

template <>
void scatterOneRow<4>(float* x, std::int64_t cols, const float* panel, std::int64_t stride,
                      bool accumulate) {
    const std::int64_t whole = cols / 4;
    std::int64_t J = 0;
#if INLAY_SIMD_WIDTH == 16
    const __m512i low = _mm512_setr_epi32(0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(4));
    for (; J + 16 <= whole; J += 16) {
        const __m512 p = _mm512_loadu_ps(panel + J);
        const __m512 q = _mm512_loadu_ps(panel + stride + J);
        const __m512 r = _mm512_loadu_ps(panel + 2 * stride + J);
        const __m512 s = _mm512_loadu_ps(panel + 3 * stride + J);
        const __m512 pq[2] = {_mm512_shuffle_f32x4(p, q, 0x44), _mm512_shuffle_f32x4(p, q, 0xEE)};
        const __m512 rs[2] = {_mm512_shuffle_f32x4(r, s, 0x44), _mm512_shuffle_f32x4(r, s, 0xEE)};
        for (int half = 0; half < 2; ++half)
            for (int quarter = 0; quarter < 2; ++quarter) {
                __m512 four = _mm512_permutex2var_ps(pq[half], quarter == 0 ? low : high, rs[half]);
                float* to = x + 4 * J + 32 * half + 16 * quarter;
                if (accumulate)
                    four = _mm512_add_ps(four, _mm512_loadu_ps(to));
                _mm512_storeu_ps(to, four);
            }
    }
#endif
    for (; J + 4 <= whole; J += 4) {
        __m128 a = _mm_loadu_ps(panel + J);
        __m128 b = _mm_loadu_ps(panel + stride + J);
        __m128 c = _mm_loadu_ps(panel + 2 * stride + J);
        __m128 d = _mm_loadu_ps(panel + 3 * stride + J);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        float* to = x + 4 * J;
        if (accumulate) {
            a += _mm_loadu_ps(to);
            b += _mm_loadu_ps(to + 4);
            c += _mm_loadu_ps(to + 8);
            d += _mm_loadu_ps(to + 12);
        }
        _mm_storeu_ps(to, a);
        _mm_storeu_ps(to + 4, b);
        _mm_storeu_ps(to + 8, c);
        _mm_storeu_ps(to + 12, d);
    }
    for (std::int64_t col = 4 * J; col < cols; ++col) {
        const float value = panel[col % 4 * stride + col / 4];
        x[col] = accumulate ? x[col] + value : value;
    }
}
#endif

/// Calls body with the tile size as a compile-time constant.
template <typename Body>
inline void withTile(std::int64_t tile, Body&& body) {
    switch (tile) {
    case 1:
        return body.template operator()<1>();
    case 2:
        return body.template operator()<2>();
    case 3:
        return body.template operator()<3>();
    case 4:
        return body.template operator()<4>();
    case 5:
        return body.template operator()<5>();
    case 6:
        return body.template operator()<6>();
    case 7:
        return body.template operator()<7>();
    case 8:
        return body.template operator()<8>();
    default:
        __builtin_trap();
    }
}

void gatherTileRow(const float* const* rows, std::int64_t cols, std::int64_t tile, float* panel,
                   std::int64_t stride) {
    withTile(tile, [&]<int size>() {
        for (int i = 0; i < size; ++i) {
            float* to = panel + i * size * stride;
            if (rows[i] != nullptr) {
                gatherOneRow<size>(rows[i], cols, to, stride);
                continue;
            }
            const std::int64_t count = (cols + size - 1) / size;
            for (int j = 0; j < size; ++j)
                for (std::int64_t J = 0; J < count; ++J)
                    to[j * stride + J] = 0.0f;
        }
    });
}

void scatterTileRow(float* const* rows, std::int64_t cols, std::int64_t tile, const float* panel,
                    std::int64_t stride, bool accumulate) {
    withTile(tile, [&]<int size>() {
        for (int i = 0; i < size; ++i)
            if (rows[i] != nullptr)
                scatterOneRow<size>(rows[i], cols, panel + i * size * stride, stride, accumulate);
    });
}

} // namespace
} // namespace inlay::kernels
