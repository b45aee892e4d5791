#pragma once

#include "engine/experiments/embed/embed_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::embed {

const Schema<EmbedConfig>& embedSchema();

} // namespace inlay::engine::embed
