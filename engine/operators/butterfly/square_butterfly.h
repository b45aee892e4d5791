#pragma once

#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/linear_operator.h"

namespace inlay::engine {

/// One butterfly network of the next power of two n of both widths: inputs padded with zeros, the
/// first `out` outputs kept. `<layer>/weight` is stages x n/2 x 4.
class SquareButterfly : public LinearOperator {
public:
    SquareButterfly(const ButterflyConfig& config, const OperatorBuild& build);

    const char* family() const override { return "butterfly"; }
    OperatorPlan plan(const RowLayout& rows) const override;
    void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                 const kernels::Epilogue& epilogue, OperatorContextPtr* saved) override;
    void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                  kernels::View gx, kernels::Accumulate accumulate,
                  OperatorContext* saved) override;
    const std::vector<ParameterPtr>& parameters() const override { return parameters_; }
    Tensor materialize(std::string& refusal) const override;
    bool stepsAlike() const override { return true; }

private:
    void apply(kernels::ConstView x, kernels::View y) const;

    ButterflyConfig config_;
    Device device_;
    ButterflySizes sizes_;
    ParameterPtr weight_;
    mutable PreparedButterfly prepared_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
