#pragma once

// How sums over sets of rows are cut in blocks. For the host too, where a test counts that every
// row of every set is taken once.

#include <algorithm>
#include <cstdint>

#include "kernels/philox.h"

namespace inlay::kernels::cuda {

/// Sets of rows of one matrix, each summed to a row: row n of set s is setStride s + rowStride n.
/// A block of kThreads threads has `lanes` threads side by side along a tile of columns and
/// kThreads / lanes lines of them down the rows; tall sets are cut in `shares` of rows. Everything
/// depends on the shape alone, so that sums repeat bit for bit.
struct RowSetPlan {
    static constexpr int kThreads = 256;
    /// Blocks beyond which more shares do not make a sum faster.
    static constexpr std::int64_t kWantedBlocks = 512;
    /// Of sets x tiles where there are shares: each needs a counter.
    static constexpr std::int64_t kMostTargets = kWantedBlocks / 2;
    /// Rows of a line that are worth a block.
    static constexpr std::int64_t kRowsOfLine = 4;

    std::int64_t rows = 0; // of the matrix
    std::int64_t sets = 1;
    std::int64_t setStride = 1;
    std::int64_t rowStride = 1;
    std::int64_t longest = 0; // rows of the largest set

    // Made by cut().
    int lanes = 32;
    std::int64_t tiles = 1;
    std::int64_t shares = 1;
    std::int64_t rowsPerShare = 0;

    /// Set s has the rows s, s + period, …
    static RowSetPlan periodic(std::int64_t rows, std::int64_t period) {
        RowSetPlan plan;
        plan.rows = rows;
        plan.sets = period;
        plan.rowStride = period;
        plan.longest = period > 0 ? (rows + period - 1) / period : 0;
        return plan;
    }
    /// Set s has rowsPerGroup consecutive rows.
    static RowSetPlan grouped(std::int64_t groups, std::int64_t rowsPerGroup) {
        RowSetPlan plan;
        plan.rows = groups * rowsPerGroup;
        plan.sets = groups;
        plan.setStride = rowsPerGroup;
        plan.longest = rowsPerGroup;
        return plan;
    }

    /// For `cols` columns of which a thread takes `width` adjacent ones.
    void cut(std::int64_t cols, int width) {
        const std::int64_t packs = std::max<std::int64_t>(1, (cols + width - 1) / width);
        lanes = 1;
        while (lanes < 32 && lanes < packs)
            lanes *= 2;
        tiles = (packs + lanes - 1) / lanes;
        const std::int64_t share = kThreads / lanes * kRowsOfLine;
        const std::int64_t useful = (longest + share - 1) / share;
        const std::int64_t wanted = kWantedBlocks / std::max<std::int64_t>(1, sets * tiles);
        const std::int64_t most = std::max<std::int64_t>(1, std::min(useful, wanted));
        rowsPerShare = (longest + most - 1) / most;
        shares = rowsPerShare > 0 ? (longest + rowsPerShare - 1) / rowsPerShare : 1;
    }
    std::int64_t blocks() const { return sets * tiles * shares; }
    /// Floats that the shares leave for the last block.
    std::int64_t sharedSums(int width) const { return shares * sets * tiles * lanes * width; }

    struct Block {
        std::int64_t set;
        std::int64_t tile;
        std::int64_t share;
    };
    INLAY_HOST_DEVICE Block block(std::uint32_t index) const {
        const auto across = static_cast<std::uint32_t>(tiles);
        const auto targets = across * static_cast<std::uint32_t>(sets);
        const std::uint32_t target = index % targets;
        return {target / across, target % across, index / targets};
    }
    INLAY_HOST_DEVICE std::int64_t row(std::int64_t set, std::int64_t n) const {
        return set * setStride + n * rowStride;
    }
    INLAY_HOST_DEVICE std::int64_t rowsOf(std::int64_t set) const {
        return longest > 0 && row(set, longest - 1) >= rows ? longest - 1 : longest;
    }
};

} // namespace inlay::kernels::cuda
