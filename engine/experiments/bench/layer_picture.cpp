#include "engine/experiments/bench/layer_picture.h"

#include <algorithm>

#include "engine/operators/make.h"

namespace inlay::engine::bench {

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
