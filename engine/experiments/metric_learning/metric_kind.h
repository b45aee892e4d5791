#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::metric_learning {

/// Trains a network whose points of one class lie close together.
const ExperimentKind& metricLearningKind();

} // namespace inlay::engine::metric_learning
