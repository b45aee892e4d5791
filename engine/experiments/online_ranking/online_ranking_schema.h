#pragma once

#include "engine/experiments/online_ranking/online_ranking_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::online_ranking {

const Schema<OnlineRankingConfig>& onlineRankingSchema();

} // namespace inlay::engine::online_ranking
