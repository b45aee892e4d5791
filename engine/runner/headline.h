#pragma once

#include <string>
#include <string_view>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

/// How much a result or series says by what it was measured on: 0 test data, 1 validation data, 2
/// anything else, 3 times.
int dataRank(std::string_view name);

/// The result by which a run is judged first: what its kind names (headlines), else of the metrics
/// for which it says what is better held-out data before training, higher-is-better before the
/// rest, then the order of declaration; times come last. Of several names of a pattern the one
/// recorded first. Empty when there is none.
std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics);

} // namespace inlay::engine
