#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::bench {

/// Times layers of every family beside the dense layer of their shape.
const ExperimentKind& benchKind();

} // namespace inlay::engine::bench
