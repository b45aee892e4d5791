// What a run ends with: measures of the whole test set, cost, the model.

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/linear_probe.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/experiments/metric_learning/metric_session.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr std::int64_t kTestTriplets = 64000;

double median(std::vector<double> values) {
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<std::int64_t> all(std::int64_t count) {
    std::vector<std::int64_t> samples(static_cast<std::size_t>(count));
    std::iota(samples.begin(), samples.end(), std::int64_t{0});
    return samples;
}

} // namespace

bool MetricSession::measure() {
    const auto proceed = [this] {
        return context_.proceed();
    };
    const auto goOn = [this] {
        return context_.recorder().wish() != RunRecorder::Wish::Stop;
    };
    const auto embed = [&](const Dataset& data) {
        return embedSamples(*network_, config_, data, normalization_, rows_, context_.device(),
                            all(data.count), proceed);
    };
    const Embedded training = embed(data_.training);
    if (!training.complete)
        return false;
    const Embedded test = embed(data_.test);
    if (!test.complete)
        return false;
    const LabeledPoints references{training.view(), data_.training.labels};
    const LabeledPoints queries{test.view(), data_.test.labels};
    const std::vector<std::int32_t> predicted =
        neighborLabels(references, test.view(), 5, OwnMatch::Keep, goOn);
    const RetrievalMetrics retrieval =
        retrievalMetrics(queries, queries, OwnMatch::LeaveOut, {}, goOn);
    if (retrieval.cancelled || !goOn())
        return false;
    RunRecorder& recorder = context_.recorder();
    recorder.metric("test/knn5_accuracy", neighborAccuracy(predicted, data_.test.labels));
    for (const std::string& note : retrieval.notes)
        context_.event(EventLevel::Info, note);
    if (retrieval.queries > 0) {
        constexpr std::int64_t kRecalls[] = {1, 2, 4, 8};
        for (std::size_t i = 0; i < retrieval.recall.size() && i < std::size(kRecalls); ++i)
            recorder.metric(fmt::format("test/recall@{}", kRecalls[i]), retrieval.recall[i]);
        recorder.metric("test/map@r", retrieval.mapAtR);
        recorder.metric("test/r_precision", retrieval.rPrecision);
        recorder.metric("test/triplet_violation",
                        tripletViolation(test.view(), data_.test.labels, kTestTriplets, 1));
    }
    if (config_.linearProbe) {
        const ProbeResult probe = linearProbe(references, queries, {}, goOn);
        if (probe.cancelled)
            return false;
        recorder.metric("test/linear_probe", probe.accuracy);
    }
    recorder.metric("embedding/effective_rank", effectiveRank(test.view()));
    recorder.metric("embedding/uniformity", uniformity(test.view()));
    if (retrieval.queries > 0)
        recorder.metric("embedding/alignment", alignment(test.view(), data_.test.labels));
    recorder.metric("embedding/dimension", static_cast<double>(test.width));
    return snapshots_->recordHardest(*network_);
}

RunOutcome MetricSession::finish() {
    if (!measure())
        return stopped();
    const NetworkPlan plan = planNetwork(config_.network, input_, config_.batchSize);
    RunRecorder& recorder = context_.recorder();
    recorder.metric("train/loss", state_.lastLoss);
    recorder.metric("triplet/violation", state_.lastViolation);
    recorder.metric("parameters", static_cast<double>(plan.parameters));
    recorder.metric("multiply_adds",
                    plan.multiplyAddsForward / static_cast<double>(config_.batchSize));
    recorder.metric("skipped_batches", static_cast<double>(state_.skipped));
    if (!stepSeconds_.empty()) {
        recorder.metric("time/training_seconds",
                        std::accumulate(stepSeconds_.begin(), stepSeconds_.end(), 0.0));
        recorder.metric("time/step_seconds", median(stepSeconds_));
    }
    recorder.metric("time/peak_bytes", static_cast<double>(context_.device().peakBytes()));
    context_.artifact("model.safetensors", "application/octet-stream", state_.step,
                      [this](const std::string& path) {
                          std::vector<CheckpointTensor> tensors;
                          for (const ParameterPtr& parameter : parameters_)
                              tensors.push_back({parameter->name, &parameter->value});
                          for (const StateTensor& state : network_->state())
                              tensors.push_back({state.name, state.tensor});
                          writeModelFile(path, tensors, {{"run", context_.run()}});
                      });
    return {RunEnd::Finished, {}};
}

} // namespace inlay::engine::metric_learning
