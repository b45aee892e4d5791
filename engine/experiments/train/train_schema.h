#pragma once

#include "engine/experiments/train/train_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::train {

const Schema<TrainConfig>& trainSchema();

} // namespace inlay::engine::train
