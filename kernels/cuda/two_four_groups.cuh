#pragma once

// Which two of four weights stay, on the device: the rules of kernels/two_four_tables.h and
// systems/stl-and-24.md 2.2, 2.3.

#include <cstdint>

namespace inlay::kernels::cuda {

/// Bit i is set when weight i of the group has fewer than two that are preferred to it: larger in
/// magnitude, or equal and earlier. Two bits; more only where NaN is among the weights.
__device__ __forceinline__ unsigned largestTwo(const float (&w)[4]) {
    unsigned kept = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        int better = 0;
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const float other = fabsf(w[j]);
            const float own = fabsf(w[i]);
            better += j < i ? (other >= own) : j > i ? (other > own) : 0;
        }
        kept |= (better < 2 ? 1u : 0u) << i;
    }
    return kept;
}

/// A stored pair: positions first < second of its group.
struct StoredPair {
    unsigned first;
    unsigned second;

    __device__ std::uint8_t nibble() const {
        return static_cast<std::uint8_t>(first | second << 2);
    }
};

/// The pair that compression stores: the two largest, and for fewer than two nonzeros the filling
/// rule of 2.3.
__device__ __forceinline__ StoredPair storedPair(const float (&w)[4]) {
    unsigned nonzero = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i)
        nonzero |= (w[i] != 0.0f ? 1u : 0u) << i;
    if (__popc(nonzero) >= 2) {
        const unsigned kept = largestTwo(w);
        const unsigned rest = kept & (kept - 1);
        return {static_cast<unsigned>(__ffs(kept)) - 1, static_cast<unsigned>(__ffs(rest)) - 1};
    }
    if (nonzero == 1)
        return {0, 2};
    if (nonzero == 2)
        return {1, 2};
    return {2, 3};
}

/// w[index] without an array in memory.
__device__ __forceinline__ float chosen(const float (&w)[4], unsigned index) {
    const float low = index & 1u ? w[1] : w[0];
    const float high = index & 1u ? w[3] : w[2];
    return index & 2u ? high : low;
}

} // namespace inlay::kernels::cuda
