#pragma once

#include <optional>
#include <string>

#include "engine/store/run_store.h"

namespace inlay::app {

/// The run that an id or a uuid prefix names; otherwise nothing, and `problem` says why.
std::optional<engine::RunRecord> findRun(engine::RunStore& store, const std::string& reference,
                                         std::string& problem);

} // namespace inlay::app
