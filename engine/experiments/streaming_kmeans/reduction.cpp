#include "engine/experiments/streaming_kmeans/reduction.h"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace inlay::engine::kmeans {

WeightedPoints mergeDuplicates(const WeightedPoints& points) {
    // Bytes as keys: readers turn -0 into 0 when they subtract the origin, and there is no NaN.
    std::unordered_map<std::string_view, std::size_t> places;
    WeightedPoints merged;
    merged.dims = points.dims;
    const std::size_t bytes = static_cast<std::size_t>(points.dims) * sizeof(float);
    for (std::int64_t i = 0; i < points.count(); ++i) {
        if (!(points.weight(i) > 0))
            continue;
        const float* row = points.row(i);
        const std::string_view key(reinterpret_cast<const char*>(row), bytes);
        const auto [place, isNew] = places.try_emplace(key, merged.weights.size());
        if (isNew) {
            merged.values.insert(merged.values.end(), row, row + points.dims);
            merged.weights.push_back(points.weight(i));
        } else {
            merged.weights[place->second] += points.weight(i);
        }
    }
    return merged;
}

Reduction reduceGroup(const WeightedPoints& group, const SeedRule& rule, std::int64_t repetitions,
                      const RandomStream& random) {
    Reduction result;
    if (group.count() <= rule.most()) {
        result.centers = mergeDuplicates(group);
        return result;
    }
    const Seeding best = bestSeeding(group, rule, repetitions, random);
    result.centers = weightedCenters(group, best);
    result.cost = best.cost;
    result.ranOut = best.ranOut;
    return result;
}

} // namespace inlay::engine::kmeans
