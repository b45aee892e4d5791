#include "engine/networks/network_schema.h"

#include "engine/networks/layers.h"
#include "engine/operators/catalog.h"

namespace inlay::engine {
namespace {

Schema<MlpConfig> mlpSchema() {
    Schema<MlpConfig> schema;
    schema.field("hidden", &MlpConfig::hidden)
        .title("Hidden widths")
        .help("Width of each hidden layer, from the input on.")
        .range(1, 65536)
        .length(1, 64);
    schema.field("activation", &MlpConfig::activation)
        .title("Activation")
        .help("Applied after each hidden layer.")
        .choices({{NetworkActivation::Relu, "relu", "ReLU", "max(0, x)"},
                  {NetworkActivation::Gelu, "gelu", "GELU", "x Φ(x), exact"},
                  {NetworkActivation::Silu, "silu", "SiLU", "x σ(x)"}});
    return schema;
}

Schema<VitConfig> vitSchema() {
    Schema<VitConfig> schema;
    schema.field("patch", &VitConfig::patch)
        .title("Patch")
        .help("Side of a square patch; it must divide the image. Each patch is a token.")
        .unit("px")
        .range(1, 1024);
    schema.field("width", &VitConfig::width)
        .title("Width")
        .help("Numbers that carry a token from block to block; a multiple of the heads.")
        .range(1, 16384);
    schema.field("depth", &VitConfig::depth)
        .title("Blocks")
        .help("Number of blocks.")
        .range(1, 256);
    schema.field("heads", &VitConfig::heads)
        .title("Heads")
        .help("Attention heads of a block.")
        .range(1, 256);
    schema.field("mlp_ratio", &VitConfig::mlpRatio)
        .title("MLP ratio")
        .help("Hidden width of a block's MLP as a multiple of the width.")
        .range(0.25, 16);
    schema.check([](const VitConfig& config, std::vector<Issue>& issues) {
        for (Issue& issue : checkWidths(config))
            issues.push_back(std::move(issue));
    });
    return schema;
}

Schema<LayerRule> ruleSchema() {
    Schema<LayerRule> schema;
    schema.field("match", &LayerRule::match)
        .title("Layers")
        .help("Dotted name; * stands for one part, ** for any number, e.g. blocks.*.mlp.*")
        .required();
    schema.variant("operator", &LayerRule::op, operatorVariant())
        .title("Operator")
        .help("Replaces the operator of these layers whole.");
    return schema;
}

} // namespace

Schema<NetworkConfig> networkSchema() {
    Schema<NetworkConfig> schema;
    schema
        .inlineVariant(&NetworkConfig::model,
                       {alternative<MlpConfig>("mlp", "Fully connected",
                                               "Layers one after the other.", mlpSchema()),
                        alternative<VitConfig>("vit", "Vision transformer",
                                               "Attention over image patches, pre-norm, mean "
                                               "pooling.",
                                               vitSchema())})
        .title("Model")
        .help("The shape of the network.");
    schema.field("apply", &NetworkConfig::apply)
        .title("Structured layers")
        .help("Which layers take the operator below; the others stay dense.")
        .choices({{OperatorTarget::Blocks, "blocks", "All blocks",
                   "Attention and MLP projections of every block."},
                  {OperatorTarget::Mlp, "mlp", "MLP", "The MLP layers of every block."},
                  {OperatorTarget::Attention, "attention", "Attention",
                   "The query, key, value and output projections."},
                  {OperatorTarget::Head, "head", "Head", "The last layer."},
                  {OperatorTarget::All, "all", "All", "Every layer, embedding and head too."},
                  {OperatorTarget::None, "none", "None", "All layers stay dense."}});
    schema.variant("operator", &NetworkConfig::op, operatorVariant())
        .title("Family")
        .help("What replaces the dense matrix of those layers.");
    schema.list("layers", &NetworkConfig::layers, ruleSchema())
        .title("Layer rules")
        .help("Operators for single layers, by name; the last rule that matches wins.")
        .advanced();
    schema.check([](const NetworkConfig& config, std::vector<Issue>& issues) {
        // The names of layers do not depend on the data: an image of one patch will do.
        NetworkInput input;
        if (const auto* vit = std::get_if<VitConfig>(&config.model))
            input.height = input.width = vit->patch;
        for (Issue& issue : checkRules(config, layerShapes(config, input, 1)))
            issues.push_back(std::move(issue));
    });
    return schema;
}

} // namespace inlay::engine
