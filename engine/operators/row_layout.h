#pragma once

#include <cstdint>

namespace inlay::engine {

/// How the rows of an activation fall into groups: samples of one row (MLP), sequences of tokens
/// (ViT). Tiles never cross a group. `causal`: a row may not see later rows of its group.
struct RowLayout {
    std::int64_t groups = 1;
    std::int64_t rowsPerGroup = 1;
    bool causal = false;

    std::int64_t rows() const { return groups * rowsPerGroup; }
    bool operator==(const RowLayout&) const = default;
};

} // namespace inlay::engine
