#pragma once

#include <vector>

#include "engine/optimizers/optimizer_config.h"
#include "engine/optimizers/schedule.h"
#include "engine/schema/schema.h"

namespace inlay::engine {

/// The alternatives of a variant field that holds an OptimizerConfig.
std::vector<Alternative> optimizerAlternatives();

/// With `plateau` also the schedule that follows the training loss, for kinds that keep a Plateau.
Schema<ScheduleConfig> scheduleSchema(bool plateau = false);

} // namespace inlay::engine
