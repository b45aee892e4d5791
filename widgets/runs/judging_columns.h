#pragma once

#include <cstdint>
#include <vector>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_table.h"

namespace inlay::widgets {

/// For each row of the snapshot the metric that its run is judged by first (runner/headline.h), of
/// those that it has; nullptr where it has none yet and for rows that are not among `rows`. Runs of
/// kinds that are not there are judged by their accuracy. The columns live as long as the table.
std::vector<const engine::RunColumn*>
judgingColumns(const engine::RunTable& table, const std::vector<std::uint32_t>& rows,
               const std::vector<const engine::ExperimentKind*>& kinds);

/// Whether a column is an accuracy, on whatever data.
bool isAccuracy(const engine::RunColumn& column);

} // namespace inlay::widgets
