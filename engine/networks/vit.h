#pragma once

#include <memory>
#include <vector>

#include "engine/networks/layer_norm.h"
#include "engine/networks/linear.h"
#include "engine/networks/mean_pooling.h"
#include "engine/networks/network.h"
#include "engine/networks/patch_embedding.h"
#include "engine/networks/vit_block.h"

namespace inlay::engine {

/// The parts of a vision transformer in the order of the data.
struct VitParts {
    std::unique_ptr<PatchEmbedding> embed;
    std::vector<std::unique_ptr<VitBlock>> blocks;
    std::unique_ptr<LayerNorm> norm;
    std::unique_ptr<Linear> head;
};

/// Vision transformer without class token: embedding, blocks, mean over the tokens, norm, head.
/// Rows of the input are patches, grouped by image. The norm comes after the mean, where it has
/// one row an image.
class Vit final : public Network {
public:
    Vit(VitParts parts, const Device& device);

    RowLayout outputLayout(const RowLayout& rows) const override;
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

private:
    VitParts parts_;
    MeanPooling pooling_;
};

} // namespace inlay::engine
