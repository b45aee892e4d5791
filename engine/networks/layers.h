#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/networks/network.h"

namespace inlay::engine {

enum class LayerRole { Embed, Convolution, Attention, Mlp, Head };

/// A linear layer of a network before an operator was chosen for it.
struct LayerShape {
    std::string name;  // "blocks.0.attention.q"
    std::string title; // "Block 1, attention q"
    LayerRole role = LayerRole::Mlp;
    std::int64_t in = 0;
    std::int64_t out = 0;
    RowLayout rows; // for a batch of samples
};

/// The layers in network order. Precondition: checkShape() found nothing.
std::vector<LayerShape> layerShapes(const NetworkConfig& config, const NetworkInput& input,
                                    std::int64_t batch);

/// What makes the layers' sizes impossible; keys relative to the network's config.
std::vector<Issue> checkShape(const NetworkConfig& config, const NetworkInput& input);

/// The part of checkShape() that needs no data: heads and hidden width of a ViT.
std::vector<Issue> checkWidths(const VitConfig& config);

/// Width of a ViT block's hidden layer.
std::int64_t mlpWidth(const VitConfig& config);

/// Whether a rule's pattern names the layer: `*` is one dotted part, `**` any number of them.
bool matchesLayer(std::string_view pattern, std::string_view name);

/// The operator of a layer and where it was said: "operator", "layers[2].operator", or empty for
/// layers that stay dense.
struct LayerChoice {
    OperatorConfig config;
    std::string key;
};
LayerChoice chooseOperator(const NetworkConfig& config, const LayerShape& layer);

/// Rules that match no layer and targets that the network does not have.
std::vector<Issue> checkRules(const NetworkConfig& config, const std::vector<LayerShape>& layers);

} // namespace inlay::engine
