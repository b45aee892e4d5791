#pragma once

// One head of attention: S = scale Q K^T, P = softmax(S) by row, O = P V, over blocks of query
// rows. Backward, with dO: dV = P^T dO, dP = dO V^T, dS = scale P (dP - rowsum(P dP)), dQ = dS K,
// dK = dS^T Q; P comes from S and the kept log-sum-exp. S, P, dP and dS lie transposed, a row for
// each key: with a query in each lane the softmax needs no sum or maximum across lanes.

#include "kernels/cpu/levels/attention_short.h"
#include "kernels/cpu/levels/rows.h"

namespace inlay::kernels {
namespace {

using cpu::AttentionHead;

/// Queries of a block: a panel of the product, or several where panels are narrow.
constexpr std::int64_t kQueryBlock = kPanel < 24 ? 4 * kPanel : kPanel;

/// to (rows x padded(cols)) = x, the padding zero.
inline void copyPadded(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t cols,
                       float* to) {
    const std::int64_t width = padded(cols);
    for (std::int64_t i = 0; i < rows; ++i)
        overLanes(cols, [&](std::int64_t j, auto lanes) {
            store(to + i * width + j, load(x + i * stride + j, lanes));
        });
}

/// to (cols x kQueryBlock) = x transposed, zero up to a whole vector.
inline void transposeBlock(const float* x, std::int64_t stride, std::int64_t rows,
                           std::int64_t cols, float* to) {
    const std::int64_t width = padded(rows);
    transpose(x, stride, to, kQueryBlock, rows, cols);
    for (std::int64_t j = 0; j < cols; ++j)
        for (std::int64_t i = rows; i < width; ++i)
            to[j * kQueryBlock + i] = 0.0f;
}

std::int64_t attentionScratch(std::int64_t tokens, std::int64_t headDim) {
#if INLAY_SIMD_WIDTH == 16
    if (isShort(tokens, headDim))
        return kShortScratch;
#endif
    return tokens * padded(headDim) + 2 * tokens * kQueryBlock + 2 * headDim * kQueryBlock +
           2 * kQueryBlock * padded(headDim);
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

/// A block of query rows and the keys that any of them sees.
struct QueryBlock {
    std::int64_t begin;
    std::int64_t rows;
    std::int64_t seen;

    QueryBlock(const AttentionHead& head, std::int64_t first)
        : begin(first)
        , rows(head.tokens - first < kQueryBlock ? head.tokens - first : kQueryBlock)
        , seen(head.causal ? first + rows : head.tokens) {}
};

/// Which lanes, queries query + 0 …, see key `key`.
inline IVec seesKey(std::int64_t query, std::int64_t key) {
    IVec lane{};
    for (int i = 0; i < kWidth; ++i)
        lane[i] = i;
    return lane >= static_cast<std::int32_t>(key - query);
}

/// exp(s), 0 in the lanes that do not see the key.
inline Vec visibleExponential(const AttentionHead& head, std::int64_t query, std::int64_t key,
                              Vec s) {
    const Vec e = exponentialBelowOne(s);
    if (!head.causal || key <= query)
        return e;
    return seesKey(query, key) ? e : Vec{};
}

/// P^T in place of S^T, and the log-sum-exp, for the lanes from `lane` on.
inline void softmaxLanes(const AttentionHead& head, const QueryBlock& block, std::int64_t lane,
                         float* scores) {
    const std::int64_t query = block.begin + lane;
    Vec largest = load(scores + lane);
    for (std::int64_t key = 1; key < block.seen; ++key) {
        const Vec s = load(scores + key * kQueryBlock + lane);
        const Vec candidate = maximum(s, largest);
        largest =
            head.causal && key > query ? (seesKey(query, key) ? candidate : largest) : candidate;
    }
    Vec sums{};
    for (std::int64_t key = 0; key < block.seen; ++key) {
        float* s = scores + key * kQueryBlock + lane;
        const Vec e = visibleExponential(head, query, key, load(s) - largest);
        sums += e;
        store(s, e);
    }
    const Vec factor = 1.0f / sums;
    for (std::int64_t key = 0; key < block.seen; ++key) {
        float* s = scores + key * kQueryBlock + lane;
        store(s, load(s) * factor);
    }
    const Vec logSumExp = largest + logarithm(sums);
    if (lane + kWidth <= block.rows)
        store(head.logSumExp + query, logSumExp);
    else
        store(head.logSumExp + query, logSumExp, Part{static_cast<int>(block.rows - lane)});
}

void attention(const AttentionHead& head, float* scratch) {
#if INLAY_SIMD_WIDTH == 16
    if (isShort(head.tokens, head.headDim))
        return withShortHead(head, [&](const auto& h) { h.forward(scratch); });
#endif
    const std::int64_t tokens = head.tokens;
    const std::int64_t depth = padded(head.headDim);
    float* values = scratch;                        // tokens x depth
    float* scores = values + tokens * depth;        // tokens x kQueryBlock
    float* queries = scores + tokens * kQueryBlock; // headDim x kQueryBlock
    copyPadded(head.v, head.vStride, tokens, head.headDim, values);
    for (std::int64_t begin = 0; begin < tokens; begin += kQueryBlock) {
        const QueryBlock block(head, begin);
        const std::int64_t lanes = padded(block.rows);
        transposeBlock(head.q + begin * head.qStride, head.qStride, block.rows, head.headDim,
                       queries);
        Product s = smallProduct(block.seen, lanes, head.headDim, head.k, head.kStride, 1, queries,
                                 kQueryBlock, scores, kQueryBlock);
        s.alpha = head.scale;
        productPadded(s);
        for (std::int64_t lane = 0; lane < lanes; lane += kWidth)
            softmaxLanes(head, block, lane, scores);
        productPadded(smallProduct(block.rows, head.headDim, block.seen, scores, 1, kQueryBlock,
                                   values, depth, head.out + begin * head.outStride,
                                   head.outStride));
    }
}

/// P^T and dS^T in place of S^T and dP^T, for the lanes from `lane` on.
inline void slopeLanes(const AttentionHead& head, const QueryBlock& block, std::int64_t lane,
                       float* scores, float* slopes) {
    const std::int64_t query = block.begin + lane;
    const Vec shift = lane + kWidth <= block.rows
                          ? load(head.logSumExp + query)
                          : load(head.logSumExp + query, Part{static_cast<int>(block.rows - lane)});
    Vec dot{};
    for (std::int64_t key = 0; key < block.seen; ++key) {
        float* s = scores + key * kQueryBlock + lane;
        const Vec p = visibleExponential(head, query, key, load(s) - shift);
        dot = fma(p, load(slopes + key * kQueryBlock + lane), dot);
        store(s, p);
    }
    for (std::int64_t key = 0; key < block.seen; ++key) {
        float* ds = slopes + key * kQueryBlock + lane;
        store(ds, load(scores + key * kQueryBlock + lane) * (load(ds) - dot) * head.scale);
    }
}

/// to (seen x headDim) = weights (seen x rows) times x (rows x depth), added from the second
/// block, or the second head of the same keys, on.
inline void addKeyGradient(const AttentionHead& head, const QueryBlock& block, const float* weights,
                           const float* x, float* to, std::int64_t stride) {
    const std::int64_t before = head.causal ? block.begin : block.seen;
    const std::int64_t known = head.addToKeys ? block.seen : block.begin == 0 ? 0 : before;
    const auto product = [&](std::int64_t from, std::int64_t end, float beta) {
        if (from == end)
            return;
        Product p =
            smallProduct(end - from, head.headDim, block.rows, weights + from * kQueryBlock,
                         kQueryBlock, 1, x, padded(head.headDim), to + from * stride, stride);
        p.beta = beta;
        productPadded(p);
    };
    product(0, known, 1.0f);
    product(known, block.seen, 0.0f);
}

void attentionBackward(const AttentionHead& head, float* scratch) {
#if INLAY_SIMD_WIDTH == 16
    if (isShort(head.tokens, head.headDim))
        return withShortHead(head, [&](const auto& h) { h.backward(scratch); });
#endif
    const std::int64_t tokens = head.tokens;
    const std::int64_t dim = head.headDim;
    const std::int64_t depth = padded(dim);
    float* keys = scratch;                                // tokens x depth
    float* scores = keys + tokens * depth;                // tokens x kQueryBlock
    float* slopes = scores + tokens * kQueryBlock;        // tokens x kQueryBlock
    float* queriesAcross = slopes + tokens * kQueryBlock; // headDim x kQueryBlock
    float* gradientsAcross = queriesAcross + dim * kQueryBlock;
    float* queries = gradientsAcross + dim * kQueryBlock; // kQueryBlock x depth
    float* gradients = queries + kQueryBlock * depth;
    copyPadded(head.k, head.kStride, tokens, dim, keys);
    for (std::int64_t begin = 0; begin < tokens; begin += kQueryBlock) {
        const QueryBlock block(head, begin);
        const std::int64_t lanes = padded(block.rows);
        const float* q = head.q + begin * head.qStride;
        const float* g = head.g + begin * head.gStride;
        transposeBlock(q, head.qStride, block.rows, dim, queriesAcross);
        transposeBlock(g, head.gStride, block.rows, dim, gradientsAcross);
        copyPadded(q, head.qStride, block.rows, dim, queries);
        copyPadded(g, head.gStride, block.rows, dim, gradients);
        Product s = smallProduct(block.seen, lanes, dim, head.k, head.kStride, 1, queriesAcross,
                                 kQueryBlock, scores, kQueryBlock);
        s.alpha = head.scale;
        productPadded(s);
        productPadded(smallProduct(block.seen, lanes, dim, head.v, head.vStride, 1, gradientsAcross,
                                   kQueryBlock, slopes, kQueryBlock));
        for (std::int64_t lane = 0; lane < lanes; lane += kWidth)
            slopeLanes(head, block, lane, scores, slopes);
        addKeyGradient(head, block, scores, gradients, head.dv, head.dvStride);
        addKeyGradient(head, block, slopes, queries, head.dk, head.dkStride);
        productPadded(smallProduct(block.rows, dim, block.seen, slopes, 1, kQueryBlock, keys, depth,
                                   head.dq + begin * head.dqStride, head.dqStride));
    }
}

} // namespace
} // namespace inlay::kernels
