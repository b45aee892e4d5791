#pragma once

#include <vector>

#include "engine/experiments/active_ranking/noise.h"
#include "engine/schema/schema.h"

namespace inlay::engine::active_ranking {

std::vector<Alternative> noiseAlternatives();

} // namespace inlay::engine::active_ranking
