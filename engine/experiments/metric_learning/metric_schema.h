#pragma once

#include "engine/experiments/metric_learning/metric_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::metric_learning {

const Schema<MetricConfig>& metricSchema();

} // namespace inlay::engine::metric_learning
