#include "engine/networks/patch_embedding.h"

#include <cassert>
#include <utility>

#include "engine/networks/parameters.h"
#include "kernels/backend.h"

namespace inlay::engine {

namespace {

constexpr double kPositionDeviation = 0.02;

Tensor startPositions(const Device& device, std::int64_t positions, std::int64_t width,
                      RandomStream stream) {
    std::vector<double> values(static_cast<std::size_t>(positions * width));
    for (double& value : values)
        value = kPositionDeviation * stream.normal();
    return Tensor::fromHost(device, Shape{positions, width}, device.parameterType(), values);
}

} // namespace

PatchEmbedding::PatchEmbedding(std::unique_ptr<Linear> linear, std::int64_t positions,
                               const Device& device, const RandomStream& stream)
    : device_(device)
    , linear_(std::move(linear))
    , positions_(undecayedParameter(device, linear_->name() + "/positions",
                                    Shape{positions, linear_->out()}, 0.0)) {
    positions_->value = startPositions(device, positions, linear_->out(), stream);
}

Tensor PatchEmbedding::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    assert(rows.rowsPerGroup == positions_->value.rows());
    Tensor y = linear_->forward(x, rows, saved);
    device_.backend().addPeriodic(y.view(), std::as_const(positions_->value).view(), y.view());
    return y;
}

Tensor PatchEmbedding::backward(const Tensor& x, const RowLayout& rows, Tensor g,
                                ModuleContext& saved, NeedInputGradient need) {
    device_.backend().sumPeriodic(g.view(), positions_->grad.view(), kernels::Accumulate::Yes);
    return linear_->backward(x, rows, std::move(g), saved, need);
}

void PatchEmbedding::collectParameters(std::vector<ParameterPtr>& into) const {
    linear_->collectParameters(into);
    into.push_back(positions_);
}

void PatchEmbedding::collectOperators(std::vector<NamedOperator>& into) {
    linear_->collectOperators(into);
}

} // namespace inlay::engine
