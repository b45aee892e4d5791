#pragma once

#include <vector>

#include "engine/datasets/points/point_source.h"
#include "engine/experiments/streaming_kmeans/stream_reader.h"
#include "engine/experiments/streaming_kmeans/weighted_points.h"

namespace inlay::kmeans_tests {

/// All points of a source in memory, and what the reader knows of them.
struct Loaded {
    engine::kmeans::WeightedPoints points;
    double optimum = 0; // of the planted partition
};

inline Loaded load(const engine::PointSource& source) {
    const auto stream = engine::openPoints(source);
    engine::kmeans::StreamReader reader(*stream);
    engine::kmeans::PlantedCost planted(std::max<std::int64_t>(stream->plantedClusters(), 1),
                                        stream->dims());
    Loaded loaded;
    loaded.points.dims = stream->dims();
    for (;;) {
        const std::int64_t got = reader.read(1000);
        loaded.points.values.insert(loaded.points.values.end(), reader.values().begin(),
                                    reader.values().end());
        planted.add(reader.exact(), reader.planted(), got);
        if (got < 1000)
            break;
    }
    loaded.optimum = planted.cost();
    return loaded;
}

/// Points of a line of numbers, one dimension.
inline engine::kmeans::WeightedPoints line(const std::vector<float>& values,
                                           const std::vector<double>& weights = {}) {
    engine::kmeans::WeightedPoints points;
    points.dims = 1;
    points.values = values;
    points.weights = weights;
    return points;
}

} // namespace inlay::kmeans_tests
