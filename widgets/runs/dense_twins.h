#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/store/run_table.h"

namespace inlay::widgets {

/// Finds the run without structured layers that a run is measured against: the newest finished one
/// of its group that differs from it only in operators, on the same device and threads; of a
/// converted run the one it was converted from, where their steps do the same work.
class DenseTwins {
public:
    /// `table` must outlive this.
    explicit DenseTwins(const engine::RunTable& table);

    /// Row of the twin in the group of `row` (a dense run is its own), or -1.
    std::ptrdiff_t twinOf(std::uint32_t row) const;
    /// Median step time of the twin, else of `baseline` (a row, or -1), over that of the run; NaN
    /// when there is nothing to divide.
    double speedUp(std::uint32_t row, std::ptrdiff_t baseline) const;

private:
    using Columns = std::vector<const engine::RunColumn*>;

    static bool agree(const Columns& columns, std::uint32_t a, std::uint32_t b);
    bool runAlike(std::uint32_t a, std::uint32_t b) const;
    bool differsOnlyInOperators(std::uint32_t a, std::uint32_t b) const;
    std::ptrdiff_t denseParentOf(std::uint32_t row) const;

    const engine::RunTable& table_;
    const engine::RunColumn* steps_;
    Columns shared_;
    Columns work_; // those that decide what a step computes
    std::vector<bool> isDense_;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> dense_;
};

} // namespace inlay::widgets
