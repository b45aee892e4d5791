#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::online_ranking {

/// Everything a run may record. Steps are rounds played; values are means over the replicates,
/// `…_low` and `…_high` the smallest and the largest. The frame `state` is that of the first
/// replicate: [algorithm, 2, item], cumulative scores and expected positions.
const std::vector<OutputDeclaration>& onlineRankingOutputs();

} // namespace inlay::engine::online_ranking
