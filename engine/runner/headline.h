#pragma once

#include <string>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_store.h"

namespace inlay::engine {

/// The result by which a run is judged first: of the metrics for which its kind says what is
/// better, held-out data before training, higher-is-better before the rest, then the order of
/// declaration; times come last. Empty when there is none. `metrics`: name and value, by name.
std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics);

} // namespace inlay::engine
