#pragma once

#include "engine/experiments/active_ranking/active_ranking_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::active_ranking {

const Schema<ActiveRankingConfig>& activeRankingSchema();

} // namespace inlay::engine::active_ranking
