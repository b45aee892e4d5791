#pragma once

#include <cstdint>
#include <vector>

namespace inlay::engine::kmeans {

/// Points in memory: f32, row-major, relative to the origin that the run chose; each with a weight
/// (a multiplicity), or all with weight 1 when `weights` is empty.
struct WeightedPoints {
    std::int64_t dims = 0;
    std::vector<float> values;
    std::vector<double> weights;

    std::int64_t count() const {
        return dims == 0 ? 0 : static_cast<std::int64_t>(values.size()) / dims;
    }
    const float* row(std::int64_t i) const { return values.data() + i * dims; }
    double weight(std::int64_t i) const {
        return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(i)];
    }
    double totalWeight() const {
        double total = 0;
        for (const double weight : weights)
            total += weight;
        return weights.empty() ? static_cast<double>(count()) : total;
    }
};

} // namespace inlay::engine::kmeans
