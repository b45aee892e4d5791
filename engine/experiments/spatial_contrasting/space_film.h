#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/experiments/spatial_contrasting/spatial_config.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/runner/point_frames.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::spatial_contrasting {

/// The space that the pre-training forms, seen on test images that it never has labels of: of each
/// the mean of its map over the pixels, as many numbers as the map has channels (of patches, the
/// map of the middle patch; rows of length 1 with the cosine).
class SpaceFilm {
public:
    SpaceFilm(const SpatialConfig& config, const Encoder& encoder, const DatasetSplit& data,
              const Normalization& normalization, RunContext& context);

    /// The test samples that are shown; numbers of points are places in this list.
    const std::vector<std::int64_t>& points() const { return points_; }
    /// Labels, classes and images, once.
    void recordPoints();
    /// Frames and series at `step`. Features that halves cannot hold are not kept: the step that
    /// made them ends the run.
    point_frames::Taken take(Network& encoder, std::int64_t step);

private:
    struct Embedded {
        std::vector<float> values;
        bool complete = true;
    };
    Embedded embed(Network& encoder, const Dataset& data,
                   std::span<const std::int64_t> samples) const;

    const SpatialConfig& config_;
    const Encoder& encoder_;
    const DatasetSplit& data_;
    const Normalization& normalization_;
    RunContext& context_;
    std::vector<std::int64_t> points_;
    std::vector<std::int32_t> labels_;
    std::vector<std::int64_t> references_; // training samples that label the points
    std::vector<std::int32_t> referenceLabels_;
};

} // namespace inlay::engine::spatial_contrasting
