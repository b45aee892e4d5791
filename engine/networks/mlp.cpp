#include "engine/networks/mlp.h"

#include <cassert>
#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

namespace {

/// A hidden layer's output and what undoes its activation.
struct Hidden {
    Tensor value;
    Tensor pre; // empty for ReLU, whose sign is that of its value
};

struct MlpContext final : ModuleContext {
    std::vector<Hidden> hidden;
    std::vector<OperatorContextPtr> ops;
};

bool needsPre(kernels::Activation activation) {
    return activation != kernels::Activation::None && activation != kernels::Activation::Relu;
}

} // namespace

Mlp::Mlp(std::vector<std::unique_ptr<Linear>> layers, const Device& device)
    : device_(device)
    , layers_(std::move(layers)) {
    assert(!layers_.empty());
}

Tensor Mlp::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    assert(rows.rowsPerGroup == 1 && x.rows() == rows.rows());
    auto context = saved != nullptr ? std::make_unique<MlpContext>() : nullptr;
    if (context) {
        context->hidden.reserve(layers_.size() - 1);
        context->ops.resize(layers_.size());
    }
    Tensor current;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        Linear& layer = *layers_[i];
        const Tensor& input = i == 0 ? x : context ? context->hidden.back().value : current;
        Tensor y(device_, Shape{rows.rows(), layer.out()}, x.dtype());
        Tensor pre;
        if (context && needsPre(layer.activation()))
            pre = Tensor(device_, y.shape(), y.dtype());
        layer.apply(input.view(), rows, y.view(), pre.empty() ? kernels::View{} : pre.view(), {},
                    context ? &context->ops[i] : nullptr);
        if (context && i + 1 < layers_.size())
            context->hidden.push_back({std::move(y), std::move(pre)});
        else
            current = std::move(y);
    }
    if (context)
        *saved = std::move(context);
    return current;
}

Tensor Mlp::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                     NeedInputGradient need) {
    auto& context = static_cast<MlpContext&>(saved);
    for (std::size_t i = layers_.size(); i-- > 0;) {
        Linear& layer = *layers_[i];
        const Tensor& input = i == 0 ? x : std::as_const(context.hidden[i - 1].value);
        Tensor gx;
        if (i > 0 || need == NeedInputGradient::Yes)
            gx = Tensor(device_, input.shape(), g.dtype());
        layer.applyBackward(input.view(), rows, g.view(), gx.empty() ? kernels::View{} : gx.view(),
                            kernels::Accumulate::No, context.ops[i].get());
        if (i > 0) {
            const Hidden& below = context.hidden[i - 1];
            device_.backend().activateBackward(
                layers_[i - 1]->activation(),
                below.pre.empty() ? below.value.view() : below.pre.view(), gx.view(), gx.view());
        }
        g = std::move(gx);
    }
    return g;
}

void Mlp::collectParameters(std::vector<ParameterPtr>& into) const {
    for (const auto& layer : layers_)
        layer->collectParameters(into);
}

void Mlp::collectOperators(std::vector<NamedOperator>& into) {
    for (auto& layer : layers_)
        layer->collectOperators(into);
}

} // namespace inlay::engine
