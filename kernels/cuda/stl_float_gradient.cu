// The gradient of an encoder or decoder from 4 x 4 tiles of f32, in full precision. A warp takes
// 32 tiles of one row tile at a time and keeps the sums of 32 ranks: lane (g, i) has ranks g,
// g + 8, g + 16, g + 24 and the four elements of tile row i. The tiles pass through shared memory
// that belongs to the warp.

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;
constexpr int kBlocksPerMultiprocessor = 5;
constexpr int kRanks = 32;
constexpr int kTiles = 32;
constexpr int kPitch = kTiles + 4; // of a rank: eight ranks' float4 lie in different banks
constexpr std::uint32_t kArea = 16;
constexpr std::int64_t kMostParts = 132 * kBlocksPerMultiprocessor;
constexpr std::int64_t kLeastRuns = 2;

struct Stage {
    float planes[kRanks][kPitch];
    float4 x[kTiles][4]; // tile row i of a tile at i ^ swizzle(tile)
};

/// Eight lanes' stores to one tile row, and four rows' loads of one tile, meet no bank twice.
__device__ __forceinline__ int swizzled(int tile, int i) {
    return i ^ (tile / 2 % 4);
}

__device__ __forceinline__ void stageRun(Stage& stage, const GradientOperands<float>& operands,
                                         const TileRuns& runs, std::uint32_t run, int lane,
                                         std::uint32_t firstRank) {
    const std::uint32_t I = runs.rowTile(run);
    const std::uint32_t tile = runs.firstTile(run) + lane;
    const bool inside = tile < operands.map.colTiles;
    float planes[kRanks];
    float4 x[4];
    const float* from = operands.planeRow(I) + tile + firstRank * operands.batchStride;
#pragma unroll
    for (int l = 0; l < kRanks; ++l, from += operands.batchStride)
        planes[l] = inside && firstRank + l < operands.rank ? __ldg(from) : 0.0f;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const std::int64_t row = operands.map.row(I, i);
        x[i] = float4{};
        if (inside && row >= 0)
            x[i] =
                __ldg(reinterpret_cast<const float4*>(operands.x + row * operands.xStride) + tile);
    }
    __syncwarp(); // the run before has been read
#pragma unroll
    for (int l = 0; l < kRanks; ++l)
        stage.planes[l][lane] = planes[l];
#pragma unroll
    for (int i = 0; i < 4; ++i)
        stage.x[lane][swizzled(lane, i)] = x[i];
    __syncwarp();
}

__device__ __forceinline__ void multiplyAdd(float (&sums)[4], float a, const float4& b) {
    sums[0] = fmaf(a, b.x, sums[0]);
    sums[1] = fmaf(a, b.y, sums[1]);
    sums[2] = fmaf(a, b.z, sums[2]);
    sums[3] = fmaf(a, b.w, sums[3]);
}

/// A block sums part blockIdx.x / groups over ranks of group blockIdx.x % groups.
__global__ void __launch_bounds__(kThreads, kBlocksPerMultiprocessor)
    gradientFloatKernel(GradientOperands<float> operands, TileRuns runs, std::uint32_t parts,
                        std::uint32_t groups, float* partial) {
    __shared__ Stage stages[kWarps];
    __shared__ float sumsOfWarps[kWarps][kRanks * kArea];
    const int lane = static_cast<int>(threadIdx.x % 32);
    const std::uint32_t warp = threadIdx.x / 32;
    const int g = lane / 4;
    const int i = lane % 4;
    const std::uint32_t part = blockIdx.x / groups;
    const std::uint32_t firstRank = blockIdx.x % groups * kRanks;
    const std::uint32_t ranks = min(operands.rank - firstRank, kRanks);
    Stage& stage = stages[warp];

    float sums[4][4] = {};
    for (std::uint32_t run = part * kWarps + warp; run < runs.count; run += parts * kWarps) {
        stageRun(stage, operands, runs, run, lane, firstRank);
#pragma unroll 2
        for (int tile = 0; tile < kTiles; tile += 4) {
            float4 x[4];
#pragma unroll
            for (int k = 0; k < 4; ++k)
                x[k] = stage.x[tile + k][swizzled(tile + k, i)];
#pragma unroll
            for (int q = 0; q < 4; ++q) {
                const float4 four =
                    *reinterpret_cast<const float4*>(&stage.planes[g + 8 * q][tile]);
                multiplyAdd(sums[q], four.x, x[0]);
                multiplyAdd(sums[q], four.y, x[1]);
                multiplyAdd(sums[q], four.z, x[2]);
                multiplyAdd(sums[q], four.w, x[3]);
            }
        }
    }
#pragma unroll
    for (int q = 0; q < 4; ++q)
#pragma unroll
        for (int j = 0; j < 4; ++j)
            sumsOfWarps[warp][(g + 8 * q) * kArea + 4 * i + j] = sums[q][j];
    __syncthreads();
    float* to = partial + (std::int64_t{part} * operands.rank + firstRank) * kArea;
    for (std::uint32_t n = threadIdx.x; n < ranks * kArea; n += kThreads) {
        float sum = 0.0f;
#pragma unroll
        for (int w = 0; w < kWarps; ++w)
            sum += sumsOfWarps[w][n];
        to[n] = sum;
    }
}

} // namespace

std::uint32_t fourGradientParts(const TileMap& map, std::uint32_t rank, float) {
    return gradientParts(tileRuns(map, kTiles).count, kLeastRuns * kWarps,
                         std::int64_t{rank} * kArea, kMostParts);
}

void gradientFour(Queue& queue, const GradientOperands<float>& operands, float* partial) {
    const TileRuns runs = tileRuns(operands.map, kTiles);
    const std::uint32_t parts = fourGradientParts(operands.map, operands.rank, float{});
    const std::uint32_t groups = (operands.rank + kRanks - 1) / kRanks;
    gradientFloatKernel<<<parts * groups, kThreads, 0, queue.stream()>>>(operands, runs, parts,
                                                                         groups, partial);
    INLAY_CUDA_LAUNCHED("stlMatrixGradient");
}

} // namespace inlay::kernels::cuda
