#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/analysis/embedding/linear_probe.h"
#include "engine/experiments/metric_learning/batch_source.h"
#include "engine/experiments/metric_learning/metric_config.h"
#include "engine/experiments/metric_learning/metric_step.h"
#include "engine/experiments/metric_learning/snapshots.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::metric_learning {

/// Where a run stands between two steps; with the tensors of network and optimizer, all that a
/// checkpoint holds.
struct MetricState {
    std::int64_t step = 0;          // steps done
    std::int64_t skipped = 0;       // of them without a positive pair
    std::int64_t lastSnapshot = -1; // its step
    std::int64_t goodSnapshot = -1; // that of the last one that was kept
    double epochLoss = 0;           // sum over the epoch's steps that had a loss
    std::int64_t epochSteps = 0;    // their number
    Plateau plateau;
    double lastLoss = 0;
    double lastViolation = 0;
    bool warnedOfCollapse = false;

    Json toJson() const;
    static MetricState fromJson(const Json& json);
};

/// One run: every step embeds a batch, compares its points and moves the network; snapshots of the
/// test points in between, all measures at the end.
class MetricSession {
public:
    MetricSession(const MetricConfig& config, RunContext& context);
    RunOutcome run();

private:
    void restore();
    void applySettings();
    /// The sentence of a divergence, or empty.
    std::string trainStep();
    void record(const BatchLoss& loss, std::int64_t samples, double seconds);
    void warnOfCollapse(const BatchLoss& loss);
    /// The rate follows the mean loss where the schedule says so.
    void endEpoch();
    bool snapshotDue() const;
    /// False when the run was asked to stop.
    bool takeSnapshot();
    void checkpointIfDue();
    void checkpoint();
    std::vector<CheckpointTensor> checkpointTensors();
    void noteClasses();
    RunOutcome finish();
    RunOutcome stopped();
    /// False when the run was asked to stop meanwhile.
    bool measure();
    void recordProbe(const ProbeResult& probe);

    MetricConfig config_;
    RunContext& context_;
    DatasetSplit data_;
    Normalization normalization_;
    NetworkInput input_;
    InputRows rows_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<Optimizer> optimizer_;
    std::vector<ParameterPtr> parameters_;
    std::vector<NamedOperator> operators_;
    BatchSource source_;
    std::unique_ptr<BatchFeed> feed_;
    std::unique_ptr<Snapshots> snapshots_;
    ShiftAugmentation shift_;
    std::int64_t totalSteps_ = 0;
    MetricState state_;
    std::optional<BatchLoss> lastBatch_; // of this attempt
    std::vector<double> stepSeconds_;
    double lastCheckpoint_ = 0;
};

} // namespace inlay::engine::metric_learning
