#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::sketch {

/// Learned sketches for low-rank approximation: butterfly and sparse, beside random ones.
const ExperimentKind& sketchKind();

} // namespace inlay::engine::sketch
