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
    std::variant<MlpConfig, VitConfig> model;
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
    std::int64_t classes = 2;
};

} // namespace inlay::engine
