#include "engine/runner/point_frames.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <utility>

namespace inlay::engine::point_frames {
namespace {

constexpr std::int64_t kFrameBytes = std::int64_t{1} << 20;
constexpr float kLargestHalf = 65504;

template <class T>
FrameRecord frameOf(std::string name, std::int64_t step, FrameType type,
                    std::vector<std::int64_t> shape, std::span<const T> values) {
    FrameRecord frame;
    frame.name = std::move(name);
    frame.step = step;
    frame.type = type;
    frame.shape = std::move(shape);
    const auto bytes = std::as_bytes(values);
    frame.data.assign(bytes.begin(), bytes.end());
    return frame;
}

} // namespace

std::vector<std::int64_t> evenly(std::int64_t total, std::int64_t count) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < count; ++i)
        chosen.push_back(i * total / count);
    return chosen;
}

bool fitsHalves(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float value) {
        return std::abs(value) <= kLargestHalf; // false for NaN
    });
}

FrameRecord halves(std::string name, std::int64_t step, PointsView rows) {
    std::vector<std::uint16_t> values;
    values.reserve(rows.values.size());
    for (const float value : rows.values)
        values.push_back(halfOf(value));
    return frameOf(std::move(name), step, FrameType::F16, {rows.count, rows.dimension},
                   std::span<const std::uint16_t>(values));
}

FrameRecord integers(std::string name, std::int64_t step, std::vector<std::int64_t> shape,
                     std::span<const std::int32_t> values) {
    return frameOf(std::move(name), step, FrameType::I32, std::move(shape), values);
}

FrameRecord floats(std::string name, std::int64_t step, std::vector<std::int64_t> shape,
                   std::span<const float> values) {
    return frameOf(std::move(name), step, FrameType::F32, std::move(shape), values);
}

std::optional<FrameRecord> images(std::string name, const SampleShape& shape, std::int64_t count,
                                  const ImageOf& imageOf) {
    if (count < 1 || (shape.channels != 1 && shape.channels != 3))
        return std::nullopt;
    int factor = 1;
    while (count * (shape.height / factor) * (shape.width / factor) * shape.channels > kFrameBytes)
        ++factor;
    const int height = shape.height / factor;
    const int width = shape.width / factor;
    if (height < 1 || width < 1)
        return std::nullopt;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(static_cast<std::size_t>(count * height * width * shape.channels));
    for (std::int64_t i = 0; i < count; ++i) {
        const std::uint8_t* image = imageOf(i);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < shape.channels; ++c) {
                    int sum = 0;
                    for (int dy = 0; dy < factor; ++dy)
                        for (int dx = 0; dx < factor; ++dx)
                            sum += image[((y * factor + dy) * shape.width + x * factor + dx) *
                                             shape.channels +
                                         c];
                    bytes.push_back(static_cast<std::uint8_t>(sum / (factor * factor)));
                }
    }
    std::vector<std::int64_t> extent{count, height, width};
    if (shape.channels == 3)
        extent.push_back(3);
    return frameOf(std::move(name), 0, FrameType::U8, std::move(extent),
                   std::span<const std::uint8_t>(bytes));
}

std::optional<FrameRecord> images(std::string name, const Dataset& data,
                                  std::span<const std::int64_t> samples) {
    if (!data.storesBytes())
        return std::nullopt;
    return images(std::move(name), data.shape, std::ssize(samples), [&](std::int64_t i) {
        return data.bytes.data() + samples[static_cast<std::size_t>(i)] * data.shape.values();
    });
}

std::uint16_t halfOf(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude >= 0x7f800000u) // infinity and NaN
        return static_cast<std::uint16_t>(sign | 0x7c00u | (magnitude > 0x7f800000u ? 0x200u : 0u));
    if (magnitude >= 0x477ff000u) // rounds beyond 65504
        return static_cast<std::uint16_t>(sign | 0x7c00u);
    if (magnitude < 0x38800000u) {
        // Below the normal halves: adding 0.5 leaves the bits at the bottom, rounded.
        const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
        return static_cast<std::uint16_t>(sign |
                                          (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
    }
    const std::uint32_t odd = (magnitude >> 13) & 1u;
    return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

} // namespace inlay::engine::point_frames
