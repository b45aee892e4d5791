// The forward passes of bf16 networks on tensor cores.
//
// What a stage costs on the f32 pipes is four instructions a pair: more than the memory takes at
// two bytes a number. In 16 x 16 blocks the arithmetic is next to nothing, and what is left to pay
// for are the blocks (32 bytes a feature and window, read from L2 once for all rows of a batch) and
// the ways to and from shared memory. There a batch lies feature by feature, 8 rows in 16 bytes:
// the right operand of a product wants pairs of features in a word, which the transposing load
// makes, so that a window may begin at any bit.
//
// Within a pass numbers are f16, whose three bits more than bf16's keep the roundings between the
// windows and that of the blocks far below that of the result. Its range is won by powers of two,
// which cost no accuracy: a row begins with its largest number in [2^14, 2^15), a window's blocks
// are scaled to a largest absolute row sum in [2^14, 2^15) and their products scaled back by 2^-15,
// so that no number outgrows 2^15, and the last products take all of it back. What is 2^-39 times
// the bound or smaller is lost. Results above 2^100 or below 2^-96 are not kept apart from infinity
// and zero.

#include <algorithm>
#include <bit>
#include <cassert>
#include <type_traits>

#include <cuda_fp16.h>

#include "kernels/cuda/butterfly_mma.h"
#include "kernels/cuda/butterfly_rows.cuh"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/warp_matrix.cuh"

namespace inlay::kernels::cuda {
namespace {

/// Shared memory of a batch (half of the largest, where tiles are smaller) and its scales, at most.
constexpr std::size_t sharedBytes(int tileBits) {
    return (std::size_t{tileBits < kBlockTileMost ? 1u : 2u} << kBlockBatchBits) + 4096;
}
/// Rows of a product, in two halves.
constexpr int kProductRows = 16;
/// Products that a warp has under way together.
constexpr int kTogether = 4;
/// Features that a warp brings with 16 bytes a lane, 8 rows at a time, and how many such pieces at
/// once.
constexpr int kPiece = 32;
constexpr int kPieces = 8;

struct ProductArguments {
    ButterflyRows<const bf16> x;
    ButterflyRows<bf16> y;
    const uint4* blocks = nullptr;
    const int* growth = nullptr; // of each window, log2
    ButterflyTile tile;
    int low[3] = {};
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

/// The scales of a product's rows: of the lane's numbers (each of them 8 rows apart), and of its
/// results.
struct RowScales {
    float in[2];
    float2 out[2];
};

/// Tiles of kWarps x kBlocks blocks, batches of kPairs products' rows, kResident blocks of threads
/// on a multiprocessor.
template <int kWarps, int kBlocks, int kPairs, int kResident>
struct Shape {
    static constexpr int kThreads = 32 * kWarps;
    static constexpr int kTileBlocks = kWarps * kBlocks;
    static constexpr int kTileFeatures = kTileBlocks * kBlockSize;
    static constexpr int kRows = kPairs * kProductRows;
    static constexpr int kGroupBits = std::countr_zero(static_cast<unsigned>(kRows / 8));
    static constexpr int kRowPieces = kTileFeatures / kPiece;
    static constexpr int kWarpPieces = kRowPieces * (kRows / 8) / kWarps;
    static constexpr int kBatchBytes = kTileFeatures * kRows * 2;
    static constexpr int kBytes = kBatchBytes + 3 * 4 * kRows;
    static_assert(kBytes <= sharedBytes(std::countr_zero(static_cast<unsigned>(kTileFeatures))) &&
                  kRows <= kThreads);
    static_assert(kWarpPieces > 0 && (kWarpPieces <= kPieces || kWarpPieces % kPieces == 0));

    static __host__ __device__ constexpr unsigned unit(int feature, int group) {
        return butterflyUnit(static_cast<unsigned>(feature), static_cast<unsigned>(group),
                             kGroupBits);
    }
};

template <typename S, int kWarps, int kBlocks, int kPairs>
__device__ __forceinline__ void runProducts(const ProductArguments& args) {
    const unsigned batch = sharedAddress(dynamicShared());
    // Of each row: the bits of its largest number, and the scales of its numbers and results.
    auto* const largest = reinterpret_cast<unsigned*>(dynamicShared() + S::kBatchBytes);
    auto* const scaleIn = reinterpret_cast<float*>(largest + S::kRows);
    float* const scaleOut = scaleIn + S::kRows;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int tiles = 1 << args.tileNumberBits;

    // A piece: 8 rows by kPiece features, 16 bytes a lane; neighbors in a row go to one warp.
    struct Piece {
        int group;
        int feature;
    };
    const auto pieceOf = [&](int p) {
        const int flat = warp * S::kWarpPieces + p;
        return Piece{flat / S::kRowPieces, flat % S::kRowPieces * kPiece};
    };
    // The feature whose 8 rows a lane's address stands for: words of all lanes are a matrix.
    const unsigned pieceUnit = S::unit((lane & 6) * 4 + lane / 8 * 2 + (lane & 1), 0);
    const auto blocksOf = [&](int number) {
        return args.blocks +
               (std::int64_t{number} * args.windows * S::kTileBlocks + warp * kBlocks) * 32 + lane;
    };

    constexpr int kBlocksAhead = kBlocks < 8 ? kBlocks : 8;
    uint4 weights[kBlocksAhead];
    const uint4* from = blocksOf(static_cast<int>(blockIdx.x) & (tiles - 1));
#pragma unroll
    for (int b = 0; b < kBlocksAhead; ++b)
        weights[b] = __ldg(from + b * 32);
    int growth = 0;
    for (int w = 0; w < args.windows; ++w)
        growth += __ldg(args.growth + w);
    if (threadIdx.x < S::kRows)
        largest[threadIdx.x] = 0;
    __syncthreads();

    for (std::int64_t item = blockIdx.x; item < args.items; item += gridDim.x) {
        const int number = static_cast<int>(item) & (tiles - 1);
        const std::int64_t begin = (item >> args.tileNumberBits) * S::kRows;
        const int count = static_cast<int>(min(std::int64_t{S::kRows}, args.rows - begin));
        const std::int64_t following = item + gridDim.x;
        const int nextNumber = static_cast<int>(following) & (tiles - 1);
        const int tileBegin = args.tile.begin(number) + lane % 4 * 8;

        const ButterflyRows<const bf16> x = args.x.from(begin);
        constexpr int kAtOnce = S::kWarpPieces < kPieces ? S::kWarpPieces : kPieces;
#pragma unroll 1
        for (int p = 0; p < S::kWarpPieces; p += kAtOnce) {
            uint4 words[kAtOnce];
#pragma unroll
            for (int k = 0; k < kAtOnce; ++k) {
                const Piece piece = pieceOf(p + k);
                // Rows past the last repeat it.
                const int row = min(piece.group * 8 + lane / 4, count - 1);
                words[k] = *reinterpret_cast<const uint4*>(x.data + row * x.stride + tileBegin +
                                                           args.tile.distance(piece.feature));
            }
#pragma unroll
            for (int k = 0; k < kAtOnce; ++k) {
                const Piece piece = pieceOf(p + k);
                const unsigned four[4] = {words[k].x, words[k].y, words[k].z, words[k].w};
                storeTransposed(batch + (S::unit(piece.feature, piece.group) ^ pieceUnit) * 16,
                                four);
            }
            // The pieces of a turn are of the same rows.
            unsigned two = 0;
#pragma unroll
            for (int k = 0; k < kAtOnce; ++k) {
                two = __vmaxu2(two, words[k].x & 0x7FFF7FFFu);
                two = __vmaxu2(two, words[k].y & 0x7FFF7FFFu);
                two = __vmaxu2(two, words[k].z & 0x7FFF7FFFu);
                two = __vmaxu2(two, words[k].w & 0x7FFF7FFFu);
            }
            unsigned most = max(two >> 16, two & 0xFFFFu);
            most = max(most, __shfl_xor_sync(0xFFFFFFFFu, most, 1));
            most = max(most, __shfl_xor_sync(0xFFFFFFFFu, most, 2));
            if (lane % 4 == 0)
                atomicMax(largest + pieceOf(p).group * 8 + lane / 4, most);
        }
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
        if (following < args.items) {
            const std::int64_t next = (following >> args.tileNumberBits) * S::kRows;
            prefetchTile(args.x, args.tile, nextNumber, next,
                         min(std::int64_t{S::kRows}, args.rows - next));
        }

        const auto applyWindow = [&](int w, auto isFirst, auto isLast) {
            constexpr bool kFirst = decltype(isFirst)::value;
            constexpr bool kLast = decltype(isLast)::value;
            const int low = args.low[w];
            // A lane's row of the matrices of a product: features 0 to 7, then 8 to 15, of the
            // first 8 rows, then of the other 8.
            const unsigned laneUnit = S::unit((lane & 15) << low, lane / 16);
            const uint4* const same = blocksOf(number) + w * S::kTileBlocks * 32;
            const uint4* const after = kLast ? blocksOf(nextNumber) : same + S::kTileBlocks * 32;
            const auto placeOf = [&](int unit) {
                return batch +
                       (S::unit(butterflyBlockBase(warp * kBlocks + unit / kPairs, low), 0) ^
                        laneUnit ^ static_cast<unsigned>(unit % kPairs * 16)) *
                           16;
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
                    const uint4& block = weights[(u + k) / kPairs % kBlocksAhead];
                    const unsigned a[4] = {block.x, block.y, block.z, block.w};
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

        const ButterflyRows<bf16> y = args.y.from(begin);
        constexpr int kOut = S::kWarpPieces < 4 ? S::kWarpPieces : 4;
#pragma unroll 1
        for (int p = 0; p < S::kWarpPieces; p += kOut) {
            unsigned four[kOut][4];
#pragma unroll
            for (int k = 0; k < kOut; ++k) {
                const Piece piece = pieceOf(p + k);
                loadTransposed(four[k],
                               batch + (S::unit(piece.feature, piece.group) ^ pieceUnit) * 16);
            }
#pragma unroll
            for (int k = 0; k < kOut; ++k) {
                const Piece piece = pieceOf(p + k);
                const int row = piece.group * 8 + lane / 4;
                if (row < count)
                    *reinterpret_cast<uint4*>(y.data + row * y.stride + tileBegin +
                                              args.tile.distance(piece.feature)) =
                        make_uint4(four[k][0], four[k][1], four[k][2], four[k][3]);
            }
        }
        __syncthreads(); // the batch may be overwritten
    }
}

template <int kWarps, int kBlocks, int kPairs, int kResident>
__global__ void __launch_bounds__(32 * kWarps, kResident)
    productKernel(const __grid_constant__ ProductArguments args) {
    runProducts<Shape<kWarps, kBlocks, kPairs, kResident>, kWarps, kBlocks, kPairs>(args);
}

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

template <int kWarps, int kBlocks, int kPairs, int kResident>
void start(Queue& queue, ProductArguments& args) {
    using S = Shape<kWarps, kBlocks, kPairs, kResident>;
    const auto kernel = productKernel<kWarps, kBlocks, kPairs, kResident>;
    args.items = ceilDivide(args.rows, S::kRows) << args.tileNumberBits;
    const std::int64_t grid =
        std::min(args.items, std::int64_t{queue.multiprocessors()} * kResident);
    INLAY_CUDA(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, S::kBytes));
    kernel<<<static_cast<unsigned>(grid), S::kThreads, S::kBytes, queue.stream()>>>(args);
    INLAY_CUDA_LAUNCHED("butterfly product");
}

/// Batches of 64 KiB, two at a time on a multiprocessor, so that one is read while the other is
/// worked on; of 16 rows where that would leave multiprocessors without one.
template <int kBlocks>
void startTile(Queue& queue, ProductArguments& args) {
    constexpr int kWarps = 8;
    constexpr int kPairs = 16 / kBlocks;
    const std::int64_t items = ceilDivide(args.rows, kPairs * kProductRows) << args.tileNumberBits;
    if (kPairs == 1 || items >= queue.multiprocessors())
        start<kWarps, kBlocks, kPairs, 2>(queue, args);
    else
        start<kWarps, kBlocks, 1, 2>(queue, args);
}

} // namespace

bool butterflyProductTakes(const Queue& queue, const Butterfly& spec, ConstView x, ConstView y) {
    if (!butterflyHasBlocks(spec))
        return false;
    for (const ButterflyPass& pass : butterflyBlockPasses(spec))
        if (queue.properties().sharedMemPerBlockOptin < sharedBytes(pass.tile.tileBits))
            return false;
    return x.dtype == DType::BF16 && y.dtype == DType::BF16 && x.rows >= kProductRows &&
           butterflyRows<const bf16>(x.data, x.stride).aligned &&
           butterflyRows<const bf16>(y.data, y.stride).aligned;
}

void butterflyProduct(Queue& queue, const Butterfly& spec, ConstView x, const void* prepared,
                      View y) {
    const auto* place = static_cast<const std::byte*>(prepared);
    ProductArguments args;
    args.x = butterflyRows<const bf16>(x.data, x.stride);
    args.y = butterflyRows<bf16>(y.data, y.stride);
    args.rows = x.rows;
    for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
        const auto windows = butterflyWindows<kBlockBits>(pass, static_cast<int>(spec.n));
        const ButterflyBlockMemory parts(spec, pass);
        args.growth = reinterpret_cast<const int*>(place);
        args.blocks = reinterpret_cast<const uint4*>(place + parts.blocksAt());
        args.tile = pass.tile;
        args.windows = windows.count;
        assert(windows.count <= 3);
        for (int w = 0; w < windows.count; ++w)
            args.low[w] = windows.window[w].low;
        args.tileNumberBits = static_cast<int>(spec.stages()) - pass.tile.tileBits;
        switch (pass.tile.tileBits) {
        case 8:
            startTile<2>(queue, args);
            break;
        case 9:
            startTile<4>(queue, args);
            break;
        case 10:
            startTile<8>(queue, args);
            break;
        case 11:
            startTile<16>(queue, args);
            break;
        default:
            // 128 KiB: with fewer than 16 rows to a batch the blocks would be read too often.
            start<16, 16, 1, 1>(queue, args);
        }
        place += parts.bytes();
        args.x = butterflyRows<const bf16>(y.data, y.stride); // what lies between passes lies in y
    }
}

} // namespace inlay::kernels::cuda
