// Products from the plain 2:4 form without tensor cores. Exact f32 sums for f32; what a position
// does not hold is never read, so an infinite activation meets its own weights only.

#include <algorithm>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/queue.h"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/two_four_products.h"

namespace inlay::kernels::cuda {
namespace {

constexpr int kTiledThreads = 256;

/// Operands of a product as the kernels see them.
template <typename T>
struct PlainProduct {
    Matrix<const T> x;
    Matrix<const T> values;
    Matrix<const std::uint8_t> meta;
    Matrix<T> y;
    DeviceEpilogue<T> epilogue;
};

template <typename T>
PlainProduct<T> plainProduct(ConstView x, ConstView values, ConstView meta, View y,
                             const Epilogue& epilogue) {
    return {matrixOf<T>(x), matrixOf<T>(values), matrixOf<std::uint8_t>(meta), matrixOf<T>(y),
            deviceEpilogue<T>(epilogue)};
}

// --- Tiles --------------------------------------------------------------------------------------
// A block makes 64 rows of 64 outputs, a thread 4 rows next to each other of 4 outputs 16 apart,
// in chunks of 8 groups. x lies transposed in shared memory, so that the four rows of one input are
// one load; the row length lets the lanes of a warp, who look up different inputs of a group, hit
// different banks.

constexpr int kTile = 64;
constexpr int kGroups = 8;
constexpr int kInputs = 4 * kGroups;
constexpr int kRowLength = kTile + 8;

template <typename T>
__global__ void __launch_bounds__(kTiledThreads) tiledKernel(const PlainProduct<T> p) {
    __shared__ __align__(16) float inputs[kInputs][kRowLength];
    __shared__ float2 pairs[kGroups][kTile + 4];
    __shared__ unsigned offsets[kGroups][kTile + 4]; // of the two inputs, in elements
    const std::int64_t rowTiles = (p.y.rows + kTile - 1) / kTile;
    const std::int64_t colTiles = (p.y.cols + kTile - 1) / kTile;
    const std::int64_t groups = p.meta.cols;
    const int thread = static_cast<int>(threadIdx.x);
    const int column = thread % 16;
    const int quad = thread / 16;
    for (std::int64_t tile = blockIdx.x; tile < rowTiles * colTiles; tile += gridDim.x) {
        const auto [rowTile, colTile] = placeOf(tile, colTiles);
        const std::int64_t firstRow = rowTile * kTile;
        const std::int64_t firstCol = colTile * kTile;
        float sums[4][4] = {};
        for (std::int64_t group = 0; group < groups; group += kGroups) {
            // Eight lanes read eight inputs of a row; four rows make a warp.
#pragma unroll
            for (int i = 0; i < kTile * kInputs / kTiledThreads; ++i) {
                const int in = thread % 8 + i % 4 * 8;
                const int row = thread / 8 + i / 4 * 32;
                const std::int64_t at = 4 * group + in;
                const bool there = firstRow + row < p.x.rows && at < p.x.cols;
                inputs[in][row] = there ? toFloat(p.x(firstRow + row, at)) : 0.0f;
            }
#pragma unroll
            for (int i = 0; i < kTile * kGroups / kTiledThreads; ++i) {
                const int g = thread % kGroups;
                const int out = thread / kGroups + i * (kTiledThreads / kGroups);
                float2 pair{0.0f, 0.0f};
                unsigned nibble = 0b0100;
                if (firstCol + out < p.y.cols && group + g < groups) {
                    pair.x = toFloat(p.values(firstCol + out, 2 * (group + g)));
                    pair.y = toFloat(p.values(firstCol + out, 2 * (group + g) + 1));
                    nibble = p.meta(firstCol + out, group + g);
                }
                pairs[g][out] = pair;
                offsets[g][out] = (nibble & 3u) * kRowLength | (nibble >> 2) * kRowLength << 16;
            }
            __syncthreads();
#pragma unroll
            for (int g = 0; g < kGroups; ++g) {
                const float* four = &inputs[4 * g][4 * quad];
#pragma unroll
                for (int j = 0; j < 4; ++j) {
                    const float2 pair = pairs[g][column + 16 * j];
                    const unsigned offset = offsets[g][column + 16 * j];
                    float first[4];
                    float second[4];
                    loadPack(four + (offset & 0xFFFFu), first);
                    loadPack(four + (offset >> 16), second);
#pragma unroll
                    for (int i = 0; i < 4; ++i)
                        sums[i][j] += pair.x * first[i] + pair.y * second[i];
                }
            }
            __syncthreads();
        }
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const std::int64_t row = firstRow + 4 * quad + i;
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                const std::int64_t col = firstCol + column + 16 * j;
                if (row < p.y.rows && col < p.y.cols)
                    p.y(row, col) = fromFloat<T>(p.epilogue.apply(sums[i][j], row, col));
            }
        }
    }
}

// --- Few rows -----------------------------------------------------------------------------------
// A warp makes kOutputs outputs of all rows. Its lanes read 16 bytes of values (or 32 of f32) and
// the four nibbles that belong to them, and look the inputs up in shared memory, where the rows of
// one input lie side by side. One place is skipped after every 16 inputs: neighboring lanes are
// 16 inputs apart.

constexpr int kOutputs = 2;
constexpr int kChunk = 1024; // inputs in shared memory at a time

template <typename T, int kRows>
struct alignas(kRows * sizeof(T) < 16 ? kRows * sizeof(T) : 16) RowSet {
    T row[kRows];
};

constexpr __host__ __device__ int inputPlace(int in) {
    return in + in / 16;
}

template <typename T, int kRows>
__global__ void __launch_bounds__(kTiledThreads)
    fewRowsKernel(const PlainProduct<T> p, bool packed) {
    using Set = RowSet<T, kRows>;
    __shared__ Set inputs[inputPlace(kChunk)];
    const std::int64_t k = p.x.cols;
    const int lane = static_cast<int>(threadIdx.x % 32);
    const std::int64_t firstOut =
        (blockIdx.x * std::int64_t{kTiledThreads / 32} + threadIdx.x / 32) * kOutputs;
    float sums[kOutputs][kRows] = {};
    for (std::int64_t start = 0; start < k; start += kChunk) {
        for (int i = threadIdx.x; i < kChunk * kRows; i += kTiledThreads) {
            const int row = i / kChunk;
            const int in = i % kChunk;
            const bool there = row < p.x.rows && start + in < k;
            inputs[inputPlace(in)].row[row] = there ? p.x(row, start + in) : fromFloat<T>(0.0f);
        }
        __syncthreads();
#pragma unroll
        for (int o = 0; o < kOutputs; ++o) {
            const std::int64_t out = firstOut + o;
#pragma unroll
            for (int at = 0; at < kChunk; at += 32 * 16) {
                const int in = at + 16 * lane;
                const std::int64_t left = k - start - in;
                if (out >= p.y.cols || left <= 0)
                    continue;
                const int groups = static_cast<int>(left < 16 ? left / 4 : 4);
                float kept[8];
                loadSome(&p.values(out, (start + in) / 2), 2 * groups, packed, kept);
                unsigned nibbles = 0;
                const std::uint8_t* from = &p.meta(out, (start + in) / 4);
                if (packed && groups == 4) {
                    nibbles = *reinterpret_cast<const unsigned*>(from);
                } else {
                    for (int g = 0; g < groups; ++g)
                        nibbles |= unsigned{from[g]} << (8 * g);
                }
#pragma unroll
                for (int g = 0; g < 4; ++g) {
                    if (g >= groups)
                        continue;
                    const Set* four = &inputs[inputPlace(in) + 4 * g];
                    const Set first = four[nibbles >> (8 * g) & 3u];
                    const Set second = four[nibbles >> (8 * g + 2) & 3u];
#pragma unroll
                    for (int r = 0; r < kRows; ++r)
                        sums[o][r] += kept[2 * g] * toFloat(first.row[r]) +
                                      kept[2 * g + 1] * toFloat(second.row[r]);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int o = 0; o < kOutputs; ++o)
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
            const float sum = joinLanes<Sum>(sums[o][r]);
            if (lane == 0 && r < p.y.rows && firstOut + o < p.y.cols)
                p.y(r, firstOut + o) = fromFloat<T>(p.epilogue.apply(sum, r, firstOut + o));
        }
}

template <typename T, int kRows>
void launchFewRows(Queue& queue, const PlainProduct<T>& product, bool packed) {
    constexpr std::int64_t perBlock = kTiledThreads / 32 * kOutputs;
    const auto blocks = static_cast<unsigned>((product.y.cols + perBlock - 1) / perBlock);
    fewRowsKernel<T, kRows><<<blocks, kTiledThreads, 0, queue.stream()>>>(product, packed);
    INLAY_CUDA_LAUNCHED("fewRowsKernel");
}

} // namespace

void multiplyTiled(Queue& queue, ConstView x, ConstView values, ConstView meta, View y,
                   const Epilogue& epilogue) {
    if (y.size() == 0)
        return;
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const std::int64_t tiles = ((y.rows + kTile - 1) / kTile) * ((y.cols + kTile - 1) / kTile);
        tiledKernel<T>
            <<<static_cast<unsigned>(std::min<std::int64_t>(tiles, 1 << 20)), kTiledThreads, 0,
               queue.stream()>>>(plainProduct<T>(x, values, meta, y, epilogue));
        INLAY_CUDA_LAUNCHED("tiledKernel");
    });
}

void multiplyFewRows(Queue& queue, ConstView x, ConstView values, ConstView meta, View y,
                     const Epilogue& epilogue) {
    assert(y.rows <= kFewRows);
    if (y.size() == 0)
        return;
    const bool words = reinterpret_cast<std::uintptr_t>(meta.data) % 4 == 0 &&
                       (meta.rows <= 1 || meta.stride % 4 == 0);
    const bool packed = words && startsPacked(values);
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const PlainProduct<T> product = plainProduct<T>(x, values, meta, y, epilogue);
        if (y.rows == 1)
            launchFewRows<T, 1>(queue, product, packed);
        else if (y.rows <= 4)
            launchFewRows<T, 4>(queue, product, packed);
        else
            launchFewRows<T, 8>(queue, product, packed);
    });
}

} // namespace inlay::kernels::cuda
