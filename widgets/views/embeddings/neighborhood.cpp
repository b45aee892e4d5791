#include "widgets/views/embeddings/neighborhood.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/analysis/embedding/neighbors.h"
#include "widgets/views/embeddings/job_thread.h"

namespace inlay::widgets {
namespace {

constexpr std::int64_t kFewestPoints = 12;

/// Most of the nearest; ties by the larger sum of 1 / distance, then by the lower label.
std::int32_t voted(std::span<const std::int32_t> neighbors, std::span<const float> distances,
                   const std::vector<std::int32_t>& labels) {
    struct Votes {
        int count = 0;
        double weight = 0;
    };
    std::map<std::int32_t, Votes> votes;
    int voters = 0;
    for (std::size_t i = 0; i < neighbors.size() && voters < kVotingNeighbors; ++i) {
        const std::int32_t label = labels[static_cast<std::size_t>(neighbors[i])];
        if (label < 0)
            continue;
        ++voters;
        Votes& one = votes[label];
        ++one.count;
        one.weight += 1 / std::max(1e-12, static_cast<double>(distances[i]));
    }
    std::int32_t best = -1;
    Votes most;
    for (const auto& [label, one] : votes)
        if (one.count > most.count || (one.count == most.count && one.weight > most.weight)) {
            best = label;
            most = one;
        }
    return best;
}

} // namespace

Neighborhood findNeighborhood(const Snapshot& snapshot, const std::vector<std::int32_t>& labels,
                              const JobToken& token) {
    Neighborhood result;
    result.key = snapshot.key;
    if (snapshot.count < 2)
        return result;
    engine::Neighbors found =
        engine::exactNeighbors({snapshot.values, snapshot.count, snapshot.dimension},
                               kShownNeighbors, [&] { return !token.isCancelled(); });
    if (found.cancelled)
        return result;
    result.k = found.k;
    result.index = std::move(found.index);
    result.distance = std::move(found.distance);
    const bool hasLabels = labels.size() == static_cast<std::size_t>(snapshot.count);
    std::vector<double> hits;
    std::vector<std::int64_t> queries;
    if (hasLabels) {
        const std::int32_t last = *std::max_element(labels.begin(), labels.end());
        hits.assign(static_cast<std::size_t>(std::max(0, last + 1)), 0);
        queries.assign(hits.size(), 0);
        result.predicted.reserve(labels.size());
    }
    result.density.reserve(static_cast<std::size_t>(snapshot.count));
    for (std::int64_t i = 0; i < snapshot.count; ++i) {
        const auto near = result.neighborsOf(i);
        const auto far = result.distancesOf(i);
        double sum = 0;
        for (const float distance : far)
            sum += distance;
        result.density.push_back(
            static_cast<float>(-std::log10(std::max(1e-12, sum / static_cast<double>(result.k)))));
        if (!hasLabels)
            continue;
        result.predicted.push_back(voted(near, far, labels));
        if (const std::int32_t own = labels[static_cast<std::size_t>(i)]; own >= 0) {
            ++queries[static_cast<std::size_t>(own)];
            hits[static_cast<std::size_t>(own)] +=
                labels[static_cast<std::size_t>(near.front())] == own;
        }
    }
    double all = 0;
    std::int64_t counted = 0;
    for (std::size_t label = 0; label < hits.size(); ++label) {
        // A label with one point has nobody to find.
        const bool counts = queries[label] > 1;
        result.classRecall.push_back(counts ? hits[label] / static_cast<double>(queries[label])
                                            : NAN);
        if (counts) {
            all += hits[label];
            counted += queries[label];
        }
    }
    result.recall = counted > 0 ? all / static_cast<double>(counted) : NAN;
    result.isComplete = true;
    return result;
}

Neighborhood findNeighborsOf(std::int64_t point, const Snapshot& snapshot, const JobToken& token) {
    Neighborhood result;
    result.key = snapshot.key;
    result.isPartial = true;
    const engine::PointsView all{snapshot.values, snapshot.count, snapshot.dimension};
    const engine::PointsView one{std::span(snapshot.values)
                                     .subspan(static_cast<std::size_t>(point * snapshot.dimension),
                                              static_cast<std::size_t>(snapshot.dimension)),
                                 1, snapshot.dimension};
    // One more: the point finds itself, or a twin of it.
    const engine::Neighbors found =
        engine::exactNeighbors(all, one, kShownNeighbors + 1, engine::OwnMatch::Keep,
                               [&] { return !token.isCancelled(); });
    if (found.cancelled)
        return result;
    for (std::int64_t i = 0; i < found.k && std::ssize(result.index) < kShownNeighbors; ++i)
        if (found.index[static_cast<std::size_t>(i)] != point) {
            result.index.push_back(found.index[static_cast<std::size_t>(i)]);
            result.distance.push_back(found.distance[static_cast<std::size_t>(i)]);
        }
    result.k = std::ssize(result.index);
    result.asked[point] = 0;
    result.isComplete = true;
    return result;
}

std::optional<engine::ProjectionQuality> judge(const Snapshot& snapshot,
                                               const std::vector<float>& places, int dimension,
                                               const JobToken& token) {
    std::vector<float> original;
    std::vector<float> layout;
    const auto d = static_cast<std::size_t>(snapshot.dimension);
    const auto p = static_cast<std::size_t>(dimension);
    std::int64_t count = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(snapshot.count); ++i) {
        if (!std::isfinite(places[i * p]))
            continue;
        ++count;
        layout.insert(layout.end(), places.begin() + static_cast<std::ptrdiff_t>(i * p),
                      places.begin() + static_cast<std::ptrdiff_t>((i + 1) * p));
        original.insert(original.end(),
                        snapshot.values.begin() + static_cast<std::ptrdiff_t>(i * d),
                        snapshot.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * d));
    }
    if (count < kFewestPoints)
        return std::nullopt;
    const auto quality =
        engine::projectionQuality({original, count, snapshot.dimension}, {layout, count, dimension},
                                  {}, [&] { return !token.isCancelled(); });
    if (quality.cancelled)
        return std::nullopt;
    return quality;
}

} // namespace inlay::widgets
