#pragma once

// How the stages of a butterfly network are cut into passes over the activations and these into
// windows. Plain C++, tested on the host.

#include <algorithm>
#include <cassert>
#include <vector>

#include "kernels/cuda/butterfly_index.h"
#include "kernels/op_types.h"

namespace inlay::kernels::cuda {

/// Adjacent stages applied while a tile is on the chip: tile.firstStage, … (`stages` of them), in
/// rising or in falling order.
struct ButterflyPass {
    ButterflyTile tile;
    int stages = 0;
    bool rising = true;
};

/// How many stages a pass takes. A network of at most `lone` stages is one pass. Otherwise passes
/// of at most `most` stages (a multiple of `step`) take the high ones until about `rest`, at most
/// `lone`, low ones are left, which are a pass on adjacent features.
struct ButterflyLimits {
    int lone = 0;
    int rest = 0;
    int step = 1;
    int most = 0;
    int tileBits = 0; // tiles are of this size where the network is not smaller
};

/// The forward passes. A tile of 2^12 features leaves room for 14 rows of f32 in the 227 KiB of
/// shared memory of an H100 or H200: each weight read from L2 serves that many rows. High stages
/// are taken three at a time without shared memory (reading and writing is all there is to them),
/// six at a time where that saves a pass.
inline constexpr ButterflyLimits kButterflyForward{12, 11, 3, 6, 11};
/// Stages in a window of the forward kernels.
inline constexpr int kButterflyForwardBits = 3;

/// The backward passes. A thread keeps the weights of its windows and the sums of their gradients
/// in registers, hence at most ten stages; six where there is a choice.
inline constexpr ButterflyLimits kButterflyBackward{10, 6, 1, 6, 10};
/// Stages in a window of the backward kernel.
inline constexpr int kButterflyBackwardBits = 2;

/// Whether the network applies stage 0 first.
inline bool butterflyRises(const Butterfly& spec) {
    return (spec.order == ButterflyOrder::Increasing) == (spec.transposed == Transpose::No);
}

/// Passes in the order of their application. Tiles have at least 2^windowBits features (the
/// features past the end of a smaller network are to be ignored).
inline std::vector<ButterflyPass> butterflyPasses(const Butterfly& spec,
                                                  const ButterflyLimits& limits, int windowBits) {
    const bool rising = butterflyRises(spec);
    std::vector<ButterflyPass> passes; // from the highest stages down
    int left = static_cast<int>(spec.stages());
    while (left > limits.lone) {
        const int over = left - limits.rest;
        const int stages =
            std::min(limits.most, (over + limits.step - 1) / limits.step * limits.step);
        left -= stages;
        assert(stages > 0 && left > 0 && stages <= limits.tileBits);
        const int lanes = std::min(limits.tileBits - stages, left);
        passes.push_back({{lanes + stages, lanes, left}, stages, rising});
    }
    const int lowBits =
        std::max({windowBits, left, std::min(static_cast<int>(spec.stages()), limits.tileBits)});
    passes.push_back({{lowBits, 0, 0}, left, rising});
    if (rising)
        std::reverse(passes.begin(), passes.end());
    return passes;
}

/// The windows of a pass in the order of their application.
template <int kBits>
struct ButterflyWindows {
    static constexpr int kMost = kBits == 2 ? 5 : 4;
    int count = 0;
    ButterflyWindow<kBits> window[kMost];
};

/// Fills in what follows from low, steps and bit, for a network of n features.
template <int kBits>
void completeWindow(const ButterflyTile& tile, int n, ButterflyWindow<kBits>& window) {
    window.lowestStage = tile.networkBit(*std::min_element(window.bit, window.bit + window.steps));
    window.adjacent = window.low == 0 && tile.laneBits == 0 && window.steps == kBits;
    for (int u = 0; u < kBits; ++u) {
        window.distance[u] = 1u << tile.networkBit(window.bit[u]);
        window.place[u] = butterflyPlace(1u << window.bit[u]);
    }
    for (int u = 0; u < window.steps; ++u) {
        const int stage = tile.networkBit(window.bit[u]);
        window.stepWeights[u] = std::int64_t{2} * stage * n;
        for (int v = 0; v < kBits; ++v)
            if (v != u)
                window.pairWeights[u][v] = static_cast<unsigned>(
                    4 * butterflyPair(stage, static_cast<int>(window.distance[v])));
    }
}

/// The window with fewer steps than bits, if any, is the one with the highest stages, so that the
/// one with bits 0 .. kBits - 1, whose elements are adjacent, is full (unless it is the only one).
template <int kBits>
ButterflyWindows<kBits> butterflyWindows(const ButterflyPass& pass, int n) {
    ButterflyWindows<kBits> windows;
    windows.count = (pass.stages + kBits - 1) / kBits;
    assert(windows.count <= windows.kMost && pass.tile.tileBits >= kBits);
    for (int i = 0; i < windows.count; ++i) {
        const int slice = pass.rising ? i : windows.count - 1 - i;
        const int first = pass.tile.laneBits + slice * kBits;
        ButterflyWindow<kBits>& window = windows.window[i];
        window.steps = std::min(kBits, pass.stages - slice * kBits);
        window.low = std::min(first, pass.tile.tileBits - kBits);
        for (int u = 0; u < window.steps; ++u)
            window.bit[u] = pass.rising ? first + u : first + window.steps - 1 - u;
        int next = window.steps;
        for (int bit = window.low; bit < window.low + kBits; ++bit)
            if (bit < first || bit >= first + window.steps)
                window.bit[next++] = bit;
        completeWindow(pass.tile, n, window);
    }
    return windows;
}

} // namespace inlay::kernels::cuda
