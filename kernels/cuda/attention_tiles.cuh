#pragma once

// The parts of attention's kernels: rows brought to shared memory, products of a warp's 16 rows
// with them, results written back.

#include <cfloat>

#include "kernels/cuda/attention_layout.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/warp_matrix.cuh"
#include "kernels/op_types.h"

namespace inlay::kernels::cuda::attention {

/// Heads of up to D columns; narrower ones are padded with zeros in shared memory.
template <typename T, int D>
struct Tile {
    static constexpr int kChunk = static_cast<int>(16 / sizeof(T)); // elements of 16 bytes
    static constexpr int kStep = 2 * kChunk;                        // inner size of one mma
    static constexpr int kSteps = D / kStep;
    static constexpr int kPitch = pitchOf(D, sizeof(T)); // elements between two rows
    static constexpr int kGroups = D / 8;                // results side by side
    static_assert(D % 32 == 0);
};

/// One operand: row-major, a row a token, a block of columns a head.
template <typename T>
struct Rows {
    T* data = nullptr;
    std::int64_t stride = 0;

    __device__ Rows at(std::int64_t row, std::int64_t col) const {
        return {data + row * stride + col, stride};
    }
};

/// What all kernels know of the call.
struct Shape {
    int tokens;
    int heads;
    int kvHeads;
    int group; // heads that share a key head
    int headDim;
    bool causal;
    /// Whether the rows of every head of every operand consist of whole 16 bytes.
    bool aligned;
    float scale;
    /// scale log2(e): exp(scale s) = 2^(factor s).
    float factor;

    /// The softmax of a single score does not depend on it: its slope is zero, not what rounding
    /// leaves (but NaN stays NaN).
    __device__ float slopes() const { return tokens == 1 ? 0.0f : 1.0f; }
};

/// Brings rows first, first + 1, … to `count` rows of shared memory; zero after `tokens` rows and
/// after the head's columns. Complete after awaitCopies and a barrier.
template <typename T, int D>
__device__ __forceinline__ void stage(T* to, Rows<const T> from, int first, int count,
                                      const Shape& shape) {
    using Own = Tile<T, D>;
    constexpr int kAcross = D / Own::kChunk;
    for (int i = static_cast<int>(threadIdx.x); i < count * kAcross;
         i += static_cast<int>(blockDim.x)) {
        const int row = i / kAcross;
        const int col = i % kAcross * Own::kChunk;
        const bool exists = first + row < shape.tokens && col < shape.headDim;
        T* target = to + row * Own::kPitch + col;
        const T* source = exists ? from.data + (first + row) * from.stride + col : from.data;
        if (shape.aligned) {
            copyAsync<16>(target, source, exists);
        } else {
#pragma unroll
            for (int e = 0; e < Own::kChunk; ++e)
                target[e] = exists && col + e < shape.headDim ? source[e] : fromFloat<T>(0.0f);
        }
    }
}

/// The left operand of one step.
template <typename T>
struct Left;
template <>
struct Left<bf16> {
    unsigned words[4];

    __device__ explicit Left(const unsigned (&raw)[4])
        : words{raw[0], raw[1], raw[2], raw[3]} {}
};

__device__ __forceinline__ unsigned lowPart(unsigned word, unsigned high) {
    return __float_as_uint(__uint_as_float(word) - __uint_as_float(high));
}

template <>
struct Left<float> {
    unsigned high[4];
    unsigned low[4];

    __device__ explicit Left(const unsigned (&raw)[4]) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            high[i] = highPart(raw[i]);
            low[i] = lowPart(raw[i], high[i]);
        }
    }
};

__device__ __forceinline__ void multiply(float (&c)[4], const Left<bf16>& a, unsigned b0,
                                         unsigned b1) {
    multiplyBf16(c, a.words, b0, b1);
}
__device__ __forceinline__ void multiply(float (&c)[4], const Left<float>& a, unsigned b0,
                                         unsigned b1) {
    const unsigned high0 = highPart(b0);
    const unsigned high1 = highPart(b1);
    multiplyTf32(c, a.low, high0, high1);
    multiplyTf32(c, a.high, lowPart(b0, high0), lowPart(b1, high1));
    multiplyTf32(c, a.high, high0, high1);
}

/// The warp's 16 rows as left operand of scores: kept in registers, or read from shared memory for
/// each step where registers are short.
template <typename T, int D, bool kKept>
class LeftRows {
    using Own = Tile<T, D>;

public:
    /// `rows`: 16 rows in shared memory, complete.
    __device__ explicit LeftRows(const T* rows) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        own_ = rows + leftRow(lane) * Own::kPitch + leftHalf(lane) * Own::kChunk;
        if constexpr (kKept) {
#pragma unroll
            for (int step = 0; step < Own::kSteps; ++step)
                loadMatrices(kept_[step], own_ + step * Own::kStep);
        }
    }
    __device__ __forceinline__ Left<T> operator()(int step) const {
        if constexpr (kKept) {
            return Left<T>(kept_[step]);
        } else {
            unsigned raw[4];
            loadMatrices(raw, own_ + step * Own::kStep);
            return Left<T>(raw);
        }
    }

private:
    const T* own_;
    unsigned kept_[kKept ? Own::kSteps : 1][4];
};

/// scores += left rows^T with kCount rows in shared memory.
template <typename T, int D, bool kKept, int kCount>
__device__ __forceinline__ void addScores(float (&scores)[kCount / 8][4],
                                          const LeftRows<T, D, kKept>& left, const T* rows) {
    using Own = Tile<T, D>;
    static_assert(kCount % 16 == 0);
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const T* own = rows + scoreRow(lane) * Own::kPitch + scoreHalf(lane) * Own::kChunk;
#pragma unroll
    for (int step = 0; step < Own::kSteps; ++step) {
        const Left<T> a = left(step);
#pragma unroll
        for (int pair = 0; pair < kCount / 16; ++pair) {
            unsigned b[4];
            loadMatrices(b, own + pair * 16 * Own::kPitch + step * Own::kStep);
            multiply(scores[2 * pair], a, b[0], b[1]);
            multiply(scores[2 * pair + 1], a, b[2], b[3]);
        }
    }
}

/// sums += P rows: P is 16 x 16, its columns 0 to 7 in `first`; 16 rows in shared memory.
template <int D>
__device__ __forceinline__ void addSums(float (&sums)[D / 8][4], const float (&first)[4],
                                        const float (&second)[4], const bf16* rows) {
    using Own = Tile<bf16, D>;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const bf16* own = rows + sumRow(lane) * Own::kPitch + sumHalf(lane) * Own::kChunk;
    const unsigned raw[4] = {pairOfBf16(first[0], first[1]), pairOfBf16(first[2], first[3]),
                             pairOfBf16(second[0], second[1]), pairOfBf16(second[2], second[3])};
    const Left<bf16> a(raw);
#pragma unroll
    for (int pair = 0; pair < D / 16; ++pair) {
        unsigned b[4];
        loadTransposed(b, own + pair * 16);
        multiply(sums[2 * pair], a, b[0], b[1]);
        multiply(sums[2 * pair + 1], a, b[2], b[3]);
    }
}

template <int D>
__device__ __forceinline__ void addSums(float (&sums)[D / 8][4], const float (&first)[4],
                                        const float (&second)[4], const float* rows) {
    using Own = Tile<float, D>;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const float* own = rows + sumRowF32(lane, 0) * Own::kPitch + sumColF32(lane);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        unsigned raw[4];
#pragma unroll
        for (int i = 0; i < 4; ++i)
            raw[i] =
                __float_as_uint(half == 0 ? first[leftOfResultF32(i)] : second[leftOfResultF32(i)]);
        const Left<float> a(raw);
#pragma unroll
        for (int group = 0; group < Own::kGroups; ++group) {
            const float* at = own + half * 8 * Own::kPitch + group * 8;
            multiply(sums[group], a, __float_as_uint(at[0]), __float_as_uint(at[Own::kPitch]));
        }
    }
}

/// Word i of lane t of each four becomes word t of lane i.
__device__ __forceinline__ void transposeFour(unsigned (&words)[4]) {
    const int t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
    for (int distance = 1; distance <= 2; distance *= 2) {
        const bool upper = (t & distance) != 0;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            if ((i & distance) != 0)
                continue;
            const unsigned sent = upper ? words[i] : words[i + distance];
            const unsigned got = __shfl_xor_sync(0xFFFFFFFFu, sent, distance);
            (upper ? words[i] : words[i + distance]) = got;
        }
    }
}

/// Writes the first `count` of the warp's 16 rows of results, times `factor` by row half.
template <typename T, int D>
__device__ __forceinline__ void store(const float (&sums)[D / 8][4], const float (&factors)[2],
                                      Rows<T> to, int count, const Shape& shape) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int row = resultRow(lane, 2 * half);
        T* target = to.data + row * to.stride;
        const bool exists = row < count;
        if (shape.aligned && sizeof(T) == 2) {
            // Four lanes hold 8 columns; exchanged, each has 8 to write at once.
#pragma unroll
            for (int four = 0; four < D / 32; ++four) {
                unsigned words[4];
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const float(&own)[4] = sums[4 * four + i];
                    words[i] = pairOfBf16(own[2 * half] * factors[half],
                                          own[2 * half + 1] * factors[half]);
                }
                transposeFour(words);
                const int col = (4 * four + lane % 4) * 8;
                if (exists && col < shape.headDim)
                    *reinterpret_cast<uint4*>(target + col) =
                        make_uint4(words[0], words[1], words[2], words[3]);
            }
            continue;
        }
#pragma unroll
        for (int group = 0; group < D / 8; ++group) {
            const int col = 8 * group + resultCol(lane, 0);
            const float left = sums[group][2 * half] * factors[half];
            const float right = sums[group][2 * half + 1] * factors[half];
            if (shape.aligned && exists && col < shape.headDim) {
                *reinterpret_cast<float2*>(target + col) = make_float2(left, right);
            } else if (exists) {
                if (col < shape.headDim)
                    target[col] = fromFloat<T>(left);
                if (col + 1 < shape.headDim)
                    target[col + 1] = fromFloat<T>(right);
            }
        }
    }
}

} // namespace inlay::kernels::cuda::attention
