#pragma once

// How the blocks of two_four_warpgroups.cu share the work: tiles and stages, the walk over the
// tiles, and the thread that fills the stages.

#include <cstdint>

#include <cuda.h>

#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/two_four_hopper.cuh"
#include "kernels/cuda/two_four_layout.h"

namespace inlay::kernels::cuda::hopper {

constexpr int kCluster = 2;
constexpr int kGroupThreads = 128;
constexpr int kN = 256; // rows of x in a tile
/// Of 168 registers a thread, the warpgroup that only fetches gives most to the two that multiply.
constexpr int kFetchRegisters = 40;
constexpr int kProductRegisters = 232;

template <int kGroups_>
struct Tile {
    static constexpr int kGroups = kGroups_;
    static constexpr int kM = 64 * kGroups;
    /// Two multiply while a third fetches. Three leave no registers for a fourth, so one of their
    /// threads fetches between its products.
    static constexpr bool kFetchesApart = kGroups == 2;
    static constexpr int kThreads = kGroupThreads * 3;

    // A stage: x, values, two lines of metadata.
    static constexpr std::uint32_t kBytesB = kN * 128;
    static constexpr std::uint32_t kBytesA = kM * 64;
    static constexpr std::uint32_t kBytesMeta = kM * 8;
    static constexpr std::uint32_t kCopied = kBytesB + kBytesA + kBytesMeta;
    static constexpr std::uint32_t kStageBytes = (kCopied + 1023) / 1024 * 1024;
    static constexpr int kStages = kGroups == 2 ? 5 : 4;

    // Results of 64 rows of x, 64 outputs and 16 bytes that keep rows in different banks.
    static constexpr std::uint32_t kResultRow = 64 * 2 + 16;
    static constexpr std::uint32_t kResultBytes = 64 * kResultRow;
    static constexpr std::uint32_t kBarriers = kStages * kStageBytes + kGroups * kResultBytes;
    /// The area starts at a multiple of 1024 inside of it.
    static constexpr int kSharedBytes = kBarriers + kStages * 16 + 1024;
    static_assert(kSharedBytes <= 227 * 1024);
};

struct WarpgroupProduct {
    const std::uint32_t* meta;
    MetaExtent extent;
    std::int64_t m;
    std::int64_t n;
    Matrix<bf16> y;
    DeviceEpilogue<bf16> epilogue;
    bool packedY;
    /// Rounded sums with their bias are the results, and can be written 16 bytes at a time.
    bool copies;
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/// Stage and parity, the same walk for those that fetch and those that multiply.
template <int kStages>
struct Turn {
    std::uint32_t stage = 0;
    std::uint32_t parity = 0;

    __device__ void advance() {
        if (++stage == kStages) {
            stage = 0;
            parity ^= 1;
        }
    }
};

/// Where things lie in shared memory.
template <typename T>
struct Area {
    std::uint32_t base;

    __device__ std::uint32_t inputs(std::uint32_t stage) const {
        return base + stage * T::kStageBytes;
    }
    __device__ std::uint32_t values(std::uint32_t stage) const {
        return inputs(stage) + T::kBytesB;
    }
    __device__ std::uint32_t meta(std::uint32_t stage) const { return values(stage) + T::kBytesA; }
    __device__ std::uint32_t results(int group) const {
        return base + T::kStages * T::kStageBytes + group * T::kResultBytes;
    }
    __device__ std::uint32_t full(std::uint32_t stage) const {
        return base + T::kBarriers + 16 * stage;
    }
    __device__ std::uint32_t empty(std::uint32_t stage) const { return full(stage) + 8; }
};

/// Pairs of tiles, which a cluster takes together, one after the other.
template <typename T>
struct Walk {
    int mPairs;
    int nTiles;
    int depths; // of the inner size, in stages
    int at = static_cast<int>(blockIdx.x / kCluster);

    __device__ explicit Walk(const WarpgroupProduct& p)
        : mPairs(static_cast<int>((p.m + kCluster * T::kM - 1) / (kCluster * T::kM)))
        , nTiles(static_cast<int>((p.n + kN - 1) / kN))
        , depths(static_cast<int>(p.extent.steps / 2)) {}
    __device__ bool over() const { return at >= mPairs * nTiles; }
    __device__ void advance() { at += static_cast<int>(gridDim.x / kCluster); }
    __device__ TilePlace place() const { return tilePlace(at, mPairs, nTiles); }
    /// First output of this block's tile, first row of x.
    __device__ static int firstM(TilePlace place, std::uint32_t rank) {
        return static_cast<int>((place.m * kCluster + rank) * T::kM);
    }
    __device__ static int firstN(TilePlace place) { return static_cast<int>(place.n * kN); }
};

/// One thread of a block, which fills its stages: all of the values and metadata of its tile and
/// half of the rows of x, those for both blocks.
template <typename T>
struct Fetcher {
    const Area<T>& area;
    const CUtensorMap& mapValues;
    const CUtensorMap& mapInputs;
    const WarpgroupProduct& p;
    std::uint32_t rank;
    Walk<T> walk{p};
    Turn<T::kStages> turn;
    int depth = 0;
    int firstM = 0;
    int firstN = 0;

    /// Fills the next stage as soon as it is free in both blocks; false when nothing is left.
    __device__ __forceinline__ bool one() {
        constexpr std::uint16_t both = 0b11;
        if (walk.over())
            return false;
        if (depth == 0) {
            const TilePlace place = walk.place();
            firstM = Walk<T>::firstM(place, rank);
            firstN = Walk<T>::firstN(place) + static_cast<int>(rank) * (kN / kCluster);
        }
        const std::uint32_t full = area.full(turn.stage);
        // The first round finds every stage free.
        waitFor(area.empty(turn.stage), turn.parity ^ 1);
        expectBytes(full, T::kCopied);
        copyBoxTo(both, area.inputs(turn.stage) + rank * (T::kBytesB / kCluster), mapInputs,
                  depth * kStageDepth, firstN, full);
        copyBox(area.values(turn.stage), mapValues, depth * (kStageDepth / 2), firstM, full);
        const std::uint32_t* line = p.meta + 2 * depth * p.extent.rows + firstM;
        copyLine(area.meta(turn.stage), line, T::kM * 4, full);
        copyLine(area.meta(turn.stage) + T::kM * 4, line + p.extent.rows, T::kM * 4, full);
        turn.advance();
        if (++depth == walk.depths) {
            depth = 0;
            walk.advance();
        }
        return true;
    }
};

#endif

} // namespace inlay::kernels::cuda::hopper
