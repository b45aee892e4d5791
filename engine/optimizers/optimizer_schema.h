#pragma once

#include <vector>

#include "engine/optimizers/optimizer_config.h"
#include "engine/optimizers/schedule.h"
#include "engine/schema/schema.h"

namespace inlay::engine {

/// The alternatives of a variant field that holds an OptimizerConfig.
std::vector<Alternative> optimizerAlternatives();

Schema<ScheduleConfig> scheduleSchema();

} // namespace inlay::engine
