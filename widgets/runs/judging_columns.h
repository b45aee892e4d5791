#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_table.h"

namespace inlay::widgets {

/// What a run is judged by, of what it has recorded.
struct JudgingColumn {
    /// nullptr = nothing yet; lives as long as the table.
    const engine::RunColumn* column = nullptr;
    /// Among those that runs of its kind are judged by; 0 is the most telling.
    std::size_t place = 0;
};

/// For each row of the snapshot the metric that its run is judged by first (runner/headline.h), of
/// those that it has; none for rows that are not among `rows`. Figures of training and times judge
/// no run. Runs of kinds that are not there are judged by their accuracy.
std::vector<JudgingColumn> judgingColumns(const engine::RunTable& table,
                                          const std::vector<std::uint32_t>& rows,
                                          const std::vector<const engine::ExperimentKind*>& kinds);

/// Whether a column is an accuracy on test or validation data.
bool isAccuracy(const engine::RunColumn& column);

} // namespace inlay::widgets
