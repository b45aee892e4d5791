#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/streaming_kmeans/weighted_points.h"

namespace inlay::engine::kmeans {

/// k-means++ draws one center a round, k-means# several, all against the distances at the start of
/// the round (Ailon, Jaiswal, Monteleoni 2009, section 2).
struct SeedRule {
    std::int64_t k = 1;        // rounds
    std::int64_t perRound = 1; // draws a round: 1 = k-means++, ceil(3 log k) = k-means#
    std::int64_t most() const { return k * perRound; }
};

struct Seeding {
    std::vector<std::int64_t> chosen; // indices of points, in the order drawn; may repeat
    std::vector<std::int32_t> label;  // per point: position in `chosen` of its nearest center
    std::vector<float> squared;       // per point: squared distance to it
    double cost = 0;                  // sum of weight times squared distance
    /// Every point coincided with a center before all rounds were drawn.
    bool ranOut = false;
};

/// First draw by weight, every further round by weight times squared distance. Round r draws from
/// random.split(r), so the result does not depend on threads. Needs a positive total weight.
Seeding seedCenters(const WeightedPoints& points, const SeedRule& rule, const RandomStream& random);

/// Seeds `repetitions` times from random.split(0), split(1), … and keeps the cheapest, the first of
/// equals.
Seeding bestSeeding(const WeightedPoints& points, const SeedRule& rule, std::int64_t repetitions,
                    const RandomStream& random);

/// The chosen points with the weight of all points whose nearest they are; those without any (drawn
/// twice) are left out.
WeightedPoints weightedCenters(const WeightedPoints& points, const Seeding& seeding);

/// Index of the point at which the cumulative weight passes u times the total, u in [0, 1).
std::int64_t drawByWeight(const std::vector<double>& weights, double u);

/// ceil(3 log k), at least 1: draws a round of k-means#.
std::int64_t sharpDraws(std::int64_t k, bool naturalLog);
/// ceil(3 log n), at least 1: the paper's repetitions.
std::int64_t paperRepetitions(std::int64_t n, bool naturalLog);

} // namespace inlay::engine::kmeans
