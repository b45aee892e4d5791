#pragma once

#include <cstdint>
#include <span>

#include "engine/analysis/embedding/layout.h"

namespace inlay::engine {

/// Mean of |f(x) - f(x+)|² over all pairs of one label, on rows of length 1 (Wang, Isola 2020);
/// lower is better. Labels below 0 do not count. NaN without a pair.
double alignment(PointsView points, std::span<const std::int32_t> labels);

/// ln of the mean of exp(-2 |f(x) - f(y)|²) over pairs of different points, on rows of length 1;
/// lower is better. All pairs of at most `mostPoints` points, chosen by the seed. NaN below two
/// points.
double uniformity(PointsView points, std::int64_t mostPoints = 4000, std::uint64_t seed = 1);

/// exp of the entropy of the shares of the covariance's eigenvalues: between 1 and the dimension;
/// 0 when all points are equal.
double effectiveRank(PointsView points);

/// Mean silhouette (Rousseeuw 1987) over at most `mostPoints` points with a label, which are then
/// all that is looked at; points alone in their label count 0. NaN with fewer than two labels.
double silhouette(PointsView points, std::span<const std::int32_t> labels,
                  std::int64_t mostPoints = 2000, std::uint64_t seed = 1);

/// Share of numbers that are not 0.
double nonZeroShare(PointsView points);

/// Smallest standard deviation over the dimensions of rows of length 1: near 0 an embedding
/// collapses.
double leastSpread(PointsView points);

/// Share of random triplets (anchor and positive of one label, negative of another, chosen
/// uniformly) with D+ >= D-. NaN where no triplet can be made.
double tripletViolation(PointsView points, std::span<const std::int32_t> labels,
                        std::int64_t triplets, std::uint64_t seed = 1);

} // namespace inlay::engine
