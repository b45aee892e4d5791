#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/experiments/embed/embed_source.h"
#include "engine/store/run_record.h"

namespace inlay::engine::embed {

/// Most points of a frame: one of three dimensions stays within 1 MiB.
inline constexpr std::int64_t kShownPoints = 87'000;

/// Rows `chosen` of a layout, f32.
FrameRecord layoutFrame(std::int64_t step, std::span<const float> layout, std::int64_t dimension,
                        std::span<const std::int64_t> chosen);
/// Numbers `chosen` of a list with one for each point.
FrameRecord chosenFrame(const char* name, std::span<const std::int32_t> values,
                        std::span<const std::int64_t> chosen);
/// Images averaged down by the smallest whole factor that keeps all of them within 1 MiB. None
/// where not even single pixels would fit.
std::vector<FrameRecord> thumbnailFrames(const EmbedPoints& points,
                                         std::span<const std::int64_t> chosen);

} // namespace inlay::engine::embed
