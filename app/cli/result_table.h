#pragma once

#include <string>
#include <vector>

#include "engine/store/run_record.h"

namespace inlay::app {

/// Prints the results of runs side by side on standard output: name, state, accuracy, parameters,
/// multiply-adds, measured step time, and both costs as a ratio to the dense run among them.
void printResultTable(const std::string& storePath, const std::vector<engine::RunId>& runs);

} // namespace inlay::app
