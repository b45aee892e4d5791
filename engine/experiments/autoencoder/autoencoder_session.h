#pragma once

#include <memory>
#include <vector>

#include "engine/experiments/autoencoder/autoencoder_config.h"
#include "engine/experiments/autoencoder/autoencoder_state.h"
#include "engine/experiments/autoencoder/encoder_decoder.h"
#include "engine/optimizers/optimizer.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::autoencoder {

/// One run: for every rank the closed forms, then both phases, then the control from the same
/// start. Series of all ranks count the steps of the whole run, so that a checkpoint is one step.
class AutoencoderSession {
public:
    AutoencoderSession(AutoencoderConfig config, RunContext& context);

    RunOutcome run();

private:
    enum class Arm { Done, Stopped, Diverged };

    std::int64_t arms() const { return config_.together ? 2 : 1; }
    std::int64_t armSteps() const { return config_.phase1Steps + config_.phase2Steps; }
    /// First global step of an arm; its last loss is one step behind its last step.
    std::int64_t armBase(std::int64_t rankIndex, std::int64_t arm) const;
    void restore();
    /// Closed forms of a new rank.
    void open(std::int64_t rank, EncoderDecoder& model);
    Arm train(EncoderDecoder& model);
    /// Steps [from, to) of the arm; false when the run shall stop.
    Arm trainPhase(EncoderDecoder& model, std::int64_t from, std::int64_t to, bool butterfly);
    bool note(double loss);
    void checkpoint(EncoderDecoder& model, Optimizer& optimizer);
    std::vector<CheckpointTensor> tensors(EncoderDecoder& model, Optimizer& optimizer);
    void recordOpened(const RankCase& one, std::int64_t index);
    void recordDone(const RankCase& one, std::int64_t index);

    AutoencoderConfig config_;
    RunContext& context_;
    SampleMatrix x_;
    std::vector<double> squares_; // squared singular values of X
    AutoencoderState state_;
    std::int64_t total_ = 0;
    bool restored_ = false;
    double lastCheckpoint_ = 0;
    double lastLoss_ = 0;
};

} // namespace inlay::engine::autoencoder
