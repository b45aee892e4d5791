#pragma once

#include <cstdint>

#include "engine/base/random.h"

namespace inlay::engine::amm {

/// Squared relative error of keeping `rank` of the tile^3 scalar products: 1 - rank / tile^3.
double keepError(std::int64_t tile, std::int64_t rank);

/// Share of the energy of a Gaussian matrix that 2:4 pruning by magnitude drops, by sampling
/// `blocks` blocks of 4 x 4: along rows, or with masks that are 2:4 along columns too.
double twoFourError(bool transposable, std::int64_t blocks, RandomStream stream);

} // namespace inlay::engine::amm
