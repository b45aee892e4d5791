#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/experiments/embed/embed_config.h"
#include "engine/schema/issue.h"

namespace inlay::engine::embed {

/// The vectors of a run, before scaling.
struct EmbedPoints {
    std::vector<float> values;
    std::int64_t count = 0;
    std::int64_t dimension = 0;
    std::vector<std::int32_t> labels; // empty: none
    std::vector<std::string> classNames;
    /// point_frames::Part of each point; empty where all are of one part.
    std::vector<std::int32_t> parts;
    /// Images of height x width x channels in the values' order; 0 = no images.
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    double white = 255; // value of a full pixel
    std::vector<std::string> notes;

    PointsView view() const { return {values, count, dimension}; }
};

/// Reads everything; keys of issues start with `source`, `count` or `projection`.
std::vector<Issue> checkSource(const EmbedConfig& config);

/// Throws Error where checkSource() has an issue. `seed` chooses the points where fewer are wanted.
EmbedPoints loadPoints(const EmbedConfig& config, std::uint64_t seed);

} // namespace inlay::engine::embed
