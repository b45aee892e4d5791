#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/experiments/train/evaluation.h"
#include "engine/experiments/train/train_config.h"
#include "engine/experiments/train/train_state.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/tensor/repeated_ops.h"

namespace inlay::engine::train {

/// One training run: the loop of forward, loss, backward and optimizer over seeded epochs, with
/// validation after each epoch and the test set once, at the end.
class TrainSession {
public:
    TrainSession(const TrainConfig& config, RunContext& context);
    RunOutcome run();

private:
    enum class Step { Done, Stopped, Diverged };

    void restore();
    /// False when the run was asked to stop meanwhile.
    bool startFromModel();
    void applySettings();
    Step trainEpoch();
    void trainStep(std::span<const std::int64_t> samples);
    /// What a step does on the device once its batch and numbers are there.
    void enqueueStep(const Batch& batch, const StepInfo& info);
    /// Says once whether the device repeats a recorded step.
    void noteRecording();
    /// Throws Error: `reason`, and which batch would fit.
    [[noreturn]] void failForMemory(const std::string& reason, std::int64_t samples);
    /// Says which kernels the device chose, once a session.
    void noteRoutes();
    /// Records what was gathered up to `step`; false when it is not finite.
    bool logStep(std::int64_t step);
    std::string divergenceSentence(const char* series, double loss, std::int64_t step) const;
    void logDiagnostics();
    /// False when the run was asked to stop meanwhile.
    bool finishEpoch();
    void recordMistakes(const Evaluation& evaluation);
    bool shouldStopEarly() const;
    void checkpointIfDue();
    void checkpoint();
    RunOutcome finish();
    RunOutcome stopped();
    std::vector<CheckpointTensor> checkpointTensors();
    std::vector<CheckpointTensor> bestTensors();
    std::int64_t stepsPerEpoch() const;

    TrainConfig config_;
    RunContext& context_;
    DatasetSplit data_;
    Normalization normalization_;
    NetworkInput input_;
    InputRows rows_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<Optimizer> optimizer_;
    std::vector<ParameterPtr> parameters_;
    std::vector<NamedOperator> operators_;
    std::unique_ptr<BatchFeed> feed_;
    std::optional<EpochOrder> order_;
    ShiftAugmentation shift_;
    RepeatedOps steps_;
    bool stepsAlike_ = false; // of all operators
    bool recordingNoted_ = false;
    bool routesNoted_ = false;
    std::int64_t logEvery_ = 1;
    std::int64_t totalSteps_ = 0;

    TrainState state_;
    Tensor loss_;    // sum over the samples since the last logged step
    Tensor correct_; // the same, correct predictions
    std::vector<Tensor> best_;
    std::vector<double> stepSeconds_;
    double secondsSum_ = 0;
    std::int64_t timedSteps_ = 0; // of this attempt since the last logged step
    std::int64_t timedSamples_ = 0;
    double lastCheckpoint_ = 0;
    std::string divergence_;
};

} // namespace inlay::engine::train
