#pragma once

// Index arithmetic of the butterfly kernels, for the device and for tests on the host.
//
// A block works on a *tile*: 2^tileBits features of a row, numbered locally. Threads own *windows*:
// the 2^kBits features that differ in kBits adjacent local bits, so that kBits stages can be
// applied to them in registers. Between windows the tile lies in shared memory.

#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// The features of a row that one block works on: the low `laneBits` bits of a local number are the
/// low bits of the feature (adjacent features, which make a strided tile's accesses coalesced), the
/// others are the feature's bits from `firstStage` on.
struct ButterflyTile {
    int tileBits = 0;
    int laneBits = 0;
    int firstStage = 0; // >= laneBits unless the tile is a run of adjacent features (both 0)

    INLAY_HOST_DEVICE int features() const { return 1 << tileBits; }
    /// The bit of the feature that a local bit stands for; for bits from laneBits on it is the
    /// stage that joins features differing in this bit.
    INLAY_HOST_DEVICE int networkBit(int bit) const {
        return bit < laneBits ? bit : bit - laneBits + firstStage;
    }
    /// The first feature of tile number `tile` of a row.
    INLAY_HOST_DEVICE int begin(int tile) const {
        const int between = firstStage - laneBits;
        const int above = firstStage + tileBits - laneBits;
        return ((tile >> between) << above) | ((tile & ((1 << between) - 1)) << laneBits);
    }
    /// Distance from the first feature of a tile to the one with this local number.
    INLAY_HOST_DEVICE int distance(int local) const {
        return ((local >> laneBits) << firstStage) | (local & ((1 << laneBits) - 1));
    }
};

/// 2^kBits features of a tile that differ in the local bits low .. low + kBits - 1, and the stages
/// applied to them: those of the first `steps` entries of `bit`, in this order. Element e of a
/// window has bit u of e at local bit bit[u], so that step u always joins elements e and e | 2^u.
template <int kBits>
struct ButterflyWindow {
    int low = 0;
    int steps = 0;
    int bit[kBits] = {};

    // What follows from these, see butterfly_plan.h.
    int lowestStage = 0;
    /// The elements are adjacent features: in order, or with the bits of their numbers reversed.
    bool adjacent = false;
    /// For each bit of an element's number: how far its feature and its place in shared memory
    /// (by exclusive or) are from those of element 0.
    unsigned distance[kBits] = {};
    unsigned place[kBits] = {};
    /// Where the weights of step u begin, and how far those of a pair whose first element has bit v
    /// are from those of the pair of element 0.
    std::int64_t stepWeights[kBits] = {};
    unsigned pairWeights[kBits][kBits] = {};

    /// Local number of element 0 of window `item`. Counting on over the rows of a batch (row times
    /// windows of a row plus item) gives row times features of a tile plus local number.
    INLAY_HOST_DEVICE int base(int item) const {
        return ((item >> low) << (low + kBits)) | (item & ((1 << low) - 1));
    }
};

/// Sum of the distances of the bits that are set in `element`.
template <int kBits>
INLAY_HOST_DEVICE constexpr unsigned butterflyDistance(const unsigned (&distance)[kBits],
                                                       int element) {
    unsigned sum = 0;
    for (int u = 0; u < kBits; ++u)
        if ((element >> u & 1) != 0)
            sum += distance[u];
    return sum;
}

/// Exclusive or of `first` and the places of the bits that are set in `element`.
template <int kBits>
INLAY_HOST_DEVICE constexpr unsigned butterflyPlaceOf(unsigned first,
                                                      const unsigned (&place)[kBits], int element) {
    for (int u = 0; u < kBits; ++u)
        if ((element >> u & 1) != 0)
            first ^= place[u];
    return first;
}

/// The `pair`-th element of a window with bit `step` clear.
INLAY_HOST_DEVICE constexpr int butterflyElement(int step, int pair) {
    return ((pair >> step) << (step + 1)) | (pair & ((1 << step) - 1));
}

/// Pair number of `feature` (bit `stage` clear) in this stage, see struct Butterfly. It drops a bit
/// of the feature; features whose bits do not meet may be added before or after.
INLAY_HOST_DEVICE constexpr int butterflyPair(int stage, int feature) {
    return ((feature >> (stage + 1)) << stage) | (feature & ((1 << stage) - 1));
}

/// Where number `index` of a batch of tiles lies in shared memory: the bank bits are mixed with the
/// three bits above them so that a warp meets every bank once for each window of two or three bits,
/// wherever it lies (the factors are one of the 32 choices for which this holds; the test checks
/// it). Linear over the bits: the places of a and b combine by exclusive or to that of a ^ b.
/// Adding a multiple of 256 to the index adds it to the place.
INLAY_HOST_DEVICE constexpr unsigned butterflyPlace(unsigned index) {
    return index ^ ((index >> 5 & 1u) * 21u) ^ ((index >> 6 & 1u) * 26u) ^
           ((index >> 7 & 1u) * 19u);
}

} // namespace inlay::kernels::cuda
