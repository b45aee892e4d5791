// Gathering tiles, one a row, and scattering them back. Numbers are only moved.

#include <cassert>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/stl_tiles.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr std::uint32_t kMoveThreads = 256;
constexpr std::int64_t kMoveBlocks = 8;

/// A thread moves one row of a tile at a time. Word: an unsigned integer as large as an element.
template <typename Word, bool kGather>
__global__ void __launch_bounds__(kMoveThreads)
    moveTilesKernel(TileMap map, Word* x, std::int64_t xStride, Word* tiles,
                    std::int64_t tilesStride) {
    const std::int64_t count = map.tiles() * map.tile;
    for (std::int64_t n = std::int64_t{blockIdx.x} * kMoveThreads + threadIdx.x; n < count;
         n += std::int64_t{gridDim.x} * kMoveThreads) {
        const std::int64_t k = n / map.tile;
        const auto i = static_cast<std::uint32_t>(n - k * map.tile);
        const auto I = static_cast<std::uint32_t>(k / map.colTiles);
        const auto col = static_cast<std::uint32_t>(k - std::int64_t{I} * map.colTiles) * map.tile;
        const std::int64_t row = map.row(I, i);
        Word* inMatrix = x + row * xStride + col;
        Word* inTile = tiles + k * tilesStride + i * map.tile;
        const std::uint32_t width = row < 0 ? 0 : min(map.tile, map.cols - col);
        for (std::uint32_t j = 0; j < map.tile; ++j) {
            if constexpr (kGather)
                inTile[j] = j < width ? inMatrix[j] : Word{0};
            else if (j < width)
                inMatrix[j] = inTile[j];
        }
    }
}

template <bool kGather>
void moveTiles(Queue& queue, const TileLayout& layout, View x, View tiles) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols && x.dtype == tiles.dtype);
    assert(tiles.rows == layout.rowTiles() * layout.colTiles() &&
           tiles.cols == layout.tile * layout.tile);
    if (tiles.size() == 0)
        return;
    const TileMap map = tileMap(layout);
    const std::int64_t blocks =
        std::min<std::int64_t>((map.tiles() * map.tile + kMoveThreads - 1) / kMoveThreads,
                               queue.multiprocessors() * kMoveBlocks);
    const auto launch = [&](auto zero) {
        using Word = decltype(zero);
        moveTilesKernel<Word, kGather>
            <<<static_cast<std::uint32_t>(blocks), kMoveThreads, 0, queue.stream()>>>(
                map, x.as<Word>(), x.stride, tiles.as<Word>(), tiles.stride);
    };
    withFloating(x.dtype, [&](auto zero) {
        if constexpr (sizeof(zero) == sizeof(std::uint32_t))
            launch(std::uint32_t{});
        else
            launch(std::uint16_t{});
    });
    INLAY_CUDA_LAUNCHED("moveTiles");
}

View writable(ConstView v) {
    return {const_cast<void*>(v.data), v.rows, v.cols, v.stride, v.dtype};
}

} // namespace

void CudaBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    moveTiles<true>(*queue_, layout, writable(x), tiles);
}

void CudaBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    moveTiles<false>(*queue_, layout, x, writable(tiles));
}

} // namespace inlay::kernels
