#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/embedding/neighbors.h"

namespace inlay::engine {

/// Lloyd's algorithm from k-means++ starts; the best of `restarts` by cost.
struct KMeansResult {
    std::vector<std::int32_t> labels;
    double cost = 0; // sum of squared distances
    bool cancelled = false;
};
KMeansResult kMeans(PointsView points, std::int64_t k, std::int64_t restarts, std::uint64_t seed,
                    const KeepGoing& keepGoing = {});

/// How well k-means with k = number of classes finds the labels (labels below 0 left out).
struct ClusterAgreement {
    double nmi = 0;
    double ami = 0;
    double ari = 0;
    std::int64_t classes = 0;
    bool cancelled = false;
};
ClusterAgreement clusterAgreement(PointsView points, std::span<const std::int32_t> labels,
                                  std::int64_t restarts = 10, std::uint64_t seed = 1,
                                  const KeepGoing& keepGoing = {});

} // namespace inlay::engine
