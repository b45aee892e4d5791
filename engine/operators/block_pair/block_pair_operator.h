#pragma once

#include "engine/operators/block_pair/block_pair.h"
#include "engine/operators/linear_operator.h"
#include "kernels/views.h"

namespace inlay::engine {

/// Monarch (T. Dao et al., ICML 2022) and BTT (S. Qiu et al., "Compute better spent", ICML 2024):
/// Y = ((X A) P) B with block-diagonal A (`<layer>/weight_in`, inBlocks x blockIn x fanOut) and B
/// (`<layer>/weight_out`, outBlocks x fanIn x blockOut). Outputs of a block are neighbors;
/// libraries that interleave them have the same family with its outputs in another order.
///
/// Starts and rates (systems/stl-and-24.md 3.1): Monarch draws each block uniformly at its own
/// fan-in. BTT draws a core with deviation sqrt(1 / d_in) min(1, sqrt(d_out / d_in)) and multiplies
/// its rate by (layer inputs / d_in) / 2, where d_in and d_out are those of the core.
class BlockPairOperator : public LinearOperator {
public:
    BlockPairOperator(const MonarchConfig& config, const OperatorBuild& build);
    BlockPairOperator(const BttConfig& config, const OperatorBuild& build);

    const char* family() const override;
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
    BlockPairOperator(OperatorConfig config, BlockPair pair, const OperatorBuild& build);
    void make(const OperatorBuild& build, const std::vector<double>& first,
              const std::vector<double>& second);
    /// y without epilogue; returns the inner numbers in the order of B.
    Tensor apply(kernels::ConstView x, kernels::View y) const;

    OperatorConfig config_;
    BlockPair pair_;
    Device device_;
    Tensor source_;  // inner x 1 i32: P
    Tensor inverse_; // of P
    ParameterPtr first_;
    ParameterPtr second_;
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine
