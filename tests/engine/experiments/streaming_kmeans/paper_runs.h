#pragma once

#include <algorithm>
#include <numeric>

#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/hierarchy.h"
#include "engine/experiments/streaming_kmeans/lloyd.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"
#include "tests/engine/experiments/streaming_kmeans/point_sets.h"

// Runs as Ailon, Jaiswal, Monteleoni (2009) publish them, for tests and their calibration.

namespace inlay::kmeans_tests {

struct Streamed {
    engine::kmeans::WeightedPoints centers;
    double cost = 0;
    std::int64_t peak = 0;
    std::int64_t summary = 0;
};

// Algorithm 3 as published, on points in memory, in their order or shuffled.
inline Streamed divideAndConquer(const engine::kmeans::WeightedPoints& points,
                                 const engine::kmeans::KmeansConfig& config, std::uint64_t seed) {
    const engine::RandomStream random(seed, "test.dc");
    const engine::kmeans::LevelPlan plan =
        engine::kmeans::planLevels(config, points.count(), points.dims);
    engine::kmeans::Hierarchy hierarchy(points.dims, plan.levels, random);
    for (std::int64_t at = 0; at < points.count();) {
        const std::int64_t rows = std::min(hierarchy.room(), points.count() - at);
        hierarchy.add(points.row(at), rows);
        at += rows;
    }
    hierarchy.flush();
    Streamed result;
    result.centers =
        engine::kmeans::reduceGroup(hierarchy.summary(), {config.k, 1}, 1, random.split("final"))
            .centers;
    result.cost = engine::kmeans::costOf(points, engine::kmeans::asCenters(result.centers));
    result.peak = hierarchy.peakHeld();
    result.summary = hierarchy.summary().count();
    return result;
}

inline engine::kmeans::KmeansConfig paperConfig(engine::kmeans::Algorithm algorithm,
                                                std::int64_t k) {
    engine::kmeans::KmeansConfig config;
    config.k = k;
    config.algorithm = algorithm;
    config.repetitions = 0;
    config.polish = engine::kmeans::Polish::None;
    config.tolerance = 0;
    config.absoluteTolerance = 1; // the paper's Lloyd: until the cost changes by less than 1
    return config;
}

// The points in another order.
inline engine::kmeans::WeightedPoints shuffled(const engine::kmeans::WeightedPoints& points,
                                               std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(points.count()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    engine::RandomStream(seed, "test.order").shuffle(order);
    engine::kmeans::WeightedPoints result;
    result.dims = points.dims;
    for (const std::int64_t i : order)
        result.values.insert(result.values.end(), points.row(i), points.row(i) + points.dims);
    return result;
}

// Batch Lloyd from k random points.
inline double randomStartLloydCost(const engine::kmeans::WeightedPoints& points, std::int64_t k,
                                   std::uint64_t seed) {
    const engine::kmeans::KmeansConfig config = paperConfig(engine::kmeans::Algorithm::Lloyd, k);
    const engine::kmeans::WeightedPoints start =
        engine::kmeans::randomPoints(points, k, engine::RandomStream(seed, "test.random_start"));
    return engine::kmeans::lloyd(points, engine::kmeans::asCenters(start),
                                 engine::kmeans::lloydOptions(config))
        .cost;
}

} // namespace inlay::kmeans_tests
