#pragma once

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine::graph_clustering {

/// Steps are iterations of the convex program over all solves; series of rounds have the step at
/// which their solve ended.
const std::vector<OutputDeclaration>& graphClusteringOutputs();

} // namespace inlay::engine::graph_clustering
