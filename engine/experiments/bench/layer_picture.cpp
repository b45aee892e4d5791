#include "engine/experiments/bench/layer_picture.h"

#include <algorithm>
#include <limits>

#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/butterfly/live_weights.h"
#include "engine/operators/make.h"

namespace inlay::engine::bench {
namespace {

void addWiring(const ButterflyConfig& config, const LinearOperator& layer, LayerPicture& picture) {
    const kernels::Butterfly network = butterflySizes(config, kPictureSize, kPictureSize).input;
    for (const ParameterPtr& parameter : layer.parameters()) {
        if (!parameter->name.ends_with("/weight") && !parameter->name.ends_with("/weight_in"))
            continue;
        const std::vector<float> weights = parameter->value.toFloats();
        std::vector<std::uint8_t> live(weights.size(), 1);
        if (!parameter->decayMask.empty())
            live = parameter->decayMask.toBytes();
        picture.stages = network.stages();
        const std::int64_t width = 2 * network.n;
        for (std::int64_t applied = 0; applied < picture.stages; ++applied) {
            const std::int64_t stage = stageApplied(network, applied);
            picture.wiring.push_back(static_cast<float>(stage));
            for (std::int64_t w = stage * width; w < (stage + 1) * width; ++w) {
                const auto at = static_cast<std::size_t>(w);
                picture.wiring.push_back(live[at] != 0 ? weights[at]
                                                       : std::numeric_limits<float>::quiet_NaN());
            }
        }
        return;
    }
}

} // namespace

LayerPicture pictureOf(const BenchLayer& layer, const Device& device, const RandomStream& stream) {
    OperatorConfig config = layer.config;
    if (auto* lowRank = std::get_if<LowRankConfig>(&config))
        lowRank->rank = std::min(lowRank->rank, kPictureSize / 4);
    if (auto* stl = std::get_if<StlConfig>(&config)) {
        // The start that layers have by default, where it exists.
        StlConfig strassen = *stl;
        strassen.start = StlStart::Strassen;
        if (planOperator(strassen, kPictureSize, kPictureSize, {1, kPictureSize, false})
                .issues.empty())
            config = strassen;
    }
    const RowLayout rows{1, kPictureSize, false};
    LayerPicture picture;
    if (!planOperator(config, kPictureSize, kPictureSize, rows).issues.empty())
        return picture;
    SharedParameters shared;
    OperatorBuild build;
    build.name = "layer";
    build.in = build.out = kPictureSize;
    build.device = &device;
    build.stream = &stream;
    build.shared = &shared;
    const std::unique_ptr<LinearOperator> made = makeOperator(config, build);
    if (const auto* butterfly = std::get_if<ButterflyConfig>(&config))
        addWiring(*butterfly, *made, picture);
    std::string refusal;
    const Tensor matrix = made->materialize(refusal);
    if (!matrix.empty()) {
        picture.rows = matrix.rows();
        picture.columns = matrix.cols();
        picture.values = matrix.toFloats();
        return picture;
    }
    for (const ParameterPtr& parameter : made->parameters())
        if (parameter->name.ends_with("/E_X")) {
            picture.rows = parameter->value.rows();
            picture.columns = parameter->value.cols();
            picture.values = parameter->value.toFloats();
        }
    return picture;
}

} // namespace inlay::engine::bench
