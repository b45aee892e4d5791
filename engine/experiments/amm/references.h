#pragma once

#include <cstdint>

#include "engine/base/random.h"

namespace inlay::engine::amm {

/// Squared relative error of keeping `rank` of the tile^3 scalar products: 1 - rank / tile^3.
double keepError(std::int64_t tile, std::int64_t rank);

/// Squared relative error of the best approximation of low rank to a large square Gaussian matrix
/// that takes as many multiply-adds as `rank` products a tile do: of the singular values' share
/// rank / (2 tile^3) the largest are kept. From the quarter-circle law (Marchenko and Pastur 1967),
/// exact in the limit of large matrices.
double lowRankError(std::int64_t tile, std::int64_t rank);

/// Share of the energy of a Gaussian matrix that 2:4 pruning by magnitude drops, by sampling
/// `blocks` blocks of 4 x 4: along rows, or with masks that are 2:4 along columns too.
double twoFourError(bool transposable, std::int64_t blocks, RandomStream stream);

} // namespace inlay::engine::amm
