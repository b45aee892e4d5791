// The weights of four stages multiplied into blocks, see butterfly_mma.h. The norms first, since
// what a window's blocks are scaled by depends on all of them.

#include <cuda_fp16.h>

#include "kernels/cuda/butterfly_mma.h"
#include "kernels/cuda/butterfly_rows.cuh"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/warp_matrix.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr int kMergeThreads = ButterflyBlockMemory::kMergeThreads;

/// The blocks of a pass, counted tile by tile, in it window by window; a thread for each column.
struct MergeArguments {
    ButterflyWeights weights;
    ButterflyTile tile;
    BlockWindows windows;
    float* norms = nullptr; // the largest row sum that each of the thread blocks found
    int* growth = nullptr;  // of each window
    half* blocks = nullptr;
};

/// The window that all threads of a block work for.
__device__ __forceinline__ int windowOf(const MergeArguments& args, unsigned threadBlock) {
    const int perWindow = args.tile.features() / kMergeThreads;
    return static_cast<int>(threadBlock) / perWindow % args.windows.count;
}

__device__ __forceinline__ void mergeColumn(const MergeArguments& args, int w, int flat,
                                            float (&values)[kBlockSize]) {
    const BlockWindow& window = args.windows.window[w];
    const int number = flat / kBlockSize;
    const int blockBits = args.tile.tileBits - kBlockBits;
    const int tileNumber = (number >> blockBits) / args.windows.count;
#pragma unroll
    for (int i = 0; i < kBlockSize; ++i)
        values[i] = i == flat % kBlockSize ? 1.0f : 0.0f;
    const int block = number & ((1 << blockBits) - 1);
    const int first =
        args.tile.begin(tileNumber) + args.tile.distance(butterflyBlockBase(block, window.low));
    applyBlock(
        args.tile, window, first, values,
        [&](int stage, int feature) {
            return applied(__ldg(reinterpret_cast<const float4*>(
                               args.weights.data + std::int64_t{2} * stage * args.weights.n +
                               std::int64_t{4} * butterflyPair(stage, feature))),
                           args.weights.exchanged);
        },
        [](const float4& quad, float& one, float& other) { applyPair(quad, one, other); });
}

/// The largest of the block's numbers, in all threads. Not NaN unless `value` is.
__device__ __forceinline__ float largestOfBlock(float value) {
    __shared__ float found[kMergeThreads / 32];
    for (int distance = 16; distance > 0; distance /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xFFFFFFFFu, value, distance));
    if (threadIdx.x % 32 == 0)
        found[threadIdx.x / 32] = value;
    __syncthreads();
    for (int i = 0; i < kMergeThreads / 32; ++i)
        value = fmaxf(value, found[i]);
    return value;
}

__global__ void __launch_bounds__(kMergeThreads)
    normKernel(const __grid_constant__ MergeArguments args) {
    const int w = windowOf(args, blockIdx.x);
    float values[kBlockSize];
    mergeColumn(args, w, static_cast<int>(blockIdx.x * kMergeThreads + threadIdx.x), values);
    float largest = 0.0f;
#pragma unroll
    for (int i = 0; i < kBlockSize; ++i) {
        float sum = fabsf(values[i]);
        for (int distance = kBlockSize / 2; distance > 0; distance /= 2)
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, distance);
        largest = fmaxf(largest, sum);
    }
    largest = largestOfBlock(largest);
    if (threadIdx.x == 0)
        args.norms[blockIdx.x] = largest;
}

__global__ void __launch_bounds__(kMergeThreads)
    mergeKernel(const __grid_constant__ MergeArguments args) {
    const int w = windowOf(args, blockIdx.x);
    float largest = 0.0f;
    for (unsigned i = threadIdx.x; i < gridDim.x; i += kMergeThreads)
        if (windowOf(args, i) == w)
            largest = fmaxf(largest, args.norms[i]);
    largest = largestOfBlock(largest);
    // largest < 2^growth; nothing is made of weights that are all zero or not finite.
    const int exponent = static_cast<int>(__float_as_uint(largest) >> 23);
    const int growth = exponent == 0 || exponent == 255 ? 0 : max(exponent - 126, -100);
    const float scale = powerOfTwoExactly(kBlockBound - growth);
    float values[kBlockSize];
    const int flat = static_cast<int>(blockIdx.x * kMergeThreads + threadIdx.x);
    mergeColumn(args, w, flat, values);
    const int column = flat % kBlockSize;
    if (args.windows.narrow) {
        half* const to = args.blocks + std::int64_t{flat / kBlockSize} * (kBlockElements / 2);
#pragma unroll
        for (int i = 0; i < kBlockSize; ++i)
            if (i / 8 == column / 8)
                to[butterflyNarrowFragment(i, column)] = __float2half_rn(values[i] * scale);
    } else {
        half* const to = args.blocks + std::int64_t{flat / kBlockSize} * kBlockElements;
#pragma unroll
        for (int i = 0; i < kBlockSize; ++i)
            to[butterflyFragment(i, column)] = __float2half_rn(values[i] * scale);
    }
    if (flat / kBlockSize >> (args.tile.tileBits - kBlockBits) == w && threadIdx.x == 0)
        args.growth[w] = growth;
}

} // namespace

std::size_t butterflyBlockBytes(const Butterfly& spec) {
    std::int64_t bytes = 0;
    for (const ButterflyPass& pass : butterflyBlockPasses(spec))
        bytes += ButterflyBlockMemory(spec, pass).bytes();
    return static_cast<std::size_t>(bytes);
}

void mergeButterfly(Queue& queue, const Butterfly& spec, const float* weights, void* memory) {
    auto* place = static_cast<std::byte*>(memory);
    MergeArguments args;
    args.weights = {weights, static_cast<int>(spec.n), spec.transposed == Transpose::Yes};
    for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
        const ButterflyBlockMemory parts(spec, pass);
        args.tile = pass.tile;
        args.windows = butterflyBlockWindows(pass);
        args.growth = reinterpret_cast<int*>(place);
        args.norms = reinterpret_cast<float*>(place + ButterflyBlockMemory::kGrowthBytes);
        args.blocks = reinterpret_cast<half*>(place + parts.blocksAt());
        const auto grid = static_cast<unsigned>(parts.columns / kMergeThreads);
        normKernel<<<grid, kMergeThreads, 0, queue.stream()>>>(args);
        INLAY_CUDA_LAUNCHED("butterfly norms");
        mergeKernel<<<grid, kMergeThreads, 0, queue.stream()>>>(args);
        INLAY_CUDA_LAUNCHED("butterfly blocks");
        place += parts.bytes();
    }
}

} // namespace inlay::kernels::cuda
