#pragma once

// The tensor instruction of the 4 x 4 kernels in bf16, and its operand that stays: the matrix.

#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/stl_fragments.h"

namespace inlay::kernels::cuda {

inline constexpr int kStlWarps = 8;
inline constexpr int kStlThreads = 32 * kStlWarps;

/// c += a b, one m16n8k16 product by the whole warp.
__device__ __forceinline__ void multiplyAdd(float (&c)[4], const std::uint32_t (&a)[4],
                                            std::uint32_t b0, std::uint32_t b1) {
    // Volatile: it must stay where all lanes run it.
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ __forceinline__ std::uint32_t packBf16(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const std::uint32_t*>(&pair);
}
__device__ __forceinline__ float lowFloat(std::uint32_t pair) {
    return __uint_as_float(pair << 16);
}
__device__ __forceinline__ float highFloat(std::uint32_t pair) {
    return __uint_as_float(pair & 0xFFFF0000u);
}

/// For what no thread writes while the kernel runs.
__device__ __forceinline__ Octet loadConstant(const bf16* p) {
    const uint4 v = __ldg(reinterpret_cast<const uint4*>(p));
    return {{v.x, v.y, v.z, v.w}};
}
__device__ __forceinline__ Octet load(const bf16* p) {
    const uint4 v = *reinterpret_cast<const uint4*>(p);
    return {{v.x, v.y, v.z, v.w}};
}
__device__ __forceinline__ void store(bf16* p, const Octet& octet) {
    *reinterpret_cast<uint4*>(p) =
        make_uint4(octet.word[0], octet.word[1], octet.word[2], octet.word[3]);
}

/// What an f32 matrix loses by rounding to bf16 is kept in a second operand of the same shape, so
/// that the products see 16 bits of each coefficient. The kernels wait for memory; the second
/// product is free, and small steps of an optimizer on f32 encoders are felt at once.
__device__ __forceinline__ float remainder(float value) {
    const float rest = value - __bfloat162float(__float2bfloat16_rn(value));
    return isfinite(rest) ? rest : 0.0f;
}

/// Octets of shared memory for `blocks` operands of four registers a lane.
inline std::size_t fragmentBytes(std::uint32_t blocks, bool split) {
    return sizeof(Octet) * 32 * blocks * (split ? 2 : 1);
}

/// Rounds the matrix into `fragments`: the block holds operands 0..blocks-1, each followed by its
/// remainders when `split`. value(block, lane, register, half) is the coefficient there.
template <typename Value>
__device__ __forceinline__ void stageFragments(Octet* fragments, std::uint32_t blocks, bool split,
                                               Value value) {
    const std::uint32_t parts = split ? 2 : 1;
    for (std::uint32_t n = threadIdx.x; n < 32 * blocks; n += blockDim.x) {
        const std::uint32_t block = n / 32;
        const int lane = static_cast<int>(n % 32);
        Octet high;
        Octet low;
#pragma unroll
        for (int reg = 0; reg < 4; ++reg) {
            const float first = value(block, lane, reg, 0);
            const float second = value(block, lane, reg, 1);
            high.word[reg] = packBf16(first, second);
            low.word[reg] = packBf16(remainder(first), remainder(second));
        }
        fragments[32 * parts * block + lane] = high;
        if (split)
            fragments[32 * (parts * block + 1) + lane] = low;
    }
}

} // namespace inlay::kernels::cuda
