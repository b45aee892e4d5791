#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/experiments/streaming_kmeans/stream_reader.h"
#include "engine/tensor/device.h"

namespace inlay::engine::kmeans {

/// What one pass over all points says of a set of centers.
struct PassResult {
    double cost = 0; // in double throughout
    std::int64_t points = 0;
    std::vector<double> counts;  // points nearest to each center
    std::vector<double> costs;   // of each center's points
    std::vector<double> sums;    // of each center's points, dims wide
    std::vector<double> planted; // cost of the points of each planted cluster
    bool interrupted = false;
};

struct PassWatch {
    /// Nearest centers of the next points, in order.
    std::function<void(std::span<const std::int32_t>)> labels;
    /// Points done; false ends the pass.
    std::function<bool(std::int64_t)> proceed;
};

/// Assigns every point of a stream to its nearest center. Rewinds first. `centers` lie relative to
/// the reader's origin. Memory does not depend on the number of points. `device` as in
/// LloydOptions.
PassResult passOver(StreamReader& reader, const std::vector<double>& centers,
                    std::int64_t plantedClusters, const PassWatch& watch,
                    const std::optional<Device>& device = {});

} // namespace inlay::engine::kmeans
