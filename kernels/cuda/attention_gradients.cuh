#pragma once

// The two halves of attention's backward pass for the 16 rows of a warp, whichever kernel brings
// the operands. With S = Q K^T, P = exp(scale S - L), L the rows' log-sum-exp, and
// E = rowsum(dO O): dS = P (dO V^T - E), dQ = scale dS K, dK = scale dS^T Q, dV = P^T dO. Scores
// are computed for both halves; in return every sum is one warp's, in a fixed order.

#include "kernels/cuda/attention_tiles.cuh"

namespace inlay::kernels::cuda::attention {

/// What the backward pass needs of a query besides its rows.
struct QueryNumbers {
    float logSumExp; // times log2(e)
    float dot;       // E
};

/// Numbers of a kernel for elements T and heads of up to D columns.
template <typename T, int D>
struct GradientSizes {
    static constexpr bool kWide = D * sizeof(T) > 256;
    static constexpr int kMostWarps = kWide ? 4 : 7;
    static constexpr int kTile = D * sizeof(T) >= 256 ? 32 : 64; // rows in shared memory at a time
    static constexpr int kKeys = 32;                             // of one step for dQ
    static constexpr int kQueries = 16;                          // of one step for dK and dV
    static constexpr bool kKept = sizeof(T) == 2 && D <= 64;     // own rows in registers
    static constexpr int kBlocks = D <= 64 ? 2 : 1;              // at least, of a multiprocessor
};

/// dQ of a warp's queries, by keys.
template <typename T, int D, bool kKept>
struct QueryGradient {
    LeftRows<T, D, kKept> q;
    LeftRows<T, D, kKept> g;
    QueryNumbers numbers[2]; // of the two rows of this lane
    int query;               // the first of them
    float sums[D / 8][4];

    __device__ QueryGradient(const T* qRows, const T* gRows, int first)
        : q(qRows)
        , g(gRows)
        , query(first + resultRow(static_cast<int>(threadIdx.x) % 32, 0))
        , sums{} {}

    /// kCount keys from `key` on. With kMasked only existing and visible ones count.
    template <int kCount, bool kMasked>
    __device__ __forceinline__ void take(const T* k, const T* v, int key, const Shape& shape) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        float scores[kCount / 8][4] = {};
        float slopes[kCount / 8][4] = {};
        addScores<T, D, kKept, kCount>(scores, q, k);
        addScores<T, D, kKept, kCount>(slopes, g, v);
#pragma unroll
        for (int group = 0; group < kCount / 8; ++group)
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const QueryNumbers& own = numbers[i / 2];
                const float p = powerOfTwo(fmaf(scores[group][i], shape.factor, -own.logSumExp));
                float slope = p * (slopes[group][i] - own.dot);
                if (kMasked) {
                    const int at = key + 8 * group + resultCol(lane, i);
                    if (at >= shape.tokens || (shape.causal && at > query + 8 * (i / 2)))
                        slope = 0.0f;
                    slope *= shape.slopes();
                }
                scores[group][i] = slope;
            }
#pragma unroll
        for (int pair = 0; pair < kCount / 16; ++pair)
            addSums<D>(sums, scores[2 * pair], scores[2 * pair + 1],
                       k + pair * 16 * Tile<T, D>::kPitch);
    }
};

/// dK and dV of a warp's keys, by queries.
template <typename T, int D, bool kKept>
struct KeyGradient {
    LeftRows<T, D, kKept> k;
    LeftRows<T, D, kKept> v;
    int key; // the first of the two rows of this lane
    float keySums[D / 8][4];
    float valueSums[D / 8][4];

    __device__ KeyGradient(const T* kRows, const T* vRows, int first)
        : k(kRows)
        , v(vRows)
        , key(first + resultRow(static_cast<int>(threadIdx.x) % 32, 0))
        , keySums{}
        , valueSums{} {}

    /// kCount queries from `query` on; `numbers` are theirs.
    template <int kCount, bool kMasked>
    __device__ __forceinline__ void take(const T* q, const T* g, const QueryNumbers* numbers,
                                         int query, const Shape& shape) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        float scores[kCount / 8][4] = {};
        float slopes[kCount / 8][4] = {};
        addScores<T, D, kKept, kCount>(scores, k, q);
        addScores<T, D, kKept, kCount>(slopes, v, g);
#pragma unroll
        for (int group = 0; group < kCount / 8; ++group) {
            // Two queries side by side are 16 bytes.
            const float4 two =
                *reinterpret_cast<const float4*>(numbers + 8 * group + resultCol(lane, 0));
            const QueryNumbers own[2] = {{two.x, two.y}, {two.z, two.w}};
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                float p = powerOfTwo(fmaf(scores[group][i], shape.factor, -own[i % 2].logSumExp));
                float slope = p * (slopes[group][i] - own[i % 2].dot);
                if (kMasked) {
                    const int at = query + 8 * group + resultCol(lane, i);
                    if (at >= shape.tokens || (shape.causal && at < key + 8 * (i / 2))) {
                        p = 0.0f;
                        slope = 0.0f;
                    }
                    slope *= shape.slopes();
                }
                scores[group][i] = p;
                slopes[group][i] = slope;
            }
        }
#pragma unroll
        for (int pair = 0; pair < kCount / 16; ++pair) {
            const int row = pair * 16 * Tile<T, D>::kPitch;
            addSums<D>(valueSums, scores[2 * pair], scores[2 * pair + 1], g + row);
            addSums<D>(keySums, slopes[2 * pair], slopes[2 * pair + 1], q + row);
        }
    }
};

/// E of the warp's 16 rows, in the lanes 2 r and 2 r + 1 for row r: g in shared memory, out in
/// device memory, of which `count` rows exist.
template <typename T, int D>
__device__ __forceinline__ float rowDot(const T* g, Rows<const T> out, int count,
                                        const Shape& shape) {
    using Own = Tile<T, D>;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int row = lane / 2;
    float dot = 0.0f;
    if (row < count) {
        const T* left = g + row * Own::kPitch;
        const T* right = out.data + row * out.stride;
#pragma unroll
        for (int chunk = 0; chunk < D / Own::kChunk; chunk += 2) {
            const int col = (chunk + lane % 2) * Own::kChunk;
            if (col >= shape.headDim)
                continue;
            float a[Own::kChunk];
            float b[Own::kChunk];
            loadPack(left + col, a);
            loadSome(right + col, shape.headDim - col, shape.aligned, b);
#pragma unroll
            for (int e = 0; e < Own::kChunk; ++e)
                dot = fmaf(a[e], b[e], dot);
        }
    }
    return dot + __shfl_xor_sync(0xFFFFFFFFu, dot, 1);
}

/// The numbers of the warp's queries from `first` on: into the registers of the lanes that have
/// their rows, and to `keep` for other warps. `dot` as rowDot gives it.
__device__ __forceinline__ void takeNumbers(QueryNumbers (&own)[2], float dot, int first,
                                            const float* logSumExp, QueryNumbers* keep,
                                            const Shape& shape) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int query = first + lane / 2;
    const float value = query < shape.tokens ? logSumExp[query] * 1.4426950408889634f : 0.0f;
    if (lane % 2 == 0 && query < shape.tokens)
        keep[query] = {value, dot};
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int source = 2 * resultRow(lane, 2 * half);
        own[half].logSumExp = __shfl_sync(0xFFFFFFFFu, value, source);
        own[half].dot = __shfl_sync(0xFFFFFFFFu, dot, source);
    }
}

/// Brings the numbers of queries first, first + 1, … to shared memory, as stage() does rows.
__device__ __forceinline__ void stageNumbers(QueryNumbers* to, const QueryNumbers* from, int first,
                                             int count, const Shape& shape) {
    for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
        const bool exists = first + i < shape.tokens;
        copyAsync<8>(to + i, from + (exists ? first + i : 0), exists);
    }
}

} // namespace inlay::kernels::cuda::attention
