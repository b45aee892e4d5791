#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

/// How much a result or series says by what it was measured on: 0 test data, 1 validation data, 2
/// anything else, 3 times.
int dataRank(std::string_view name);

/// Place of a metric among those by which runs of a kind are judged; the least comes first, and no
/// two are alike.
using HeadlineRank = std::tuple<std::size_t, int, bool, std::ptrdiff_t, std::size_t, std::string>;
/// What the kind names (headlines) comes first, then of the metrics for which it says what is
/// better held-out data before training, higher-is-better before the rest, then the order of
/// declaration; times come last. Of several names of a pattern the shortest comes first (r8 before
/// r16), then the first by its letters. Nothing for a metric that no run is judged by.
std::optional<HeadlineRank> headlineRank(const ExperimentKind& kind, std::string_view name);

/// The result by which a run is judged first, by headlineRank; empty when there is none.
std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics);

} // namespace inlay::engine
