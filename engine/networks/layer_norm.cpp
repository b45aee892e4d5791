#include "engine/networks/layer_norm.h"

#include <utility>

#include "engine/networks/parameters.h"
#include "kernels/backend.h"

namespace inlay::engine {

namespace {

constexpr double kEpsilon = 1e-5;

struct LayerNormContext final : ModuleContext {
    Tensor stats;
};

} // namespace

LayerNorm::LayerNorm(const std::string& name, std::int64_t width, const Device& device)
    : device_(device)
    , gamma_(undecayedParameter(device, name + "/weight", Shape{width}, 1.0))
    , beta_(undecayedParameter(device, name + "/bias", Shape{width}, 0.0)) {}

Tensor LayerNorm::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    Tensor y(device_, x.shape(), x.dtype());
    Tensor stats(device_, Shape{rows.rows(), 2}, device_.parameterType());
    apply(x.view(), y.view(), stats.view());
    if (saved != nullptr) {
        auto context = std::make_unique<LayerNormContext>();
        context->stats = std::move(stats);
        *saved = std::move(context);
    }
    return y;
}

Tensor LayerNorm::backward(const Tensor& x, const RowLayout&, Tensor g, ModuleContext& saved,
                           NeedInputGradient need) {
    const Tensor& stats = static_cast<LayerNormContext&>(saved).stats;
    Tensor gx(device_, x.shape(), x.dtype());
    applyBackward(x.view(), stats.view(), g.view(), gx.view(), kernels::Accumulate::No);
    return need == NeedInputGradient::Yes ? std::move(gx) : Tensor();
}

void LayerNorm::collectParameters(std::vector<ParameterPtr>& into) const {
    into.push_back(gamma_);
    into.push_back(beta_);
}

void LayerNorm::apply(kernels::ConstView x, kernels::View y, kernels::View stats) {
    device_.backend().layerNorm(x, std::as_const(gamma_->value).view(),
                                std::as_const(beta_->value).view(), kEpsilon, y, stats);
}

void LayerNorm::applyBackward(kernels::ConstView x, kernels::ConstView stats, kernels::ConstView g,
                              kernels::View gx, kernels::Accumulate accumulate) {
    kernels::Backend& backend = device_.backend();
    const kernels::Workspace scratch =
        device_.scratch(backend.layerNormBackwardScratch(x.rows, x.cols, x.dtype));
    backend.layerNormBackward(x, std::as_const(gamma_->value).view(), stats, g, gx, accumulate,
                              gamma_->grad.view(), beta_->grad.view(), scratch);
}

} // namespace inlay::engine
