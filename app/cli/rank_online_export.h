#pragma once

#include <string>

#include "engine/store/run_store.h"

namespace inlay::app {

/// Writes curve-<algorithm>.csv (t,loss,opt,regret,bound; bound empty where there is none) for each
/// algorithm of a run of online ranking and ranking.csv (rank,item,score), the best ranking in
/// hindsight. Throws Error when a file cannot be written.
void exportOnlineRanking(engine::RunStore& store, engine::RunId run, const std::string& folder);

} // namespace inlay::app
