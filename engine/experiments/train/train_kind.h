#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::train {

/// Trains a classifier with an operator of choice in each layer.
const ExperimentKind& trainKind();

} // namespace inlay::engine::train
