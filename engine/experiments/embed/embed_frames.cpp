#include "engine/experiments/embed/embed_frames.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/runner/point_frames.h"

namespace inlay::engine::embed {
namespace {

constexpr std::int64_t kFrameBytes = std::int64_t{1} << 20;

template <class T>
void append(FrameRecord& frame, T value) {
    const std::size_t at = frame.data.size();
    frame.data.resize(at + sizeof value);
    std::memcpy(frame.data.data() + at, &value, sizeof value);
}

FrameRecord emptyFrame(const char* name, std::int64_t step, FrameType type,
                       std::vector<std::int64_t> shape) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = type;
    frame.shape = std::move(shape);
    return frame;
}

/// Mean over a cell of factor x factor pixels.
std::byte meanPixel(const EmbedPoints& points, const float* image, std::int64_t y, std::int64_t x,
                    std::int64_t channel, std::int64_t factor) {
    double sum = 0;
    double count = 0;
    for (std::int64_t r = y * factor; r < std::min((y + 1) * factor, points.height); ++r)
        for (std::int64_t c = x * factor; c < std::min((x + 1) * factor, points.width); ++c) {
            sum += static_cast<double>(image[(r * points.width + c) * points.channels + channel]);
            ++count;
        }
    return static_cast<std::byte>(
        std::lround(255 * std::clamp(sum / count / points.white, 0.0, 1.0)));
}

} // namespace

FrameRecord layoutFrame(std::int64_t step, std::span<const float> layout, std::int64_t dimension,
                        std::span<const std::int64_t> chosen) {
    FrameRecord frame = emptyFrame("layout", step, FrameType::F32,
                                   {static_cast<std::int64_t>(chosen.size()), dimension});
    frame.data.reserve(chosen.size() * static_cast<std::size_t>(dimension) * 4);
    for (const std::int64_t i : chosen)
        for (std::int64_t d = 0; d < dimension; ++d)
            append(frame, layout[static_cast<std::size_t>(i * dimension + d)]);
    return frame;
}

FrameRecord chosenFrame(const char* name, std::span<const std::int32_t> values,
                        std::span<const std::int64_t> chosen) {
    std::vector<std::int32_t> own;
    own.reserve(chosen.size());
    for (const std::int64_t i : chosen)
        own.push_back(values[static_cast<std::size_t>(i)]);
    return point_frames::integers(name, 0, {std::ssize(own)}, own);
}

std::vector<FrameRecord> thumbnailFrames(const EmbedPoints& points,
                                         std::span<const std::int64_t> chosen) {
    if (points.height == 0 || (points.channels != 1 && points.channels != 3))
        return {};
    const auto count = static_cast<std::int64_t>(chosen.size());
    const auto side = [](std::int64_t extent, std::int64_t factor) {
        return (extent + factor - 1) / factor;
    };
    std::int64_t factor = 1;
    while (count * points.channels * side(points.height, factor) * side(points.width, factor) >
           kFrameBytes) {
        if (factor > std::max(points.height, points.width))
            return {};
        ++factor;
    }
    const std::int64_t height = side(points.height, factor);
    const std::int64_t width = side(points.width, factor);
    std::vector<std::int64_t> shape = {count, height, width};
    if (points.channels == 3)
        shape.push_back(3);
    FrameRecord frame = emptyFrame("thumbnails", 0, FrameType::U8, shape);
    for (const std::int64_t i : chosen) {
        const float* image = points.values.data() + i * points.dimension;
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x)
                for (std::int64_t c = 0; c < points.channels; ++c)
                    frame.data.push_back(meanPixel(points, image, y, x, c, factor));
    }
    return {std::move(frame)};
}

} // namespace inlay::engine::embed
