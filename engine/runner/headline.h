#pragma once

#include <string>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

/// The result by which a run is judged first: what its kind names (headlines), else of the metrics
/// for which it says what is better held-out data before training, higher-is-better before the
/// rest, then the order of declaration; times come last. Of several names of a pattern the one
/// recorded first. Empty when there is none.
std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics);

} // namespace inlay::engine
