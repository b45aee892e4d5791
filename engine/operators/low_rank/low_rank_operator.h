#pragma once

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"

namespace inlay::engine {

OperatorPlan planLowRank(const LowRankConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows);

/// Y = (X A) B with A in x rank (`<layer>/weight_in`) and B rank x out (`<layer>/weight_out`), each
/// started at its own fan-in.
class LowRankOperator : public LinearOperator {
public:
    LowRankOperator(const LowRankConfig& config, const OperatorBuild& build);

    const char* family() const override { return "low_rank"; }
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
    LowRankConfig config_;
    Device device_;
    ParameterPtr first_;
    ParameterPtr second_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
