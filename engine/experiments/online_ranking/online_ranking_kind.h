#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::online_ranking {

/// Regret of ranking algorithms that see one choice after the other.
const ExperimentKind& onlineRankingKind();

} // namespace inlay::engine::online_ranking
