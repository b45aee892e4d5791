#pragma once

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"
#include "engine/operators/stl/stl_plan.h"
#include "kernels/prepared.h"

namespace inlay::engine {

/// The Strassen-Tile layer (systems/stl-and-24.md 1.2): tiles of X are encoded to `rank` numbers,
/// multiplied slice by slice with the encoded weights What (`<layer>/what`, rank planes of
/// inTiles x outTiles) and decoded. Tied weights keep `<layer>/weight` and `E_W` instead and encode
/// them whenever they changed. E_X, E_W and D are rank x tile^2, named after the layer or after
/// `shared/<group>`.
class StlOperator : public LinearOperator {
public:
    /// Throws Error when the group exists with other encoder sizes.
    StlOperator(const StlConfig& config, const OperatorBuild& build);

    const char* family() const override { return "stl"; }
    OperatorPlan plan(const RowLayout& rows) const override;
    void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                 const kernels::Epilogue& epilogue, OperatorContextPtr* saved) override;
    void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                  kernels::View gx, kernels::Accumulate accumulate,
                  OperatorContext* saved) override;
    const std::vector<ParameterPtr>& parameters() const override { return parameters_; }

    /// Refuses unless every tile map is one matrix applied to each row.
    Tensor materialize(std::string& refusal) const override;
    /// The matrix that gives the mean over a tile's rows of what row i does to output row i: what
    /// views draw where materialize() refuses.
    Tensor rowAveragedMap() const;

    std::vector<std::string> diagnosticNames() const override;
    std::vector<Diagnostic> diagnostics() override;
    /// Rebalancing goes over the host.
    bool stepsAlike() const override { return config_.rebalanceEvery == 0; }
    void parametersChanged(const StepInfo& step, MomentScaler& moments) override;

private:
    /// What a form of the weights is made from: the weight and, of tied ones, the encoder.
    struct Versions {
        std::uint64_t weight = ~std::uint64_t{0};
        std::uint64_t encoder = ~std::uint64_t{0};
        bool operator==(const Versions&) const = default;
    };
    Versions versions() const { return {weight_->version, tied() ? encoderW_->version : 0}; }

    void makeEncoders(const OperatorBuild& build, const RandomStream& stream);
    bool tied() const { return config_.weights == StlWeights::Tied; }
    std::int64_t area() const { return config_.tile * config_.tile; }
    std::int64_t inTiles() const { return (in() + config_.tile - 1) / config_.tile; }
    std::int64_t outTiles() const { return (out() + config_.tile - 1) / config_.tile; }
    kernels::Workspace scratch(const kernels::TileLayout& layout) const;
    /// What, up to date, as products take it: in the compute type.
    kernels::ConstBatchView encodedWeights() const;
    /// What, up to date, on the host.
    std::vector<double> encodedWeightValues() const;
    /// What of tied weights, encoded again when W or E_W moved.
    Tensor& encodeTiedWeights() const;
    /// products = planes weights, plane by plane; weights: what encodedWeights gave.
    void multiply(const kernels::BatchView& planes, const kernels::ConstBatchView& weights,
                  const kernels::BatchView& products, bool training);
    void weightGradient(const kernels::TileLayout& layout, Tensor& gradient);
    void rebalance(MomentScaler& moments);

    StlConfig config_;
    Device device_;
    ParameterPtr encoderX_;
    ParameterPtr encoderW_; // only with tied weights
    ParameterPtr decoder_;
    ParameterPtr weight_; // What, or W with tied weights
    std::vector<ParameterPtr> parameters_;

    // Tied weights: their encoded form and what it was made from.
    mutable Tensor encoded_;
    mutable Versions encodedFrom_;

    // What as this device's products read it, and what it was made from.
    std::unique_ptr<kernels::PreparedWeight> prepared_;
    bool asked_ = false;
    Versions preparedFrom_;
};

} // namespace inlay::engine
