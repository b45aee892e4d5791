#include "engine/networks/convolution.h"

#include <cassert>
#include <string_view>
#include <utility>

#include "engine/networks/parameters.h"
#include "kernels/backend.h"

namespace inlay::engine {

using kernels::Activation;
using kernels::DType;

struct Convolution::Context final : ModuleContext {
    Tensor y;       // where there is an activation: its sign tells the slope
    Tensor argmax;  // of the pooling
    Tensor columns; // of a structured operator
    OperatorContextPtr op;
};

Convolution::Convolution(const ConvStage& stage, std::unique_ptr<LinearOperator> op,
                         const Device& device)
    : name_(stage.name)
    , windows_(stage.windows)
    , pool_(stage.pool)
    , activation_(stage.layer.batchNorm ? Activation::None
                                        : kernelActivation(stage.layer.activation))
    , op_(std::move(op))
    , device_(device)
    , bias_(undecayedParameter(device, name_ + "/bias", Shape{op_->out()}, 0.0)) {
    assert(op_->in() == windows_.columns());
}

Convolution::~Convolution() = default;

kernels::Convolution Convolution::spec(std::int64_t batch) const {
    kernels::Convolution own;
    own.windows = windows_.withBatch(batch);
    own.outChannels = op_->out();
    own.pool = pool_.withBatch(batch);
    own.activation = activation_;
    return own;
}

bool Convolution::isDense() const {
    return std::string_view(op_->family()) == "dense";
}

RowLayout Convolution::outputLayout(const RowLayout& rows) const {
    const kernels::Windows& last = pool_.taps() > 1 ? pool_ : windows_;
    return {rows.groups, last.outHeight * last.outWidth, false};
}

Tensor Convolution::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    assert(rows.rowsPerGroup == windows_.height * windows_.width);
    kernels::Backend& backend = device_.backend();
    const kernels::Convolution own = spec(rows.groups);
    Tensor y(device_, Shape{own.outputRows(), op_->out()}, x.dtype());
    auto context = saved != nullptr ? std::make_unique<Context>() : nullptr;
    if (context && own.pooled())
        context->argmax = Tensor(device_, y.shape(), DType::U8);
    if (isDense()) {
        backend.convolve(own, x.view(), computeView(*op_->parameters().front()),
                         std::as_const(bias_->value).view(), y.view(),
                         context && own.pooled() ? context->argmax.view() : kernels::View{},
                         device_.scratch(backend.convolveScratch(own, x.dtype())));
    } else {
        structuredForward(x, own, y, context.get());
    }
    if (context) {
        if (activation_ != Activation::None)
            context->y = y.clone();
        *saved = std::move(context);
    }
    return y;
}

void Convolution::structuredForward(const Tensor& x, const kernels::Convolution& spec, Tensor& y,
                                    Context* context) {
    kernels::Backend& backend = device_.backend();
    const kernels::Windows& windows = spec.windows;
    const RowLayout rows{windows.batch, windows.outHeight * windows.outWidth, false};
    Tensor columns(device_, Shape{windows.outputRows(), windows.columns()}, x.dtype());
    backend.im2col(windows, x.view(), columns.view());
    OperatorContextPtr* op = context != nullptr ? &context->op : nullptr;
    kernels::Epilogue epilogue;
    epilogue.bias = std::as_const(bias_->value).view();
    if (spec.pooled()) {
        Tensor map(device_, Shape{windows.outputRows(), op_->out()}, x.dtype());
        op_->forward(std::as_const(columns).view(), rows, map.view(), epilogue, op);
        backend.maxPool(spec.pool, std::as_const(map).view(), y.view(),
                        context != nullptr ? context->argmax.view() : kernels::View{});
        if (activation_ != Activation::None)
            backend.activate(activation_, std::as_const(y).view(), y.view());
    } else {
        epilogue.activation = activation_;
        op_->forward(std::as_const(columns).view(), rows, y.view(), epilogue, op);
    }
    if (context != nullptr)
        context->columns = std::move(columns);
}

Tensor Convolution::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                             NeedInputGradient need) {
    auto& context = static_cast<Context&>(saved);
    const kernels::Convolution own = spec(rows.groups);
    if (!isDense())
        return structuredBackward(x, own, std::move(g), context, need);
    kernels::Backend& backend = device_.backend();
    Parameter& weight = *op_->parameters().front();
    Tensor gx;
    if (need == NeedInputGradient::Yes)
        gx = Tensor(device_, x.shape(), x.dtype());
    const kernels::ConstView gradient = std::as_const(g).view();
    backend.convolveBackward(
        own, x.view(), computeView(weight),
        context.y.empty() ? gradient : std::as_const(context.y).view(),
        own.pooled() ? std::as_const(context.argmax).view() : kernels::ConstView{}, gradient,
        gx.empty() ? kernels::View{} : gx.view(), weight.grad.view(), bias_->grad.view(),
        device_.scratch(backend.convolveScratch(own, x.dtype())));
    return gx;
}

Tensor Convolution::structuredBackward(const Tensor& x, const kernels::Convolution& spec, Tensor g,
                                       Context& context, NeedInputGradient need) {
    kernels::Backend& backend = device_.backend();
    const kernels::Windows& windows = spec.windows;
    const RowLayout rows{windows.batch, windows.outHeight * windows.outWidth, false};
    if (activation_ != Activation::None)
        backend.activateBackward(activation_, std::as_const(context.y).view(), g.view(), g.view());
    backend.sumRows(g.view(), bias_->grad.view(), kernels::Accumulate::Yes);
    if (spec.pooled()) {
        Tensor map(device_, Shape{windows.outputRows(), op_->out()}, g.dtype());
        backend.maxPoolBackward(spec.pool, std::as_const(context.argmax).view(), g.view(),
                                map.view());
        g = std::move(map);
    }
    Tensor columnGradient;
    if (need == NeedInputGradient::Yes)
        columnGradient = Tensor(device_, context.columns.shape(), g.dtype());
    op_->backward(std::as_const(context.columns).view(), rows, g.view(),
                  columnGradient.empty() ? kernels::View{} : columnGradient.view(),
                  kernels::Accumulate::No, context.op.get());
    if (need == NeedInputGradient::No)
        return {};
    Tensor gx(device_, x.shape(), x.dtype());
    backend.col2im(windows, std::as_const(columnGradient).view(), gx.view(),
                   kernels::Accumulate::No);
    return gx;
}

void Convolution::collectParameters(std::vector<ParameterPtr>& into) const {
    const auto& own = op_->parameters();
    into.insert(into.end(), own.begin(), own.end());
    into.push_back(bias_);
}

void Convolution::collectOperators(std::vector<NamedOperator>& into) {
    into.push_back({name_, op_.get()});
}

} // namespace inlay::engine
