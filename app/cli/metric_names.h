#pragma once

#include <string>

#include "engine/runner/experiment_kind.h"

namespace inlay::app {

/// What people call a result of a kind; its key where the kind (or its declaration) is not known.
std::string metricTitle(const engine::ExperimentKind* kind, const std::string& metric);
/// A result with its declared unit.
std::string metricValue(const engine::ExperimentKind* kind, const std::string& metric,
                        double value);

} // namespace inlay::app
