#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/operators/operator_config.h"

namespace inlay::engine {

enum class NetworkActivation { Relu, Gelu, Silu };

/// Fully connected classifier; layers are named blocks.0, blocks.1, …, head.
struct MlpConfig {
    std::vector<std::int64_t> hidden{256};
    NetworkActivation activation = NetworkActivation::Relu;
    bool operator==(const MlpConfig&) const = default;
};

/// Vision transformer: pre-norm, GELU, learned positions, mean pooling, no class token, biases
/// everywhere. Layers: embed, blocks.N.attention.q|k|v|o, blocks.N.mlp.in|out, head.
struct VitConfig {
    std::int64_t patch = 7;
    std::int64_t width = 96;
    std::int64_t depth = 4;
    std::int64_t heads = 4;
    double mlpRatio = 2.0;
    bool operator==(const VitConfig&) const = default;
};

enum class ConvLayerKind { Convolution, MaxPool, MeanPool, Dropout, Linear };
enum class ConvPadding { Valid, Same };
enum class ConvActivation { None, Relu, LeakyRelu };

/// One entry of a convolutional network's layer list; which members count depends on the kind.
struct ConvLayer {
    ConvLayerKind kind = ConvLayerKind::Convolution;
    std::int64_t size = 3;      // side of the window: convolution, max pooling
    std::int64_t stride = 1;    // the same two
    std::int64_t channels = 32; // results of a convolution or a linear layer
    ConvPadding padding = ConvPadding::Valid;
    bool batchNorm = false;
    ConvActivation activation = ConvActivation::Relu;
    double rate = 0.25; // of dropout
    bool operator==(const ConvLayer&) const = default;
};

/// Networks of Hoffer and Ailon, "Deep metric learning using triplet network" (2015) and the second
/// one of their published code (network in network), the small one of the digits project, and that
/// of the CIFAR runs of spatial contrasting.
enum class ConvPreset {
    Small,
    PaperMnist,
    PaperCifar,
    PaperStl,
    PaperNin,
    SpatialContrasting,
    Custom
};

/// Convolutional network: layers one after the other, then a linear head to the classes (none where
/// the input says 0 classes: the flattened map is the result). Convolutions and linear layers are
/// named blocks.0, blocks.1, …, head.
struct ConvNetConfig {
    ConvPreset preset = ConvPreset::Small;
    double dropout = 0.0;         // after each max pooling of a preset
    std::vector<ConvLayer> stack; // of Custom
    bool operator==(const ConvNetConfig&) const = default;
};

/// Which layers take network.operator; the others stay dense.
enum class OperatorTarget { Blocks, Mlp, Attention, Head, All, None };

/// Replaces the operator of the layers whose dotted name matches: `*` is one part, `**` any
/// number; the last matching rule wins and replaces the operator whole.
struct LayerRule {
    std::string match;
    OperatorConfig op;
    bool operator==(const LayerRule&) const = default;
};

struct NetworkConfig {
    std::variant<MlpConfig, VitConfig, ConvNetConfig> model;
    OperatorConfig op;
    OperatorTarget apply = OperatorTarget::Blocks;
    std::vector<LayerRule> layers;
    bool operator==(const NetworkConfig&) const = default;
};

/// What the data give a network.
struct NetworkInput {
    std::int64_t height = 1;
    std::int64_t width = 1; // features of a table: height 1, width = features
    std::int64_t channels = 1;
    std::int64_t classes = 2; // results of the head; 0: no head (convolutional networks only)
};

} // namespace inlay::engine
