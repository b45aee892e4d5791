#pragma once

#include <cstdint>
#include <vector>

#include "engine/operators/plan.h"
#include "engine/optimizers/optimizer_config.h"

namespace inlay::engine {

/// The calls of one optimizer step on `parameters` trainable numbers, zeroing of the gradients
/// included.
std::vector<KernelCall> planOptimizerStep(const OptimizerConfig& config, std::int64_t parameters);

} // namespace inlay::engine
