#pragma once

#include "engine/experiments/spatial_contrasting/spatial_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::spatial_contrasting {

const Schema<SpatialConfig>& spatialSchema();

} // namespace inlay::engine::spatial_contrasting
