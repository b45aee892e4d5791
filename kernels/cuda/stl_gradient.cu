// The gradient of an encoder or decoder from 4 x 4 tiles of bf16: ranks x 16 numbers, summed over
// all tiles. Blocks sum over parts fixed by the shapes; a second kernel adds the parts in order.

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_mma.cuh"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

/// One wave of three blocks on each of 132 multiprocessors.
constexpr std::int64_t kMostParts = 396;
/// Runs of a warp that make a block worth its partial sum.
constexpr std::int64_t kLeastRuns = 2;
constexpr std::uint32_t kArea = 16;

/// The loads of one run: a lane's part of x and, of each 16 ranks, two octets of planes.
template <int kBlocks>
struct GradientRun {
    Octet x[2];
    Octet planes[kBlocks][2];
};

template <int kBlocks>
__device__ __forceinline__ GradientRun<kBlocks> loadRun(const GradientOperands<bf16>& operands,
                                                        const TileRuns& runs, std::uint32_t run,
                                                        int lane, std::uint32_t firstRank) {
    GradientRun<kBlocks> loaded = {};
    const std::uint32_t I = runs.rowTile(run);
    const std::uint32_t firstTile = runs.firstTile(run);
    const std::int64_t row = operands.map.row(I, gradient::tileRow(lane));
    const std::uint32_t xTile = firstTile + gradient::loadTile(lane);
    if (row >= 0 && xTile < operands.map.colTiles) {
        const bf16* from = operands.x + row * operands.xStride + 4 * std::int64_t{xTile};
        loaded.x[0] = loadConstant(from);
        loaded.x[1] = loadConstant(from + 8);
    }
    const std::uint32_t tile = firstTile + gradient::planeTile(lane);
    const std::uint32_t ranks = tile < operands.map.colTiles ? operands.rank : 0;
    const bf16* from = operands.planeRow(I) + tile;
#pragma unroll
    for (int block = 0; block < kBlocks; ++block)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const std::uint32_t l = firstRank + 16 * block + gradient::planeRank(lane, half);
            if (l < ranks)
                loaded.planes[block][half] = loadConstant(from + l * operands.batchStride);
        }
    return loaded;
}

template <int kBlocks>
__device__ __forceinline__ void addRun(const GradientRun<kBlocks>& loaded, int lane,
                                       std::uint32_t blocks, float (&sums)[kBlocks][2][4]) {
    std::uint32_t taken[4];
#pragma unroll
    for (int q = 0; q < 4; ++q)
        taken[q] =
            __shfl_xor_sync(0xFFFFFFFFu, gradient::given(loaded.x, lane, q), gradient::kPartner);
    std::uint32_t columns[8];
#pragma unroll
    for (int e = 0; e < 8; ++e)
        columns[e] = gradient::columns(loaded.x, taken, lane, e);
#pragma unroll
    for (int block = 0; block < kBlocks; ++block) {
        if (block >= blocks)
            break;
#pragma unroll
        for (int s = 0; s < 2; ++s) {
            std::uint32_t planes[4];
            gradient::planesOperand(loaded.planes[block][0], loaded.planes[block][1], s, planes);
#pragma unroll
            for (int n = 0; n < 2; ++n)
                multiplyAdd(sums[block][n], planes, gradient::operand(columns, s, n, 0),
                            gradient::operand(columns, s, n, 1));
        }
    }
}

/// A block sums part blockIdx.x / groups over ranks of group blockIdx.x % groups, 16 kBlocks each.
template <int kBlocks>
__global__ void __launch_bounds__(kStlThreads, kBlocks <= 2 ? 3 : 2)
    gradientFourKernel(GradientOperands<bf16> operands, TileRuns runs, std::uint32_t parts,
                       std::uint32_t groups, float* partial) {
    __shared__ float sumsOfWarps[kStlWarps][16 * kBlocks * kArea];
    const int lane = static_cast<int>(threadIdx.x % 32);
    const std::uint32_t warp = threadIdx.x / 32;
    const std::uint32_t part = blockIdx.x / groups;
    const std::uint32_t firstRank = blockIdx.x % groups * (16 * kBlocks);
    const std::uint32_t ranks = min(operands.rank - firstRank, 16 * kBlocks);

    float sums[kBlocks][2][4] = {};
    for (std::uint32_t run = part * kStlWarps + warp; run < runs.count; run += parts * kStlWarps)
        addRun<kBlocks>(loadRun<kBlocks>(operands, runs, run, lane, firstRank), lane,
                        (ranks + 15) / 16, sums);

#pragma unroll
    for (int block = 0; block < kBlocks; ++block)
#pragma unroll
        for (int n = 0; n < 2; ++n)
#pragma unroll
            for (int reg = 0; reg < 4; ++reg)
                sumsOfWarps[warp][(16 * block + mma::cRow(lane, reg)) * kArea +
                                  gradient::element(n, mma::cCol(lane, reg))] = sums[block][n][reg];
    __syncthreads();
    float* to = partial + (std::int64_t{part} * operands.rank + firstRank) * kArea;
    for (std::uint32_t n = threadIdx.x; n < ranks * kArea; n += kStlThreads) {
        float sum = 0.0f;
#pragma unroll
        for (int w = 0; w < kStlWarps; ++w)
            sum += sumsOfWarps[w][n];
        to[n] = sum;
    }
}

template <int kBlocks>
void launch(Queue& queue, const GradientOperands<bf16>& operands, float* partial) {
    const TileRuns runs = tileRuns(operands.map, gradient::kTiles);
    const std::uint32_t parts = fourGradientParts(operands.map, operands.rank, bf16{});
    const std::uint32_t groups = (operands.rank + 16 * kBlocks - 1) / (16 * kBlocks);
    gradientFourKernel<kBlocks><<<parts * groups, kStlThreads, 0, queue.stream()>>>(
        operands, runs, parts, groups, partial);
    INLAY_CUDA_LAUNCHED("stlMatrixGradient");
}

constexpr int kSumThreads = 512;
constexpr int kSumSlices = kSumThreads / 32;

/// A block adds the parts of 32 numbers: slices of the parts first, then the slices.
__global__ void __launch_bounds__(kSumThreads)
    addPartsKernel(AnyVector matrix, std::int64_t stride, std::uint32_t area, std::uint32_t size,
                   const float* partial, std::uint32_t parts) {
    __shared__ float sumsOfSlices[kSumSlices][32];
    const std::uint32_t slice = threadIdx.x / 32;
    const std::uint32_t n = blockIdx.x * 32 + threadIdx.x % 32;
    float sum = 0.0f;
    if (n < size) {
#pragma unroll 8
        for (std::uint32_t part = slice; part < parts; part += kSumSlices)
            sum += partial[std::int64_t{part} * size + n];
    }
    sumsOfSlices[slice][threadIdx.x % 32] = sum;
    __syncthreads();
    if (slice != 0 || n >= size)
        return;
    for (int s = 1; s < kSumSlices; ++s)
        sum += sumsOfSlices[s][threadIdx.x];
    const std::int64_t at = n / area * stride + n % area;
    matrix.store(at, matrix.load(at) + sum);
}

} // namespace

std::uint32_t fourGradientParts(const TileMap& map, std::uint32_t rank, bf16) {
    return gradientParts(tileRuns(map, gradient::kTiles).count, kLeastRuns * kStlWarps,
                         std::int64_t{rank} * kArea, kMostParts);
}

void gradientFour(Queue& queue, const GradientOperands<bf16>& operands, float* partial) {
    if (operands.rank <= 32)
        launch<2>(queue, operands, partial);
    else
        launch<4>(queue, operands, partial);
}

void addGradientParts(Queue& queue, AnyVector matrix, std::int64_t stride, std::uint32_t rank,
                      std::uint32_t area, const float* partial, std::uint32_t parts) {
    const std::uint32_t size = rank * area;
    addPartsKernel<<<(size + 31) / 32, kSumThreads, 0, queue.stream()>>>(matrix, stride, area, size,
                                                                         partial, parts);
    INLAY_CUDA_LAUNCHED("sums of stlMatrixGradient");
}

} // namespace inlay::kernels::cuda
