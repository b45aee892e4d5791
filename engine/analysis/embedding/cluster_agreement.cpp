#include "engine/analysis/embedding/cluster_agreement.h"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/analysis/partition_metrics.h"
#include "engine/base/random.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

constexpr int kMostRounds = 100;
constexpr std::int64_t kGrain = 1024;

/// k-means++ (Arthur, Vassilvitskii 2007): each center with probability by squared distance to
/// those before.
std::vector<float> seeded(PointsView points, std::int64_t k, RandomStream& stream) {
    const std::int64_t n = points.count;
    std::vector<float> squared(static_cast<std::size_t>(n), std::numeric_limits<float>::max());
    std::vector<std::int32_t> owner(static_cast<std::size_t>(n), -1);
    std::vector<float> centers;
    std::int64_t next = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(n)));
    for (std::int64_t c = 0; c < k; ++c) {
        centers.insert(centers.end(), points.row(next), points.row(next) + points.dimension);
        kernels::coverRows(points.values.data(), n, points.dimension, points.row(next),
                           static_cast<std::int32_t>(c), nullptr, squared.data(), owner.data());
        double total = 0;
        for (const float s : squared)
            total += static_cast<double>(s);
        double left = stream.uniform() * total;
        next = 0;
        for (; next + 1 < n && left >= static_cast<double>(squared[static_cast<std::size_t>(next)]);
             ++next)
            left -= static_cast<double>(squared[static_cast<std::size_t>(next)]);
    }
    return centers;
}

/// One Lloyd run; the labels and their cost.
KMeansResult lloyd(PointsView points, std::vector<float> centers, std::int64_t k,
                   const KeepGoing& keepGoing) {
    const auto n = static_cast<std::size_t>(points.count);
    const auto dims = static_cast<std::size_t>(points.dimension);
    KMeansResult result;
    result.labels.assign(n, -1);
    std::vector<std::int32_t> labels(n);
    std::vector<float> squared(n);
    for (int round = 0; round < kMostRounds; ++round) {
        if (keepGoing && !keepGoing()) {
            result.cancelled = true;
            return result;
        }
        const kernels::CenterPack pack(centers.data(), k, points.dimension);
        kernels::parallelFor(points.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
            kernels::nearestCenters(pack, points.row(begin), end - begin, labels.data() + begin,
                                    squared.data() + begin, nullptr);
        });
        result.cost = 0;
        for (const float s : squared)
            result.cost += static_cast<double>(s);
        if (labels == result.labels)
            break;
        result.labels = labels;
        std::vector<double> sums(static_cast<std::size_t>(k) * dims);
        std::vector<double> counts(static_cast<std::size_t>(k));
        kernels::accumulateRows(points.values.data(), points.count, points.dimension, labels.data(),
                                nullptr, sums.data(), counts.data());
        // A center without points stays where it is.
        for (std::size_t c = 0; c < static_cast<std::size_t>(k); ++c)
            for (std::size_t d = 0; d < dims && counts[c] > 0; ++d)
                centers[c * dims + d] = static_cast<float>(sums[c * dims + d] / counts[c]);
    }
    return result;
}

} // namespace

KMeansResult kMeans(PointsView points, std::int64_t k, std::int64_t restarts, std::uint64_t seed,
                    const KeepGoing& keepGoing) {
    const RandomStream streams(seed, "embedding.kmeans");
    KMeansResult best;
    best.cost = std::numeric_limits<double>::infinity();
    for (std::int64_t restart = 0; restart < restarts; ++restart) {
        RandomStream stream = streams.split(static_cast<std::uint64_t>(restart));
        KMeansResult one = lloyd(points, seeded(points, k, stream), k, keepGoing);
        if (one.cancelled)
            return one;
        if (one.cost < best.cost)
            best = std::move(one);
    }
    return best;
}

ClusterAgreement clusterAgreement(PointsView points, std::span<const std::int32_t> labels,
                                  std::int64_t restarts, std::uint64_t seed,
                                  const KeepGoing& keepGoing) {
    std::vector<float> values;
    std::vector<std::int32_t> truth;
    for (std::int64_t i = 0; i < points.count; ++i)
        if (labels[static_cast<std::size_t>(i)] >= 0) {
            values.insert(values.end(), points.row(i), points.row(i) + points.dimension);
            truth.push_back(labels[static_cast<std::size_t>(i)]);
        }
    ClusterAgreement agreement;
    agreement.classes =
        static_cast<std::int64_t>(std::set<std::int32_t>(truth.begin(), truth.end()).size());
    if (agreement.classes == 0)
        return agreement;
    const KMeansResult found =
        kMeans({values, static_cast<std::int64_t>(truth.size()), points.dimension},
               agreement.classes, restarts, seed, keepGoing);
    agreement.cancelled = found.cancelled;
    if (found.cancelled)
        return agreement;
    agreement.nmi = normalizedMutualInformation(truth, found.labels);
    agreement.ami = adjustedMutualInformation(truth, found.labels);
    agreement.ari = adjustedRandIndex(truth, found.labels);
    return agreement;
}

} // namespace inlay::engine
