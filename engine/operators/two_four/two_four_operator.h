#pragma once

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"

namespace inlay::kernels {
class PreparedWeight;
}

namespace inlay::engine {

/// Y = X (M . W) where M keeps two of every four inputs of an output (systems/stl-and-24.md 2.1,
/// 2.2). `<layer>/weight` is padded with zero rows to a multiple of four (transposable: zero
/// columns too); `<layer>/mask` is part of the state,
/// and `<layer>/mask_flips` where the mask moves.
///
/// fixed: the mask is drawn from the start values once. ste: it follows the weights each step and
/// the gradient of the masked weights is given to all weights. sr_ste: that, and the pruned weights
/// decay by lambda, in the gradient or apart from it.
class TwoFourOperator : public LinearOperator {
public:
    TwoFourOperator(const TwoFourConfig& config, const OperatorBuild& build);
    ~TwoFourOperator() override;

    const char* family() const override { return "two_four"; }
    OperatorPlan plan(const RowLayout& rows) const override;
    void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                 const kernels::Epilogue& epilogue, OperatorContextPtr* saved) override;
    void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                  kernels::View gx, kernels::Accumulate accumulate,
                  OperatorContext* saved) override;
    const std::vector<ParameterPtr>& parameters() const override { return parameters_; }
    std::vector<StateTensor> state() override;
    Tensor materialize(std::string& refusal) const override;

    std::string route() const override;

    std::vector<std::string> diagnosticNames() const override;
    std::vector<Diagnostic> diagnostics() override;
    /// Its products are chosen by trials, and masks change by a schedule.
    bool stepsAlike() const override { return false; }
    void gradientsReady(const StepInfo& step) override;
    void parametersChanged(const StepInfo& step, MomentScaler& moments) override;

private:
    bool follows() const { return config_.training != TwoFourTraining::Fixed; }
    void makeMask(Tensor& mask) const;
    enum class Flips { Count, Keep };
    /// Brings mask, masked and compressed weights up to the parameter's version.
    void refresh(Flips flips) const;
    void derive() const;
    /// The masked weights without padding, in x out.
    kernels::ConstView masked() const;
    kernels::View unpaddedGradient() const;
    /// Asks the device for the forms that suit it, once: a trial fits one number of rows.
    void prepare(std::int64_t rows);

    std::string name_;
    TwoFourConfig config_;
    Device device_;
    ParameterPtr weight_;
    std::vector<ParameterPtr> parameters_;
    mutable Tensor mask_;     // u8, shape of the weight
    mutable Tensor nextMask_; // the other of the two buffers that masks alternate between
    mutable Tensor flips_;    // 1 x 1 i32: entries that the last step changed
    mutable Tensor masked_;
    mutable Tensor values_; // out x in/2, the compressed form; empty where it is not used
    mutable Tensor meta_;   // out x in/4 u8
    bool asked_ = false;
    std::unique_ptr<kernels::PreparedWeight> prepared_;     // of x W, instead of values_ and meta_
    std::unique_ptr<kernels::PreparedWeight> preparedBack_; // of g W^T, where the mask allows it
    mutable std::uint64_t maskedVersion_ = ~std::uint64_t{0};
};

} // namespace inlay::engine
