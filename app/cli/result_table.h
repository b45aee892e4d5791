#pragma once

#include <string>
#include <vector>

#include "engine/store/run_record.h"

namespace inlay::app {

/// Prints the results of runs on standard output. Training runs side by side: name, state,
/// accuracy, parameters, multiply-adds, measured step time, and both costs as a ratio to the dense
/// run among them. Runs of other kinds: the final metrics under their titles, one run as a list.
void printResultTable(const std::string& storePath, const std::vector<engine::RunId>& runs);

} // namespace inlay::app
