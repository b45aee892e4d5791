#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::metric_learning {

const std::vector<OutputDeclaration>& metricOutputs();

} // namespace inlay::engine::metric_learning
