#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "engine/optimizers/optimizer_config.h"
#include "engine/optimizers/schedule.h"
#include "engine/tensor/parameter.h"

namespace inlay::engine {

/// Holds the moments and steps all trainable parameters in one backend call. All step-dependent
/// numbers are one-element device tensors.
class Optimizer : public MomentScaler {
public:
    Optimizer(OptimizerConfig config, std::vector<ParameterPtr> parameters, const Device& device);
    ~Optimizer() override;

    void zeroGradients();
    /// setStep() and apply().
    void step(std::int64_t step, double learningRate);
    /// Brings the numbers of a step to the device. `step` counts from 0.
    void setStep(std::int64_t step, double learningRate);
    /// Clips, steps, raises the parameters' versions.
    void apply();
    /// Raises the parameters' versions: they have been changed by a repetition of apply().
    void noteChanged();

    /// The trainable parameters, in the order of gradientNorms().
    const std::vector<ParameterPtr>& parameters() const { return parameters_; }
    /// Norm of each gradient before clipping; of all gradients. They wait for the device and hold
    /// until zeroGradients().
    std::vector<double> gradientNorms() const;
    double gradientNorm() const;

    /// "optimizer/<parameter>/first" …, for checkpoints.
    std::vector<StateTensor> state();

    void scaleRow(const Parameter& parameter, std::int64_t row, double factor) override;

private:
    struct Moments {
        Tensor first;
        Tensor second; // AdamW only
    };

    double clip() const;
    std::vector<double> gradientSquares() const;

    OptimizerConfig config_;
    std::vector<ParameterPtr> parameters_;
    std::vector<Moments> moments_;
    Device device_;
    Tensor learningRate_;
    Tensor step_; // counts from 1, in the compute dtype
    Tensor gradientScale_;
    mutable Tensor squares_; // one for each parameter
};

} // namespace inlay::engine
