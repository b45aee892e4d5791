#pragma once

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"

namespace inlay::engine {

OperatorPlan planDense(const DenseConfig& config, std::int64_t in, std::int64_t out,
                       const RowLayout& rows);

/// Y = X W with a full in x out matrix, the parameter `<layer>/weight`.
class DenseOperator : public LinearOperator {
public:
    DenseOperator(const DenseConfig& config, const OperatorBuild& build);

    const char* family() const override { return "dense"; }
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
    DenseConfig config_;
    Device device_;
    ParameterPtr weight_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
