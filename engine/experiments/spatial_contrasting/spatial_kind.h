#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::spatial_contrasting {

/// Pre-trains a network without labels so that parts of one image lie close together, then
/// fine-tunes it with few labels beside the same network without it.
const ExperimentKind& spatialContrastingKind();

} // namespace inlay::engine::spatial_contrasting
