#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/streaming_kmeans/kmeans_config.h"
#include "engine/experiments/streaming_kmeans/seeding.h"

namespace inlay::engine::kmeans {

/// First centers of batch Lloyd on points in memory: k of them (fewer when there are fewer distinct
/// points).
WeightedPoints batchStart(const WeightedPoints& points, const KmeansConfig& config,
                          const RandomStream& random);

/// k distinct points drawn uniformly.
WeightedPoints randomPoints(const WeightedPoints& points, std::int64_t k, RandomStream random);

LloydOptions lloydOptions(const KmeansConfig& config, const std::optional<Device>& device = {});

struct BaselineMoment {
    std::int64_t step = 0;
    double seconds = 0;
    double cost = 0; // on all points
};
struct BaselineResult {
    std::string name; // "lloyd", "plus_plus", "online", "mini_batch"
    std::vector<BaselineMoment> moments;
    bool interrupted = false;
};

/// The baselines that `config.compare` asks for, in a fixed order. Seconds are those of the
/// algorithm; the time of computing costs for the curve is not among them.
std::vector<std::function<BaselineResult()>> baselines(const WeightedPoints& points,
                                                       const KmeansConfig& config,
                                                       const RandomStream& random,
                                                       std::function<bool()> proceed);

/// Sum of the squared distances to the nearest center.
double costOf(const WeightedPoints& points, const std::vector<double>& centers);

} // namespace inlay::engine::kmeans
