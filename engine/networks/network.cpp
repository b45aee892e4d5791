#include "engine/networks/network.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/networks/batch_norm.h"
#include "engine/networks/conv_net.h"
#include "engine/networks/conv_stack.h"
#include "engine/networks/convolution.h"
#include "engine/networks/image_modules.h"
#include "engine/networks/layers.h"
#include "engine/networks/mlp.h"
#include "engine/networks/vit.h"
#include "engine/operators/make.h"
#include "kernels/op_types.h"

namespace inlay::engine {

namespace {

kernels::Activation kernelActivation(NetworkActivation activation) {
    switch (activation) {
    case NetworkActivation::Relu:
        return kernels::Activation::Relu;
    case NetworkActivation::Gelu:
        return kernels::Activation::Gelu;
    case NetworkActivation::Silu:
        return kernels::Activation::Silu;
    }
    return kernels::Activation::None;
}

/// Makes the layers of a network in order, each from its own stream.
class LayerMaker {
public:
    LayerMaker(const NetworkConfig& config, const NetworkInput& input, const Device& device,
               const RandomStream& stream, const OperatorWrap& wrap, const FittedTriples& triples)
        : config_(config)
        , shapes_(layerShapes(config, input, 1))
        , device_(device)
        , stream_(stream)
        , wrap_(wrap)
        , triples_(triples) {}

    const LayerShape& upcoming() const { return shapes_[next_]; }

    std::unique_ptr<Linear> make(kernels::Activation activation) {
        const std::string& name = upcoming().name;
        return std::make_unique<Linear>(name, makeOnlyOperator(), activation, device_);
    }

    std::unique_ptr<LinearOperator> makeOnlyOperator() {
        const LayerShape& shape = shapes_[next_++];
        const RandomStream own = stream_.split(shape.name);
        OperatorBuild build;
        build.name = shape.name;
        build.in = shape.in;
        build.out = shape.out;
        build.device = &device_;
        build.stream = &own;
        build.shared = &shared_;
        build.triples = &triples_;
        auto op = makeOperator(chooseOperator(config_, shape).config, build);
        return wrap_ ? wrap_(shape.name, std::move(op)) : std::move(op);
    }

private:
    const NetworkConfig& config_;
    std::vector<LayerShape> shapes_;
    std::size_t next_ = 0;
    const Device& device_;
    const RandomStream& stream_;
    const OperatorWrap& wrap_;
    const FittedTriples& triples_;
    SharedParameters shared_;
};

std::unique_ptr<Network> makeMlp(const MlpConfig& config, LayerMaker& maker, const Device& device) {
    std::vector<std::unique_ptr<Linear>> layers;
    for (std::size_t i = 0; i < config.hidden.size(); ++i)
        layers.push_back(maker.make(kernelActivation(config.activation)));
    layers.push_back(maker.make(kernels::Activation::None));
    return std::make_unique<Mlp>(std::move(layers), device);
}

std::unique_ptr<Network> makeVit(const VitConfig& config, LayerMaker& maker, const Device& device,
                                 const RandomStream& stream) {
    constexpr auto kNone = kernels::Activation::None;
    VitParts parts;
    const std::int64_t positions = maker.upcoming().rows.rowsPerGroup;
    parts.embed = std::make_unique<PatchEmbedding>(maker.make(kNone), positions, device,
                                                   stream.split("embed.positions"));
    for (std::int64_t i = 0; i < config.depth; ++i) {
        VitBlockLayers layers;
        layers.q = maker.make(kNone);
        layers.k = maker.make(kNone);
        layers.v = maker.make(kNone);
        layers.o = maker.make(kNone);
        layers.mlpIn = maker.make(kernels::Activation::Gelu);
        layers.mlpOut = maker.make(kNone);
        parts.blocks.push_back(std::make_unique<VitBlock>("blocks." + std::to_string(i),
                                                          std::move(layers), config.heads, device));
    }
    parts.norm = std::make_unique<LayerNorm>("norm", config.width, device);
    parts.head = maker.make(kNone);
    return std::make_unique<Vit>(std::move(parts), device);
}

/// The flattened map goes to linear layers, and out where there is no head.
std::unique_ptr<Network> makeConvNet(const ConvNetConfig& config, const NetworkInput& input,
                                     LayerMaker& maker, const Device& device,
                                     const RandomStream& stream) {
    std::vector<std::unique_ptr<Module>> modules;
    std::int64_t pixels = input.height * input.width;
    const auto flatten = [&] {
        if (pixels != 1)
            modules.push_back(std::make_unique<Flatten>(device));
        pixels = 1;
    };
    for (const ConvStage& stage : convStages(config, input)) {
        const kernels::Activation activation = kernelActivation(stage.layer.activation);
        switch (stage.layer.kind) {
        case ConvLayerKind::Convolution:
            modules.push_back(
                std::make_unique<Convolution>(stage, maker.makeOnlyOperator(), device));
            if (stage.layer.batchNorm)
                modules.push_back(std::make_unique<BatchNorm>(
                    stage.name + ".norm", stage.layer.channels, activation, device));
            break;
        case ConvLayerKind::MaxPool:
            modules.push_back(std::make_unique<MaxPooling>(stage.windows, device));
            break;
        case ConvLayerKind::MeanPool:
            modules.push_back(std::make_unique<MeanPooling>(device));
            break;
        case ConvLayerKind::Dropout:
            modules.push_back(
                std::make_unique<Dropout>(stage.layer.rate, stream.split(stage.name), device));
            break;
        case ConvLayerKind::Linear:
            flatten();
            modules.push_back(maker.make(activation));
            break;
        }
        pixels = stage.out.pixels();
    }
    flatten();
    return std::make_unique<ConvNet>(std::move(modules));
}

} // namespace

InputRows inputRows(const NetworkConfig& config, const NetworkInput& input) {
    if (const auto* vit = std::get_if<VitConfig>(&config.model))
        return {(input.height / vit->patch) * (input.width / vit->patch),
                vit->patch * vit->patch * input.channels, vit->patch};
    if (std::holds_alternative<ConvNetConfig>(config.model))
        return {input.height * input.width, input.channels, 0};
    return {1, input.height * input.width * input.channels, 0};
}

std::vector<ParameterPtr> Network::parameters() const {
    std::vector<ParameterPtr> all;
    collectParameters(all);
    std::vector<ParameterPtr> once;
    for (auto& parameter : all)
        if (std::find(once.begin(), once.end(), parameter) == once.end())
            once.push_back(std::move(parameter));
    return once;
}

std::vector<NamedOperator> Network::operators() {
    std::vector<NamedOperator> all;
    collectOperators(all);
    return all;
}

std::vector<StateTensor> Network::state() {
    std::vector<StateTensor> all;
    for (const NamedOperator& layer : operators())
        for (const StateTensor& tensor : layer.op->state())
            all.push_back(tensor);
    collectState(all);
    return all;
}

std::unique_ptr<Network> makeNetwork(const NetworkConfig& config, const NetworkInput& input,
                                     const Device& device, const RandomStream& stream,
                                     const OperatorWrap& wrap, const FittedTriples& triples) {
    assert(checkShape(config, input).empty());
    LayerMaker maker(config, input, device, stream, wrap, triples);
    if (const auto* mlp = std::get_if<MlpConfig>(&config.model))
        return makeMlp(*mlp, maker, device);
    if (const auto* conv = std::get_if<ConvNetConfig>(&config.model))
        return makeConvNet(*conv, input, maker, device, stream);
    return makeVit(std::get<VitConfig>(config.model), maker, device, stream);
}

} // namespace inlay::engine
