#include "engine/networks/layers.h"

#include <algorithm>
#include <cmath>

#include "engine/networks/conv_stack.h"

namespace inlay::engine {

namespace {

std::vector<LayerShape> mlpLayers(const MlpConfig& config, const NetworkInput& input,
                                  const RowLayout& rows) {
    std::vector<LayerShape> layers;
    std::int64_t width = input.height * input.width * input.channels;
    for (std::size_t i = 0; i < config.hidden.size(); ++i) {
        layers.push_back({"blocks." + std::to_string(i), "Layer " + std::to_string(i + 1),
                          LayerRole::Mlp, width, config.hidden[i], rows});
        width = config.hidden[i];
    }
    layers.push_back({"head", "Head", LayerRole::Head, width, input.classes, rows});
    return layers;
}

std::vector<LayerShape> vitLayers(const VitConfig& config, const NetworkInput& input,
                                  std::int64_t batch) {
    const std::int64_t tokens = (input.height / config.patch) * (input.width / config.patch);
    const RowLayout rows{batch, tokens, false};
    const std::int64_t width = config.width;
    const std::int64_t hidden = mlpWidth(config);
    std::vector<LayerShape> layers;
    layers.push_back({"embed", "Patch embedding", LayerRole::Embed,
                      config.patch * config.patch * input.channels, width, rows});
    for (std::int64_t i = 0; i < config.depth; ++i) {
        const std::string name = "blocks." + std::to_string(i);
        const std::string title = "Block " + std::to_string(i + 1);
        for (const char* part : {"q", "k", "v", "o"})
            layers.push_back({name + ".attention." + part, title + ", attention " + part,
                              LayerRole::Attention, width, width, rows});
        layers.push_back(
            {name + ".mlp.in", title + ", MLP in", LayerRole::Mlp, width, hidden, rows});
        layers.push_back(
            {name + ".mlp.out", title + ", MLP out", LayerRole::Mlp, hidden, width, rows});
    }
    layers.push_back(
        {"head", "Head", LayerRole::Head, width, input.classes, RowLayout{batch, 1, false}});
    return layers;
}

/// "1, 2, 4, 7, 14 or 28": the common divisors of two numbers.
std::string divisorsOf(std::int64_t a, std::int64_t b) {
    std::vector<std::string> parts;
    for (std::int64_t d = 1; d <= std::min(a, b); ++d)
        if (a % d == 0 && b % d == 0)
            parts.push_back(std::to_string(d));
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            text += i + 1 == parts.size() ? " or " : ", ";
        text += parts[i];
    }
    return text;
}

void checkPositive(std::vector<Issue>& issues, const std::string& key, std::int64_t value) {
    if (value < 1)
        issues.push_back({key, std::to_string(value) + " is too small; it must be at least 1."});
}

std::vector<Issue> checkVit(const VitConfig& config, const NetworkInput& input) {
    std::vector<Issue> issues;
    checkPositive(issues, "patch", config.patch);
    checkPositive(issues, "width", config.width);
    checkPositive(issues, "depth", config.depth);
    checkPositive(issues, "heads", config.heads);
    if (config.patch >= 1 && (input.height % config.patch != 0 || input.width % config.patch != 0))
        issues.push_back({"patch", "Patches of " + std::to_string(config.patch) +
                                       " do not divide images of " + std::to_string(input.height) +
                                       " x " + std::to_string(input.width) + "; use " +
                                       divisorsOf(input.height, input.width) + "."});
    for (Issue& issue : checkWidths(config))
        issues.push_back(std::move(issue));
    return issues;
}

/// Part of the pattern or name up to the next dot; the rest follows it.
std::string_view takePart(std::string_view& text) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    text = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
    return part;
}

/// The names of a convolutional network's layers do not depend on the image.
constexpr NetworkInput kAnyImage{96, 96, 1, 1};

/// A layer's own name with block numbers merged, so that a list of all layers stays readable.
std::string layerList(const NetworkConfig& config) {
    if (const auto* mlp = std::get_if<MlpConfig>(&config.model)) {
        std::string text;
        if (mlp->hidden.size() == 1)
            text = "blocks.0, ";
        else if (mlp->hidden.size() > 1)
            text = "blocks.0 to blocks." + std::to_string(mlp->hidden.size() - 1) + ", ";
        return text + "head";
    }
    if (std::holds_alternative<ConvNetConfig>(config.model)) {
        std::string text;
        for (const LayerShape& layer : layerShapes(config, kAnyImage, 1))
            text += (text.empty() ? "" : ", ") + layer.name;
        return text;
    }
    const std::int64_t depth = std::get<VitConfig>(config.model).depth;
    const std::string range = depth == 1 ? "N = 0" : "N = 0 to " + std::to_string(depth - 1);
    return "embed, blocks.N.attention.q|k|v|o and blocks.N.mlp.in|out (" + range + "), head";
}

bool targets(OperatorTarget target, LayerRole role) {
    switch (target) {
    case OperatorTarget::Blocks:
        return role == LayerRole::Attention || role == LayerRole::Mlp ||
               role == LayerRole::Convolution;
    case OperatorTarget::Mlp:
        return role == LayerRole::Mlp;
    case OperatorTarget::Attention:
        return role == LayerRole::Attention;
    case OperatorTarget::Head:
        return role == LayerRole::Head;
    case OperatorTarget::All:
        return true;
    case OperatorTarget::None:
        return false;
    }
    return false;
}

} // namespace

std::vector<Issue> checkWidths(const VitConfig& config) {
    std::vector<Issue> issues;
    const std::string width = std::to_string(config.width);
    if (config.width >= 1 && mlpWidth(config) < 1)
        issues.push_back({"mlp_ratio", "The ratio leaves no hidden unit at width " + width +
                                           "; it must be at least 1 / " + width + "."});
    if (config.heads >= 1 && config.width >= 1 && config.width % config.heads != 0)
        issues.push_back({"heads", std::to_string(config.heads) + " heads do not divide width " +
                                       width + "; use " + divisorsOf(config.width, config.width) +
                                       "."});
    return issues;
}

std::int64_t mlpWidth(const VitConfig& config) {
    return std::llround(static_cast<double>(config.width) * config.mlpRatio);
}

std::vector<LayerShape> layerShapes(const NetworkConfig& config, const NetworkInput& input,
                                    std::int64_t batch) {
    if (const auto* mlp = std::get_if<MlpConfig>(&config.model))
        return mlpLayers(*mlp, input, RowLayout{batch, 1, false});
    if (const auto* conv = std::get_if<ConvNetConfig>(&config.model))
        return convLayerShapes(*conv, input, batch);
    return vitLayers(std::get<VitConfig>(config.model), input, batch);
}

std::vector<Issue> checkShape(const NetworkConfig& config, const NetworkInput& input) {
    if (const auto* vit = std::get_if<VitConfig>(&config.model))
        return checkVit(*vit, input);
    if (const auto* conv = std::get_if<ConvNetConfig>(&config.model))
        return checkConvNet(*conv, input);
    std::vector<Issue> issues;
    const auto& hidden = std::get<MlpConfig>(config.model).hidden;
    for (std::size_t i = 0; i < hidden.size(); ++i)
        checkPositive(issues, "hidden[" + std::to_string(i) + "]", hidden[i]);
    return issues;
}

bool matchesLayer(std::string_view pattern, std::string_view name) {
    if (pattern.empty() || name.empty())
        return pattern.empty() == name.empty() || pattern == "**";
    std::string_view rest = pattern;
    const std::string_view part = takePart(rest);
    if (part == "**") {
        // Either the stars end here, or they take one more part of the name.
        std::string_view shorter = name;
        takePart(shorter);
        return matchesLayer(rest, name) || matchesLayer(pattern, shorter);
    }
    std::string_view remaining = name;
    const std::string_view own = takePart(remaining);
    return (part == "*" || part == own) && matchesLayer(rest, remaining);
}

LayerChoice chooseOperator(const NetworkConfig& config, const LayerShape& layer) {
    LayerChoice choice{DenseConfig{}, ""};
    if (targets(config.apply, layer.role))
        choice = {config.op, "operator"};
    for (std::size_t i = 0; i < config.layers.size(); ++i)
        if (matchesLayer(config.layers[i].match, layer.name))
            choice = {config.layers[i].op, "layers[" + std::to_string(i) + "].operator"};
    return choice;
}

std::vector<Issue> checkRules(const NetworkConfig& config, const std::vector<LayerShape>& layers) {
    std::vector<Issue> issues;
    if (config.apply == OperatorTarget::Attention &&
        !std::holds_alternative<VitConfig>(config.model))
        issues.push_back(
            {"apply",
             std::string(std::holds_alternative<MlpConfig>(config.model) ? "An mlp" : "A convnet") +
                 " has no attention layers; use blocks, mlp, head, all or none."});
    for (std::size_t i = 0; i < config.layers.size(); ++i) {
        const std::string& match = config.layers[i].match;
        const bool found = std::any_of(layers.begin(), layers.end(), [&](const LayerShape& layer) {
            return matchesLayer(match, layer.name);
        });
        if (!found)
            issues.push_back(
                {"layers[" + std::to_string(i) + "].match",
                 "\"" + match + "\" matches no layer; layers are " + layerList(config) + "."});
    }
    return issues;
}

} // namespace inlay::engine
