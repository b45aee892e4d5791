#pragma once

// 2:4 masks by magnitude, and the product with compressed weights on panels whose lanes are rows of
// X: a kept weight costs one multiply-add of a vector, a pruned one nothing.

#include "kernels/cpu/levels/product.h"

namespace inlay::kernels {
namespace {

/// Mask of one group (four rows of w) for all columns: entry i stays when fewer than two entries
/// are larger, or equal and earlier.
void twoFourMask(const float* w, std::int64_t stride, std::uint8_t* mask, std::int64_t maskStride,
                 std::int64_t cols) {
    overLanes(cols, [&](std::int64_t j, auto lanes) {
        Vec size[4];
        for (int i = 0; i < 4; ++i)
            size[i] = absolute(load(w + i * stride + j, lanes));
        const std::int64_t count = cols - j < kWidth ? cols - j : kWidth;
        for (int i = 0; i < 4; ++i) {
            IVec better{};
            for (int other = 0; other < 4; ++other) {
                if (other < i)
                    better += size[other] >= size[i];
                else if (other > i)
                    better += size[other] > size[i];
            }
            // A comparison gives -1.
            for (std::int64_t lane = 0; lane < count; ++lane)
                mask[i * maskStride + j + lane] = better[lane] > -2 ? 1 : 0;
        }
    });
}

constexpr int kRowVectors = 4;
constexpr std::int64_t kRowLanes = kRowVectors * kWidth;

std::int64_t twoFourScratch(std::int64_t in) {
    return (in + 4) * kRowLanes;
}

template <int vectors>
inline void compressedColumn(const float* panel, std::int64_t groups, const float* values,
                             const std::uint8_t* meta, float* to) {
    constexpr std::int64_t lanes = vectors * kWidth;
    Vec sum[vectors] = {};
    for (std::int64_t g = 0; g < groups; ++g) {
        const float* first = panel + (4 * g + (meta[g] & 3)) * lanes;
        const float* second = panel + (4 * g + ((meta[g] >> 2) & 3)) * lanes;
        const Vec w0 = broadcast(values[2 * g]);
        const Vec w1 = broadcast(values[2 * g + 1]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            sum[v] = fma(w0, load(first + v * kWidth), sum[v]);
            sum[v] = fma(w1, load(second + v * kWidth), sum[v]);
        }
    }
    for (int v = 0; v < vectors; ++v)
        store(to + v * kWidth, sum[v]);
}

void twoFourMultiply(const float* x, std::int64_t xStride, std::int64_t rows, std::int64_t in,
                     std::int64_t out, const float* values, std::int64_t valuesStride,
                     const std::uint8_t* meta, std::int64_t metaStride, float* y,
                     std::int64_t yStride, float* scratch) {
    for (std::int64_t begin = 0; begin < rows;) {
        const std::int64_t left = rows - begin;
        const std::int64_t lanes = left > kWidth ? kRowLanes : kWidth;
        const std::int64_t count = left < lanes ? left : lanes;
        float* columns = scratch + in * lanes; // four columns of the result
        transpose(x + begin * xStride, xStride, scratch, lanes, count, in);
        if (count < lanes)
            for (std::int64_t f = 0; f < in; ++f)
                for (std::int64_t r = count; r < lanes; ++r)
                    scratch[f * lanes + r] = 0.0f;
        for (std::int64_t o = 0; o < out; o += 4) {
            const std::int64_t some = out - o < 4 ? out - o : 4;
            for (std::int64_t c = 0; c < some; ++c) {
                const float* w = values + (o + c) * valuesStride;
                const std::uint8_t* m = meta + (o + c) * metaStride;
                if (lanes == kWidth)
                    compressedColumn<1>(scratch, in / 4, w, m, columns + c * lanes);
                else
                    compressedColumn<kRowVectors>(scratch, in / 4, w, m, columns + c * lanes);
            }
            transpose(columns, lanes, y + begin * yStride + o, yStride, some, count);
        }
        begin += count;
    }
}

} // namespace
} // namespace inlay::kernels
