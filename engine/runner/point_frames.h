#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/datasets/dataset.h"
#include "engine/store/run_record.h"

// Frames of points, as all kinds that have points record them.
namespace inlay::engine::point_frames {

/// Most numbers of a frame of points.
inline constexpr std::int64_t kMostNumbers = 524'288;

/// Whether rows can be kept in half precision: finite and within its range.
bool fitsHalves(std::span<const float> values);

/// What became of a snapshot of points.
enum class Taken { Kept, Unsound, Stopped };

/// Where a sample comes from, in frames `split`.
enum class Part : std::int32_t { Training = 0, Validation = 1, Test = 2 };

/// `count` of `total` numbers from 0, evenly spread, ascending.
std::vector<std::int64_t> evenly(std::int64_t total, std::int64_t count);

/// Rows of numbers in half precision.
FrameRecord halves(std::string name, std::int64_t step, PointsView rows);
/// `shape` has as many numbers as there are values.
FrameRecord integers(std::string name, std::int64_t step, std::vector<std::int64_t> shape,
                     std::span<const std::int32_t> values);
FrameRecord floats(std::string name, std::int64_t step, std::vector<std::int64_t> shape,
                   std::span<const float> values);

/// One image: rows of pixels of `channels` bytes.
using ImageOf = std::function<const std::uint8_t*(std::int64_t)>;
/// Images averaged down by the smallest whole factor that keeps all of them within 1 MiB, as frame
/// `name`. None where the samples are no gray or color images.
std::optional<FrameRecord> images(std::string name, const SampleShape& shape, std::int64_t count,
                                  const ImageOf& imageOf);
std::optional<FrameRecord> images(std::string name, const Dataset& data,
                                  std::span<const std::int64_t> samples);

/// IEEE half precision, to nearest even; beyond its range infinity.
std::uint16_t halfOf(float value);

} // namespace inlay::engine::point_frames
