#include "engine/networks/linear.h"

#include <cassert>
#include <utility>

#include "engine/networks/parameters.h"
#include "kernels/backend.h"

namespace inlay::engine {

namespace {

struct LinearContext final : ModuleContext {
    OperatorContextPtr op;
    Tensor pre; // only where the activation has to be undone
};

} // namespace

Linear::Linear(std::string name, std::unique_ptr<LinearOperator> op, kernels::Activation activation,
               const Device& device)
    : name_(std::move(name))
    , op_(std::move(op))
    , activation_(activation)
    , device_(device)
    , bias_(undecayedParameter(device, name_ + "/bias", Shape{op_->out()}, 0.0)) {}

Tensor Linear::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    assert(x.rows() == rows.rows());
    Tensor y(device_, Shape{rows.rows(), out()}, x.dtype());
    if (saved == nullptr) {
        apply(x.view(), rows, y.view(), {}, {}, nullptr);
        return y;
    }
    auto context = std::make_unique<LinearContext>();
    if (activation_ != kernels::Activation::None)
        context->pre = Tensor(device_, y.shape(), y.dtype());
    apply(x.view(), rows, y.view(), context->pre.empty() ? kernels::View{} : context->pre.view(),
          {}, &context->op);
    *saved = std::move(context);
    return y;
}

Tensor Linear::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                        NeedInputGradient need) {
    auto& context = static_cast<LinearContext&>(saved);
    if (!context.pre.empty())
        device_.backend().activateBackward(activation_, std::as_const(context.pre).view(), g.view(),
                                           g.view());
    Tensor gx;
    if (need == NeedInputGradient::Yes)
        gx = Tensor(device_, x.shape(), x.dtype());
    applyBackward(x.view(), rows, g.view(), gx.empty() ? kernels::View{} : gx.view(),
                  kernels::Accumulate::No, context.op.get());
    return gx;
}

void Linear::collectParameters(std::vector<ParameterPtr>& into) const {
    const auto& own = op_->parameters();
    into.insert(into.end(), own.begin(), own.end());
    into.push_back(bias_);
}

void Linear::collectOperators(std::vector<NamedOperator>& into) {
    into.push_back({name_, op_.get()});
}

void Linear::apply(kernels::ConstView x, const RowLayout& rows, kernels::View y, kernels::View pre,
                   kernels::ConstView residual, OperatorContextPtr* saved) {
    kernels::Epilogue epilogue;
    epilogue.bias = std::as_const(bias_->value).view();
    epilogue.activation = activation_;
    epilogue.pre = pre;
    epilogue.residual = residual;
    op_->forward(x, rows, y, epilogue, saved);
}

void Linear::applyBackward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                           kernels::View gx, kernels::Accumulate accumulate,
                           OperatorContext* saved) {
    device_.backend().sumRows(g, bias_->grad.view(), kernels::Accumulate::Yes);
    op_->backward(x, rows, g, gx, accumulate, saved);
}

} // namespace inlay::engine
