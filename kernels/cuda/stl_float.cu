// Encoding and decoding 4 x 4 tiles of f32, in full precision. A warp takes a run of 64 tiles of
// one row tile, a lane tiles `lane` and `lane + 32` of it, so that each load and store of the warp
// is one piece of memory; the matrix is read from shared memory, one address for all lanes.

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;
constexpr int kBlocksPerMultiprocessor = 3;
constexpr int kTiles = 2; // of a lane
constexpr std::uint32_t kRun = 32 * kTiles;
constexpr int kUnroll = 8; // ranks whose loads are in flight together

/// matrix[l][i] = the coefficients of tile row i; zero from `rank` to `ranks`.
template <typename Operands>
__device__ __forceinline__ void stageMatrix(float4 (*matrix)[4], const Operands& operands,
                                            std::uint32_t ranks) {
    auto* numbers = reinterpret_cast<float*>(matrix);
    for (std::uint32_t n = threadIdx.x; n < 16 * ranks; n += kThreads)
        numbers[n] = n < 16 * operands.rank ? operands.coefficient(n / 16, n % 16) : 0.0f;
    __syncthreads();
}

__device__ __forceinline__ void multiplyAdd(float& sum, const float4& a, const float4& b) {
    sum = fmaf(a.x, b.x, sum);
    sum = fmaf(a.y, b.y, sum);
    sum = fmaf(a.z, b.z, sum);
    sum = fmaf(a.w, b.w, sum);
}
__device__ __forceinline__ void multiplyAdd(float4& sum, const float4& a, float b) {
    sum.x = fmaf(a.x, b, sum.x);
    sum.y = fmaf(a.y, b, sum.y);
    sum.z = fmaf(a.z, b, sum.z);
    sum.w = fmaf(a.w, b, sum.w);
}
__device__ __forceinline__ void add(float4& sum, const float4& a) {
    sum.x += a.x;
    sum.y += a.y;
    sum.z += a.z;
    sum.w += a.w;
}

__device__ __forceinline__ float4* fourAt(float* data, std::int64_t row, std::int64_t stride,
                                          std::uint32_t tile) {
    return reinterpret_cast<float4*>(data + row * stride) + tile;
}
__device__ __forceinline__ const float4* fourAt(const float* data, std::int64_t row,
                                                std::int64_t stride, std::uint32_t tile) {
    return reinterpret_cast<const float4*>(data + row * stride) + tile;
}

__global__ void __launch_bounds__(kThreads, kBlocksPerMultiprocessor)
    encodeFloatKernel(EncodeOperands<float> operands, TileRuns runs) {
    extern __shared__ float4 matrix[][4];
    stageMatrix(matrix, operands, operands.rank);
    const std::uint32_t lane = threadIdx.x % 32;
    for (std::uint32_t run = blockIdx.x * kWarps + threadIdx.x / 32; run < runs.count;
         run += gridDim.x * kWarps) {
        const std::uint32_t I = runs.rowTile(run);
        const std::uint32_t tile = runs.firstTile(run) + lane;
        float4 x[kTiles][4];
        bool inside[kTiles];
#pragma unroll
        for (int k = 0; k < kTiles; ++k)
            inside[k] = tile + 32 * k < operands.map.colTiles;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const std::int64_t row = operands.map.row(I, i);
            const float4* from = fourAt(operands.x, row, operands.xStride, tile);
#pragma unroll
            for (int k = 0; k < kTiles; ++k)
                x[k][i] = row >= 0 && inside[k] ? __ldg(from + 32 * k) : float4{};
        }
        float* to = operands.planeRow(I) + tile;
#pragma unroll 2
        for (std::uint32_t l = 0; l < operands.rank; ++l, to += operands.batchStride) {
            float sums[kTiles] = {};
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float4 coefficients = matrix[l][i];
#pragma unroll
                for (int k = 0; k < kTiles; ++k)
                    multiplyAdd(sums[k], coefficients, x[k][i]);
            }
#pragma unroll
            for (int k = 0; k < kTiles; ++k)
                if (inside[k])
                    to[32 * k] = sums[k];
        }
    }
}

/// The epilogue on four adjacent numbers of one row, in column 4 tile, then the store.
__device__ __forceinline__ void finishFour(float4 value, std::int64_t row, std::uint32_t tile,
                                           const DecodeOperands<float>& operands,
                                           const DecodeFinish<float>& finish) {
    const DeviceEpilogue<float>& epilogue = finish.epilogue;
    float4* y = fourAt(operands.x, row, operands.xStride, tile);
    if (finish.accumulate)
        add(value, *y);
    if (epilogue.bias.given())
        add(value, __ldg(static_cast<const float4*>(epilogue.bias.data) + tile));
    if (epilogue.pre != nullptr)
        *fourAt(epilogue.pre, row, epilogue.preStride, tile) = value;
    value = {activated(epilogue.activation, value.x), activated(epilogue.activation, value.y),
             activated(epilogue.activation, value.z), activated(epilogue.activation, value.w)};
    if (epilogue.residual != nullptr)
        add(value, __ldg(fourAt(epilogue.residual, row, epilogue.residualStride, tile)));
    *y = value;
}

template <bool kPlain>
__global__ void __launch_bounds__(kThreads, kBlocksPerMultiprocessor)
    decodeFloatKernel(DecodeOperands<float> operands, DecodeFinish<float> finish, TileRuns runs) {
    extern __shared__ float4 matrix[][4];
    stageMatrix(matrix, operands, (operands.rank + kUnroll - 1) / kUnroll * kUnroll);
    const std::uint32_t lane = threadIdx.x % 32;
    for (std::uint32_t run = blockIdx.x * kWarps + threadIdx.x / 32; run < runs.count;
         run += gridDim.x * kWarps) {
        const std::uint32_t I = runs.rowTile(run);
        const std::uint32_t tile = runs.firstTile(run) + lane;
        std::uint32_t ranks[kTiles]; // that may be loaded
#pragma unroll
        for (int k = 0; k < kTiles; ++k)
            ranks[k] = tile + 32 * k < operands.map.colTiles ? operands.rank : 0;
        float4 sums[kTiles][4] = {};
        const float* from = operands.planeRow(I) + tile;
        for (std::uint32_t first = 0; first < operands.rank; first += kUnroll) {
            float loaded[kUnroll][kTiles];
#pragma unroll
            for (int l = 0; l < kUnroll; ++l, from += operands.batchStride)
#pragma unroll
                for (int k = 0; k < kTiles; ++k)
                    loaded[l][k] = first + l < ranks[k] ? __ldg(from + 32 * k) : 0.0f;
#pragma unroll
            for (int l = 0; l < kUnroll; ++l)
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const float4 coefficients = matrix[first + l][i];
#pragma unroll
                    for (int k = 0; k < kTiles; ++k)
                        multiplyAdd(sums[k][i], coefficients, loaded[l][k]);
                }
        }
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const std::int64_t row = operands.map.row(I, i);
            if (row < 0)
                continue;
#pragma unroll
            for (int k = 0; k < kTiles; ++k) {
                const std::uint32_t at = tile + 32 * k;
                if (at >= operands.map.colTiles)
                    continue;
                if constexpr (kPlain)
                    *fourAt(operands.x, row, operands.xStride, at) = sums[k][i];
                else
                    finishFour(sums[k][i], row, at, operands, finish);
            }
        }
    }
}

std::uint32_t blocksFor(const Queue& queue, const TileRuns& runs) {
    const std::uint32_t most =
        static_cast<std::uint32_t>(queue.multiprocessors()) * kBlocksPerMultiprocessor;
    return std::min(most, (runs.count + kWarps - 1) / kWarps);
}

std::size_t matrixBytes(std::uint32_t ranks) {
    return ranks * 16 * sizeof(float);
}

} // namespace

void encodeFour(Queue& queue, const EncodeOperands<float>& operands) {
    const TileRuns runs = tileRuns(operands.map, kRun);
    encodeFloatKernel<<<blocksFor(queue, runs), kThreads, matrixBytes(operands.rank),
                        queue.stream()>>>(operands, runs);
    INLAY_CUDA_LAUNCHED("stlEncode");
}

void decodeFour(Queue& queue, const DecodeOperands<float>& operands,
                const DecodeFinish<float>& finish) {
    const TileRuns runs = tileRuns(operands.map, kRun);
    const auto kernel = finish.plain() ? decodeFloatKernel<true> : decodeFloatKernel<false>;
    kernel<<<blocksFor(queue, runs), kThreads, matrixBytes(operands.rank + kUnroll - 1),
             queue.stream()>>>(operands, finish, runs);
    INLAY_CUDA_LAUNCHED("stlDecode");
}

} // namespace inlay::kernels::cuda
