#pragma once

// Which lane of a warp holds what when attention multiplies 16 rows by the tensor cores, and how
// the work is cut in blocks. For the host too, where a test plays a warp.
//
// All products are of two kinds, each with 16 rows of the warp on the left:
//   scores   S = L R^T   L 16 x D, R rows of D numbers: queries and keys, gradients and values
//   sums     O += P R    P 16 x 16, an earlier product in registers, R 16 rows of D numbers
// A step of an mma takes 32 bytes of a row: 16 bf16 or 8 f32. Rows in shared memory are 16 bytes
// longer than D: their distance is an odd multiple of 16 bytes, so that eight rows never meet in
// a bank.
//
// f32 is multiplied as three tf32 products: x = high + low, high its upper 11 bits and low the
// rest, of which the hardware takes 11 bits again; high high + high low + low high leaves out less
// than 2^-19 of a product, and 2^-21 on average. (The split is the one of Markidis et al., "NVIDIA
// tensor core programmability, performance and precision", 2018, with the last term dropped.)

#include <algorithm>
#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda::attention {

/// Row of the result (16 x 8) in register `reg` of a lane, and its column.
INLAY_HOST_DEVICE constexpr int resultRow(int lane, int reg) {
    return lane / 4 + 8 * (reg / 2);
}
INLAY_HOST_DEVICE constexpr int resultCol(int lane, int reg) {
    return 2 * (lane % 4) + reg % 2;
}

/// The address that a lane gives to loadMatrices, as row and half (0 or 1: first or second 16
/// bytes) of a step: for the left operand, 16 rows;
INLAY_HOST_DEVICE constexpr int leftRow(int lane) {
    return lane % 16;
}
INLAY_HOST_DEVICE constexpr int leftHalf(int lane) {
    return lane / 16;
}
/// for 16 rows of R in scores: registers 0 and 1 are rows 0 to 7, 2 and 3 rows 8 to 15;
INLAY_HOST_DEVICE constexpr int scoreRow(int lane) {
    return lane / 16 * 8 + lane % 8;
}
INLAY_HOST_DEVICE constexpr int scoreHalf(int lane) {
    return lane / 8 % 2;
}
/// for 16 rows and 16 columns of R in sums of bf16 (loadTransposed, halves of 8 columns): registers
/// 0 and 1 are columns 0 to 7.
INLAY_HOST_DEVICE constexpr int sumRow(int lane) {
    return lane % 16;
}
INLAY_HOST_DEVICE constexpr int sumHalf(int lane) {
    return lane / 16;
}

/// Sums of f32: the inner index of the product runs over the keys in the order in which a result
/// holds them, so that P need not change lanes: index t is row 2 t, index t + 4 row 2 t + 1.
INLAY_HOST_DEVICE constexpr int sumRowF32(int lane, int reg) {
    return 2 * (lane % 4) + reg;
}
INLAY_HOST_DEVICE constexpr int sumColF32(int lane) {
    return lane / 4;
}
/// The register of the result P that is register `reg` of the left operand then.
INLAY_HOST_DEVICE constexpr int leftOfResultF32(int reg) {
    return reg == 1 ? 2 : reg == 2 ? 1 : reg;
}

/// Elements between two rows of `columns` in shared memory.
constexpr int pitchOf(int columns, int elementBytes) {
    return columns + 16 / elementBytes;
}

/// The upper 11 bits of an f32 number, sign and exponent besides; the hardware cuts the rest in the
/// same way.
INLAY_HOST_DEVICE constexpr std::uint32_t highPart(std::uint32_t bits) {
    return bits & 0xFFFFE000u;
}

/// Rows of a warp.
inline constexpr int kRows = 16;

constexpr std::int64_t roundUp(std::int64_t value, std::int64_t step) {
    return (value + step - 1) / step * step;
}

/// How `tokens` rows of each of `pairs` sequences and heads are dealt to blocks of warps.
struct Cut {
    int warps = 1;
    int blocks = 1; // of a pair

    /// As few idle warps as there can be with at most `mostWarps` a block; smaller blocks where the
    /// GPU would not be full.
    Cut(std::int64_t tokens, std::int64_t pairs, int mostWarps) {
        constexpr std::int64_t kFull = 264;
        const std::int64_t groups = (tokens + kRows - 1) / kRows;
        std::int64_t most = mostWarps;
        while (most > 2 && pairs * ((groups + most - 1) / most) < kFull)
            most = (most + 1) / 2;
        blocks = static_cast<int>((groups + most - 1) / most);
        warps = static_cast<int>((groups + blocks - 1) / blocks);
    }
};

} // namespace inlay::kernels::cuda::attention
