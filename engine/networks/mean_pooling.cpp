#include "engine/networks/mean_pooling.h"

#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

RowLayout MeanPooling::outputLayout(const RowLayout& rows) const {
    return {rows.groups, 1, false};
}

Tensor MeanPooling::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    Tensor y(device_, Shape{rows.groups, x.cols()}, x.dtype());
    device_.backend().groupMean(x.view(), {rows.groups, rows.rowsPerGroup}, y.view());
    if (saved != nullptr)
        *saved = std::make_unique<ModuleContext>();
    return y;
}

Tensor MeanPooling::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext&,
                             NeedInputGradient need) {
    if (need == NeedInputGradient::No)
        return {};
    Tensor gx(device_, x.shape(), x.dtype());
    device_.backend().groupMeanBackward(std::as_const(g).view(), {rows.groups, rows.rowsPerGroup},
                                        gx.view());
    return gx;
}

} // namespace inlay::engine
