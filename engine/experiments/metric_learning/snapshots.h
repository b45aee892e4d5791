#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/datasets/batches.h"
#include "engine/experiments/metric_learning/metric_config.h"
#include "engine/experiments/metric_learning/metric_step.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/runner/point_frames.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::metric_learning {

/// Embedded samples on the host, row-major.
struct Embedded {
    std::vector<float> values;
    std::int64_t count = 0;
    std::int64_t width = 0;
    bool complete = true; // false when `proceed` said no
    PointsView view() const { return {values, count, width}; }
};

/// The samples that have a label.
std::vector<std::int64_t> labeledSamples(const Dataset& data);

/// Embeds samples of a data set in inference, a batch at a time; rows of length 1 where the
/// configuration says so.
Embedded embedSamples(Network& network, const MetricConfig& config, const Dataset& data,
                      const Normalization& normalization, const InputRows& rows,
                      const Device& device, const std::vector<std::int64_t>& samples,
                      const std::function<bool()>& proceed);

/// The film of a run: the same points at every snapshot, with what says how good they lie. Test
/// points come first, behind them the training points that the configuration asks for.
class Snapshots {
public:
    Snapshots(const MetricConfig& config, const DatasetSplit& data,
              const Normalization& normalization, const InputRows& rows, RunContext& context);

    /// Labels, images and class names: once, before the first snapshot.
    void recordPoints();
    /// Frames and series at `step`, and the distances of the batch before it (null: none yet).
    /// An embedding that halves cannot hold is not kept: the step that made it ends the run.
    point_frames::Taken take(Network& network, std::int64_t step, const BatchLoss* batch);
    /// Test points with the largest D+ - D-, by the embedding of now: a table. False when the run
    /// was asked to stop meanwhile.
    bool recordHardest(Network& network);

private:
    Embedded embed(Network& network, const Dataset& data,
                   const std::vector<std::int64_t>& samples) const;
    std::vector<std::int32_t> everyNthLabel(std::int64_t most) const;
    void recordImages();
    /// Test points, then training points.
    Embedded joined(const Embedded& test, const Embedded& references) const;
    void recordFilters(Network& network, std::int64_t step);
    void recordDistances(const BatchLoss& batch, std::int64_t step);

    const MetricConfig& config_;
    const DatasetSplit& data_;
    const Normalization& normalization_;
    InputRows rows_;
    RunContext& context_;
    std::vector<std::int64_t> points_;     // of the test set
    std::vector<std::int32_t> labels_;     // of those
    std::vector<std::int64_t> references_; // training samples for the neighbors
    std::vector<std::int32_t> referenceLabels_;
    std::vector<std::int64_t> learned_; // places among the references that are shown
};

} // namespace inlay::engine::metric_learning
