#pragma once

// How a 2:4 matrix lies where the sparse tensor instructions read it (systems/stl-and-24.md 2.3,
// 2.4; PTX ISA, matrix fragments for sparse mma.m16n8k32 with 16-bit types). For the host too,
// where a test plays the instruction.
//
// The sparse operand A is W^T: m rows (outputs) of k elements (inputs), of which k/2 are stored in
// order. Metadata are words of 32 bits. One word holds sixteen elements of two rows eight apart:
// the four nibbles of row r in its lower half, those of row r + 8 in its upper half, the first
// group in the lowest nibble. A line of 32 words, one for each lane of a warp, serves 32 rows and
// 32 elements: lane 4 g + 2 h + t holds rows 16 h + g and 16 h + g + 8, elements 16 t … 16 t + 15.
// So one load feeds two m16n8k32 instructions, of selector 0 for the rows 0..15 (the first two
// lanes of each four supply the words) and 1 for 16..31.

#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// Rows and elements of a line.
inline constexpr int kMetaRows = 32;
inline constexpr int kMetaDepth = 32;
/// Eight times the nibble of the pair {0, 1}, for what lies past the matrix: any legal one will do,
/// its values are zero.
inline constexpr std::uint32_t kMetaPadding = 0x44444444u;
/// Elements of A and B in one stage of the pipelines; two instructions deep.
inline constexpr int kStageDepth = 64;
/// Rows past the last one that hold padding, so that the widest tile may start at any line.
inline constexpr std::int64_t kMetaSpareRows = 384;

INLAY_HOST_DEVICE constexpr std::int64_t roundedUp(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/// Extent of the device metadata of an m x k matrix.
struct MetaExtent {
    std::int64_t rows;  // padded; also the words of 32 elements' depth
    std::int64_t steps; // of 32 elements, for whole stages

    INLAY_HOST_DEVICE constexpr std::int64_t words() const { return rows * steps; }
};
INLAY_HOST_DEVICE constexpr MetaExtent metaExtent(std::int64_t m, std::int64_t k) {
    return {roundedUp(m, kMetaRows) + kMetaSpareRows, roundedUp(k, kStageDepth) / kMetaDepth};
}

/// The half word with the nibbles of (row, elements 16 column … 16 column + 15), counted in half
/// words, the lower half of a word first.
INLAY_HOST_DEVICE constexpr std::int64_t metaHalf(std::int64_t row, std::int64_t column,
                                                  std::int64_t rows) {
    const std::int64_t word =
        column / 2 * rows + row / 32 * 32 + row % 8 * 4 + row % 32 / 16 * 2 + column % 2;
    return 2 * word + row / 8 % 2;
}

/// The row of the lower half of lane's word in a line, and which half of the line's depth it is.
INLAY_HOST_DEVICE constexpr int metaRow(int lane) {
    return 16 * (lane % 4 / 2) + lane / 4;
}
INLAY_HOST_DEVICE constexpr int metaColumn(int lane) {
    return lane % 2;
}

/// Four nibbles, a byte each, in 16 bits.
INLAY_HOST_DEVICE constexpr std::uint32_t packNibbles(std::uint32_t bytes) {
    return (bytes & 0xFu) | (bytes >> 4 & 0xF0u) | (bytes >> 8 & 0xF00u) | (bytes >> 12 & 0xF000u);
}

/// The warpgroup instruction takes two deep steps of 16 rows a warp: selector s reads the words of
/// lanes 4 g + 2 s and the next. Where lane finds its word in a stage of two lines, `rows` words
/// each, for warp 0..3 of the 64 rows that start at the stage's row `first`.
INLAY_HOST_DEVICE constexpr int groupMetaWord(int first, int warp, int lane, int rows) {
    return lane % 4 / 2 * rows + first + warp / 2 * 32 + lane / 4 * 4 + warp % 2 * 2 + lane % 2;
}

/// Byte offset of 16-byte chunk `chunk` of a row in shared memory. Rows of A have 64 bytes in a
/// stage and rows of B 128; the chunks are shuffled so that eight rows of one chunk fall in
/// different banks. These are the 64- and 128-byte swizzles of the tensor memory accelerator.
INLAY_HOST_DEVICE constexpr std::uint32_t sharedA(std::uint32_t row, std::uint32_t chunk) {
    return row * 64 + 16 * (chunk ^ (row / 2 % 4));
}
INLAY_HOST_DEVICE constexpr std::uint32_t sharedB(std::uint32_t row, std::uint32_t chunk) {
    return row * 128 + 16 * (chunk ^ (row % 8));
}

/// What the lanes of a warp point ldmatrix.x4 at, from the start of 16 rows of A or 8 rows of B,
/// for step 0 or 1 of the stage.
INLAY_HOST_DEVICE constexpr std::uint32_t laneA(std::uint32_t lane, std::uint32_t step) {
    return sharedA(lane % 16, 2 * step + lane / 16);
}
INLAY_HOST_DEVICE constexpr std::uint32_t laneB(std::uint32_t lane, std::uint32_t step) {
    return sharedB(lane % 8, 4 * step + lane / 8);
}

/// Tile `index` of a grid of mTiles x nTiles. Tiles of up to eight neighboring rows are taken
/// column by column, so that those which run together share their operands in the second-level
/// cache.
struct TilePlace {
    std::int64_t m;
    std::int64_t n;
};
INLAY_HOST_DEVICE constexpr TilePlace tilePlace(std::int64_t index, std::int64_t mTiles,
                                                std::int64_t nTiles) {
    constexpr std::int64_t band = 8;
    const std::int64_t first = index / (band * nTiles) * band;
    const std::int64_t height = mTiles - first < band ? mTiles - first : band;
    const std::int64_t inBand = index - first * nTiles;
    return {first + inBand % height, inBand / height};
}

} // namespace inlay::kernels::cuda
