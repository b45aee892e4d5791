#include "kernels/cuda/two_four_forms.h"

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/two_four_groups.cuh"

namespace inlay::kernels {
namespace cuda {
namespace {

constexpr int kFormThreads = 256;

unsigned blocksFor(std::int64_t items, std::int64_t perBlock) {
    return static_cast<unsigned>(
        std::min<std::int64_t>((items + perBlock - 1) / perBlock, 1 << 20));
}

template <typename T>
struct alignas(2 * sizeof(T)) Pair {
    T first;
    T second;
};

/// The stored pair of four weights, in their own type.
template <typename T>
__device__ __forceinline__ Pair<T> pairOf(const float (&w)[4], const StoredPair& kept) {
    return {fromFloat<T>(chosen(w, kept.first)), fromFloat<T>(chosen(w, kept.second))};
}

/// Whether two elements can be written at once to every row.
bool startsPairs(ConstView view) {
    const auto size = 2 * sizeOf(view.dtype);
    return reinterpret_cast<std::uintptr_t>(view.data) % size == 0 &&
           (view.rows <= 1 || view.stride % 2 == 0);
}

/// Whether four bytes can be read or written at once in every row.
bool startsWords(ConstView meta) {
    return reinterpret_cast<std::uintptr_t>(meta.data) % 4 == 0 &&
           (meta.rows <= 1 || meta.stride % 4 == 0);
}

// --- W by columns ---------------------------------------------------------------------------
// The result is transposed: a block reads 256 rows of 32 columns along the rows of W, and writes
// 128 values and 64 nibbles of each of 32 rows of the results.

constexpr int kTileGroups = 64;
constexpr int kTileCols = 32;

template <typename T>
__global__ void __launch_bounds__(kFormThreads)
    compressColumnsKernel(Matrix<const T> w, Matrix<T> values, Matrix<std::uint8_t> meta,
                          bool pairs, bool words) {
    // One more of each, so that a column of the tile falls in different banks.
    __shared__ Pair<T> kept[kTileCols][kTileGroups + 1];
    __shared__ __align__(4) std::uint8_t nibbles[kTileCols][kTileGroups + 4];
    const std::int64_t groups = w.rows / 4;
    const std::int64_t groupTiles = (groups + kTileGroups - 1) / kTileGroups;
    const std::int64_t colTiles = (w.cols + kTileCols - 1) / kTileCols;
    const int lane = static_cast<int>(threadIdx.x % 32);
    const int warp = static_cast<int>(threadIdx.x / 32);
    for (std::int64_t tile = blockIdx.x; tile < groupTiles * colTiles; tile += gridDim.x) {
        const auto [groupTile, colTile] = placeOf(tile, colTiles);
        const std::int64_t firstGroup = groupTile * kTileGroups;
        const std::int64_t firstCol = colTile * kTileCols;
        const bool inside = firstCol + lane < w.cols;
#pragma unroll
        for (int step = 0; step < kTileGroups / 8; ++step) {
            const int group = 8 * step + warp;
            float four[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            if (inside && firstGroup + group < groups) {
                const T* from = &w(4 * (firstGroup + group), firstCol + lane);
#pragma unroll
                for (int i = 0; i < 4; ++i)
                    four[i] = toFloat(from[i * w.stride]);
            }
            const StoredPair pair = storedPair(four);
            kept[lane][group] = pairOf<T>(four, pair);
            nibbles[lane][group] = pair.nibble();
        }
        __syncthreads();
        const std::int64_t present = groups - firstGroup;
        for (int col = warp; col < kTileCols && firstCol + col < w.cols; col += kFormThreads / 32) {
            T* to = &values(firstCol + col, 2 * firstGroup);
            for (int group = lane; group < kTileGroups && group < present; group += 32) {
                const Pair<T> pair = kept[col][group];
                if (pairs) {
                    reinterpret_cast<Pair<T>*>(to)[group] = pair;
                } else {
                    to[2 * group] = pair.first;
                    to[2 * group + 1] = pair.second;
                }
            }
            std::uint8_t* metaTo = &meta(firstCol + col, firstGroup);
            if (words && present >= kTileGroups) {
                if (lane < kTileGroups / 4)
                    reinterpret_cast<unsigned*>(metaTo)[lane] =
                        reinterpret_cast<const unsigned*>(nibbles[col])[lane];
            } else {
                for (int group = lane; group < kTileGroups && group < present; group += 32)
                    metaTo[group] = nibbles[col][group];
            }
        }
        __syncthreads();
    }
}

// --- W by rows --------------------------------------------------------------------------------

/// One thread, one group.
template <typename T>
__global__ void __launch_bounds__(kFormThreads)
    compressRowsKernel(Matrix<const T> w, Matrix<T> values, Matrix<std::uint8_t> meta,
                       bool packed) {
    const std::int64_t groups = w.cols / 4;
    const std::int64_t items = w.rows * groups;
    for (std::int64_t i = blockIdx.x * std::int64_t{kFormThreads} + threadIdx.x; i < items;
         i += std::int64_t{kFormThreads} * gridDim.x) {
        const auto [row, group] = placeOf(i, groups);
        float four[4];
        loadSome(&w(row, 4 * group), 4, packed, four);
        const StoredPair pair = storedPair(four);
        const Pair<T> kept = pairOf<T>(four, pair);
        values(row, 2 * group) = kept.first;
        values(row, 2 * group + 1) = kept.second;
        meta(row, group) = pair.nibble();
    }
}

/// One thread, one group; the rows of `dense` have no gaps and start at whole groups.
template <typename T>
__global__ void __launch_bounds__(kFormThreads)
    expandRowsKernel(Matrix<const T> values, Matrix<const std::uint8_t> meta, T* dense) {
    const std::int64_t items = meta.rows * meta.cols;
    for (std::int64_t i = blockIdx.x * std::int64_t{kFormThreads} + threadIdx.x; i < items;
         i += std::int64_t{kFormThreads} * gridDim.x) {
        const auto [row, group] = placeOf(i, meta.cols);
        const unsigned nibble = meta(row, group);
        const float first = toFloat(values(row, 2 * group));
        const float second = toFloat(values(row, 2 * group + 1));
        float four[4];
#pragma unroll
        for (unsigned at = 0; at < 4; ++at)
            four[at] = at == (nibble & 3u) ? first : at == (nibble >> 2) ? second : 0.0f;
        storePack(dense + 4 * i, four);
    }
}

// --- Device metadata ----------------------------------------------------------------------------

constexpr int kPackSteps = 32; // lines of one block: 32 rows of 1024 elements

/// A block packs the metadata of 32 rows and 1024 elements: it reads 256 bytes of each row and
/// writes 32 lines of 128 bytes.
__global__ void __launch_bounds__(kFormThreads)
    packMetaKernel(Matrix<const std::uint8_t> meta, MetaExtent extent, std::uint32_t* words,
                   bool wholeWords) {
    constexpr int rowWords = 2 * kPackSteps; // of four nibbles, a byte each
    __shared__ std::uint32_t bytes[kMetaRows][rowWords + 1];
    const std::int64_t depthTiles = (extent.steps + kPackSteps - 1) / kPackSteps;
    const std::int64_t tiles = extent.rows / kMetaRows * depthTiles;
    for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const auto [rowTile, depthTile] = placeOf(tile, depthTiles);
        const std::int64_t firstRow = rowTile * kMetaRows;
        const std::int64_t firstByte = depthTile * kPackSteps * 8;
        for (int i = threadIdx.x; i < kMetaRows * rowWords; i += kFormThreads) {
            const std::int64_t row = firstRow + i / rowWords;
            const std::int64_t byte = firstByte + i % rowWords * 4;
            std::uint32_t word = 0x04040404u;
            if (row < meta.rows && byte < meta.cols) {
                const std::uint8_t* from = &meta(row, byte);
                if (wholeWords && byte + 4 <= meta.cols) {
                    word = *reinterpret_cast<const std::uint32_t*>(from);
                } else {
                    for (int b = 0; b < 4 && byte + b < meta.cols; ++b)
                        word = (word & ~(0xFFu << (8 * b))) | std::uint32_t{from[b]} << (8 * b);
                }
            }
            bytes[i / rowWords][i % rowWords] = word;
        }
        __syncthreads();
        const int lane = static_cast<int>(threadIdx.x % 32);
        for (int line = threadIdx.x / 32; line < kPackSteps; line += kFormThreads / 32) {
            const std::int64_t step = depthTile * kPackSteps + line;
            if (step >= extent.steps)
                break;
            const int word = 2 * line + metaColumn(lane);
            words[step * extent.rows + firstRow + lane] =
                packNibbles(bytes[metaRow(lane)][word]) |
                packNibbles(bytes[metaRow(lane) + 8][word]) << 16;
        }
        __syncthreads();
    }
}

} // namespace

void compressColumns(Queue& queue, ConstView w, View values, View meta) {
    assert(w.rows % 4 == 0 && meta.dtype == DType::U8 && values.dtype == w.dtype);
    assert(values.rows == w.cols && values.cols == w.rows / 2);
    assert(meta.rows == w.cols && meta.cols == w.rows / 4);
    if (w.size() == 0)
        return;
    withFloating(w.dtype, [&](auto zero) {
        using T = decltype(zero);
        const std::int64_t tiles =
            (w.rows / 4 + kTileGroups - 1) / kTileGroups * ((w.cols + kTileCols - 1) / kTileCols);
        compressColumnsKernel<T><<<blocksFor(tiles, 1), kFormThreads, 0, queue.stream()>>>(
            matrixOf<T>(w), matrixOf<T>(values), matrixOf<std::uint8_t>(meta), startsPairs(values),
            startsWords(meta));
        INLAY_CUDA_LAUNCHED("compressColumnsKernel");
    });
}

void compressRows(Queue& queue, ConstView w, View values, View meta) {
    assert(w.cols % 4 == 0 && meta.dtype == DType::U8 && values.dtype == w.dtype);
    assert(values.rows == w.rows && values.cols == w.cols / 2);
    assert(meta.rows == w.rows && meta.cols == w.cols / 4);
    if (w.size() == 0)
        return;
    withFloating(w.dtype, [&](auto zero) {
        using T = decltype(zero);
        compressRowsKernel<T>
            <<<blocksFor(w.size() / 4, kFormThreads), kFormThreads, 0, queue.stream()>>>(
                matrixOf<T>(w), matrixOf<T>(values), matrixOf<std::uint8_t>(meta), startsPacked(w));
        INLAY_CUDA_LAUNCHED("compressRowsKernel");
    });
}

void packMeta(Queue& queue, ConstView meta, std::int64_t k, std::uint32_t* words) {
    const MetaExtent extent = metaExtent(meta.rows, k);
    if (extent.words() == 0)
        return;
    const std::int64_t tiles =
        extent.rows / kMetaRows * ((extent.steps + kPackSteps - 1) / kPackSteps);
    packMetaKernel<<<blocksFor(tiles, 1), kFormThreads, 0, queue.stream()>>>(
        matrixOf<std::uint8_t>(meta), extent, words, startsWords(meta));
    INLAY_CUDA_LAUNCHED("packMetaKernel");
}

void expandRows(Queue& queue, ConstView values, ConstView meta, View dense) {
    assert(values.rows == dense.rows && 2 * values.cols == dense.cols && dense.contiguous());
    assert(values.dtype == dense.dtype && meta.dtype == DType::U8 && 4 * meta.cols == dense.cols);
    if (dense.size() == 0)
        return;
    withFloating(values.dtype, [&](auto zero) {
        using T = decltype(zero);
        expandRowsKernel<T>
            <<<blocksFor(meta.size(), kFormThreads), kFormThreads, 0, queue.stream()>>>(
                matrixOf<T>(values), matrixOf<std::uint8_t>(meta), dense.as<T>());
        INLAY_CUDA_LAUNCHED("expandRowsKernel");
    });
}

} // namespace cuda

void CudaBackend::twoFourCompress(ConstView w, View values, View meta) {
    cuda::compressColumns(*queue_, w, values, meta);
}

} // namespace inlay::kernels
