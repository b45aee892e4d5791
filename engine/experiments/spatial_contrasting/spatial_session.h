#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/experiments/spatial_contrasting/contrast_step.h"
#include "engine/experiments/spatial_contrasting/fine_tuning.h"
#include "engine/experiments/spatial_contrasting/space_film.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::spatial_contrasting {

/// Where a run stands between two steps of the pre-training, or between two fine-tunings.
struct SpatialState {
    std::int64_t step = 0; // of the pre-training, done
    double rate = 0;       // after the drops so far
    double epochSum = 0;   // losses of the running epoch
    Plateau plateau;       // over the mean losses of the epochs
    double lastEpochLoss = 0;
    double firstLoss = 0;
    double lastSpread = 1; // of the last step's features
    std::int64_t lastSnapshot = -1;
    std::vector<double> pretrained; // accuracies so far
    std::vector<double> scratch;

    Json toJson() const;
    static SpatialState fromJson(const Json& json);
};

/// One run: pre-training by the criterion, then for each replicate a fine-tuning of the pre-trained
/// network and one of the same network without it.
class SpatialSession {
public:
    SpatialSession(const SpatialConfig& config, RunContext& context);
    RunOutcome run();

private:
    enum class Progress { Done, Stopped, Diverged };

    Progress pretrain();
    void pretrainStep(std::span<const std::int64_t> samples);
    void endEpoch();
    void warnOfCollapse(double epochLoss);
    std::string sameViews() const;
    void recordKept();
    /// False when the run was asked to stop.
    bool snapshot();
    void recordPairs();
    /// False when the run was asked to stop.
    bool fineTune();
    void checkpoint();
    void restore();
    std::vector<CheckpointTensor> checkpointTensors();
    RunOutcome finish();
    std::int64_t stepsPerEpoch() const;
    std::int64_t pretrainingSteps() const { return stepsPerEpoch() * config_.epochs; }

    SpatialConfig config_;
    RunContext& context_;
    DatasetSplit data_;
    Normalization normalization_;
    Encoder plan_;
    std::unique_ptr<Network> encoder_;
    std::unique_ptr<Optimizer> optimizer_;
    std::vector<ParameterPtr> parameters_;
    std::unique_ptr<ContrastStep> step_;
    std::unique_ptr<ContrastStep> look_; // on test images
    std::unique_ptr<SpaceFilm> film_;
    EpochOrder order_;
    std::unique_ptr<FineTuning> tuning_;
    SpatialState state_;
    std::vector<std::int64_t> kept_; // of the film's points, those whose views are compared
    std::vector<double> stepSeconds_;
    double lastCheckpoint_ = 0;
    std::string divergence_;
};

} // namespace inlay::engine::spatial_contrasting
