#include "engine/networks/batch_norm.h"

#include <utility>

#include "engine/networks/parameters.h"
#include "kernels/backend.h"

namespace inlay::engine {

namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kMomentum = 0.1;

struct BatchNormContext final : ModuleContext {
    Tensor stats;
    Tensor pre; // before the activation
};

Tensor startStatistics(const Device& device, std::int64_t width) {
    std::vector<double> values(static_cast<std::size_t>(2 * width), 0.0);
    for (auto i = static_cast<std::size_t>(width); i < values.size(); ++i)
        values[i] = 1.0;
    return Tensor::fromHost(device, Shape{2, width}, device.parameterType(), values);
}

} // namespace

BatchNorm::BatchNorm(const std::string& name, std::int64_t width, kernels::Activation activation,
                     const Device& device)
    : name_(name)
    , device_(device)
    , activation_(activation)
    , gamma_(undecayedParameter(device, name + "/weight", Shape{width}, 1.0))
    , beta_(undecayedParameter(device, name + "/bias", Shape{width}, 0.0))
    , running_(startStatistics(device, width)) {}

Tensor BatchNorm::forward(const Tensor& x, const RowLayout&, ModuleContextPtr* saved) {
    kernels::Backend& backend = device_.backend();
    const kernels::ConstView gamma = std::as_const(gamma_->value).view();
    const kernels::ConstView beta = std::as_const(beta_->value).view();
    Tensor y(device_, x.shape(), x.dtype());
    if (saved == nullptr) {
        backend.batchNormInference(x.view(), gamma, beta, kEpsilon, running_.view(), y.view());
        if (activation_ != kernels::Activation::None)
            backend.activate(activation_, std::as_const(y).view(), y.view());
        return y;
    }
    auto context = std::make_unique<BatchNormContext>();
    context->stats = Tensor(device_, running_.shape(), running_.dtype());
    backend.batchNorm(x.view(), gamma, beta, kEpsilon, kMomentum, running_.view(),
                      context->stats.view(), y.view(),
                      device_.scratch(backend.batchNormScratch(x.rows(), x.cols())));
    if (activation_ != kernels::Activation::None) {
        context->pre = std::move(y);
        y = Tensor(device_, x.shape(), x.dtype());
        backend.activate(activation_, std::as_const(context->pre).view(), y.view());
    }
    *saved = std::move(context);
    return y;
}

Tensor BatchNorm::backward(const Tensor& x, const RowLayout&, Tensor g, ModuleContext& saved,
                           NeedInputGradient need) {
    auto& context = static_cast<BatchNormContext&>(saved);
    kernels::Backend& backend = device_.backend();
    if (activation_ != kernels::Activation::None)
        backend.activateBackward(activation_, std::as_const(context.pre).view(), g.view(),
                                 g.view());
    Tensor gx(device_, x.shape(), x.dtype());
    backend.batchNormBackward(x.view(), std::as_const(gamma_->value).view(),
                              std::as_const(context.stats).view(), std::as_const(g).view(),
                              gx.view(), gamma_->grad.view(), beta_->grad.view(),
                              device_.scratch(backend.batchNormScratch(x.rows(), x.cols())));
    return need == NeedInputGradient::Yes ? std::move(gx) : Tensor();
}

void BatchNorm::collectParameters(std::vector<ParameterPtr>& into) const {
    into.push_back(gamma_);
    into.push_back(beta_);
}

void BatchNorm::collectState(std::vector<StateTensor>& into) {
    into.push_back({name_ + "/running", &running_});
}

} // namespace inlay::engine
