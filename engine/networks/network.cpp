#include "engine/networks/network.h"

#include <algorithm>
#include <cassert>
#include <utility>

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
               const RandomStream& stream)
        : config_(config)
        , shapes_(layerShapes(config, input, 1))
        , device_(device)
        , stream_(stream) {}

    const LayerShape& upcoming() const { return shapes_[next_]; }

    std::unique_ptr<Linear> make(kernels::Activation activation) {
        const LayerShape& shape = shapes_[next_++];
        const RandomStream own = stream_.split(shape.name);
        OperatorBuild build;
        build.name = shape.name;
        build.in = shape.in;
        build.out = shape.out;
        build.device = &device_;
        build.stream = &own;
        build.shared = &shared_;
        return std::make_unique<Linear>(shape.name,
                                        makeOperator(chooseOperator(config_, shape).config, build),
                                        activation, device_);
    }

private:
    const NetworkConfig& config_;
    std::vector<LayerShape> shapes_;
    std::size_t next_ = 0;
    const Device& device_;
    const RandomStream& stream_;
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

} // namespace

InputRows inputRows(const NetworkConfig& config, const NetworkInput& input) {
    if (const auto* vit = std::get_if<VitConfig>(&config.model))
        return {(input.height / vit->patch) * (input.width / vit->patch),
                vit->patch * vit->patch * input.channels, vit->patch};
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
                                     const Device& device, const RandomStream& stream) {
    assert(checkShape(config, input).empty());
    LayerMaker maker(config, input, device, stream);
    if (const auto* mlp = std::get_if<MlpConfig>(&config.model))
        return makeMlp(*mlp, maker, device);
    return makeVit(std::get<VitConfig>(config.model), maker, device, stream);
}

} // namespace inlay::engine
