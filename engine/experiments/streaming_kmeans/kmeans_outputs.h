#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::kmeans {

const std::vector<OutputDeclaration>& kmeansOutputs();

} // namespace inlay::engine::kmeans
