#pragma once

#include <span>
#include <string>

#include "engine/experiments/active_ranking/tournament.h"
#include "engine/store/run_record.h"

namespace inlay::engine::active_ranking {

/// An order as a frame i32 [n].
FrameRecord orderFrame(const std::string& name, std::int64_t step, std::span<const Item> order);

/// Labels as a frame i32 [m, 2]: preferred, other.
FrameRecord labelsFrame(const std::string& name, std::int64_t step, std::span<const Pair> labels);

} // namespace inlay::engine::active_ranking
