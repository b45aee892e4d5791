#pragma once

// What the butterfly kernels share: their activations as a kernel sees them, reading and writing
// the elements of a window, weights.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/cuda/butterfly_index.h"
#include "kernels/cuda/elements.cuh"

namespace inlay::kernels::cuda {

/// Threads of a block; a thread owns one window of a row at a time.
inline constexpr int kButterflyThreads = 256;

/// Rows of activations: a block's begin at `data`, and all its elements are less than 2^31 bytes
/// away. `aligned`: every row starts at a multiple of 16 bytes.
template <typename T>
struct ButterflyRows {
    T* data = nullptr;
    std::int64_t stride = 0;
    bool aligned = false;

    __device__ ButterflyRows from(std::int64_t row) const {
        return {data + row * stride, stride, aligned};
    }
};

template <typename T, typename Data>
ButterflyRows<T> butterflyRows(Data* data, std::int64_t stride) {
    constexpr std::int64_t kVector = 16 / static_cast<std::int64_t>(sizeof(T));
    return {static_cast<T*>(data), stride,
            reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && stride % kVector == 0};
}

/// Rows that a block can reach in views of this stride (elements of `size` bytes).
inline std::int64_t butterflyReach(std::int64_t stride, std::size_t size) {
    const std::int64_t bytes = stride * static_cast<std::int64_t>(size);
    return std::max<std::int64_t>(1,
                                  ((std::int64_t{1} << 31) - 1) / std::max<std::int64_t>(1, bytes));
}

/// f32, at a multiple of 16 bytes. `exchanged`: b and c change places, as the transposed network
/// wants.
struct ButterflyWeights {
    const float* data = nullptr;
    int n = 0;
    bool exchanged = false;
};

__device__ __forceinline__ constexpr int reversedBits(int value, int bits) {
    int result = 0;
    for (int u = 0; u < bits; ++u)
        result |= (value >> u & 1) << (bits - 1 - u);
    return result;
}

/// kCount adjacent elements at a multiple of 16 (or, where they are fewer, of their) bytes.
template <typename Element, int kCount>
struct Adjacent {
    using T = std::remove_const_t<Element>;
    static constexpr int kWords = kCount * static_cast<int>(sizeof(T)) / 4;
    std::uint32_t word[kWords];

    __device__ __forceinline__ void read(const T* from) {
        if constexpr (kWords == 2) {
            const uint2 two = *reinterpret_cast<const uint2*>(from);
            word[0] = two.x, word[1] = two.y;
        } else {
#pragma unroll
            for (int i = 0; i < kWords; i += 4) {
                const uint4 four = reinterpret_cast<const uint4*>(from)[i / 4];
                word[i] = four.x, word[i + 1] = four.y, word[i + 2] = four.z, word[i + 3] = four.w;
            }
        }
    }
    __device__ __forceinline__ void write(T* to) const {
        if constexpr (kWords == 2) {
            *reinterpret_cast<uint2*>(to) = make_uint2(word[0], word[1]);
        } else {
#pragma unroll
            for (int i = 0; i < kWords; i += 4)
                reinterpret_cast<uint4*>(to)[i / 4] =
                    make_uint4(word[i], word[i + 1], word[i + 2], word[i + 3]);
        }
    }
    __device__ __forceinline__ float get(int i) const {
        if constexpr (sizeof(T) == 4)
            return __uint_as_float(word[i]);
        else
            return __uint_as_float(i % 2 == 0 ? word[i / 2] << 16 : word[i / 2] & 0xFFFF0000u);
    }
    __device__ __forceinline__ void set(const float (&values)[kCount]) {
        if constexpr (sizeof(T) == 4) {
#pragma unroll
            for (int i = 0; i < kCount; ++i)
                word[i] = __float_as_uint(values[i]);
        } else {
#pragma unroll
            for (int i = 0; i < kCount; i += 2) {
                const __nv_bfloat162 two = __floats2bfloat162_rn(values[i], values[i + 1]);
                word[i / 2] = reinterpret_cast<const std::uint32_t&>(two);
            }
        }
    }
};

/// How the elements of a window lie in a row of global memory.
enum class Layout : std::uint8_t { Scattered, Adjacent, Reversed };

/// A thread's window in the rows of a block. Addresses are 32-bit distances from one base.
template <typename T, int kBits>
struct GlobalWindow {
    static constexpr int kCount = 1 << kBits;
    T* base;
    unsigned rowBytes;
    unsigned first;
    const unsigned (&distance)[kBits];
    int valid = kCount; // elements from here on are not there

    /// `feature`: of element 0.
    __device__ __forceinline__ GlobalWindow(const ButterflyRows<T>& rows,
                                            const ButterflyWindow<kBits>& window, int feature)
        : base(rows.data)
        , rowBytes(static_cast<unsigned>(rows.stride) * static_cast<unsigned>(sizeof(T)))
        , first(static_cast<unsigned>(feature) * static_cast<unsigned>(sizeof(T)))
        , distance(window.distance) {}

    static __device__ __forceinline__ T* further(T* from, unsigned bytes) {
        using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
        return reinterpret_cast<T*>(reinterpret_cast<Byte*>(from) + bytes);
    }

    __device__ __forceinline__ unsigned bytesTo(int element) const {
        return butterflyDistance(distance, element) * static_cast<unsigned>(sizeof(T));
    }

    template <Layout kLayout>
    __device__ __forceinline__ void read(int row, float (&values)[kCount]) const {
        T* const start = further(base, static_cast<unsigned>(row) * rowBytes + first);
        if constexpr (kLayout == Layout::Scattered) {
#pragma unroll
            for (int e = 0; e < kCount; ++e)
                values[e] = e < valid ? toFloat(*further(start, bytesTo(e))) : 0.0f;
        } else {
            Adjacent<T, kCount> block;
            block.read(start);
#pragma unroll
            for (int e = 0; e < kCount; ++e)
                values[e] = block.get(kLayout == Layout::Reversed ? reversedBits(e, kBits) : e);
        }
    }

    template <Layout kLayout>
    __device__ __forceinline__ void write(int row, const float (&values)[kCount]) const {
        T* const start = further(base, static_cast<unsigned>(row) * rowBytes + first);
        if constexpr (kLayout == Layout::Scattered) {
#pragma unroll
            for (int e = 0; e < kCount; ++e)
                if (e < valid)
                    *further(start, bytesTo(e)) = fromFloat<T>(values[e]);
        } else {
            float ordered[kCount];
#pragma unroll
            for (int e = 0; e < kCount; ++e)
                ordered[e] = values[kLayout == Layout::Reversed ? reversedBits(e, kBits) : e];
            Adjacent<T, kCount> block;
            block.set(ordered);
            block.write(start);
        }
    }
};

/// A thread's window in shared memory (see butterflyPlace), of rows kStep numbers apart.
template <int kBits, int kStep>
struct SharedWindow {
    static constexpr int kCount = 1 << kBits;
    static_assert(kStep % 256 == 0);
    float* element[kCount];

    /// `flat` counts windows on over the rows of the batch.
    __device__ __forceinline__ SharedWindow(float* shared, const ButterflyWindow<kBits>& window,
                                            int flat) {
        const unsigned first = butterflyPlace(static_cast<unsigned>(window.base(flat)));
#pragma unroll
        for (int e = 0; e < kCount; ++e)
            element[e] = shared + butterflyPlaceOf(first, window.place, e);
    }
    /// Goes on by `distance` numbers, a multiple of kStep.
    __device__ __forceinline__ void advance(int distance) {
#pragma unroll
        for (int e = 0; e < kCount; ++e)
            element[e] += distance;
    }
    /// `row` is known at compile time, after unrolling.
    __device__ __forceinline__ void read(int row, float (&values)[kCount]) const {
#pragma unroll
        for (int e = 0; e < kCount; ++e)
            values[e] = element[e][row * kStep];
    }
    __device__ __forceinline__ void write(int row, const float (&values)[kCount]) const {
#pragma unroll
        for (int e = 0; e < kCount; ++e)
            element[e][row * kStep] = values[e];
    }
};

/// The weights of a window as they are stored: a b c d of pair m of step u at [u][m]. What is not
/// there is not read: further steps, pairs of elements from `valid` on. `feature`: of element 0.
template <int kBits>
__device__ __forceinline__ void readWeights(const ButterflyWeights& weights,
                                            const ButterflyWindow<kBits>& window, int feature,
                                            int valid, float4 (&quad)[kBits][(1 << kBits) / 2]) {
    // Element 0 has none of the window's bits set: it has one pair number in all its stages.
    const float* const first =
        weights.data + std::int64_t{4} * butterflyPair(window.lowestStage, feature);
#pragma unroll
    for (int u = 0; u < kBits; ++u)
        if (u < window.steps) {
            const float* const step = first + window.stepWeights[u];
#pragma unroll
            for (int m = 0; m < (1 << kBits) / 2; ++m)
                if (butterflyElement(u, m) < valid)
                    quad[u][m] = __ldg(reinterpret_cast<const float4*>(
                        step + butterflyDistance(window.pairWeights[u], butterflyElement(u, m))));
        }
}

/// As the network applies them.
__device__ __forceinline__ float4 applied(float4 quad, bool exchanged) {
    return exchanged ? make_float4(quad.x, quad.z, quad.y, quad.w) : quad;
}

/// y_i = a x_i + b x_j, y_j = c x_i + d x_j.
__device__ __forceinline__ void applyPair(const float4& quad, float& first, float& second) {
    const float sum = quad.x * first + quad.y * second;
    second = quad.z * first + quad.w * second;
    first = sum;
}

__device__ __forceinline__ void prefetchSector([[maybe_unused]] const void* memory) {
#if defined(__CUDA_ARCH__)
    asm volatile("prefetch.global.L2 [%0];" ::"l"(__cvta_generic_to_global(memory)));
#endif
}

/// Brings a tile of rows begin .. begin + count - 1 into L2 ahead of its use, in sectors.
template <typename T>
__device__ __forceinline__ void prefetchTile(const ButterflyRows<T>& rows,
                                             const ButterflyTile& tile, int number,
                                             std::int64_t begin, std::int64_t count) {
    constexpr int kSectorBits = sizeof(T) == 4 ? 3 : 4; // log2 of the elements in 32 bytes
    const int runBits = tile.laneBits > 0 ? tile.laneBits : tile.tileBits;
    const int pieceBits = min(runBits, kSectorBits);
    const int rowBits = tile.tileBits - pieceBits; // log2 of the pieces of a row
    const T* const first = rows.data + begin * rows.stride + tile.begin(number);
    const int pieces = static_cast<int>(count) << rowBits;
    for (int i = static_cast<int>(threadIdx.x); i < pieces; i += static_cast<int>(blockDim.x)) {
        const int local = (i & ((1 << rowBits) - 1)) << pieceBits;
        prefetchSector(first + (i >> rowBits) * rows.stride + tile.distance(local));
    }
}

} // namespace inlay::kernels::cuda
