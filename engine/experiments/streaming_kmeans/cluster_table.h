#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/streaming_kmeans/preview.h"
#include "engine/experiments/streaming_kmeans/stream_pass.h"
#include "engine/runner/run_recorder.h"

namespace inlay::engine::kmeans {

/// One row of the table `clusters`.
struct ClusterRow {
    double size = 0;       // points
    double share = 0;      // of the cost
    double radius = 0;     // root mean square distance to the center
    double separation = 0; // distance to the nearest other center
    std::int64_t nearest = -1;
    double silhouette = 0; // mean over the sampled points; NaN without any
};

/// `labels` are those of the preview's points.
std::vector<ClusterRow> describeClusters(const PassResult& pass, const std::vector<double>& centers,
                                         const Preview& preview,
                                         const std::vector<std::int32_t>& labels);

/// Nearest centers of the preview's points.
std::vector<std::int32_t> labelsOf(const WeightedPoints& points,
                                   const std::vector<double>& centers);

void recordClusters(RunRecorder& recorder, const std::vector<ClusterRow>& rows);

} // namespace inlay::engine::kmeans
