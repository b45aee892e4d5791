// y = x W by the sparse warpgroup instruction of compute capability 9.0. As in two_four_mma.cu the
// rows of a tile are outputs and its columns rows of x.
//
// Both operands are read from shared memory, and the instruction is fast enough to be bound by
// that: one of 64 x 256 x 32 wants 16 KB of x and 2 KB of values in 128 cycles. So tiles are wide,
// and the two blocks of a cluster, which make neighboring outputs of the same rows, each fetch half
// of the rows for both. A block stays and walks over tiles; one warpgroup fetches, the others
// multiply 64 outputs each.

#include <algorithm>
#include <string>

#include <cuda.h>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/queue.h"
#include "kernels/cuda/two_four_fetch.cuh"
#include "kernels/cuda/two_four_products.h"

namespace inlay::kernels::cuda {
namespace {

using namespace hopper;

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/// Eight results, rounded with their bias, through the rest of the epilogue. The activation takes
/// what the backward pass will read as `pre`.
__device__ __forceinline__ void finish(const WarpgroupProduct& p, const uint4& eight,
                                       std::int64_t row, std::int64_t col, int count) {
    const DeviceEpilogue<bf16>& e = p.epilogue;
    float values[8];
    loadPack(reinterpret_cast<const bf16*>(&eight), values);
    if (e.pre != nullptr)
        storeSome(e.pre + row * e.preStride + col, count, p.packedY, values);
#pragma unroll
    for (int c = 0; c < 8; ++c)
        values[c] = activated(e.activation, values[c]);
    if (e.residual != nullptr) {
        float residual[8];
        loadSome(e.residual + row * e.residualStride + col, count, p.packedY, residual);
#pragma unroll
        for (int c = 0; c < 8; ++c)
            values[c] += residual[c];
    }
    storeSome(&p.y(row, col), count, p.packedY, values);
}

/// One warpgroup's 64 outputs of 256 rows of x: sums[4 b + e] belongs to row 8 b + 2 (lane % 4) +
/// e % 2 of x and output 16 warp + lane / 4 + 8 (e / 2). They go through shared memory, 64 rows of
/// x at a time, to be written in lines of 128 bytes.
template <typename T>
__device__ __forceinline__ void storeSums(const float (&sums)[128], const Area<T>& area,
                                          const WarpgroupProduct& p, int group, std::int64_t firstM,
                                          std::int64_t firstN) {
    const int thread = static_cast<int>(threadIdx.x % kGroupThreads);
    const int warp = thread / 32;
    const int lane = thread % 32;
    const std::int64_t firstOut = firstM + 64 * group;
    const std::int64_t out = firstOut + 16 * warp + lane / 4;
    float bias[2] = {0.0f, 0.0f};
    if (p.epilogue.bias.given()) {
        bias[0] = out < p.m ? p.epilogue.bias.load(out) : 0.0f;
        bias[1] = out + 8 < p.m ? p.epilogue.bias.load(out + 8) : 0.0f;
    }
    // Eight lanes each give the columns of one of four matrices: eight outputs of eight rows of x.
    const std::uint32_t results = area.results(group);
    const std::uint32_t to =
        results + (lane % 8 + lane / 16 * 8) * T::kResultRow + (16 * warp + lane / 8 % 2 * 8) * 2;
    const std::int64_t col = firstOut + thread % 8 * 8;
    const int count = static_cast<int>(p.m - col < 8 ? p.m - col : 8);
#pragma unroll
    for (int part = 0; part < 4; ++part) {
#pragma unroll
        for (int b = 0; b < 4; ++b) {
            const float* from = sums + 32 * part + 8 * b;
            const std::uint32_t packed[4] = {pairOfBf16(from[0] + bias[0], from[1] + bias[0]),
                                             pairOfBf16(from[2] + bias[1], from[3] + bias[1]),
                                             pairOfBf16(from[4] + bias[0], from[5] + bias[0]),
                                             pairOfBf16(from[6] + bias[1], from[7] + bias[1])};
            storeTransposed(to + b * 16 * T::kResultRow, packed);
        }
        meet(1 + group, kGroupThreads);
#pragma unroll 1
        for (int i = thread / 8; i < 64; i += kGroupThreads / 8) {
            const std::int64_t row = firstN + 64 * part + i;
            if (row >= p.n || count <= 0)
                break;
            const uint4 eight = loadShared16(results + i * T::kResultRow + thread % 8 * 16);
            if (p.copies && count == 8)
                *reinterpret_cast<uint4*>(&p.y(row, col)) = eight;
            else
                finish(p, eight, row, col, count);
        }
        meet(1 + group, kGroupThreads);
    }
}

/// One warpgroup's part of all tiles.
template <typename T>
__device__ __forceinline__ void multiply(const Area<T>& area, const WarpgroupProduct& p, int group,
                                         std::uint32_t rank, Fetcher<T>& fetcher) {
    const int lane = static_cast<int>(threadIdx.x % 32);
    const int warp = static_cast<int>(threadIdx.x % kGroupThreads) / 32;
    const std::uint32_t fromMeta = 4 * groupMetaWord(64 * group, warp, lane, T::kM);
    const bool fetches = !T::kFetchesApart && threadIdx.x == 0;
    if constexpr (!T::kFetchesApart) {
        if (fetches)
            for (int i = 0; i < T::kStages - 2; ++i)
                fetcher.one();
        __syncwarp();
    }
    Turn<T::kStages> turn;
    float sums[128];
    for (Walk<T> walk(p); !walk.over(); walk.advance()) {
        std::uint32_t meta[2] = {0, 0};
        std::uint32_t last = 0; // the stage that the products under way read
        // Products of one stage are enqueued before those of the stage before are waited for.
        const auto step = [&](std::uint32_t& own, std::uint32_t& former, bool adds) {
            waitFor(area.full(turn.stage), turn.parity);
            own = loadShared4(area.meta(turn.stage) + fromMeta);
            const std::uint64_t a = describe(area.values(turn.stage) + group * 64 * 64, Rows::Of64);
            const std::uint64_t b = describe(area.inputs(turn.stage), Rows::Of128);
            beginProducts();
            // 16 stored elements and 32 of x further, in units of 16 bytes.
            multiplySparse<0>(sums, a, b, own, adds);
            multiplySparse<1>(sums, a + 2, b + 4, own, true);
            commitProducts();
            waitProducts<1>();
            keep(former);
            if (adds && lane < kCluster)
                arriveAt(area.empty(last), static_cast<std::uint32_t>(lane));
            last = turn.stage;
            turn.advance();
            if constexpr (!T::kFetchesApart) {
                // Into the stage that was left one step ago: free by now, so nobody waits here.
                if (fetches)
                    fetcher.one();
                __syncwarp();
            }
        };
        int depth = 0;
        for (; depth + 1 < walk.depths; depth += 2) {
            step(meta[0], meta[1], depth > 0);
            step(meta[1], meta[0], true);
        }
        if (depth < walk.depths)
            step(meta[0], meta[1], depth > 0);
        waitProducts<0>();
        keep(meta[0]);
        keep(meta[1]);
        if (lane < kCluster)
            arriveAt(area.empty(last), static_cast<std::uint32_t>(lane));
        const TilePlace place = walk.place();
        storeSums(sums, area, p, group, Walk<T>::firstM(place, rank), Walk<T>::firstN(place));
    }
}

#endif

template <typename T>
__global__ void __launch_bounds__(T::kThreads, 1)
    warpgroupKernel(const __grid_constant__ CUtensorMap mapValues,
                    const __grid_constant__ CUtensorMap mapInputs, const WarpgroupProduct p) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    extern __shared__ unsigned char shared[];
    const Area<T> area{(sharedAddress(shared) + 1023) / 1024 * 1024};
    const std::uint32_t rank = rankInCluster();
    if (threadIdx.x == 0) {
        for (std::uint32_t stage = 0; stage < T::kStages; ++stage) {
            initializeBarrier(area.full(stage), 1);
            // Every warp that multiplies, in both blocks.
            initializeBarrier(area.empty(stage), kCluster * T::kGroups * 4);
        }
        publishBarriers();
    }
    meetCluster();
    const int group = static_cast<int>(threadIdx.x / kGroupThreads);
    Fetcher<T> fetcher{area, mapValues, mapInputs, p, rank};
    if constexpr (T::kFetchesApart) {
        if (group == T::kGroups) {
            giveRegisters<kFetchRegisters>();
            if (threadIdx.x == T::kGroups * kGroupThreads)
                while (fetcher.one()) {
                }
            __syncwarp();
        } else {
            takeRegisters<kProductRegisters>();
            multiply<T>(area, p, group, rank, fetcher);
        }
    } else {
        multiply<T>(area, p, group, rank, fetcher);
    }
    // Nobody leaves while the other block may still write here or arrive at a barrier.
    meetCluster();
#endif
}

using EncodeTiled = decltype(&cuTensorMapEncodeTiled);

/// The driver's function that describes a matrix to the accelerator; null before CUDA 12.
EncodeTiled encodeTiled() {
    static const EncodeTiled function = [] {
        void* found = nullptr;
        cudaDriverEntryPointQueryResult result{};
        const cudaError_t status = cudaGetDriverEntryPointByVersion(
            "cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result);
        if (status != cudaSuccess || result != cudaDriverEntryPointSuccess)
            found = nullptr;
        return reinterpret_cast<EncodeTiled>(found);
    }();
    return function;
}

/// Boxes of `height` rows of `width` bf16; what lies outside the matrix is read as zero.
CUtensorMap describeMatrix(ConstView matrix, std::uint32_t width, std::uint32_t height,
                           CUtensorMapSwizzle swizzle) {
    const cuuint64_t sizes[2] = {static_cast<cuuint64_t>(matrix.cols),
                                 static_cast<cuuint64_t>(matrix.rows)};
    const cuuint64_t strides[1] = {static_cast<cuuint64_t>(2 * matrix.stride)};
    const cuuint32_t box[2] = {width, height};
    const cuuint32_t steps[2] = {1, 1};
    CUtensorMap map;
    const CUresult status =
        encodeTiled()(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<void*>(matrix.data),
                      sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle,
                      CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    if (status != CUDA_SUCCESS)
        throw Error("cuTensorMapEncodeTiled failed for a matrix of " + std::to_string(matrix.rows) +
                    " x " + std::to_string(matrix.cols) + ": code " + std::to_string(status) + ".");
    return map;
}

template <typename T>
void launch(Queue& queue, ConstView x, const SparseOperand& weights,
            const WarpgroupProduct& product) {
    const CUtensorMap mapValues =
        describeMatrix(weights.values, kStageDepth / 2, T::kM, CU_TENSOR_MAP_SWIZZLE_64B);
    const CUtensorMap mapInputs =
        describeMatrix(x, kStageDepth, kN / kCluster, CU_TENSOR_MAP_SWIZZLE_128B);
    INLAY_CUDA(cudaFuncSetAttribute(warpgroupKernel<T>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    T::kSharedBytes));
    const std::int64_t pairs =
        (product.m + kCluster * T::kM - 1) / (kCluster * T::kM) * ((product.n + kN - 1) / kN);
    const std::int64_t clusters = std::min<std::int64_t>(pairs, queue.multiprocessors() / kCluster);
    cudaLaunchAttribute cluster{};
    cluster.id = cudaLaunchAttributeClusterDimension;
    cluster.val.clusterDim.x = kCluster;
    cluster.val.clusterDim.y = 1;
    cluster.val.clusterDim.z = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(clusters * kCluster));
    config.blockDim = dim3(T::kThreads);
    config.dynamicSmemBytes = T::kSharedBytes;
    config.stream = queue.stream();
    config.attrs = &cluster;
    config.numAttrs = 1;
    INLAY_CUDA(cudaLaunchKernelEx(&config, warpgroupKernel<T>, mapValues, mapInputs, product));
}

} // namespace

bool canMultiplyWarpgroups(const Queue& queue) {
    const cudaDeviceProp& properties = queue.properties();
    return properties.major == 9 && properties.minor == 0 && encodeTiled() != nullptr;
}

void multiplyWarpgroups(Queue& queue, Warpgroups count, ConstView x, const SparseOperand& weights,
                        View y, const Epilogue& epilogue) {
    assert(x.cols == weights.k() && y.cols == weights.m() && x.rows == y.rows && x.cols > 0);
    assert(startsPacked(x) && startsPacked(weights.values));
    if (y.size() == 0)
        return;
    const bool packedY =
        startsPacked(y) && startsPacked(epilogue.pre) && startsPacked(epilogue.residual);
    const bool bare = epilogue.activation == Activation::None && !epilogue.pre.given() &&
                      !epilogue.residual.given();
    const WarpgroupProduct product{weights.meta, weights.extent(),  weights.m(),
                                   x.rows,       matrixOf<bf16>(y), deviceEpilogue<bf16>(epilogue),
                                   packedY,      packedY && bare};
    if (count == Warpgroups::Two)
        launch<Tile<2>>(queue, x, weights, product);
    else
        launch<Tile<3>>(queue, x, weights, product);
}

} // namespace inlay::kernels::cuda
