// The gradient of an encoder or decoder for every tile of up to 8 x 8, every grouping and stride.
// A block sums over its part of the tiles for 16 ranks: 32 tiles at a time pass through shared
// memory, and a thread keeps the sums of one rank and every 16th element.

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr std::uint32_t kThreads = 256;
constexpr std::uint32_t kMostArea = kMostTile * kMostTile;
constexpr std::uint32_t kTiles = 32;
constexpr std::uint32_t kRanks = 16;
constexpr std::uint32_t kElements = kThreads / kRanks;
constexpr std::uint32_t kSums = kMostArea / kElements; // of a thread
constexpr std::int64_t kMostParts = 528; // four blocks for each of 132 multiprocessors
constexpr std::int64_t kLeastChunks = 4;

struct Stage {
    float x[kTiles][kMostArea + 1];
    float planes[kTiles][kRanks + 1];
    std::int64_t rows[kTiles][kMostTile]; // of the matrix, -1 for padding
    std::uint32_t rowTile[kTiles];
    std::uint32_t colTile[kTiles];
};

/// Loads tiles `first` and following; absent ones are zero.
template <typename T>
__device__ void stageTiles(Stage& stage, const GradientOperands<T>& operands, std::int64_t first,
                           std::uint32_t firstRank) {
    const TileMap& map = operands.map;
    const std::uint32_t count =
        static_cast<std::uint32_t>(min(std::int64_t{kTiles}, map.tiles() - first));
    __syncthreads(); // the tiles before have been read
    for (std::uint32_t n = threadIdx.x; n < kTiles * map.tile; n += kThreads) {
        const std::uint32_t k = n / map.tile;
        const std::uint32_t i = n % map.tile;
        const auto I = static_cast<std::uint32_t>((first + k) / map.colTiles);
        stage.rows[k][i] = k < count ? map.row(I, i) : -1;
        if (i == 0) {
            stage.rowTile[k] = I;
            stage.colTile[k] =
                static_cast<std::uint32_t>(first + k - std::int64_t{I} * map.colTiles);
        }
    }
    __syncthreads();
    const std::uint32_t width = kTiles * map.tile;
    for (std::uint32_t n = threadIdx.x; n < width * map.tile; n += kThreads) {
        // Along the rows of the matrix, as it lies in memory.
        const std::uint32_t i = n / width;
        const std::uint32_t k = n % width / map.tile;
        const std::uint32_t j = n % map.tile;
        const std::int64_t row = stage.rows[k][i];
        const std::uint32_t col = stage.colTile[k] * map.tile + j;
        stage.x[k][i * map.tile + j] =
            row >= 0 && col < map.cols ? toFloat(operands.x[row * operands.xStride + col]) : 0.0f;
    }
    for (std::uint32_t n = threadIdx.x; n < kTiles * kRanks; n += kThreads) {
        const std::uint32_t k = n % kTiles;
        const std::uint32_t l = n / kTiles;
        stage.planes[k][l] =
            k < count && firstRank + l < operands.rank
                ? toFloat(operands.planeRow(
                      stage.rowTile[k])[(firstRank + l) * operands.batchStride + stage.colTile[k]])
                : 0.0f;
    }
    __syncthreads();
}

/// A block sums part blockIdx.x / groups over ranks of group blockIdx.x % groups.
template <typename T>
__global__ void __launch_bounds__(kThreads)
    gradientAnyKernel(GradientOperands<T> operands, std::uint32_t parts, std::uint32_t groups,
                      float* partial) {
    __shared__ Stage stage;
    const std::uint32_t area = operands.map.area();
    const std::uint32_t part = blockIdx.x / groups;
    const std::uint32_t firstRank = blockIdx.x % groups * kRanks;
    const std::uint32_t l = threadIdx.x / kElements;
    const std::uint32_t a = threadIdx.x % kElements;

    float sums[kSums] = {};
    const std::int64_t step = std::int64_t{parts} * kTiles;
    for (std::int64_t first = std::int64_t{part} * kTiles; first < operands.map.tiles();
         first += step) {
        stageTiles(stage, operands, first, firstRank);
#pragma unroll 4
        for (std::uint32_t k = 0; k < kTiles; ++k) {
            const float plane = stage.planes[k][l];
#pragma unroll
            for (std::uint32_t q = 0; q < kSums; ++q)
                if (kElements * q < area)
                    sums[q] = fmaf(plane, stage.x[k][a + kElements * q], sums[q]);
        }
    }
    if (firstRank + l >= operands.rank)
        return;
    float* to = partial + (std::int64_t{part} * operands.rank + firstRank + l) * area;
#pragma unroll
    for (std::uint32_t q = 0; q < kSums; ++q)
        if (a + kElements * q < area)
            to[a + kElements * q] = sums[q];
}

} // namespace

std::uint32_t anyGradientParts(const TileMap& map, std::uint32_t rank) {
    return gradientParts((map.tiles() + kTiles - 1) / kTiles, kLeastChunks,
                         std::int64_t{rank} * map.area(), kMostParts);
}

template <typename T>
void gradientAny(Queue& queue, const GradientOperands<T>& operands, float* partial) {
    const std::uint32_t parts = anyGradientParts(operands.map, operands.rank);
    const std::uint32_t groups = (operands.rank + kRanks - 1) / kRanks;
    gradientAnyKernel<<<parts * groups, kThreads, 0, queue.stream()>>>(operands, parts, groups,
                                                                       partial);
    INLAY_CUDA_LAUNCHED("stlMatrixGradient");
}

template void gradientAny(Queue&, const GradientOperands<float>&, float*);
template void gradientAny(Queue&, const GradientOperands<bf16>&, float*);

} // namespace inlay::kernels::cuda
