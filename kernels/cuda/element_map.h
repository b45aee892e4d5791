#pragma once

// Which elements of a matrix a thread of an elementwise kernel works on. Plain arithmetic, so that
// a test without a GPU can walk it.

#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// Cuts a rows x cols matrix in tiles, one a block of kThreads threads. A thread takes `unit`
/// adjacent elements of one row (fewer at its end); neighbors take neighboring units. A tile is
/// 2^widthBits units wide and kThreads / 2^widthBits rows high.
struct ElementMap {
    static constexpr int kThreadBits = 8;
    static constexpr int kThreads = 1 << kThreadBits;

    std::int64_t rows;
    std::int64_t cols;
    int unit;
    int widthBits;
    std::int64_t colTiles;

    struct Position {
        std::int64_t row;
        std::int64_t col;
    };

    /// First element of a thread; outside the matrix when there is none for it.
    INLAY_HOST_DEVICE Position at(std::uint32_t tile, std::uint32_t thread) const {
        const auto across = static_cast<std::uint32_t>(colTiles);
        const std::uint32_t tileRow = tile / across;
        const std::int64_t column = tile - tileRow * across;
        const std::uint32_t inRow = thread & ((1u << widthBits) - 1u);
        return {(static_cast<std::int64_t>(tileRow) << (kThreadBits - widthBits)) +
                    (thread >> widthBits),
                ((column << widthBits) + inRow) * unit};
    }

    std::int64_t tiles() const {
        const std::int64_t high = std::int64_t{1} << (kThreadBits - widthBits);
        return (rows + high - 1) / high * colTiles;
    }
};

/// Tiles as wide as wastes at most a quarter of the threads, at least a warp unless the matrix is
/// narrower.
inline ElementMap elementMap(std::int64_t rows, std::int64_t cols, int unit) {
    const std::int64_t units = (cols + unit - 1) / unit;
    int bits = ElementMap::kThreadBits;
    const auto padded = [&] {
        return (units + (std::int64_t{1} << bits) - 1) >> bits << bits;
    };
    while (bits > 5 && padded() * 4 > units * 5)
        --bits;
    while (bits > 0 && (std::int64_t{1} << (bits - 1)) >= units)
        --bits;
    return {rows, cols, unit, bits, padded() >> bits};
}

} // namespace inlay::kernels::cuda
