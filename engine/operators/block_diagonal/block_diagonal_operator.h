#pragma once

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"
#include "kernels/views.h"

namespace inlay::engine {

OperatorPlan planBlockDiagonal(const BlockDiagonalConfig& config, std::int64_t in, std::int64_t out,
                               const RowLayout& rows);

/// Block b of the outputs sees block b of the inputs only: `<layer>/weight` holds blocks matrices
/// of (in / blocks) x (out / blocks).
class BlockDiagonalOperator : public LinearOperator {
public:
    BlockDiagonalOperator(const BlockDiagonalConfig& config, const OperatorBuild& build);

    const char* family() const override { return "block_diagonal"; }
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
    std::int64_t blockIn() const { return in() / config_.blocks; }
    std::int64_t blockOut() const { return out() / config_.blocks; }
    kernels::BatchView blocksOf(Tensor& tensor) const;
    kernels::ConstBatchView weightBlocks() const;

    BlockDiagonalConfig config_;
    Device device_;
    ParameterPtr weight_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
