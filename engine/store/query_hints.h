#pragma once

#include <string>
#include <vector>

#include "engine/store/run_store.h"

namespace inlay::engine {

/// Why a query finds nothing among the runs that `bin` names: a sentence for each condition that
/// none of them meets, with the names there are in its place. Empty when only the conditions
/// together are too much.
std::vector<std::string> queryHints(RunStore& store, const RunQuery& query,
                                    RunFilter::Bin bin = RunFilter::Bin::Exclude);

/// "no run has a parameter or result X; near it is Y"; empty where some run has it.
/// `parametersOnly` leaves results out.
std::string keyHint(RunStore& store, const std::string& key, bool parametersOnly = false);

} // namespace inlay::engine
