#include "engine/experiments/spatial_contrasting/contrast_step.h"

#include <cassert>

#include "kernels/backend.h"

namespace inlay::engine::spatial_contrasting {

ContrastStep::ContrastStep(const SpatialConfig& config, const Encoder& encoder, const Dataset& data,
                           const Normalization& normalization, const Device& device)
    : config_(config)
    , encoder_(encoder)
    , device_(device)
    , assembler_(data, normalization)
    , image_{data.shape.height, data.shape.width, data.shape.channels} {}

Tensor ContrastStep::toDevice(const std::vector<float>& values) const {
    const std::int64_t channels = image_.channels;
    return Tensor::fromHost(device_, Shape{std::ssize(values) / channels, channels},
                            device_.computeType(), std::span<const float>(values));
}

Tensor ContrastStep::windowInput(std::span<const std::int64_t> samples) {
    assembler_.assemble(samples, nullptr, values_.data(), labels_.data());
    return toDevice(values_);
}

Tensor ContrastStep::patchInput(std::span<const std::int64_t> samples,
                                const std::vector<WindowPair>& windows) {
    assembler_.assemble(samples, nullptr, values_.data(), labels_.data());
    std::vector<float> patches =
        cutPatches(values_, image_, firstCorners(windows), encoder_.window);
    const std::vector<float> second =
        cutPatches(values_, image_, secondCorners(windows), encoder_.window);
    patches.insert(patches.end(), second.begin(), second.end());
    return toDevice(patches);
}

Tensor ContrastStep::shiftedInput(std::span<const std::int64_t> samples,
                                  const RandomStream& stream) {
    const auto pixels = static_cast<int>(config_.contrast.shift);
    ShiftAugmentation shift{pixels, stream.split("first"), 0};
    assembler_.assemble(samples, &shift, values_.data(), labels_.data());
    std::vector<float> both = values_;
    shift.stream = stream.split("second");
    assembler_.assemble(samples, &shift, values_.data(), labels_.data());
    both.insert(both.end(), values_.begin(), values_.end());
    return toDevice(both);
}

ContrastResult ContrastStep::run(Network& encoder, std::span<const std::int64_t> samples,
                                 const RandomStream& stream, Mode mode) {
    const auto n = std::ssize(samples);
    assert(n >= 2);
    values_.resize(static_cast<std::size_t>(assembler_.size(n)));
    labels_.resize(samples.size());
    ContrastResult result;
    const ViewSource views = config_.contrast.views;
    const MapSize& map = encoder_.map;
    Tensor x;
    if (views == ViewSource::FeatureWindow) {
        result.windows =
            drawWindows(n, map.height, map.width, encoder_.window, stream.split("windows"));
        x = windowInput(samples);
    } else if (views == ViewSource::ImagePatch) {
        result.windows =
            drawWindows(n, image_.height, image_.width, encoder_.window, stream.split("windows"));
        x = patchInput(samples, result.windows);
    } else {
        x = shiftedInput(samples, stream);
    }
    const std::int64_t pixels = encoder_.input.height * encoder_.input.width;
    const RowLayout rows{x.rows() / pixels, pixels, false};
    ModuleContextPtr saved;
    const Tensor y = encoder.forward(x, rows, mode == Mode::Train ? &saved : nullptr);
    const std::vector<double> maps = y.toDoubles();

    // The features of both views, a row an image.
    std::vector<double> first;
    std::vector<double> second;
    const std::vector<Corner> corners[2] = {firstCorners(result.windows),
                                            secondCorners(result.windows)};
    if (views == ViewSource::FeatureWindow) {
        first = cutWindows(maps, map, corners[0], encoder_.window);
        second = cutWindows(maps, map, corners[1], encoder_.window);
    } else {
        const auto middle = maps.begin() + static_cast<std::ptrdiff_t>(maps.size() / 2);
        first.assign(maps.begin(), middle);
        second.assign(middle, maps.end());
    }
    const std::int64_t width = std::ssize(first) / n;
    const bool unit = config_.contrast.similarity == Similarity::Cosine;
    result.largestNorm = largestNorm({first, n, width});
    const std::vector<double> unitFirst = unitRows({first, n, width});
    result.largestSpread = largestSpread({unitFirst, n, width});
    const std::vector<double>& a = unit ? unitFirst : first;
    const std::vector<double> b = unit ? unitRows({second, n, width}) : second;
    const DistanceTable distances(EmbeddedRows{a, n, width}, EmbeddedRows{b, n, width});
    DistanceSlopes slopes(n, n);
    result.loss = contrastLoss(distances, config_.contrast.similarity, config_.contrast.temperature,
                               config_.contrast.symmetric, slopes);
    for (std::int64_t i = 0; i < n; ++i) {
        std::int64_t nearest = 0;
        for (std::int64_t j = 0; j < n; ++j) {
            result.distances.push_back(distances(i, j));
            if (distances(i, j) < distances(i, nearest))
                nearest = j;
        }
        result.ownNearest += nearest == i ? 1.0 / static_cast<double>(n) : 0.0;
    }
    if (mode == Mode::Look)
        return result;

    std::vector<double> firstGradient(first.size(), 0.0);
    std::vector<double> secondGradient(second.size(), 0.0);
    slopes.addGradients({a, n, width}, {b, n, width}, distances, firstGradient, secondGradient);
    if (unit) {
        firstGradient = unitRowsBackward({first, n, width}, firstGradient);
        secondGradient = unitRowsBackward({second, n, width}, secondGradient);
    }
    std::vector<double> gradient;
    if (views == ViewSource::FeatureWindow) {
        gradient.assign(maps.size(), 0.0);
        addWindows(firstGradient, map, corners[0], encoder_.window, gradient);
        addWindows(secondGradient, map, corners[1], encoder_.window, gradient);
    } else {
        gradient = std::move(firstGradient);
        gradient.insert(gradient.end(), secondGradient.begin(), secondGradient.end());
    }
    encoder.backward(
        x, rows, Tensor::fromHost(device_, y.shape(), y.dtype(), std::span<const double>(gradient)),
        *saved, NeedInputGradient::No);
    return result;
}

} // namespace inlay::engine::spatial_contrasting
