#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/networks/layer_norm.h"
#include "engine/networks/linear.h"
#include "engine/networks/module.h"

namespace inlay::engine {

/// The six layers of a transformer block; mlpIn carries the activation.
struct VitBlockLayers {
    std::unique_ptr<Linear> q;
    std::unique_ptr<Linear> k;
    std::unique_ptr<Linear> v;
    std::unique_ptr<Linear> o;
    std::unique_ptr<Linear> mlpIn;
    std::unique_ptr<Linear> mlpOut;
};

/// Pre-norm transformer block: h = x + o(attention(norm(x))), y = h + mlp(norm(h)). Norms are
/// named `<name>.attention.norm` and `<name>.mlp.norm`. Groups of the row layout are sequences.
class VitBlock final : public Module {
public:
    VitBlock(const std::string& name, VitBlockLayers layers, std::int64_t heads,
             const Device& device);
    ~VitBlock() override;

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

private:
    struct Context;

    /// h = x + o(attention(norm(x)))
    Tensor attentionForward(const Tensor& x, const RowLayout& rows, Context* context);
    /// y = h + mlp(norm(h))
    Tensor mlpForward(const Tensor& h, const RowLayout& rows, Context* context);
    /// g: gradient of y on entry, of h on return.
    void mlpBackward(const RowLayout& rows, Tensor& g, Context& context);
    /// g: gradient of h on entry, of x on return.
    void attentionBackward(const Tensor& x, const RowLayout& rows, Tensor& g, Context& context);

    Device device_;
    VitBlockLayers layers_;
    LayerNorm attentionNorm_;
    LayerNorm mlpNorm_;
    std::int64_t width_;
    std::int64_t heads_;
};

} // namespace inlay::engine
