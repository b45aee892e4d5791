#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::amm {

/// How well r products a tile approximate the matrix product, from which start.
const ExperimentKind& ammKind();

} // namespace inlay::engine::amm
