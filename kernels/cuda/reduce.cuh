#pragma once

// Reductions of a warp and of a block, always in the same order, and the hand-over from the blocks
// of a launch to the last of them, which adds what all have found. Which block is last depends on
// the scheduling; what it computes does not.

#include <cstdint>

#include "kernels/cuda/packs.cuh"

namespace inlay::kernels::cuda {

inline constexpr unsigned kAllLanes = 0xFFFFFFFFu;

struct Sum {
    static constexpr float kNeutral = 0.0f;
    __device__ static float join(float a, float b) { return a + b; }
};

/// NaN wins, so that divergence is seen.
struct LargestOrNan {
    static constexpr float kNeutral = 0.0f;
    __device__ static float join(float a, float b) { return isnan(a) || a > b ? a : b; }
};

/// Over groups of `lanes` (a power of two) neighbors; every lane gets the result.
template <typename Join>
__device__ __forceinline__ float joinLanes(float value, int lanes = 32) {
    for (int offset = lanes / 2; offset > 0; offset /= 2)
        value = Join::join(value, __shfl_xor_sync(kAllLanes, value, offset));
    return value;
}

/// Over the block, of kThreads threads; every thread gets the result. Begins and ends with a
/// barrier, so that calls may follow each other.
template <typename Join, int kThreads>
__device__ float joinBlock(float value) {
    constexpr int kWarps = kThreads / 32;
    static_assert(kThreads % 32 == 0 && kWarps <= 32);
    __shared__ float parts[kWarps];
    value = joinLanes<Join>(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        parts[threadIdx.x / 32] = value;
    __syncthreads();
    float total = parts[0];
#pragma unroll
    for (int warp = 1; warp < kWarps; ++warp)
        total = Join::join(total, parts[warp]);
    return total;
}

/// A block of kThreads threads lies in lines of `lanes` (a power of two) threads, each with kWidth
/// columns of its own: adds the columns over the lines, halving their number each time; the first
/// line gets the result. Calls may follow each other.
template <int kThreads, int kWidth>
__device__ void addDown(float (&own)[kWidth], int lanes) {
    __shared__ __align__(16) float sums[kThreads * kWidth];
    float* mine = sums + threadIdx.x * kWidth;
    __syncthreads();
    storePack(mine, own);
    for (int half = kThreads / 2; half >= lanes; half /= 2) {
        __syncthreads();
        if (static_cast<int>(threadIdx.x) < half) {
            float other[kWidth];
            loadPack(mine + half * kWidth, other);
#pragma unroll
            for (int i = 0; i < kWidth; ++i)
                own[i] += other[i];
            storePack(mine, own);
        }
    }
}

/// True in every thread of the last of `blocks` blocks that come here: then all that the others
/// wrote to device memory before is visible to it (read it with __ldcg: not from the first-level
/// cache). `ticket` is zero before the first and after the last.
__device__ inline bool isLastOf(unsigned* ticket, unsigned blocks) {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
        last = atomicInc(ticket, blocks - 1) == blocks - 1;
    __syncthreads();
    if (last)
        __threadfence();
    return last;
}

} // namespace inlay::kernels::cuda
