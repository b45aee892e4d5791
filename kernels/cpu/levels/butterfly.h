#pragma once

// The backward pass of butterfly networks on panels: lanes are rows of the batch, so every pair is
// a few multiplications by broadcast weights. It keeps the input of every stage of the panel and
// walks back.
// Stage s joins i (bit s clear) and j = i + 2^s: y_i = a x_i + b x_j, y_j = c x_i + d x_j; its
// pairs lie in the order of i.

#include "kernels/cpu/levels/product.h"

namespace inlay::kernels {
namespace {

using cpu::ButterflyRows;

struct Block {
    float a;
    float b;
    float c;
    float d;
};

/// The block at w; the transposed network has b and c exchanged.
inline Block blockAt(const float* w, bool transposed) {
    return {w[0], transposed ? w[2] : w[1], transposed ? w[1] : w[2], w[3]};
}

inline void join(const Block& w, Vec& first, Vec& second) {
    const Vec x = first;
    first = fma(broadcast(w.a), x, w.b * second);
    second = fma(broadcast(w.c), x, w.d * second);
}

inline const float* stageWeights(const ButterflyRows& op, std::int64_t stage) {
    return op.weights + stage * (op.n / 2) * 4;
}

template <int vectors>
inline void oneStage(const ButterflyRows& op, std::int64_t stage, const float* from, float* to) {
    constexpr std::int64_t lanes = vectors * kWidth;
    const std::int64_t h = std::int64_t{1} << stage;
    const float* weights = stageWeights(op, stage);
    for (std::int64_t base = 0; base < op.n; base += 2 * h)
        for (std::int64_t i = base; i < base + h; ++i, weights += 4) {
            const Block w = blockAt(weights, op.transposed);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                Vec first = load(from + i * lanes + v * kWidth);
                Vec second = load(from + (i + h) * lanes + v * kWidth);
                join(w, first, second);
                store(to + i * lanes + v * kWidth, first);
                store(to + (i + h) * lanes + v * kWidth, second);
            }
        }
}

/// panel (n x lanes) = rows of x as columns, zero beyond them.
inline void loadPanel(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                      std::int64_t lanes, float* panel) {
    transpose(x, stride, panel, lanes, rows, n);
    if (rows < lanes)
        for (std::int64_t f = 0; f < n; ++f)
            for (std::int64_t r = rows; r < lanes; ++r)
                panel[f * lanes + r] = 0.0f;
}

/// Vectors of a row of the panel.
inline int backwardVectors(std::int64_t n) {
    return n <= 256 ? 2 : 1;
}

/// dweights of one stage from the panels of its input and of the gradient, and the gradient of its
/// input in place.
template <int vectors>
void backwardStage(const ButterflyRows& op, std::int64_t stage, const float* input, float* g) {
    constexpr std::int64_t lanes = vectors * kWidth;
    const std::int64_t h = std::int64_t{1} << stage;
    const float* weights = stageWeights(op, stage);
    float* dw = op.dweights + stage * (op.n / 2) * 4;
    for (std::int64_t base = 0; base < op.n; base += 2 * h)
        for (std::int64_t i = base; i < base + h; ++i, dw += 4, weights += 4) {
            const Block w = blockAt(weights, op.transposed);
            Vec da{};
            Vec db{};
            Vec dc{};
            Vec dd{};
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                float* gi = g + i * lanes + v * kWidth;
                float* gj = gi + h * lanes;
                const Vec xi = load(input + i * lanes + v * kWidth);
                const Vec xj = load(input + (i + h) * lanes + v * kWidth);
                const Vec first = load(gi);
                const Vec second = load(gj);
                da = fma(first, xi, da);
                db = fma(first, xj, db);
                dc = fma(second, xi, dc);
                dd = fma(second, xj, dd);
                store(gi, fma(broadcast(w.a), first, w.c * second));
                store(gj, fma(broadcast(w.b), first, w.d * second));
            }
            const __m128 sums =
                op.transposed ? reduceAdd4(da, dc, db, dd) : reduceAdd4(da, db, dc, dd);
            _mm_storeu_ps(dw, _mm_add_ps(_mm_loadu_ps(dw), sums));
        }
}

template <int vectors>
void backwardPanel(const ButterflyRows& op, float* panels, float* gradient) {
    const std::int64_t size = op.n * vectors * kWidth;
    for (std::int64_t step = 0; step + 1 < op.stages; ++step)
        oneStage<vectors>(op, op.rising ? step : op.stages - 1 - step, panels + step * size,
                          panels + (step + 1) * size);
    for (std::int64_t step = op.stages; step-- > 0;)
        backwardStage<vectors>(op, op.rising ? step : op.stages - 1 - step, panels + step * size,
                               gradient);
}

std::int64_t butterflyBackwardScratch(std::int64_t n, std::int64_t stages) {
    return (stages + 1) * n * backwardVectors(n) * kWidth;
}

void butterflyBackward(const ButterflyRows& op, std::int64_t begin, std::int64_t end,
                       float* scratch) {
    while (begin < end) {
        const std::int64_t left = end - begin;
        const int vectors = left > kWidth ? backwardVectors(op.n) : 1;
        const std::int64_t lanes = vectors * kWidth;
        const std::int64_t rows = left < lanes ? left : lanes;
        float* gradient = scratch + op.stages * op.n * lanes;
        if (op.stages > 0)
            loadPanel(op.x + begin * op.xStride, op.xStride, rows, op.n, lanes, scratch);
        loadPanel(op.g + begin * op.gStride, op.gStride, rows, op.n, lanes, gradient);
        if (vectors == 2)
            backwardPanel<2>(op, scratch, gradient);
        else
            backwardPanel<1>(op, scratch, gradient);
        if (op.y != nullptr)
            transpose(gradient, lanes, op.y + begin * op.yStride, op.yStride, op.n, rows);
        begin += rows;
    }
}

} // namespace
} // namespace inlay::kernels
