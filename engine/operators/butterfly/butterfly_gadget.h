#pragma once

#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/linear_operator.h"

namespace inlay::engine {

/// Y = J2^T W' J1 X (systems/butterfly.md 3): a truncated butterfly J1 (`<layer>/weight_in`) to k1
/// numbers, a full core W' (`<layer>/core`, k1 x k2) and the transpose of a truncated butterfly J2
/// (`<layer>/weight_out`). Which outputs the truncations keep is drawn once and part of the state:
/// `<layer>/kept_in`, `<layer>/kept_out`.
class ButterflyGadget : public LinearOperator {
public:
    ButterflyGadget(const ButterflyConfig& config, const OperatorBuild& build);

    const char* family() const override { return "butterfly"; }
    OperatorPlan plan(const RowLayout& rows) const override;
    void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                 const kernels::Epilogue& epilogue, OperatorContextPtr* saved) override;
    void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                  kernels::View gx, kernels::Accumulate accumulate,
                  OperatorContext* saved) override;
    const std::vector<ParameterPtr>& parameters() const override { return parameters_; }
    std::vector<StateTensor> state() override;
    Tensor materialize(std::string& refusal) const override;
    bool stepsAlike() const override { return true; }

private:
    struct Context;
    /// y without epilogue, from x padded to the width of J1.
    void apply(kernels::ConstView padded, kernels::View y, Context& context) const;

    std::string name_;
    ButterflyConfig config_;
    Device device_;
    ButterflySizes sizes_;
    std::int64_t live_ = 0;
    Tensor keptIn_;  // k1 x 1 i32
    Tensor keptOut_; // k2 x 1 i32
    ParameterPtr input_;
    ParameterPtr core_;
    ParameterPtr output_;
    mutable PreparedButterfly preparedIn_;
    mutable PreparedButterfly preparedOut_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
