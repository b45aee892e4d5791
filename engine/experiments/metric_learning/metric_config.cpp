#include "engine/experiments/metric_learning/metric_config.h"

#include "engine/networks/conv_stack.h"

namespace inlay::engine::metric_learning {

namespace {
constexpr std::int64_t kUsualDimension = 64;
}

NetworkInput embeddingInput(const MetricConfig& config, const SampleShape& shape) {
    std::int64_t dimension = config.embedding.dimension;
    if (dimension == 0 && !std::holds_alternative<ConvNetConfig>(config.network.model))
        dimension = kUsualDimension;
    return {shape.height, shape.width, shape.channels, dimension};
}

std::int64_t embeddingWidth(const MetricConfig& config, const NetworkInput& input) {
    if (input.classes > 0)
        return input.classes;
    const MapSize out = convStages(std::get<ConvNetConfig>(config.network.model), input).back().out;
    return out.pixels() * out.channels;
}

std::optional<std::int64_t> firstWindow(const MetricConfig& config, const NetworkInput& input) {
    const auto* conv = std::get_if<ConvNetConfig>(&config.network.model);
    if (conv == nullptr)
        return std::nullopt;
    const auto stages = convStages(*conv, input);
    if (stages.front().layer.kind != ConvLayerKind::Convolution)
        return std::nullopt;
    return stages.front().layer.size;
}

} // namespace inlay::engine::metric_learning
