#pragma once

// Where tiles lie, for the host and for kernels: the index arithmetic of TileLayout in 32 bits,
// and how tiles are shared out.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "kernels/error.h"
#include "kernels/op_types.h"
#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// TileLayout for a kernel.
struct TileMap {
    std::uint32_t tile = 1;
    std::uint32_t cols = 0;
    std::uint32_t groups = 1;
    std::uint32_t rowsPerGroup = 1;
    std::uint32_t rowTiles = 0;
    std::uint32_t colTiles = 0;
    std::uint32_t period = 1; // row tiles of one group (Within), or of `tile` groups (Across)
    Grouping grouping = Grouping::Within;

    INLAY_HOST_DEVICE std::uint32_t area() const { return tile * tile; }
    INLAY_HOST_DEVICE std::int64_t tiles() const {
        return static_cast<std::int64_t>(rowTiles) * colTiles;
    }
    /// Row of the matrix that lies at row `i` (0..tile-1) of row tile `I`, or -1 for padding; the
    /// same as TileLayout::row.
    INLAY_HOST_DEVICE std::int64_t row(std::uint32_t I, std::uint32_t i) const {
        if (grouping == Grouping::Single)
            return i == 0 ? static_cast<std::int64_t>(I) : -1;
        const std::uint32_t quotient = I / period;
        const std::uint32_t rest = I - quotient * period;
        if (grouping == Grouping::Within) {
            const std::uint32_t position = rest * tile + i;
            return position < rowsPerGroup
                       ? static_cast<std::int64_t>(quotient) * rowsPerGroup + position
                       : -1;
        }
        const std::uint32_t group = quotient * tile + i;
        return group < groups ? static_cast<std::int64_t>(group) * rowsPerGroup + rest : -1;
    }
};

inline constexpr std::int64_t kMostTile = 8;

/// Throws Error for a matrix of 2^31 rows or columns and more.
inline TileMap tileMap(const TileLayout& layout) {
    constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1;
    assert(layout.tile >= 1 && layout.tile <= kMostTile);
    if (layout.rows.rows() > kMost || layout.cols > kMost)
        throw Error("STL on cuda takes fewer than 2^31 rows and columns.");
    TileMap map;
    map.tile = static_cast<std::uint32_t>(layout.tile);
    map.cols = static_cast<std::uint32_t>(layout.cols);
    map.groups = static_cast<std::uint32_t>(layout.rows.groups);
    map.rowsPerGroup = static_cast<std::uint32_t>(layout.rows.rowsPerGroup);
    map.rowTiles = static_cast<std::uint32_t>(layout.rowTiles());
    map.colTiles = static_cast<std::uint32_t>(layout.colTiles());
    const std::uint32_t period = layout.grouping == Grouping::Within
                                     ? (map.rowsPerGroup + map.tile - 1) / map.tile
                                     : map.rowsPerGroup;
    map.period = std::max<std::uint32_t>(1, period);
    map.grouping = layout.grouping;
    return map;
}

/// Whether every row of a matrix starts at a multiple of 16 bytes.
inline bool wideRows(const void* data, std::int64_t stride, std::size_t elementBytes) {
    return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 &&
           static_cast<std::size_t>(stride) * elementBytes % 16 == 0;
}

/// Row tiles cut in runs of `width` tiles, the last one short; the work of one warp at a time.
struct TileRuns {
    std::uint32_t width = 1;
    std::uint32_t perRow = 1;
    std::uint32_t count = 0;

    INLAY_HOST_DEVICE std::uint32_t rowTile(std::uint32_t run) const { return run / perRow; }
    INLAY_HOST_DEVICE std::uint32_t firstTile(std::uint32_t run) const {
        return run % perRow * width;
    }
};

inline TileRuns tileRuns(const TileMap& map, std::uint32_t width) {
    const std::uint32_t perRow = (map.colTiles + width - 1) / width;
    return {width, std::max<std::uint32_t>(1, perRow), map.rowTiles * perRow};
}

/// Number of partial sums of the gradient of a matrix of `size` numbers: at most `most`, one for
/// every `grain` pieces of work, within 8 MiB. It depends on shapes only, so that sums are always
/// taken in the same order.
inline std::uint32_t gradientParts(std::int64_t work, std::int64_t grain, std::int64_t size,
                                   std::int64_t most) {
    constexpr std::int64_t kMostNumbers = std::int64_t{1} << 21;
    const std::int64_t fitting =
        std::max<std::int64_t>(1, kMostNumbers / std::max<std::int64_t>(1, size));
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>((work + grain - 1) / grain, 1, std::min(most, fitting)));
}

} // namespace inlay::kernels::cuda
