#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::embed {

const std::vector<OutputDeclaration>& embedOutputs();

} // namespace inlay::engine::embed
