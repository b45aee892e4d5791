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

Schema<ConvLayer> convLayerSchema() {
    Schema<ConvLayer> schema;
    schema.field("kind", &ConvLayer::kind)
        .title("Layer")
        .help("What the layer does.")
        .choices({{ConvLayerKind::Convolution, "convolution", "Convolution",
                   "A window of weights slides over the map."},
                  {ConvLayerKind::MaxPool, "max_pool", "Max pooling", "Largest value of a window."},
                  {ConvLayerKind::MeanPool, "mean_pool", "Mean pooling",
                   "Mean over all pixels of the map."},
                  {ConvLayerKind::Dropout, "dropout", "Dropout",
                   "Sets numbers to zero at random while training."},
                  {ConvLayerKind::Linear, "linear", "Linear", "A full layer on the flat map."}});
    schema.field("size", &ConvLayer::size)
        .title("Window")
        .help("Side of the window.")
        .unit("px")
        .range(1, 64)
        .enabledWhen("kind", {"convolution", "max_pool"});
    schema.field("stride", &ConvLayer::stride)
        .title("Stride")
        .help("Step of the window.")
        .unit("px")
        .range(1, 64)
        .enabledWhen("kind", {"convolution", "max_pool"});
    schema.field("channels", &ConvLayer::channels)
        .title("Channels")
        .help("Numbers a pixel (or, of a linear layer, a sample) has behind the layer.")
        .range(1, 65536)
        .enabledWhen("kind", {"convolution", "linear"});
    schema.field("padding", &ConvLayer::padding)
        .title("Border")
        .help("Whole windows only, or zeros around the map.")
        .choices(
            {{ConvPadding::Valid, "valid", "Whole windows", "The map shrinks."},
             {ConvPadding::Same, "same", "Zeros around", "The map keeps its size at stride 1."}})
        .enabledWhen("kind", {"convolution", "max_pool"});
    schema.field("batch_norm", &ConvLayer::batchNorm)
        .title("Batch norm")
        .help("Normalizes each channel over the batch before the activation.")
        .enabledWhen("kind", {"convolution"});
    schema.field("activation", &ConvLayer::activation)
        .title("Activation")
        .help("Applied to the result.")
        .choices({{ConvActivation::Relu, "relu", "ReLU", "max(0, x)"},
                  {ConvActivation::LeakyRelu, "leaky_relu", "Leaky ReLU", "max(0.1 x, x)"},
                  {ConvActivation::None, "none", "None", "Linear."}})
        .enabledWhen("kind", {"convolution", "linear"});
    schema.field("rate", &ConvLayer::rate)
        .title("Rate")
        .help("Share of the numbers that are set to zero.")
        .range(0, 0.9)
        .enabledWhen("kind", {"dropout"});
    return schema;
}

Schema<ConvNetConfig> convNetSchema() {
    Schema<ConvNetConfig> schema;
    schema.field("preset", &ConvNetConfig::preset)
        .title("Layers")
        .help("A known network, or a list of layers of your own.")
        .choices({{ConvPreset::Small, "small", "16-32-64",
                   "5 x 5, 3 x 3 and 3 x 3 windows with a pooling behind each: 64 numbers from 28 "
                   "x 28 pixels."},
                  {ConvPreset::PaperMnist, "paper_mnist", "Triplet network, digits",
                   "The triplet paper's 32-64-128 for 28 x 28 pixels."},
                  {ConvPreset::PaperCifar, "paper_cifar", "Triplet network, CIFAR and SVHN",
                   "The triplet paper's 64-128-256-128 for 32 x 32 pixels."},
                  {ConvPreset::PaperStl, "paper_stl", "Triplet network, STL",
                   "The same with a first stride of 3 for 96 x 96 pixels."},
                  {ConvPreset::PaperNin, "paper_nin", "Triplet network, network in network",
                   "The second network of the triplet paper's code, 192 numbers from 32 x 32 "
                   "pixels."},
                  {ConvPreset::SpatialContrasting, "spatial_contrasting", "Spatial contrasting",
                   "Batch-normed 96 and 192 channel convolutions, two poolings, mean."},
                  {ConvPreset::Custom, "custom", "Own list", "The layers below."}});
    schema.field("dropout", &ConvNetConfig::dropout)
        .title("Dropout")
        .help("Rate behind each max pooling of a preset; 0 = off.")
        .range(0, 0.9);
    schema.list("stack", &ConvNetConfig::stack, convLayerSchema())
        .title("Layer list")
        .help("From the image on; counts with the preset custom.")
        .advanced();
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
                                               vitSchema()),
                        alternative<ConvNetConfig>("convnet", "Convolutional",
                                                   "Windows that slide over the image, and "
                                                   "poolings.",
                                                   convNetSchema())})
        .title("Model")
        .help("The shape of the network.");
    schema.field("apply", &NetworkConfig::apply)
        .title("Structured layers")
        .help("Which layers take the operator below; the others stay dense.")
        .choices({{OperatorTarget::Blocks, "blocks", "All blocks",
                   "Attention and MLP projections of every block; convolutions but the first."},
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
        else if (std::holds_alternative<ConvNetConfig>(config.model))
            input.height = input.width = 96;
        for (Issue& issue : checkRules(config, layerShapes(config, input, 1)))
            issues.push_back(std::move(issue));
    });
    return schema;
}

} // namespace inlay::engine
