#pragma once

#include <optional>
#include <vector>

#include "engine/datasets/batches.h"
#include "engine/experiments/metric_learning/comparisons.h"
#include "engine/experiments/metric_learning/metric_config.h"

namespace inlay::engine::metric_learning {

/// The samples of a step. Listed triplets lie three in a row: anchor, positive, negative.
struct StepSamples {
    std::vector<std::int64_t> samples;
    std::int64_t epoch = 0;
    bool listed = false;
};

/// Which samples a step sees: a function of the step alone, so that a resumed run goes on as if it
/// had never been interrupted.
class BatchSource {
public:
    /// `comparisons` are in the numbers of `data`.
    BatchSource(const MetricConfig& config, const Dataset& data, std::vector<Triplet> comparisons,
                const RandomStream& stream);

    std::int64_t stepsPerEpoch() const { return stepsPerEpoch_; }
    StepSamples at(std::int64_t step);

private:
    void plain(std::int64_t epoch, std::int64_t position, StepSamples& into);
    void balanced(std::int64_t step, StepSamples& into) const;
    void fromPaper(std::int64_t epoch, std::int64_t position, StepSamples& into) const;
    void compared(std::int64_t epoch, std::int64_t position, StepSamples& into);

    MetricConfig config_;
    std::vector<Triplet> comparisons_;
    RandomStream stream_;
    EpochOrder order_;
    std::vector<std::vector<std::int64_t>> classes_; // samples of each class
    std::vector<std::int64_t> anchors_;              // samples whose class has another
    std::vector<std::int32_t> labels_;
    std::int64_t stepsPerEpoch_ = 1;
};

/// The comparisons of the configuration's file, in the numbers of `data`. Throws Error as
/// readComparisons() does, and for a sample that the data set's count leaves out.
std::vector<Triplet> resolveComparisons(const MetricConfig& config, const Dataset& data);

/// Samples of each class; those without a label (-1) are in none.
std::vector<std::vector<std::int64_t>> samplesByClass(const Dataset& data);

} // namespace inlay::engine::metric_learning
