#include "engine/experiments/spatial_contrasting/spatial_config.h"

#include <algorithm>

#include <fmt/format.h>

namespace inlay::engine::spatial_contrasting {
namespace {

std::int64_t side(const MapSize& map) {
    return std::min(map.height, map.width);
}

std::string sizeText(const MapSize& map) {
    return fmt::format("{} x {}", map.height, map.width);
}

/// How many entries of the layer list end with the map of each stage.
struct Prefix {
    std::string name;
    std::size_t layers = 0;
    MapSize map;
};

std::vector<Prefix> prefixes(const ConvNetConfig& config, const NetworkInput& input) {
    std::vector<Prefix> all;
    const std::vector<ConvLayer> layers = convLayers(config);
    for (std::size_t count = 1; count <= layers.size(); ++count) {
        ConvNetConfig part;
        part.preset = ConvPreset::Custom;
        part.stack.assign(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(count));
        const ConvStage last = convStages(part, input).back();
        // A pooling that joins its convolution ends the same stage.
        if (!all.empty() && all.back().name == last.name)
            all.back() = {last.name, count, last.out};
        else
            all.push_back({last.name, count, last.out});
    }
    return all;
}

const Prefix* chosenPrefix(const std::vector<Prefix>& all, const std::string& layer) {
    const Prefix* chosen = nullptr;
    for (const Prefix& prefix : all)
        if (layer.empty() ? side(prefix.map) >= 2 : prefix.name == layer)
            chosen = &prefix;
    return chosen;
}

std::string namesOf(const std::vector<Prefix>& all) {
    std::string text;
    for (const Prefix& prefix : all)
        text +=
            fmt::format("{}{} ({})", text.empty() ? "" : ", ", prefix.name, sizeText(prefix.map));
    return text;
}

} // namespace

void useAllForTraining(DatasetConfig& dataset) {
    std::visit(
        [](auto& config) {
            if (config.validationCount < 0)
                config.validationCount = 0;
        },
        dataset);
}

Encoder encoderOf(const SpatialConfig& config, const SampleShape& shape) {
    Encoder encoder;
    const auto* model = std::get_if<ConvNetConfig>(&config.network.model);
    if (model == nullptr) {
        encoder.issueKey = "network.kind";
        encoder.issue = "network.kind must be convnet: the criterion looks at windows of its maps";
        return encoder;
    }
    const ContrastConfig& contrast = config.contrast;
    const bool patches = contrast.views == ViewSource::ImagePatch;
    encoder.input = {shape.height, shape.width, shape.channels, 0};
    if (patches) {
        const std::int64_t least = std::min(shape.height, shape.width);
        encoder.window =
            contrast.window > 0 ? contrast.window : std::max<std::int64_t>(1, least / 2);
        encoder.issueKey = "contrast.window";
        if (encoder.window > least) {
            encoder.issue =
                fmt::format("contrast.window is {}, allowed is 0 to {} (the image's side)",
                            encoder.window, least);
            return encoder;
        }
        encoder.input.height = encoder.input.width = encoder.window;
    }
    const std::vector<Prefix> all = prefixes(*model, encoder.input);
    const Prefix* chosen = chosenPrefix(all, contrast.layer);
    if (chosen == nullptr) {
        encoder.issueKey = "contrast.layer";
        encoder.issue =
            contrast.layer.empty()
                ? fmt::format("no map of the network is 2 x 2 or larger; its maps are {}",
                              namesOf(all))
                : fmt::format("contrast.layer is \"{}\", allowed are {}", contrast.layer,
                              namesOf(all));
        return encoder;
    }
    encoder.layer = chosen->name;
    encoder.map = chosen->map;
    ConvNetConfig part;
    part.preset = ConvPreset::Custom;
    const std::vector<ConvLayer> layers = convLayers(*model);
    part.stack.assign(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(chosen->layers));
    encoder.network = config.network;
    encoder.network.model = part;
    if (contrast.views != ViewSource::FeatureWindow)
        return encoder;
    encoder.issueKey = "contrast.window";
    if (side(chosen->map) < 2) {
        encoder.issueKey = "contrast.layer";
        encoder.issue =
            fmt::format("the map of {} is {}: it has one window only, so that both views "
                        "are the same",
                        chosen->name, sizeText(chosen->map));
        return encoder;
    }
    encoder.window =
        contrast.window > 0 ? contrast.window : std::max<std::int64_t>(1, side(chosen->map) / 2);
    if (encoder.window > side(chosen->map))
        encoder.issue =
            fmt::format("contrast.window is {}, allowed is 0 to {} (the side of the map "
                        "of {}, {})",
                        encoder.window, side(chosen->map), chosen->name, sizeText(chosen->map));
    return encoder;
}

} // namespace inlay::engine::spatial_contrasting
