#pragma once

// Attention of sequences of at most sixteen tokens, as small images in patches have them: S^T, a
// key in each of sixteen registers and a query in each lane, stays in registers until it is P^T.
// Rows are copied to where they lie kShortStride floats apart, padded with zeros, so that every
// loop but the one over the head's dimension has constant bounds: the general way of attention.h
// spends as long on addresses and edges as on arithmetic here.

#include "kernels/cpu/levels/product.h"

#if INLAY_SIMD_WIDTH == 16

namespace inlay::kernels {
namespace {

using cpu::AttentionHead;

constexpr std::int64_t kShortTokens = 16;
constexpr std::int64_t kShortStride = 64;
constexpr std::int64_t kShortRows = kShortTokens * kShortStride;
constexpr std::int64_t kShortScores = kShortTokens * kShortTokens;
constexpr std::int64_t kShortScratch = 5 * kShortRows + 2 * kShortScores;

inline bool isShort(std::int64_t tokens, std::int64_t headDim) {
    return tokens <= kShortTokens && headDim > 0 && headDim <= kShortStride;
}

/// A key in each vector, a query in each lane.
struct ShortScores {
    Vec of[kShortTokens];
};

/// One head whose rows are `vectors` vectors long.
template <int vectors>
class ShortHead {
public:
    explicit ShortHead(const AttentionHead& head)
        : head_(head)
        , tail_(maskOf(Part{static_cast<int>(head.headDim - (vectors - 1) * kWidth)}))
        , whole_(head.tokens == kShortTokens && !head.causal) {}

    void forward(float* scratch) const {
        float* keys = scratch;
        float* values = keys + kShortRows;
        float* queries = values + kShortRows;
        float* across = queries + kShortRows;
        float* scores = across + kShortRows;
        copy(head_.v, head_.vStride, values);
        ShortScores s = scaledScores(keys, queries, across);
        const Vec largest = largestOf(s);
        exponentials(s, largest);
        const Vec sums = sumOf(s);
        scale(s, 1.0f / sums);
        keep(s, scores);
        store(head_.logSumExp, largest + logarithm(sums), queryLanes());
        rows<Access::Columns, false>(scores, values, head_.out, head_.outStride);
    }

    void backward(float* scratch) const {
        float* keys = scratch;
        float* values = keys + kShortRows;
        float* queries = values + kShortRows;
        float* gradients = queries + kShortRows;
        float* across = gradients + kShortRows; // of the queries, then of the gradients
        float* scores = across + kShortRows;
        float* slopes = scores + kShortScores;
        copy(head_.v, head_.vStride, values);
        copy(head_.g, head_.gStride, gradients);

        ShortScores p = scaledScores(keys, queries, across);
        exponentials(p, load(head_.logSumExp, queryLanes()));
        keep(p, scores);

        transpose(gradients, across);
        ShortScores ds = product(values, across);
        ShortScores products;
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            products.of[key] = load(scores + key * kShortTokens) * ds.of[key];
        const Vec dot = sumOf(products);
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            ds.of[key] = load(scores + key * kShortTokens) * (ds.of[key] - dot) * head_.scale;
        keep(ds, slopes);

        if (head_.addToKeys) {
            rows<Access::Rows, true>(scores, gradients, head_.dv, head_.dvStride);
            rows<Access::Rows, true>(slopes, queries, head_.dk, head_.dkStride);
        } else {
            rows<Access::Rows, false>(scores, gradients, head_.dv, head_.dvStride);
            rows<Access::Rows, false>(slopes, queries, head_.dk, head_.dkStride);
        }
        rows<Access::Columns, false>(slopes, keys, head_.dq, head_.dqStride);
    }

private:
    Part queryLanes() const {
        return {static_cast<int>(head_.tokens)};
    }

    /// scale K Q^T; keys and queries are left copied.
    ShortScores scaledScores(float* keys, float* queries, float* across) const {
        copy(head_.k, head_.kStride, keys);
        copy(head_.q, head_.qStride, queries);
        transpose(queries, across);
        ShortScores s = product(keys, across);
        scale(s, broadcast(head_.scale));
        return s;
    }

    static Vec loadTail(const float* p, __mmask16 mask) {
        return reinterpret_cast<Vec>(_mm512_maskz_loadu_ps(mask, p));
    }

    void copy(const float* x, std::int64_t stride, float* to) const {
        const std::int64_t tokens = head_.tokens;
        const __mmask16 tail = tail_;
        constexpr int last = (vectors - 1) * kWidth;
        for (std::int64_t i = 0; i < tokens; ++i) {
#pragma GCC unroll 4
            for (int v = 0; v < last; v += kWidth)
                store(to + i * kShortStride + v, load(x + i * stride + v));
            store(to + i * kShortStride + last, loadTail(x + i * stride + last, tail));
        }
        for (std::int64_t i = tokens; i < kShortTokens; ++i)
            for (int v = 0; v < vectors; ++v)
                store(to + i * kShortStride + v * kWidth, Vec{});
    }

    /// Four floats of rows `row`, row + 4, row + 8 and row + 12.
    static __m512 fourRows(const float* x, int row) {
        const float* p = x + row * kShortStride;
        __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(p));
        v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 4 * kShortStride), 1);
        v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 8 * kShortStride), 2);
        return _mm512_insertf32x4(v, _mm_loadu_ps(p + 12 * kShortStride), 3);
    }

    /// to (headDim x 16) = x (16 x kShortStride) transposed, four columns at a time.
    void transpose(const float* x, float* to) const {
        for (std::int64_t j = 0; j < head_.headDim; j += 4) {
            const __m512 a = fourRows(x + j, 0);
            const __m512 b = fourRows(x + j, 1);
            const __m512 c = fourRows(x + j, 2);
            const __m512 d = fourRows(x + j, 3);
            const __m512 ab = _mm512_unpacklo_ps(a, b);
            const __m512 cd = _mm512_unpacklo_ps(c, d);
            const __m512 abHigh = _mm512_unpackhi_ps(a, b);
            const __m512 cdHigh = _mm512_unpackhi_ps(c, d);
            float* column = to + j * kShortTokens;
            constexpr int low = _MM_SHUFFLE(1, 0, 1, 0);
            constexpr int high = _MM_SHUFFLE(3, 2, 3, 2);
            _mm512_storeu_ps(column, _mm512_shuffle_ps(ab, cd, low));
            _mm512_storeu_ps(column + kShortTokens, _mm512_shuffle_ps(ab, cd, high));
            _mm512_storeu_ps(column + 2 * kShortTokens, _mm512_shuffle_ps(abHigh, cdHigh, low));
            _mm512_storeu_ps(column + 3 * kShortTokens, _mm512_shuffle_ps(abHigh, cdHigh, high));
        }
    }

    /// a (16 x kShortStride) times across (headDim x 16).
    ShortScores product(const float* a, const float* across) const {
        ShortScores s{};
        for (std::int64_t j = 0; j < head_.headDim; ++j) {
            const Vec right = load(across + j * kShortTokens);
#pragma GCC unroll 16
            for (int key = 0; key < kShortTokens; ++key)
                s.of[key] = fma(broadcast(a[key * kShortStride + j]), right, s.of[key]);
        }
        return s;
    }

    static void scale(ShortScores& s, Vec factor) {
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            s.of[key] *= factor;
    }

    static void keep(const ShortScores& s, float* to) {
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            store(to + key * kShortTokens, s.of[key]);
    }

    /// The queries that see a key, as lanes.
    __mmask16 seeing(int key) const {
        if (key >= head_.tokens)
            return 0;
        return static_cast<__mmask16>(head_.causal ? 0xffffu << key : 0xffffu);
    }

    /// All keys of a query folded into one, in four chains: one would be waited for.
    template <typename Fold>
    static Vec foldedKeys(const ShortScores& s, Fold&& fold) {
        Vec of[4] = {s.of[0], s.of[1], s.of[2], s.of[3]};
#pragma GCC unroll 16
        for (int key = 4; key < kShortTokens; ++key)
            of[key % 4] = fold(of[key % 4], s.of[key]);
        return fold(fold(of[0], of[1]), fold(of[2], of[3]));
    }

    static Vec sumOf(const ShortScores& s) {
        return foldedKeys(s, [](Vec a, Vec b) { return a + b; });
    }

    /// The largest score of each query.
    Vec largestOf(const ShortScores& s) const {
        if (whole_)
            return foldedKeys(s, [](Vec a, Vec b) { return maximum(a, b); });
        Vec largest = s.of[0];
        for (int key = 1; key < head_.tokens; ++key)
            largest = reinterpret_cast<Vec>(_mm512_mask_max_ps(
                reinterpret_cast<__m512>(largest), seeing(key), reinterpret_cast<__m512>(s.of[key]),
                reinterpret_cast<__m512>(largest)));
        return largest;
    }

    /// exp(s - shift), 0 in lanes that do not see the key.
    void exponentials(ShortScores& s, Vec shift) const {
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            s.of[key] = exponentialBelowOne(s.of[key] - shift);
        if (whole_)
            return;
#pragma GCC unroll 16
        for (int key = 0; key < kShortTokens; ++key)
            s.of[key] = reinterpret_cast<Vec>(
                _mm512_maskz_mov_ps(seeing(key), reinterpret_cast<__m512>(s.of[key])));
    }

    /// to (tokens x headDim) = (or +=) a (16 x 16, read along `access`) times b (16 x
    /// kShortStride).
    template <Access access, bool add>
    void rows(const float* a, const float* b, float* to, std::int64_t stride) const {
        constexpr int step = access == Access::Rows ? kShortTokens : 1;
        constexpr int inner = access == Access::Rows ? 1 : kShortTokens;
        constexpr int strip = vectors > 2 ? 4 : 8;
        for (int begin = 0; begin < head_.tokens; begin += strip) {
            const float* left = a + begin * step;
            Vec sum[strip][vectors] = {};
#pragma GCC unroll 4
            for (int p = 0; p < kShortTokens; ++p) {
                Vec right[vectors];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v)
                    right[v] = load(b + p * kShortStride + v * kWidth);
#pragma GCC unroll 8
                for (int i = 0; i < strip; ++i) {
                    const Vec factor = broadcast(left[i * step + p * inner]);
#pragma GCC unroll 4
                    for (int v = 0; v < vectors; ++v)
                        sum[i][v] = fma(factor, right[v], sum[i][v]);
                }
            }
#pragma GCC unroll 8
            for (int i = 0; i < strip; ++i)
                if (begin + i < head_.tokens)
                    storeRow<add>(sum[i], to + (begin + i) * stride);
        }
    }

    template <bool add>
    void storeRow(const Vec (&sum)[vectors], float* to) const {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            const __mmask16 mask = v + 1 < vectors ? __mmask16{0xffff} : tail_;
            Vec value = sum[v];
            if constexpr (add)
                value += loadTail(to + v * kWidth, mask);
            _mm512_mask_storeu_ps(to + v * kWidth, mask, reinterpret_cast<__m512>(value));
        }
    }

    const AttentionHead& head_;
    __mmask16 tail_;
    bool whole_; // every query sees all sixteen keys
};

/// Calls body with the head as a ShortHead.
template <typename Body>
inline void withShortHead(const AttentionHead& head, Body&& body) {
    switch ((head.headDim + kWidth - 1) / kWidth) {
    case 1:
        return body(ShortHead<1>(head));
    case 2:
        return body(ShortHead<2>(head));
    case 3:
        return body(ShortHead<3>(head));
    default:
        return body(ShortHead<4>(head));
    }
}

} // namespace
} // namespace inlay::kernels

#endif
