#pragma once

// What a thread of the backward kernel does to its window of a row, and what the threads with the
// same window do to their sums.

#include <type_traits>

#include "kernels/cuda/butterfly_backward.h"
#include "kernels/cuda/butterfly_rows.cuh"

namespace inlay::kernels::cuda::butterfly_backward {

inline constexpr int kBits = kButterflyBackwardBits;
inline constexpr int kElements = 1 << kBits;
inline constexpr int kThreads = kButterflyThreads;
/// Rows that a thread works on at a time.
inline constexpr int kTogether = 2;

using Window = ButterflyWindow<kBits>;
using Values = float[kElements];
/// The weights of a window, or sums of their gradients: [u][m] is pair m of step u.
using Quads = float4[kBits][kElements / 2];
template <int kValue>
using Constant = std::integral_constant<int, kValue>;

/// `steps`: how many of the window's; a constant where it is known.
template <typename Steps>
__device__ __forceinline__ void applyWindow(const Quads& quads, Steps steps, Values& values) {
#pragma unroll
    for (int u = 0; u < kBits; ++u)
        if (u == 0 || u < steps)
#pragma unroll
            for (int m = 0; m < kElements / 2; ++m) {
                const int i = butterflyElement(u, m);
                applyPair(quads[u][m], values[i], values[i | 1 << u]);
            }
}

/// One pair: da += g_i x_i, …, then gx_i = a g_i + c g_j, gx_j = b g_i + d g_j in place of g.
__device__ __forceinline__ void pairBackward(const float4& quad, float xi, float xj, float& gi,
                                             float& gj, float4& sum) {
    sum.x += gi * xi;
    sum.y += gi * xj;
    sum.z += gj * xi;
    sum.w += gj * xj;
    const float first = quad.x * gi + quad.z * gj;
    gj = quad.y * gi + quad.w * gj;
    gi = first;
}

/// x: input of the window; g: gradient of its output, then of its input.
template <typename Steps>
__device__ __forceinline__ void windowBackward(const Quads& quads, Steps steps, const Values& x,
                                               Values& g, Quads& sums) {
    if (steps == kBits) {
        Values middle = {x[0], x[1], x[2], x[3]};
        applyWindow(quads, Constant<1>{}, middle);
#pragma unroll
        for (int m = 0; m < kElements / 2; ++m) {
            const int i = butterflyElement(1, m);
            pairBackward(quads[1][m], middle[i], middle[i | 2], g[i], g[i | 2], sums[1][m]);
        }
    }
#pragma unroll
    for (int m = 0; m < kElements / 2; ++m) {
        const int i = butterflyElement(0, m);
        pairBackward(quads[0][m], x[i], x[i | 1], g[i], g[i | 1], sums[0][m]);
    }
}

/// body(first, count) for the rows first .. first + count - 1 of a thread, count a constant.
template <typename Body>
__device__ __forceinline__ void overRows(int rows, Body body) {
    int row = 0;
#pragma unroll 1
    for (; row + kTogether <= rows; row += kTogether)
        body(row, Constant<kTogether>{});
    if constexpr (kTogether > 1) {
#pragma unroll 1
        for (; row < rows; ++row)
            body(row, Constant<1>{});
    }
}

/// body(steps, layout), constants where the window is full. Windows of adjacent features are full
/// unless they are the only ones; they are the first of a rising pass (`kAdjacent` = Adjacent) or
/// the last of a falling one (Reversed).
template <Layout kAdjacent, typename Body>
__device__ __forceinline__ void withLayout(const Window& window, bool aligned, Body body) {
    using Scattered = std::integral_constant<Layout, Layout::Scattered>;
    if (kAdjacent != Layout::Scattered && window.adjacent && aligned)
        body(Constant<kBits>{}, std::integral_constant<Layout, kAdjacent>{});
    else if (window.steps == kBits)
        body(Constant<kBits>{}, Scattered{});
    else
        body(window.steps, Scattered{});
}

/// Sums of the `lanes` threads that own the same pairs, `items` threads apart, in the first of
/// them. All threads call it.
__device__ __forceinline__ void sumOverLanes(float4* shared, int lane, int lanes, int items,
                                             Quads& sums) {
    constexpr int kQuads = kBits * kElements / 2;
    float4* const own = shared + threadIdx.x;
    __syncthreads();
#pragma unroll
    for (int q = 0; q < kQuads; ++q)
        own[q * kThreads] = sums[q / 2][q % 2];
    __syncthreads();
    for (int half = lanes / 2; half > 0; half /= 2) {
        if (lane < half) {
#pragma unroll
            for (int q = 0; q < kQuads; ++q) {
                const float4 other = own[q * kThreads + half * items];
                float4& sum = own[q * kThreads];
                sum =
                    make_float4(sum.x + other.x, sum.y + other.y, sum.z + other.z, sum.w + other.w);
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int q = 0; q < kQuads; ++q)
        sums[q / 2][q % 2] = own[q * kThreads];
}

} // namespace inlay::kernels::cuda::butterfly_backward
