#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "engine/tensor/parameter.h"

namespace inlay::engine {

struct SgdConfig {
    double momentum = 0.9;
    double weightDecay = 0.0;
    double clip = 0.0; // largest gradient norm; 0 = off
    bool operator==(const SgdConfig&) const = default;
};

struct AdamWConfig {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double weightDecay = 0.01;
    double clip = 1.0;
    bool operator==(const AdamWConfig&) const = default;
};

using OptimizerConfig = std::variant<SgdConfig, AdamWConfig>;

enum class ScheduleKind { Constant, Step, Cosine };

struct ScheduleConfig {
    ScheduleKind kind = ScheduleKind::Cosine;
    double warmup = 0.05;       // share of all steps with a linearly rising rate
    double stepEvery = 0.3;     // step: share of all steps between drops
    double stepFactor = 0.1;    // step: factor at a drop
    double finalFraction = 0.0; // cosine: rate at the end as a share of the peak
    bool operator==(const ScheduleConfig&) const = default;
};

/// The rate at `step` of `totalSteps` (both from 0) for a peak rate.
double scheduledRate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t totalSteps);

/// Holds the moments and steps all parameters in one backend call. All step-dependent numbers are
/// one-element device tensors.
class Optimizer : public MomentScaler {
public:
    Optimizer(OptimizerConfig config, std::vector<ParameterPtr> parameters, const Device& device);

    void zeroGradients();
    /// Clips, steps, raises the parameters' versions. `step` counts from 0.
    void step(std::int64_t step, double learningRate);

    /// Norm of all gradients before clipping at the last step; waits for the device.
    double gradientNorm() const;

    /// "optimizer/<parameter>/first" …, for checkpoints.
    std::vector<StateTensor> state();

    void scaleRow(const Parameter& parameter, std::int64_t row, double factor) override;

private:
    struct Moments {
        Tensor first;
        Tensor second;
        std::string firstName;
        std::string secondName;
    };
    OptimizerConfig config_;
    std::vector<ParameterPtr> parameters_;
    std::vector<Moments> moments_;
    Device device_;
    Tensor learningRate_;
    Tensor step_;
    Tensor gradientScale_;
    Tensor squares_;
};

} // namespace inlay::engine
