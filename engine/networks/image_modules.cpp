#include "engine/networks/image_modules.h"

#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

namespace {

struct PoolingContext final : ModuleContext {
    Tensor argmax;
};

} // namespace

RowLayout MaxPooling::outputLayout(const RowLayout& rows) const {
    return {rows.groups, windows_.outHeight * windows_.outWidth, false};
}

Tensor MaxPooling::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    const kernels::Windows own = windows_.withBatch(rows.groups);
    Tensor y(device_, Shape{own.outputRows(), x.cols()}, x.dtype());
    if (saved == nullptr) {
        device_.backend().maxPool(own, x.view(), y.view(), {});
        return y;
    }
    auto context = std::make_unique<PoolingContext>();
    context->argmax = Tensor(device_, y.shape(), kernels::DType::U8);
    device_.backend().maxPool(own, x.view(), y.view(), context->argmax.view());
    *saved = std::move(context);
    return y;
}

Tensor MaxPooling::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                            NeedInputGradient need) {
    if (need == NeedInputGradient::No)
        return {};
    Tensor gx(device_, x.shape(), x.dtype());
    device_.backend().maxPoolBackward(
        windows_.withBatch(rows.groups),
        std::as_const(static_cast<PoolingContext&>(saved).argmax).view(), g.view(), gx.view());
    return gx;
}

Tensor Flatten::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    const std::int64_t width = rows.rowsPerGroup * x.cols();
    Tensor y(device_, Shape{rows.groups, width}, x.dtype());
    device_.backend().convert(x.viewAs(rows.groups, width), y.view());
    if (saved != nullptr)
        *saved = std::make_unique<ModuleContext>();
    return y;
}

Tensor Flatten::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext&,
                         NeedInputGradient need) {
    if (need == NeedInputGradient::No)
        return {};
    Tensor gx(device_, x.shape(), x.dtype());
    device_.backend().convert(std::as_const(g).view(), gx.viewAs(rows.groups, g.cols()));
    return gx;
}

Dropout::Dropout(double rate, const RandomStream& stream, const Device& device)
    : rate_(rate)
    , state_{stream.key(), 0, 0}
    , device_(device)
    , step_(device, Shape{1}, kernels::DType::I32) {
    setStep(0);
}

void Dropout::setStep(std::int64_t step) {
    device_.backend().fill(step_.view(), static_cast<double>(step));
}

Tensor Dropout::forward(const Tensor& x, const RowLayout&, ModuleContextPtr* saved) {
    Tensor y(device_, x.shape(), x.dtype());
    if (saved == nullptr) {
        device_.backend().convert(x.view(), y.view());
        return y;
    }
    device_.backend().dropout(x.view(), rate_, state_, std::as_const(step_).view(), y.view());
    *saved = std::make_unique<ModuleContext>();
    return y;
}

Tensor Dropout::backward(const Tensor&, const RowLayout&, Tensor g, ModuleContext&,
                         NeedInputGradient need) {
    if (need == NeedInputGradient::No)
        return {};
    device_.backend().dropout(g.view(), rate_, state_, std::as_const(step_).view(), g.view());
    return g;
}

} // namespace inlay::engine
