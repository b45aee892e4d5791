#pragma once

// Several adjacent elements of a row at once. A pack of 16 bytes is the widest access of a thread;
// it needs an address that is a multiple of its size, so the host looks at pointer and stride and
// chooses between packs and single elements.

#include <cstdint>

#include "kernels/cuda/elements.cuh"

namespace inlay::kernels::cuda {

/// Elements of type T in 16 bytes: 4 f32 or 8 bf16.
template <typename T>
inline constexpr int kPack = static_cast<int>(16 / sizeof(T));

/// Reads or writes kCount adjacent elements as f32, `kCount * sizeof(T)` being 2, 4, 8, 16 or 32
/// and the address a multiple of that (of 16 for 32).
template <int kCount>
__device__ __forceinline__ void loadPack(const float* from, float (&values)[kCount]) {
    if constexpr (kCount % 4 == 0) {
#pragma unroll
        for (int i = 0; i < kCount; i += 4) {
            const float4 word = *reinterpret_cast<const float4*>(from + i);
            values[i] = word.x;
            values[i + 1] = word.y;
            values[i + 2] = word.z;
            values[i + 3] = word.w;
        }
    } else {
#pragma unroll
        for (int i = 0; i < kCount; ++i)
            values[i] = from[i];
    }
}

__device__ __forceinline__ float lowBf16(unsigned word) {
    return __uint_as_float(word << 16);
}
__device__ __forceinline__ float highBf16(unsigned word) {
    return __uint_as_float(word & 0xFFFF0000u);
}
/// Two numbers rounded to bf16, the first in the lower half.
__device__ __forceinline__ unsigned pairOfBf16(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const unsigned*>(&pair);
}

template <int kCount>
__device__ __forceinline__ void loadPack(const bf16* from, float (&values)[kCount]) {
    if constexpr (kCount == 8) {
        const uint4 word = *reinterpret_cast<const uint4*>(from);
        const unsigned words[4] = {word.x, word.y, word.z, word.w};
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            values[2 * i] = lowBf16(words[i]);
            values[2 * i + 1] = highBf16(words[i]);
        }
    } else if constexpr (kCount == 4) {
        const uint2 word = *reinterpret_cast<const uint2*>(from);
        values[0] = lowBf16(word.x);
        values[1] = highBf16(word.x);
        values[2] = lowBf16(word.y);
        values[3] = highBf16(word.y);
    } else {
#pragma unroll
        for (int i = 0; i < kCount; ++i)
            values[i] = toFloat(from[i]);
    }
}

template <int kCount>
__device__ __forceinline__ void storePack(float* to, const float (&values)[kCount]) {
    if constexpr (kCount % 4 == 0) {
#pragma unroll
        for (int i = 0; i < kCount; i += 4)
            *reinterpret_cast<float4*>(to + i) =
                make_float4(values[i], values[i + 1], values[i + 2], values[i + 3]);
    } else {
#pragma unroll
        for (int i = 0; i < kCount; ++i)
            to[i] = values[i];
    }
}

template <int kCount>
__device__ __forceinline__ void storePack(bf16* to, const float (&values)[kCount]) {
    if constexpr (kCount == 8) {
        *reinterpret_cast<uint4*>(to) =
            make_uint4(pairOfBf16(values[0], values[1]), pairOfBf16(values[2], values[3]),
                       pairOfBf16(values[4], values[5]), pairOfBf16(values[6], values[7]));
    } else if constexpr (kCount == 4) {
        *reinterpret_cast<uint2*>(to) =
            make_uint2(pairOfBf16(values[0], values[1]), pairOfBf16(values[2], values[3]));
    } else {
#pragma unroll
        for (int i = 0; i < kCount; ++i)
            to[i] = fromFloat<bf16>(values[i]);
    }
}

/// The same with a tail: `count` of the elements exist (the others read as `otherwise`), and only
/// with `packed` and a whole pack one access is made.
template <int kCount, typename T>
__device__ __forceinline__ void loadSome(const T* from, int count, bool packed,
                                         float (&values)[kCount], float otherwise = 0.0f) {
    if (packed && count >= kCount)
        return loadPack(from, values);
#pragma unroll
    for (int i = 0; i < kCount; ++i)
        values[i] = i < count ? toFloat(from[i]) : otherwise;
}

template <int kCount, typename T>
__device__ __forceinline__ void storeSome(T* to, int count, bool packed,
                                          const float (&values)[kCount]) {
    if (packed && count >= kCount)
        return storePack(to, values);
#pragma unroll
    for (int i = 0; i < kCount; ++i)
        if (i < count)
            to[i] = fromFloat<T>(values[i]);
}

/// Elements `first` … of a vector of either dtype.
template <int kCount>
__device__ __forceinline__ void loadSome(const AnyVector& from, std::int64_t first, int count,
                                         bool packed, float (&values)[kCount]) {
    if (from.half)
        loadSome(static_cast<const bf16*>(from.data) + first, count, packed, values);
    else
        loadSome(static_cast<const float*>(from.data) + first, count, packed, values);
}

/// Whether every row of the view starts at a multiple of 16 bytes; true for a view not given.
inline bool startsPacked(ConstView view) {
    const auto address = reinterpret_cast<std::uintptr_t>(view.data);
    const auto stride = static_cast<std::uintptr_t>(view.stride) * sizeOf(view.dtype);
    return address % 16 == 0 && (view.rows <= 1 || stride % 16 == 0);
}

/// Row and first column of item `i` of a matrix whose rows have `perRow` items. Divides in 32 bits
/// where that is enough: the long division costs more than the rest of an elementwise kernel.
struct Place {
    std::int64_t row;
    std::int64_t item;
};
__device__ __forceinline__ Place placeOf(std::int64_t i, std::int64_t perRow) {
    if (i < perRow)
        return {0, i};
    if (((i | perRow) >> 32) == 0) {
        const auto row = static_cast<std::uint32_t>(i) / static_cast<std::uint32_t>(perRow);
        return {row, i - row * perRow};
    }
    const std::int64_t row = i / perRow;
    return {row, i - row * perRow};
}

} // namespace inlay::kernels::cuda
