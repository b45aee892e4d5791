#pragma once

// Butterfly networks as products of small matrices, for tensor cores: four adjacent stages join
// the 16 features that differ in four adjacent bits, and nothing else, so together they are a
// block-diagonal matrix of 16 x 16 blocks (one path leads from each input to each output: an entry
// is a product of at most four weights). Index arithmetic for the device and for tests on the host.

#include <cassert>
#include <cstdint>
#include <vector>

#include "kernels/cuda/butterfly_plan.h"

// Arrays that such loops go through are then registers.
#if defined(__CUDACC__)
#define INLAY_UNROLL _Pragma("unroll")
#else
#define INLAY_UNROLL
#endif

namespace inlay::kernels::cuda {

/// Stages in a block, and features that it joins.
inline constexpr int kBlockBits = 4;
inline constexpr int kBlockSize = 1 << kBlockBits;
/// bf16 numbers in a block.
inline constexpr int kBlockElements = kBlockSize * kBlockSize;
/// log2 of the features of the largest and smallest tile, of the adjacent features that a strided
/// tile reads at a time, and of the numbers of a tile's rows that lie on the chip together.
inline constexpr int kBlockTileMost = 12;
inline constexpr int kBlockTileLeast = 8;
inline constexpr int kBlockLaneBits = 5;
inline constexpr int kBlockBatchBits = 16;
/// Stages of the largest network that two passes can take.
inline constexpr int kBlockStagesMost = 2 * kBlockTileMost - kBlockLaneBits;

/// Whether networks of n features are products of blocks.
inline bool butterflyHasBlocks(const Butterfly& spec) {
    return spec.stages() >= kBlockTileLeast && spec.stages() <= kBlockStagesMost;
}

/// The passes in the order of their application: one, or two of which the first or the last is on
/// tiles of adjacent features. Eight low stages where the others fit: such tiles' blocks are few
/// enough to stay near the multiprocessor for many rows.
inline std::vector<ButterflyPass> butterflyBlockPasses(const Butterfly& spec) {
    assert(butterflyHasBlocks(spec));
    const bool rising = butterflyRises(spec);
    const int stages = static_cast<int>(spec.stages());
    if (stages <= kBlockTileMost)
        return {{{stages, 0, 0}, stages, rising}};
    const int low = stages <= kBlockTileLeast + 6 ? kBlockTileLeast : kBlockTileMost;
    const ButterflyPass adjacent{{low, 0, 0}, low, rising};
    // At least the smallest tile; what is over are further adjacent features.
    const int lanes = std::max(kBlockLaneBits, kBlockTileLeast - (stages - low));
    const ButterflyPass strided{{lanes + stages - low, lanes, low}, stages - low, rising};
    return rising ? std::vector<ButterflyPass>{adjacent, strided}
                  : std::vector<ButterflyPass>{strided, adjacent};
}

/// Local number of the first feature of block `block` of a window that begins at bit `low`: feature
/// i of the block is i << low further.
INLAY_HOST_DEVICE constexpr int butterflyBlockBase(int block, int low) {
    return ((block >> low) << (low + kBlockBits)) | (block & ((1 << low) - 1));
}

/// The place of 8 rows of one feature (16 bytes) in shared memory, in such units. `group`: which 8
/// rows of 8 << groupBits. A unit's bank is its place modulo 8: the features of any three adjacent
/// bits, and those of bits 0, 3 and 4, meet all eight (bit i of the feature goes to bit i mod 3 of
/// the bank, bit 3 also to bit 2). Linear over the bits of feature and group.
INLAY_HOST_DEVICE constexpr unsigned butterflyUnit(unsigned feature, unsigned group,
                                                   int groupBits) {
    const unsigned bank =
        (feature ^ feature >> 3 ^ feature >> 6 ^ feature >> 9 ^ (feature >> 1 & 4u)) & 7u;
    return (feature >> 3 << (groupBits + 3)) | group << 3 | bank;
}

/// Where an entry of a block lies in the 16 bytes that each lane of a warp gives to a product, in
/// elements (the left operand of mma.m16n8k16, PTX ISA).
INLAY_HOST_DEVICE constexpr int butterflyFragment(int row, int column) {
    const int lane = (row & 7) * 4 + (column & 7) / 2;
    const int word = column / 8 * 2 + row / 8;
    return (lane * 4 + word) * 2 + (column & 1);
}

/// Adjacent stages that are applied as blocks, and the four adjacent local bits of their features.
struct BlockWindow {
    int low = 0; // the lowest of the bits
    int steps = 0;
    int bit[kBlockBits] = {}; // of the stages, in their order
    /// Element e of a block is the feature with local number turned(e) << low further than the
    /// first one's.
    int turn = 0;

    INLAY_HOST_DEVICE int turned(int element) const {
        return (element << turn | element >> (kBlockBits - turn)) & (kBlockSize - 1);
    }
    /// Which bit of an element's number step u joins.
    INLAY_HOST_DEVICE int elementBit(int u) const {
        return (bit[u] - low + kBlockBits - turn) % kBlockBits;
    }
};

struct BlockWindows {
    static constexpr int kMost = 3;
    int count = 0;
    /// No window has more than three stages, and they leave the highest bit of an element's number
    /// alone: blocks are two of 8 x 8, and half as large to read.
    bool narrow = false;
    BlockWindow window[kMost];

    /// Elements that are kept of a block.
    int kept() const { return narrow ? kBlockElements / 2 : kBlockElements; }
};

/// The windows of a pass in the order of their application, as few as can be; narrow ones where
/// they are as few. A window of fewer stages than the others is at the end where the four bits of
/// each window are the fewest turns away from its stages' (the last one's may go past the tile).
inline BlockWindows butterflyBlockWindows(const ButterflyPass& pass) {
    BlockWindows windows;
    windows.count = (pass.stages + kBlockBits - 1) / kBlockBits;
    windows.narrow = (pass.stages + kBlockBits - 2) / (kBlockBits - 1) == windows.count;
    assert(windows.count <= windows.kMost && pass.tile.tileBits >= kBlockBits);
    const int most = windows.narrow ? kBlockBits - 1 : kBlockBits;
    // Of the lowest window: what the others leave, or all it can take.
    const int least =
        windows.narrow ? pass.stages - (windows.count - 1) * most : std::min(most, pass.stages);
    for (int i = 0; i < windows.count; ++i) {
        const int slice = pass.rising ? i : windows.count - 1 - i;
        const int stage = slice == 0 ? 0 : least + (slice - 1) * most;
        const int first = pass.tile.laneBits + stage;
        BlockWindow& window = windows.window[i];
        window.steps = slice == 0 ? least : std::min(most, pass.stages - stage);
        window.low = std::min(first, pass.tile.tileBits - kBlockBits);
        window.turn = windows.narrow ? first - window.low : 0;
        for (int u = 0; u < window.steps; ++u)
            window.bit[u] = pass.rising ? first + u : first + window.steps - 1 - u;
    }
    return windows;
}

/// Where a kept entry of a narrow block lies, see butterflyFragment: its other two quarters are
/// zero, and are not kept.
INLAY_HOST_DEVICE constexpr int butterflyNarrowFragment(int row, int column) {
    const int lane = (row & 7) * 4 + (column & 7) / 2;
    return (lane * 2 + row / 8) * 2 + (column & 1);
}

/// Applies a window's stages to the elements of a block: quad(stage, feature) are the four weights
/// of the pair whose first feature is given. `first`: the block's first feature.
template <typename Value, typename Quad, typename ApplyPair>
INLAY_HOST_DEVICE void applyBlock(const ButterflyTile& tile, const BlockWindow& window, int first,
                                  Value (&values)[kBlockSize], Quad quad, ApplyPair applyPair) {
    for (int u = 0; u < kBlockBits; ++u) {
        if (u >= window.steps)
            break;
        const int stage = tile.networkBit(window.bit[u]);
        const int own = window.elementBit(u);
        INLAY_UNROLL
        for (int bit = 0; bit < kBlockBits; ++bit)
            if (bit == own)
                INLAY_UNROLL
        for (int m = 0; m < kBlockSize / 2; ++m) {
            const int i = butterflyElement(bit, m);
            const int feature = first + tile.distance(window.turned(i) << window.low);
            applyPair(quad(stage, feature), values[i], values[i | 1 << bit]);
        }
    }
}

} // namespace inlay::kernels::cuda

#undef INLAY_UNROLL
