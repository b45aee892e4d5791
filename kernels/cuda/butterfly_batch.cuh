#pragma once

// Batches of rows through the windows of a pass, on tensor cores: see butterfly_mma.cu.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include <cuda_fp16.h>

#include "kernels/cuda/butterfly_mma.h"
#include "kernels/cuda/butterfly_rows.cuh"
#include "kernels/cuda/warp_matrix.cuh"

namespace inlay::kernels::cuda {

/// Shared memory of a batch (half of the largest, where tiles are smaller) and its scales, at most.
constexpr std::size_t butterflySharedBytes(int tileBits) {
    return (std::size_t{tileBits < kBlockTileMost ? 1u : 2u} << kBlockBatchBits) + 4096;
}
/// Rows of a product, in two halves.
inline constexpr int kProductRows = 16;
/// Products that a warp has under way together.
inline constexpr int kTogether = 4;
/// Features that a warp brings with 16 bytes a lane, 8 rows at a time, and how many such pieces at
/// once.
inline constexpr int kPiece = 32;
inline constexpr int kPieces = 8;

/// One pass over all rows.
struct ButterflyProduct {
    ButterflyRows<const bf16> x;
    ButterflyRows<bf16> y;
    const void* blocks = nullptr; // Words of each lane
    const int* growth = nullptr;  // of each window, log2
    ButterflyTile tile;
    int low[BlockWindows::kMost] = {};
    int turn[BlockWindows::kMost] = {};
    int windows = 0;
    int tileNumberBits = 0;
    std::int64_t rows = 0;
    std::int64_t items = 0; // tiles times batches
};

__device__ __forceinline__ unsigned packedBf16(float low, float high) {
    const __nv_bfloat162 two = __floats2bfloat162_rn(low, high);
    return reinterpret_cast<const unsigned&>(two);
}
__device__ __forceinline__ unsigned packedF16(float low, float high) {
    const __half2 two = __floats2half2_rn(low, high);
    return reinterpret_cast<const unsigned&>(two);
}
/// Two bf16 numbers times a power of two.
__device__ __forceinline__ unsigned scaledToF16(unsigned two, float scale) {
    return packedF16(__uint_as_float(two << 16) * scale,
                     __uint_as_float(two & 0xFFFF0000u) * scale);
}

/// The left operand of a product.
__device__ __forceinline__ void spread(const uint4& words, unsigned (&a)[4]) {
    a[0] = words.x, a[1] = words.y, a[2] = words.z, a[3] = words.w;
}
__device__ __forceinline__ void spread(const uint2& words, unsigned (&a)[4]) {
    a[0] = words.x, a[1] = 0, a[2] = 0, a[3] = words.y;
}

/// The scales of a product's rows: of the lane's numbers (each of them 8 rows apart), and of its
/// results.
struct RowScales {
    float in[2];
    float2 out[2];
};

/// Tiles of kWarps x kBlocks blocks, batches of kPairs products' rows, kResident blocks of threads
/// on a multiprocessor.
template <int kWarps, int kBlocks, int kPairs, int kResident, bool kNarrow>
struct BatchShape {
    /// What a lane has of a block, see BlockWindows::narrow.
    using Words = std::conditional_t<kNarrow, uint2, uint4>;
    static constexpr int kThreads = 32 * kWarps;
    static constexpr int kTileBlocks = kWarps * kBlocks;
    static constexpr int kTileFeatures = kTileBlocks * kBlockSize;
    static constexpr int kRows = kPairs * kProductRows;
    static constexpr int kGroupBits = std::countr_zero(static_cast<unsigned>(kRows / 8));
    static constexpr int kRowPieces = kTileFeatures / kPiece;
    static constexpr int kWarpPieces = kRowPieces * (kRows / 8) / kWarps;
    static constexpr int kBlockIndexBits = std::countr_zero(static_cast<unsigned>(kBlocks));
    static constexpr int kBatchBytes = kTileFeatures * kRows * 2;
    static constexpr int kBytes = kBatchBytes + 3 * 4 * kRows;
    static_assert(
        kBytes <= butterflySharedBytes(std::countr_zero(static_cast<unsigned>(kTileFeatures))) &&
        kRows <= kThreads);
    static_assert(kWarpPieces > 0 && (kWarpPieces <= kPieces || kWarpPieces % kPieces == 0));

    static __host__ __device__ constexpr unsigned unit(int feature, int group) {
        return butterflyUnit(static_cast<unsigned>(feature), static_cast<unsigned>(group),
                             kGroupBits);
    }

    /// A piece: 8 rows by kPiece features; neighbors in a row go to one warp. What piece p adds to
    /// the first one of its warp; their bits do not meet.
    struct Piece {
        int group;
        int feature;
    };
    static __host__ __device__ constexpr Piece pieceOf(int p) {
        return {p / kRowPieces, p % kRowPieces * kPiece};
    }
};

/// The batches of a block of threads.
template <typename S, int kWarps, int kBlocks, int kPairs>
__device__ __forceinline__ void runBatches(const ButterflyProduct& args) {
    using Words = typename S::Words;
    const unsigned batch = sharedAddress(dynamicShared());
    // Of each row: the bits of its largest number, and the scales of its numbers and results.
    auto* const largest = reinterpret_cast<unsigned*>(dynamicShared() + S::kBatchBytes);
    auto* const scaleIn = reinterpret_cast<float*>(largest + S::kRows);
    float* const scaleOut = scaleIn + S::kRows;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int tiles = 1 << args.tileNumberBits;

    // Where the warp's first piece lies, and its rows: 16 bytes a lane.
    const typename S::Piece first = S::pieceOf(warp * S::kWarpPieces);
    const int firstRow = first.group * 8 + lane / 4;
    // The feature whose 8 rows a lane's address stands for: words of all lanes are a matrix.
    const unsigned pieceUnit = S::unit(first.feature, first.group) ^
                               S::unit((lane & 6) * 4 + lane / 8 * 2 + (lane & 1), 0);
    const auto pieceAddress = [&](int p) {
        const typename S::Piece piece = S::pieceOf(p);
        return batch + ((S::unit(piece.feature, piece.group) ^ pieceUnit) * 16);
    };
    // From a piece to the next one of the same rows.
    const int pieceDistance = args.tile.distance(kPiece);
    const auto blocksOf = [&](int number) {
        return static_cast<const Words*>(args.blocks) +
               (std::int64_t{number} * args.windows * S::kTileBlocks + warp * kBlocks) * 32 + lane;
    };

    constexpr int kBlocksAhead = kBlocks < 8 ? kBlocks : 8;
    Words weights[kBlocksAhead];
    const Words* from = blocksOf(static_cast<int>(blockIdx.x) & (tiles - 1));
#pragma unroll
    for (int b = 0; b < kBlocksAhead; ++b)
        weights[b] = __ldg(from + b * 32);
    int growth = 0;
    for (int w = 0; w < args.windows; ++w)
        growth += __ldg(args.growth + w);
    if (threadIdx.x < S::kRows)
        largest[threadIdx.x] = 0;
    __syncthreads();

    const auto laneBegin = [&](int tile) {
        return args.tile.begin(tile) + args.tile.distance(first.feature) + lane % 4 * 8;
    };
    constexpr int kAtOnce = S::kWarpPieces < kPieces ? S::kWarpPieces : kPieces;
    // The rows of a batch as the lane reads and writes them.
    struct LaneRows {
        std::int64_t begin;
        int feature;
        int count;
    };
    const auto laneRows = [&](std::int64_t item) {
        const std::int64_t begin = (item >> args.tileNumberBits) * S::kRows;
        return LaneRows{begin, laneBegin(static_cast<int>(item) & (tiles - 1)),
                        static_cast<int>(min(std::int64_t{S::kRows}, args.rows - begin))};
    };
    // A turn's pieces, from p on, are of the same rows; rows past the last repeat it.
    const auto readTurn = [&](const LaneRows& rows, int p, uint4(&words)[kAtOnce]) {
        const std::int64_t row =
            rows.begin + min(firstRow + S::pieceOf(p).group * 8, rows.count - 1);
        const bf16* const from = args.x.data + row * args.x.stride + rows.feature;
#pragma unroll
        for (int k = 0; k < kAtOnce; ++k)
            words[k] = *reinterpret_cast<const uint4*>(from + S::pieceOf(p + k).feature / kPiece *
                                                                  pieceDistance);
    };
    const auto keepTurn = [&](int p, const uint4(&words)[kAtOnce]) {
        unsigned two = 0;
#pragma unroll
        for (int k = 0; k < kAtOnce; ++k) {
            const unsigned four[4] = {words[k].x, words[k].y, words[k].z, words[k].w};
            storeTransposed(pieceAddress(p + k), four);
#pragma unroll
            for (int i = 0; i < 4; ++i)
                two = __vmaxu2(two, four[i] & 0x7FFF7FFFu);
        }
        unsigned most = max(two >> 16, two & 0xFFFFu);
        most = max(most, __shfl_xor_sync(0xFFFFFFFFu, most, 1));
        most = max(most, __shfl_xor_sync(0xFFFFFFFFu, most, 2));
        if (lane % 4 == 0)
            atomicMax(largest + firstRow + S::pieceOf(p).group * 8, most);
    };

    LaneRows rows = laneRows(blockIdx.x);
#pragma unroll
    for (int p = 0; p < S::kWarpPieces; p += kAtOnce) {
        uint4 words[kAtOnce];
        readTurn(rows, p, words);
        keepTurn(p, words);
    }
    for (std::int64_t item = blockIdx.x; item < args.items; item += gridDim.x) {
        const int number = static_cast<int>(item) & (tiles - 1);
        const std::int64_t following = item + gridDim.x;
        const bool goesOn = following < args.items;
        const int nextNumber = static_cast<int>(following) & (tiles - 1);
        const LaneRows next = laneRows(following);
        __syncthreads();
        if (threadIdx.x < S::kRows) {
            // The row's largest number is below 2^(exponent - 126); zeros, infinities and NaN as
            // they are.
            const int exponent = static_cast<int>(largest[threadIdx.x] >> 7);
            const int rise =
                exponent == 0 || exponent == 255 ? 0 : min(kBlockBound + 126 - exponent, 120);
            const int fall = growth - kBlockBound - rise;
            scaleIn[threadIdx.x] = powerOfTwoExactly(rise);
            scaleOut[threadIdx.x] = fall < -126 ? 0.0f : powerOfTwoExactly(min(fall, 127));
            largest[threadIdx.x] = 0;
        }
        __syncthreads();
        // In registers where that is one for all of the thread's products.
        const auto readScales = [&](int pair) {
            const int row = pair * kProductRows;
            return RowScales{{scaleIn[row + lane / 4], scaleIn[row + 8 + lane / 4]},
                             {*reinterpret_cast<const float2*>(scaleOut + row + lane % 4 * 2),
                              *reinterpret_cast<const float2*>(scaleOut + row + 8 + lane % 4 * 2)}};
        };
        const RowScales ownScales = readScales(0);
        const auto rowScales = [&](int pair) {
            return kPairs == 1 ? ownScales : readScales(pair);
        };
        // Into L2; two lanes' words are a sector.
        if (goesOn && lane % 2 == 0)
#pragma unroll
            for (int p = 0; p < S::kWarpPieces; ++p) {
                const std::int64_t row =
                    next.begin + min(firstRow + S::pieceOf(p).group * 8, next.count - 1);
                prefetchSector(args.x.data + row * args.x.stride + next.feature +
                               S::pieceOf(p).feature / kPiece * pieceDistance);
            }

        const auto applyWindow = [&](int w, auto isFirst, auto isLast) {
            constexpr bool kFirst = decltype(isFirst)::value;
            constexpr bool kLast = decltype(isLast)::value;
            const int low = args.low[w];
            // A lane's row of the matrices of a product: features 0 to 7, then 8 to 15, of the
            // first 8 rows, then of the other 8.
            const int turn = args.turn[w];
            const int element =
                ((lane & 15) << turn | (lane & 15) >> (kBlockBits - turn)) & (kBlockSize - 1);
            const unsigned laneUnit = S::unit(element << low, lane / 16);
            const Words* const same = blocksOf(number) + w * S::kTileBlocks * 32;
            const Words* const after = kLast ? blocksOf(nextNumber) : same + S::kTileBlocks * 32;
            // Places are linear over the bits of the block's number (butterflyUnit).
            const unsigned warpUnit =
                S::unit(butterflyBlockBase(warp * kBlocks, low), 0) ^ laneUnit;
            unsigned bitUnits[S::kBlockIndexBits];
#pragma unroll
            for (int bit = 0; bit < S::kBlockIndexBits; ++bit)
                bitUnits[bit] = S::unit(butterflyBlockBase(1 << bit, low), 0);
            const auto placeOf = [&](int unit) {
                unsigned place = warpUnit;
#pragma unroll
                for (int bit = 0; bit < S::kBlockIndexBits; ++bit)
                    if ((unit / kPairs >> bit & 1) != 0)
                        place ^= bitUnits[bit];
                // The bits of the rows are no feature's.
                return batch + place * 16 + static_cast<unsigned>(unit % kPairs * 256);
            };
            constexpr int kSteps = kBlocks * kPairs < kTogether ? kBlocks * kPairs : kTogether;
            // Several products at a time: their loads, products and stores are long on the way.
#pragma unroll
            for (int u = 0; u < kBlocks * kPairs; u += kSteps) {
                unsigned words[kSteps][4];
#pragma unroll
                for (int k = 0; k < kSteps; ++k)
                    loadTransposed(words[k], placeOf(u + k));
                float sums[kSteps][2][4] = {};
#pragma unroll
                for (int k = 0; k < kSteps; ++k) {
                    if (kFirst) {
                        const RowScales scale = rowScales((u + k) % kPairs);
                        words[k][0] = scaledToF16(words[k][0], scale.in[0]);
                        words[k][1] = scaledToF16(words[k][1], scale.in[0]);
                        words[k][2] = scaledToF16(words[k][2], scale.in[1]);
                        words[k][3] = scaledToF16(words[k][3], scale.in[1]);
                    }
                    unsigned a[4] = {};
                    spread(weights[(u + k) / kPairs % kBlocksAhead], a);
                    multiplyF16(sums[k][0], a, words[k][0], words[k][1]);
                    multiplyF16(sums[k][1], a, words[k][2], words[k][3]);
                }
#pragma unroll
                for (int k = 0; k < kSteps; ++k) {
#pragma unroll
                    for (int i = 0; i < 2; ++i) {
                        const float(&s)[4] = sums[k][i];
                        if (kLast) {
                            const float2 scale = rowScales((u + k) % kPairs).out[i];
                            words[k][2 * i] = packedBf16(s[0] * scale.x, s[1] * scale.y);
                            words[k][2 * i + 1] = packedBf16(s[2] * scale.x, s[3] * scale.y);
                        } else {
                            constexpr float kScale = 1.0f / (1 << kBlockBound);
                            words[k][2 * i] = packedF16(s[0] * kScale, s[1] * kScale);
                            words[k][2 * i + 1] = packedF16(s[2] * kScale, s[3] * kScale);
                        }
                    }
                    storeMatrices(placeOf(u + k), words[k]);
                    if ((u + k) % kPairs == kPairs - 1) {
                        // Read kBlocksAhead ahead.
                        const int next = (u + k) / kPairs + kBlocksAhead;
                        weights[next % kBlocksAhead] = __ldg(
                            next < kBlocks ? same + next * 32 : after + (next - kBlocks) * 32);
                    }
                }
            }
            __syncthreads();
        };
        if (args.windows == 1) {
            applyWindow(0, std::true_type{}, std::true_type{});
        } else {
            applyWindow(0, std::true_type{}, std::false_type{});
            if (args.windows == 3)
                applyWindow(1, std::false_type{}, std::false_type{});
            applyWindow(args.windows - 1, std::false_type{}, std::true_type{});
        }

        // A warp's pieces make room for its own ones of the next batch. Where registers allow,
        // these are on their way from L2 meanwhile.
        constexpr bool kMeanwhile = kWarps <= 8;
        constexpr int kOut = kMeanwhile ? 2 : 4;
        static_assert(kAtOnce % kOut == 0);
#pragma unroll
        for (int p = 0; p < S::kWarpPieces; p += kAtOnce) {
            uint4 words[kAtOnce];
            if (kMeanwhile && goesOn)
                readTurn(next, p, words);
            const int row = firstRow + S::pieceOf(p).group * 8;
            bf16* const to = args.y.data + (rows.begin + row) * args.y.stride + rows.feature;
#pragma unroll
            for (int q = p; q < p + kAtOnce; q += kOut) {
                unsigned four[kOut][4];
#pragma unroll
                for (int k = 0; k < kOut; ++k)
                    loadTransposed(four[k], pieceAddress(q + k));
#pragma unroll
                for (int k = 0; k < kOut; ++k)
                    if (row < rows.count)
                        *reinterpret_cast<uint4*>(to + S::pieceOf(q + k).feature / kPiece *
                                                           pieceDistance) =
                            make_uint4(four[k][0], four[k][1], four[k][2], four[k][3]);
            }
            if (kMeanwhile && goesOn)
                keepTurn(p, words);
        }
        if (!kMeanwhile && goesOn) {
#pragma unroll
            for (int p = 0; p < S::kWarpPieces; p += kAtOnce) {
                uint4 words[kAtOnce];
                readTurn(next, p, words);
                keepTurn(p, words);
            }
        }
        rows = next;
    }
}

} // namespace inlay::kernels::cuda
