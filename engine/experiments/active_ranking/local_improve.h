#pragma once

#include <utility>

#include "engine/experiments/active_ranking/sample_and_rank.h"

namespace inlay::engine::active_ranking {

/// ApproxLocalImprove on the places [range.first, range.second) of `order`: moves an item to
/// another place while the sampled gain exceeds eps d / log n, d being the distance. With few
/// samples that threshold lies below the noise and the best of many moves would be chosen by it, so
/// a move also needs 8 samples and three standard errors. Returns the number of moves.
std::int64_t localImprove(Order& order, std::pair<Item, Item> range, const LiteralConfig& config,
                          const AskLabel& buy, const RandomStream& stream);

} // namespace inlay::engine::active_ranking
