#pragma once

// How a warp of 32 lanes multiplies 4 x 4 tiles of bf16 by an encoder or decoder with the tensor
// instruction m16n8k16, and moves them in pieces of 16 bytes: what each lane loads, how that makes
// the operands, and what it stores. For the host too, where a test plays a warp.
//
// The order of the 16 terms of a product, and which column of the instruction is which tile, are
// free. They are chosen so that what lies side by side in memory meets in one lane:
//  - x, 16 bytes: two tiles' four elements of one tile row;
//  - a plane, 16 bytes: eight tiles' numbers of one rank.

#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// Sixteen bytes: eight bf16, the first in the lower half of word 0.
struct alignas(16) Octet {
    std::uint32_t word[4];
};

INLAY_HOST_DEVICE inline std::uint32_t lowHalves(std::uint32_t first, std::uint32_t second) {
#if defined(__CUDA_ARCH__)
    return __byte_perm(first, second, 0x5410);
#else
    return (first & 0xFFFFu) | (second << 16);
#endif
}
INLAY_HOST_DEVICE inline std::uint32_t highHalves(std::uint32_t first, std::uint32_t second) {
#if defined(__CUDA_ARCH__)
    return __byte_perm(first, second, 0x7632);
#else
    return (first >> 16) | (second & 0xFFFF0000u);
#endif
}

/// PTX ISA, matrix fragments for mma.m16n8k16 with 16-bit floating point operands and f32 results:
/// the place in A (16 x 16), B (16 x 8) and C (16 x 8) of the two halves of a lane's registers.
namespace mma {

INLAY_HOST_DEVICE constexpr int aRow(int lane, int reg) {
    return lane / 4 + 8 * (reg % 2);
}
INLAY_HOST_DEVICE constexpr int aCol(int lane, int reg, int half) {
    return 2 * (lane % 4) + 8 * (reg / 2) + half;
}
INLAY_HOST_DEVICE constexpr int bRow(int lane, int reg, int half) {
    return 2 * (lane % 4) + 8 * reg + half;
}
INLAY_HOST_DEVICE constexpr int bCol(int lane) {
    return lane / 4;
}
INLAY_HOST_DEVICE constexpr int cRow(int lane, int reg) {
    return lane / 4 + 8 * (reg / 2);
}
INLAY_HOST_DEVICE constexpr int cCol(int lane, int reg) {
    return 2 * (lane % 4) + reg % 2;
}

} // namespace mma

/// Encoding: A = 16 ranks of the matrix, B = tiles; four products for a run of 32 tiles. A lane
/// loads 32 bytes of one tile row, which is four tiles, one for each product, and stores 16 bytes
/// for two ranks of each 16.
namespace encoding {

inline constexpr int kTiles = 32;
inline constexpr int kProducts = 4;

INLAY_HOST_DEVICE constexpr int tileRow(int lane) {
    return lane % 4;
}
/// First of the four tiles that a lane loads; tile b of them goes to product b.
INLAY_HOST_DEVICE constexpr int loadTile(int lane) {
    return 4 * (lane / 4);
}
/// The element of a tile that is term k of the product.
INLAY_HOST_DEVICE constexpr int element(int k) {
    return 4 * (k % 8 / 2) + 2 * (k / 8) + k % 2;
}
/// B of product `b`, register `reg`, from the loaded eight words.
INLAY_HOST_DEVICE inline std::uint32_t operand(const Octet (&loaded)[2], int b, int reg) {
    return loaded[b / 2].word[2 * (b % 2) + reg];
}
/// Rank, of 16, of the octet that `half` (0, 1) stores.
INLAY_HOST_DEVICE constexpr int storeRank(int lane, int half) {
    return lane / 4 + 8 * half;
}
/// First of the eight tiles that a lane stores.
INLAY_HOST_DEVICE constexpr int storeTile(int lane) {
    return 8 * (lane % 4);
}
/// pack(a, b): the bf16 of a in the lower half, of b in the upper.
template <typename Pack>
INLAY_HOST_DEVICE Octet result(const float (&products)[kProducts][4], int half, Pack pack) {
    Octet octet;
    for (int w = 0; w < 4; ++w)
        octet.word[w] = pack(products[2 * (w % 2)][2 * half + w / 2],
                             products[2 * (w % 2) + 1][2 * half + w / 2]);
    return octet;
}

} // namespace encoding

/// Decoding: A = 16 tiles, B = 16 ranks x 8 elements of the matrix, two of them for the 16
/// elements; four products for each for a run of 64 tiles. A lane loads 16 bytes of four planes
/// and gets 64 bytes of one tile row.
namespace decoding {

inline constexpr int kTiles = 64;
inline constexpr int kProducts = 4;

/// Rank, of 16, of the octet that load `q` (0..3) brings.
INLAY_HOST_DEVICE constexpr int loadRank(int lane, int q) {
    return lane % 4 + 4 * q;
}
INLAY_HOST_DEVICE constexpr int loadTile(int lane) {
    return 8 * (lane / 4);
}
/// The rank, of 16, that is term k of the product.
INLAY_HOST_DEVICE constexpr int rank(int k) {
    return k % 8 / 2 + 8 * (k / 8) + 4 * (k % 2);
}
/// The element of a tile in column n of block `block` (0, 1).
INLAY_HOST_DEVICE constexpr int element(int block, int n) {
    return 4 * (n / 2) + 2 * block + n % 2;
}
/// A of product `p` from the four loads.
INLAY_HOST_DEVICE inline void operand(const Octet (&loaded)[4], int p, std::uint32_t (&a)[4]) {
    a[0] = lowHalves(loaded[0].word[p], loaded[1].word[p]);
    a[1] = highHalves(loaded[0].word[p], loaded[1].word[p]);
    a[2] = lowHalves(loaded[2].word[p], loaded[3].word[p]);
    a[3] = highHalves(loaded[2].word[p], loaded[3].word[p]);
}

INLAY_HOST_DEVICE constexpr int tileRow(int lane) {
    return lane % 4;
}
/// Result v (0..7) of octet p (0..3) of a lane's 32 numbers of its tile row, which belong to tiles
/// loadTile(lane) and following.
template <typename Products>
INLAY_HOST_DEVICE auto& value(Products& products, int p, int v) {
    return products[p][v % 4 / 2][2 * (v / 4) + v % 2];
}

// Two lanes, `lane` and lane ^ kPartner, have 128 adjacent bytes of a tile row. They swap octets
// so that each store of the warp writes 32 bytes from both together.
inline constexpr int kPartner = 4;

INLAY_HOST_DEVICE constexpr bool isSecond(int lane) {
    return lane / 4 % 2 == 1;
}
/// What a lane gives to its partner: octet 1 and 3 of the first, 0 and 2 of the second; n = 0, 1.
INLAY_HOST_DEVICE inline Octet given(const Octet (&own)[4], int lane, int n) {
    return isSecond(lane) ? own[2 * n] : own[2 * n + 1];
}
/// What store `s` (0..3) writes.
INLAY_HOST_DEVICE inline Octet stored(const Octet (&own)[4], const Octet (&taken)[2], int lane,
                                      int s) {
    if (isSecond(lane))
        return s < 2 ? taken[s] : own[2 * (s % 2) + 1];
    return s < 2 ? own[2 * s] : taken[s % 2];
}
/// The octet of the run's 32 of a tile row that store `s` writes.
INLAY_HOST_DEVICE constexpr int storeOctet(int lane, int s) {
    return 8 * (lane / 8) + 2 * s + (isSecond(lane) ? 1 : 0);
}

} // namespace decoding

/// Gradient of the matrix: A = 16 ranks x 16 tiles, B = 16 tiles x 8 elements; two steps of 16
/// tiles, two blocks of 8 elements, for a run of 32 tiles. A lane loads 16 bytes of two planes of
/// each 16, and 32 bytes of a tile row, half of which it swaps with its partner: the two lanes
/// need two of the four columns each, of all eight tiles.
namespace gradient {

inline constexpr int kTiles = 32;
inline constexpr int kPartner = 4;

INLAY_HOST_DEVICE constexpr int isSecond(int lane) {
    return lane / 4 % 2;
}
INLAY_HOST_DEVICE constexpr int tileRow(int lane) {
    return lane / 8;
}
/// First of the four tiles of x that a lane loads.
INLAY_HOST_DEVICE constexpr int loadTile(int lane) {
    return 8 * (lane % 4) + 4 * isSecond(lane);
}
/// Rank, of 16, and first tile of a plane's octet `half` (0, 1).
INLAY_HOST_DEVICE constexpr int planeRank(int lane, int half) {
    return lane / 4 + 8 * half;
}
INLAY_HOST_DEVICE constexpr int planeTile(int lane) {
    return 8 * (lane % 4);
}
/// Word q (0..3) that a lane gives to its partner: the partner's columns of tile q.
INLAY_HOST_DEVICE inline std::uint32_t given(const Octet (&loaded)[2], int lane, int q) {
    const Octet& octet = loaded[q / 2];
    return isSecond(lane) ? octet.word[2 * (q % 2)] : octet.word[2 * (q % 2) + 1];
}
/// A lane's two columns of tile e (0..7) of those from planeTile(lane) on.
INLAY_HOST_DEVICE inline std::uint32_t columns(const Octet (&loaded)[2],
                                               const std::uint32_t (&taken)[4], int lane, int e) {
    const Octet& octet = loaded[e % 4 / 2];
    const int w = 2 * (e % 2);
    if (isSecond(lane))
        return e < 4 ? taken[e] : octet.word[w + 1];
    return e < 4 ? octet.word[w] : taken[e % 4];
}
/// B of step `s`, block `block`, register `reg` from the columns of the eight tiles.
INLAY_HOST_DEVICE inline std::uint32_t operand(const std::uint32_t (&columns)[8], int s, int block,
                                               int reg) {
    const int first = 4 * s + 2 * reg;
    return block == 0 ? lowHalves(columns[first], columns[first + 1])
                      : highHalves(columns[first], columns[first + 1]);
}
/// A of step `s` from the octets of ranks lane / 4 and lane / 4 + 8.
INLAY_HOST_DEVICE inline void planesOperand(const Octet& low, const Octet& high, int s,
                                            std::uint32_t (&a)[4]) {
    a[0] = low.word[2 * s];
    a[1] = high.word[2 * s];
    a[2] = low.word[2 * s + 1];
    a[3] = high.word[2 * s + 1];
}
/// The element of a tile in column n of block `block`.
INLAY_HOST_DEVICE constexpr int element(int block, int n) {
    return 2 * n + block;
}

} // namespace gradient

} // namespace inlay::kernels::cuda
