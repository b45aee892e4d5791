// Encoding and decoding for every tile of up to 8 x 8, every grouping and stride. A thread has one
// tile; neighboring threads have neighboring tiles, so that planes are read and written in one
// piece.

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr std::uint32_t kThreads = 128;
constexpr std::uint32_t kMostArea = kMostTile * kMostTile;
constexpr std::uint32_t kSums = 8;          // of a thread
constexpr std::uint32_t kRanks = 32;        // of the decoder, staged together
constexpr std::int64_t kEnoughBlocks = 264; // two for each of 132 multiprocessors

/// sums[n] += value * coefficients[n].
__device__ __forceinline__ void multiplyAdd(float (&sums)[kSums], float value,
                                            const float4 (&coefficients)[2]) {
#pragma unroll
    for (int n = 0; n < 2; ++n) {
        const float4 four = coefficients[n];
        sums[4 * n] = fmaf(value, four.x, sums[4 * n]);
        sums[4 * n + 1] = fmaf(value, four.y, sums[4 * n + 1]);
        sums[4 * n + 2] = fmaf(value, four.z, sums[4 * n + 2]);
        sums[4 * n + 3] = fmaf(value, four.w, sums[4 * n + 3]);
    }
}

/// The thread's tile; blocks share a group of kThreads tiles `share` ways.
struct OwnTile {
    bool inside;
    std::uint32_t I;
    std::uint32_t J;

    __device__ OwnTile(const TileMap& map, std::uint32_t share) {
        const std::int64_t tile = std::int64_t{blockIdx.x / share} * kThreads + threadIdx.x;
        inside = tile < map.tiles();
        I = inside ? static_cast<std::uint32_t>(tile / map.colTiles) : 0;
        J = inside ? static_cast<std::uint32_t>(tile - std::int64_t{I} * map.colTiles) : 0;
    }
};

/// Block blockIdx.x % slices of those that share tiles takes every slices-th eight ranks.
template <typename T>
__global__ void __launch_bounds__(kThreads)
    encodeAnyKernel(EncodeOperands<T> operands, std::uint32_t slices) {
    extern __shared__ float elements[]; // [area][kThreads]; a thread reads what it wrote
    __shared__ float4 coefficients[kMostArea][2];
    const TileMap& map = operands.map;
    const std::uint32_t area = map.area();
    const OwnTile own(map, slices);
    float* element = elements + threadIdx.x;
    if (own.inside)
        for (std::uint32_t i = 0; i < map.tile; ++i) {
            const std::int64_t row = map.row(own.I, i);
            const std::uint32_t col = own.J * map.tile;
            for (std::uint32_t j = 0; j < map.tile; ++j)
                element[(i * map.tile + j) * kThreads] =
                    row >= 0 && col + j < map.cols
                        ? toFloat(operands.x[row * operands.xStride + col + j])
                        : 0.0f;
        }

    for (std::uint32_t first = blockIdx.x % slices * kSums; first < operands.rank;
         first += slices * kSums) {
        __syncthreads();
        for (std::uint32_t n = threadIdx.x; n < kSums * area; n += kThreads) {
            const std::uint32_t l = first + n % kSums;
            reinterpret_cast<float*>(coefficients)[n] =
                l < operands.rank ? operands.coefficient(l, n / kSums) : 0.0f;
        }
        __syncthreads();
        if (!own.inside)
            continue;
        float sums[kSums] = {};
#pragma unroll 4
        for (std::uint32_t a = 0; a < area; ++a)
            multiplyAdd(sums, element[a * kThreads], coefficients[a]);
        T* to = operands.planeRow(own.I) + own.J + first * operands.batchStride;
#pragma unroll
        for (std::uint32_t n = 0; n < kSums; ++n, to += operands.batchStride)
            if (first + n < operands.rank)
                *to = fromFloat<T>(sums[n]);
    }
}

/// A thread makes row blockIdx.x % tile of its tile.
template <typename T>
__global__ void __launch_bounds__(kThreads)
    decodeAnyKernel(DecodeOperands<T> operands, DecodeFinish<T> finish) {
    __shared__ float4 coefficients[kRanks][2];
    const TileMap& map = operands.map;
    const std::uint32_t i = blockIdx.x % map.tile;
    const OwnTile own(map, map.tile);
    const std::int64_t row = own.inside ? map.row(own.I, i) : -1;
    const T* from = operands.planeRow(own.I) + own.J;

    float sums[kSums] = {};
    for (std::uint32_t first = 0; first < operands.rank; first += kRanks) {
        const std::uint32_t ranks = min(kRanks, operands.rank - first);
        __syncthreads();
        for (std::uint32_t n = threadIdx.x; n < kSums * ranks; n += kThreads) {
            const std::uint32_t j = n % kSums;
            reinterpret_cast<float*>(coefficients)[n] =
                j < map.tile ? operands.coefficient(first + n / kSums, i * map.tile + j) : 0.0f;
        }
        __syncthreads();
        if (row < 0)
            continue;
#pragma unroll 8
        for (std::uint32_t l = 0; l < ranks; ++l, from += operands.batchStride)
            multiplyAdd(sums, toFloat(*from), coefficients[l]);
    }
    if (row < 0)
        return;
    const std::uint32_t col = own.J * map.tile;
    T* to = operands.x + row * operands.xStride + col;
#pragma unroll
    for (std::uint32_t j = 0; j < kMostTile; ++j) {
        if (j >= map.tile || col + j >= map.cols)
            break;
        const float value = finish.accumulate ? sums[j] + toFloat(to[j]) : sums[j];
        to[j] = fromFloat<T>(finish.epilogue.apply(value, row, col + j));
    }
}

std::int64_t tileBlocks(const TileMap& map) {
    return (map.tiles() + kThreads - 1) / kThreads;
}

} // namespace

template <typename T>
void encodeAny(Queue& queue, const EncodeOperands<T>& operands) {
    // Few tiles: the ranks are shared out too.
    const std::int64_t blocks = tileBlocks(operands.map);
    const std::int64_t eights = (operands.rank + kSums - 1) / kSums;
    const std::int64_t slices = std::clamp<std::int64_t>(kEnoughBlocks / blocks, 1, eights);
    encodeAnyKernel<<<static_cast<std::uint32_t>(blocks * slices), kThreads,
                      operands.map.area() * kThreads * sizeof(float), queue.stream()>>>(
        operands, static_cast<std::uint32_t>(slices));
    INLAY_CUDA_LAUNCHED("stlEncode");
}

template <typename T>
void decodeAny(Queue& queue, const DecodeOperands<T>& operands, const DecodeFinish<T>& finish) {
    const std::int64_t blocks = tileBlocks(operands.map) * operands.map.tile;
    decodeAnyKernel<<<static_cast<std::uint32_t>(blocks), kThreads, 0, queue.stream()>>>(operands,
                                                                                         finish);
    INLAY_CUDA_LAUNCHED("stlDecode");
}

template void encodeAny(Queue&, const EncodeOperands<float>&);
template void encodeAny(Queue&, const EncodeOperands<bf16>&);
template void decodeAny(Queue&, const DecodeOperands<float>&, const DecodeFinish<float>&);
template void decodeAny(Queue&, const DecodeOperands<bf16>&, const DecodeFinish<bf16>&);

} // namespace inlay::kernels::cuda
