#pragma once

#include "engine/experiments/sketch/sketch_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::sketch {

const Schema<SketchConfig>& sketchSchema();

} // namespace inlay::engine::sketch
