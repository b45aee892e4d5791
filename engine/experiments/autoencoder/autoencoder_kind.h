#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::autoencoder {

/// Encoder-decoder networks with a butterfly as the encoder's first layer, beside PCA.
const ExperimentKind& autoencoderKind();

} // namespace inlay::engine::autoencoder
