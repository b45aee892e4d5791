#pragma once

#include "engine/experiments/amm/amm_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::amm {

/// The keys of kind `amm`.
const Schema<AmmConfig>& ammSchema();

} // namespace inlay::engine::amm
