#pragma once

#include "engine/experiments/online_ranking/environment.h"

namespace inlay::engine::online_ranking {

/// Reads a CSV file (round,item[,value]) or a PrefLib file (.soc, .soi, .toc, .toi, .cat), whose
/// orders become rounds: the scores of an order fall evenly from 1 (first) to 0 (last),
/// alternatives that are tied or not ranked share the mean of their places. Throws Error naming
/// line and value.
ReplayData readReplay(const ReplayConfig& config);

} // namespace inlay::engine::online_ranking
