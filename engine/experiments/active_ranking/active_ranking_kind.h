#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::active_ranking {

/// Ranking from pairwise preferences: strategies against simulated labels, or a person's answers.
const ExperimentKind& activeRankingKind();

} // namespace inlay::engine::active_ranking
