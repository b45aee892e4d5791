// Encoding 4 x 4 tiles of bf16. A warp takes a run of two times 32 tiles of one row tile; the
// matrix waits in shared memory as operands of the tensor instruction. Nothing is moved between
// lanes: each loads 32 bytes of x for every 32 tiles and stores 16 bytes of the ranks it computes.

#include "kernels/cuda/early_launch.cuh"
#include "kernels/cuda/stl_mma.cuh"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr int kEncodeBlocks = 3;
constexpr int kParts = 2; // of a run, encoding::kTiles each
constexpr std::uint32_t kRun = kParts * encoding::kTiles;

/// A run of the warp and what a lane loads of it; zero outside the matrix.
struct Run {
    std::uint32_t I;
    std::uint32_t firstTile;
    Octet loaded[kParts][2];
};

__device__ __forceinline__ Run loadRun(const EncodeOperands<bf16>& operands, const TileRuns& runs,
                                       std::uint32_t number, int lane) {
    Run run{runs.rowTile(number), runs.firstTile(number), {}};
    if (number >= runs.count)
        return run;
    const std::int64_t row = operands.map.row(run.I, encoding::tileRow(lane));
    if (row < 0)
        return run;
    const std::uint32_t tile = run.firstTile + encoding::loadTile(lane);
    const bf16* from = operands.x + row * operands.xStride + 4 * std::int64_t{tile};
#pragma unroll
    for (std::uint32_t part = 0; part < kParts; ++part)
        if (tile + encoding::kTiles * part < operands.map.colTiles)
#pragma unroll
            for (int o = 0; o < 2; ++o)
                run.loaded[part][o] = loadConstant(from + 4 * encoding::kTiles * part + 8 * o);
    return run;
}

__device__ __forceinline__ void multiplyPart(float (&products)[encoding::kProducts][4],
                                             const Octet& coefficients, const Octet (&loaded)[2]) {
#pragma unroll
    for (int b = 0; b < encoding::kProducts; ++b)
        multiplyAdd(products[b], coefficients.word, encoding::operand(loaded, b, 0),
                    encoding::operand(loaded, b, 1));
}

__global__ void __launch_bounds__(kStlThreads, kEncodeBlocks)
    encodeFourKernel(EncodeOperands<bf16> operands, TileRuns runs, bool split) {
    extern __shared__ Octet fragments[];
    const int lane = static_cast<int>(threadIdx.x % 32);
    const std::uint32_t step = gridDim.x * kStlWarps;
    std::uint32_t number = blockIdx.x * kStlWarps + threadIdx.x / 32;

    waitForEarlierKernels();
    Run run = loadRun(operands, runs, number, lane);
    const std::uint32_t blocks = (operands.rank + 15) / 16;
    stageFragments(fragments, blocks, split, [&](std::uint32_t block, int to, int reg, int half) {
        const std::uint32_t l = 16 * block + mma::aRow(to, reg);
        const int a = encoding::element(mma::aCol(to, reg, half));
        return l < operands.rank ? operands.coefficient(l, a) : 0.0f;
    });
    __syncthreads();

    for (; number < runs.count; number += step) {
        const Run next = loadRun(operands, runs, number + step, lane);
        const std::uint32_t tile = run.firstTile + encoding::storeTile(lane);
        bf16* to =
            operands.planeRow(run.I) + tile + encoding::storeRank(lane, 0) * operands.batchStride;
        const Octet* fragment = fragments + lane;
        for (std::uint32_t block = 0; block < blocks; ++block) {
            const Octet high = *fragment;
            fragment += 32;
            Octet low = {};
            if (split) {
                low = *fragment;
                fragment += 32;
            }
#pragma unroll
            for (std::uint32_t part = 0; part < kParts; ++part) {
                float products[encoding::kProducts][4] = {};
                multiplyPart(products, high, run.loaded[part]);
                if (split)
                    multiplyPart(products, low, run.loaded[part]);
                const bool inside = tile + encoding::kTiles * part < operands.map.colTiles;
#pragma unroll
                for (int half = 0; half < 2; ++half)
                    if (inside && 16 * block + encoding::storeRank(lane, half) < operands.rank)
                        store(to + encoding::kTiles * part + half * (8 * operands.batchStride),
                              encoding::result(products, half,
                                               [](float a, float b) { return packBf16(a, b); }));
            }
            to += 16 * operands.batchStride;
        }
        run = next;
    }
}

} // namespace

void encodeFour(Queue& queue, const EncodeOperands<bf16>& operands) {
    const TileRuns runs = tileRuns(operands.map, kRun);
    const bool split = !operands.matrix.half;
    const std::uint32_t most = static_cast<std::uint32_t>(queue.multiprocessors()) * kEncodeBlocks;
    const std::uint32_t blocks = std::min(most, (runs.count + kStlWarps - 1) / kStlWarps);
    launchEarly(queue, encodeFourKernel, blocks, kStlThreads,
                fragmentBytes((operands.rank + 15) / 16, split), operands, runs, split);
}

} // namespace inlay::kernels::cuda
