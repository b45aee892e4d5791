#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::active_ranking {

const std::vector<OutputDeclaration>& activeRankingOutputs();

} // namespace inlay::engine::active_ranking
