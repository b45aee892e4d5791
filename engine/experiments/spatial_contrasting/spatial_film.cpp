// The film of a pre-training: the same images in new windows at every snapshot.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/experiments/spatial_contrasting/spatial_session.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr std::int64_t kBins = 64;

template <typename T>
FrameRecord frameOf(const char* name, std::int64_t step, FrameType type,
                    std::vector<std::int64_t> shape, const std::vector<T>& values) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = type;
    frame.shape = std::move(shape);
    frame.data.resize(values.size() * sizeof(T));
    std::memcpy(frame.data.data(), values.data(), frame.data.size());
    return frame;
}

} // namespace

void SpatialSession::recordKept() {
    const Dataset& data = data_.training;
    const SampleShape& shape = data.shape;
    RunRecorder& recorder = context_.recorder();
    const auto n = std::ssize(kept_);
    std::vector<std::int32_t> labels;
    for (const std::int64_t sample : kept_)
        labels.push_back(data.labels[static_cast<std::size_t>(sample)]);
    recorder.frame(frameOf("labels", 0, FrameType::I32, {n}, labels));
    for (int c = 0; c < data.classes(); ++c)
        recorder.resultRow("classes", c,
                           {{"label", c}, {"name", data.classNames[static_cast<std::size_t>(c)]}});
    const auto bytes = static_cast<std::size_t>(n * shape.values());
    if (!data.storesBytes() || bytes > RunStore::kMaxFrameBytes ||
        (shape.channels != 1 && shape.channels != 3))
        return;
    std::vector<std::uint8_t> images;
    for (const std::int64_t sample : kept_) {
        const auto first = data.bytes.begin() + sample * shape.values();
        images.insert(images.end(), first, first + shape.values());
    }
    std::vector<std::int64_t> sizes{n, shape.height, shape.width};
    if (shape.channels == 3)
        sizes.push_back(3);
    recorder.frame(frameOf("thumbnails", 0, FrameType::U8, sizes, images));
}

// The same images each time, in new windows.
void SpatialSession::snapshot() {
    const auto n = std::ssize(kept_);
    if (n < 2)
        return;
    const ContrastResult result = step_->run(
        *encoder_, kept_,
        context_.stream("spatial_contrasting.kept").split(static_cast<std::uint64_t>(state_.step)),
        ContrastStep::Mode::Look);
    RunRecorder& recorder = context_.recorder();
    const std::vector<float> distances(result.distances.begin(), result.distances.end());
    recorder.frame(frameOf("pair_distances", state_.step, FrameType::F32, {n, n}, distances));
    std::vector<std::int32_t> windows;
    for (std::size_t i = 0; i < result.windows.size(); ++i) {
        const WindowPair& pair = result.windows[i];
        for (const std::int64_t value : {static_cast<std::int64_t>(i), pair.first.y, pair.first.x,
                                         pair.second.y, pair.second.x})
            windows.push_back(static_cast<std::int32_t>(value));
    }
    if (!windows.empty())
        recorder.frame(frameOf("windows", state_.step, FrameType::I32, {n, 5}, windows));
    const double range = *std::max_element(result.distances.begin(), result.distances.end());
    if (!(range > 0) || !std::isfinite(range))
        return;
    std::vector<float> counts(2 * kBins, 0.0f);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            const double distance = result.distances[static_cast<std::size_t>(i * n + j)];
            const auto bin = std::min<std::int64_t>(
                kBins - 1, static_cast<std::int64_t>(distance / range * double(kBins)));
            counts[static_cast<std::size_t>((i == j ? 0 : kBins) + bin)] += 1.0f;
        }
    recorder.frame(frameOf("distances", state_.step, FrameType::F32, {2, kBins}, counts));
    recorder.record("distance_range", state_.step, range);
}

} // namespace inlay::engine::spatial_contrasting
