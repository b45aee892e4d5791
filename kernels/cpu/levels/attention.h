#pragma once

// One head of attention: S = scale Q K^T, P = softmax(S) by row, O = P V, over blocks of query
// rows. Backward, with dO: dV = P^T dO, dP = dO V^T, dS = scale P (dP - rowsum(dO O)), dQ = dS K,
// dK = dS^T Q; P comes from S and the kept log-sum-exp.

#include "kernels/cpu/levels/product.h"
#include "kernels/cpu/levels/rows.h"

namespace inlay::kernels {
namespace {

using cpu::AttentionHead;

constexpr std::int64_t kQueryBlock = 32;

/// to (rows x padded(cols)) = x, the padding zero.
inline void copyPadded(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols,
                       float* to) {
    const std::int64_t width = padded(cols);
    for (std::int64_t i = 0; i < rows; ++i)
        overLanes(cols, [&](std::int64_t j, auto lanes) {
            store(to + i * width + j, load(x + i * stride + j, lanes));
        });
}

/// to (cols x padded(rows)) = x transposed, the padding zero.
inline void transposePadded(const float* x, std::int64_t stride, std::int64_t rows,
                            std::int64_t cols, float* to) {
    const std::int64_t width = padded(rows);
    transpose(x, stride, to, width, rows, cols);
    for (std::int64_t j = 0; j < cols; ++j)
        for (std::int64_t i = rows; i < width; ++i)
            to[j * width + i] = 0.0f;
}

std::int64_t attentionScratch(std::int64_t tokens, std::int64_t headDim) {
    const std::int64_t byToken = tokens * padded(headDim);
    const std::int64_t byFeature = headDim * padded(tokens);
    return 3 * byToken + 2 * byFeature + 2 * kQueryBlock * padded(tokens) +
           2 * kQueryBlock * padded(headDim) + 2 * kQueryBlock;
}

inline Product smallProduct(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                            std::int64_t aRow, std::int64_t aInner, const float* b,
                            std::int64_t bStride, float* c, std::int64_t cStride) {
    Product p;
    p.m = m;
    p.n = n;
    p.k = k;
    p.a = a;
    p.aRow = aRow;
    p.aInner = aInner;
    p.b = b;
    p.bStride = bStride;
    p.c = c;
    p.cStride = cStride;
    return p;
}

void attention(const AttentionHead& head, float* scratch) {
    const std::int64_t tokens = head.tokens;
    const std::int64_t wide = padded(tokens);
    const std::int64_t depth = padded(head.headDim);
    float* keys = scratch;                      // headDim x wide
    float* values = keys + head.headDim * wide; // tokens x depth
    float* scores = values + tokens * depth;    // kQueryBlock x wide
    float* sums = scores + kQueryBlock * wide;  // kQueryBlock
    float* largest = sums + kQueryBlock;        // kQueryBlock
    transposePadded(head.k, head.kStride, tokens, head.headDim, keys);
    copyPadded(head.v, head.vStride, tokens, head.headDim, values);
    for (std::int64_t begin = 0; begin < tokens; begin += kQueryBlock) {
        const std::int64_t rows = tokens - begin < kQueryBlock ? tokens - begin : kQueryBlock;
        const std::int64_t seen = head.causal ? begin + rows : tokens;
        Product s = smallProduct(rows, padded(seen), head.headDim, head.q + begin * head.qStride,
                                 head.qStride, 1, keys, wide, scores, wide);
        s.alpha = head.scale;
        productPadded(s);
        for (std::int64_t i = 0; i < rows; ++i) {
            float* row = scores + i * wide;
            const std::int64_t visible = head.causal ? begin + i + 1 : tokens;
            largest[i] = largestOf(row, visible);
            sums[i] = exponentials(row, largest[i], row, visible);
            const float factor = 1.0f / sums[i];
            overLanes(visible, [&](std::int64_t j, auto lanes) {
                store(row + j, load(row + j, lanes) * factor, lanes);
            });
            for (std::int64_t j = visible; j < seen; ++j)
                row[j] = 0.0f;
        }
        overLanes(rows, [&](std::int64_t i, auto lanes) {
            store(head.logSumExp + begin + i,
                  load(largest + i, lanes) + logarithm(load(sums + i, lanes)), lanes);
        });
        productPadded(smallProduct(rows, head.headDim, seen, scores, wide, 1, values, depth,
                                   head.out + begin * head.outStride, head.outStride));
    }
}

/// P and dS of one block of query rows, in place of S and dP.
inline void probabilitiesAndSlopes(const AttentionHead& head, std::int64_t begin, std::int64_t rows,
                                   std::int64_t seen, float* scores, float* slopes) {
    const std::int64_t wide = padded(head.tokens);
    for (std::int64_t i = 0; i < rows; ++i) {
        const float* g = head.g + (begin + i) * head.gStride;
        const float* out = head.out + (begin + i) * head.outStride;
        Vec products{};
        overLanes(head.headDim, [&](std::int64_t d, auto lanes) {
            products = fma(load(g + d, lanes), load(out + d, lanes), products);
        });
        const float dot = reduceAdd(products);
        const float shift = head.logSumExp[begin + i];
        const std::int64_t visible = head.causal ? begin + i + 1 : head.tokens;
        float* s = scores + i * wide;
        float* ds = slopes + i * wide;
        overLanes(visible, [&](std::int64_t j, auto lanes) {
            const Vec p = exponential(load(s + j, lanes) - shift);
            store(s + j, p, lanes);
            store(ds + j, p * (load(ds + j, lanes) - dot) * head.scale, lanes);
        });
        for (std::int64_t j = visible; j < seen; ++j) {
            s[j] = 0.0f;
            ds[j] = 0.0f;
        }
    }
}

inline void writeKeyGradient(const float* from, std::int64_t rows, std::int64_t cols, float* to,
                             std::int64_t stride, bool accumulate) {
    const std::int64_t depth = padded(cols);
    for (std::int64_t i = 0; i < rows; ++i)
        overLanes(cols, [&](std::int64_t j, auto lanes) {
            Vec v = load(from + i * depth + j, lanes);
            if (accumulate)
                v += load(to + i * stride + j, lanes);
            store(to + i * stride + j, v, lanes);
        });
}

void attentionBackward(const AttentionHead& head, float* scratch) {
    const std::int64_t tokens = head.tokens;
    const std::int64_t dim = head.headDim;
    const std::int64_t wide = padded(tokens);
    const std::int64_t depth = padded(dim);
    float* keysAcross = scratch;                   // headDim x wide
    float* valuesAcross = keysAcross + dim * wide; // headDim x wide
    float* keys = valuesAcross + dim * wide;       // tokens x depth
    float* dk = keys + tokens * depth;             // tokens x depth
    float* dv = dk + tokens * depth;               // tokens x depth
    float* scores = dv + tokens * depth;           // kQueryBlock x wide
    float* slopes = scores + kQueryBlock * wide;   // kQueryBlock x wide
    float* queries = slopes + kQueryBlock * wide;  // kQueryBlock x depth
    float* gradients = queries + kQueryBlock * depth;
    transposePadded(head.k, head.kStride, tokens, dim, keysAcross);
    transposePadded(head.v, head.vStride, tokens, dim, valuesAcross);
    copyPadded(head.k, head.kStride, tokens, dim, keys);
    for (std::int64_t i = 0; i < 2 * tokens * depth; i += kWidth)
        store(dk + i, Vec{});
    for (std::int64_t begin = 0; begin < tokens; begin += kQueryBlock) {
        const std::int64_t rows = tokens - begin < kQueryBlock ? tokens - begin : kQueryBlock;
        const std::int64_t seen = head.causal ? begin + rows : tokens;
        const float* q = head.q + begin * head.qStride;
        const float* g = head.g + begin * head.gStride;
        copyPadded(q, head.qStride, rows, dim, queries);
        copyPadded(g, head.gStride, rows, dim, gradients);
        Product s = smallProduct(rows, padded(seen), dim, queries, depth, 1, keysAcross, wide,
                                 scores, wide);
        s.alpha = head.scale;
        productPadded(s);
        productPadded(smallProduct(rows, padded(seen), dim, gradients, depth, 1, valuesAcross, wide,
                                   slopes, wide));
        probabilitiesAndSlopes(head, begin, rows, seen, scores, slopes);
        Product values =
            smallProduct(seen, depth, rows, scores, 1, wide, gradients, depth, dv, depth);
        values.beta = 1.0f;
        productPadded(values);
        Product forKeys =
            smallProduct(seen, depth, rows, slopes, 1, wide, queries, depth, dk, depth);
        forKeys.beta = 1.0f;
        productPadded(forKeys);
        productPadded(smallProduct(rows, dim, seen, slopes, wide, 1, keys, depth,
                                   head.dq + begin * head.dqStride, head.dqStride));
    }
    writeKeyGradient(dk, tokens, dim, head.dk, head.dkStride, head.addToKeys);
    writeKeyGradient(dv, tokens, dim, head.dv, head.dvStride, head.addToKeys);
}

} // namespace
} // namespace inlay::kernels
