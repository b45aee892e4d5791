#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::train {

/// Everything a training run may record.
const std::vector<OutputDeclaration>& trainOutputs();

} // namespace inlay::engine::train
