#pragma once

#include "engine/experiments/autoencoder/autoencoder_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::autoencoder {

const Schema<AutoencoderConfig>& autoencoderSchema();

} // namespace inlay::engine::autoencoder
