#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/store/run_table.h"

namespace inlay::widgets {

/// Finds the run without structured layers that a run is measured against: the newest finished one
/// of its group that differs from it only in operators, on the same device and threads.
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
    bool differsOnlyInOperators(std::uint32_t a, std::uint32_t b) const;

    const engine::RunTable& table_;
    const engine::RunColumn* steps_;
    std::vector<const engine::RunColumn*> shared_;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> dense_;
};

} // namespace inlay::widgets
