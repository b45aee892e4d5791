#pragma once

#include <cstdint>

#include "engine/experiments/streaming_kmeans/seeding.h"

namespace inlay::engine::kmeans {

/// What one run of an algorithm makes of a group of points.
struct Reduction {
    WeightedPoints centers; // the weights add up to those of the group
    double cost = 0;        // of the group with these centers
    bool ranOut = false;    // fewer distinct points than centers wanted
};

/// The cheapest of `repetitions` seedings, weighted. A group of at most rule.most() points passes
/// as it is, exact duplicates merged. Points of weight zero are left out.
Reduction reduceGroup(const WeightedPoints& group, const SeedRule& rule, std::int64_t repetitions,
                      const RandomStream& random);

/// Exact duplicates become one point with the sum of their weights, in the order of first
/// appearance.
WeightedPoints mergeDuplicates(const WeightedPoints& points);

} // namespace inlay::engine::kmeans
