// What a run ends with: measures of the whole test set, cost, the model.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engine/analysis/embedding/cluster_agreement.h"
#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/experiments/metric_learning/metric_session.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr std::int64_t kTestTriplets = 64000;
constexpr std::int64_t kSoftNeighbors = 200;
constexpr double kSoftTemperature = 0.07;
constexpr std::int64_t kRestarts = 10; // of k-means

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
    const auto embed = [&](const Dataset& data, const std::vector<std::int64_t>& samples) {
        return embedSamples(*network_, config_, data, normalization_, rows_, context_.device(),
                            samples, proceed);
    };
    const std::vector<std::int64_t> known = labeledSamples(data_.training);
    std::vector<std::int32_t> knownLabels;
    for (const std::int64_t sample : known)
        knownLabels.push_back(data_.training.labels[static_cast<std::size_t>(sample)]);
    const Embedded training = embed(data_.training, known);
    if (!training.complete)
        return false;
    const Embedded test = embed(data_.test, all(data_.test.count));
    if (!test.complete)
        return false;
    const LabeledPoints references{training.view(), knownLabels};
    const LabeledPoints queries{test.view(), data_.test.labels};
    const std::vector<std::int32_t> predicted =
        neighborLabels(references, test.view(), 5, OwnMatch::Keep, goOn);
    const std::vector<std::int32_t> softlyPredicted = softNeighborLabels(
        references, test.view(), kSoftNeighbors, kSoftTemperature, OwnMatch::Keep, goOn);
    const RetrievalMetrics retrieval =
        retrievalMetrics(queries, queries, OwnMatch::LeaveOut, {}, goOn);
    const ClusterAgreement clusters =
        clusterAgreement(test.view(), data_.test.labels, kRestarts, context_.seed(), goOn);
    if (retrieval.cancelled || clusters.cancelled || !goOn())
        return false;
    RunRecorder& recorder = context_.recorder();
    recorder.metric("test/knn5_accuracy", neighborAccuracy(predicted, data_.test.labels));
    recorder.metric("test/knn200_soft_accuracy",
                    neighborAccuracy(softlyPredicted, data_.test.labels));
    recorder.metric("test/nmi", clusters.nmi);
    recorder.metric("test/ami", clusters.ami);
    recorder.metric("test/ari", clusters.ari);
    if (const double score = silhouette(test.view(), data_.test.labels); std::isfinite(score))
        recorder.metric("test/silhouette", score);
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
        recordProbe(probe);
    }
    recorder.metric("embedding/effective_rank", effectiveRank(test.view()));
    recorder.metric("embedding/uniformity", uniformity(test.view()));
    if (retrieval.queries > 0)
        recorder.metric("embedding/alignment", alignment(test.view(), data_.test.labels));
    recorder.metric("embedding/dimension", static_cast<double>(test.width));
    return snapshots_->recordHardest(*network_);
}

// The accuracy of each class, and what it is taken for.
void MetricSession::recordProbe(const ProbeResult& probe) {
    RunRecorder& recorder = context_.recorder();
    const auto classes = static_cast<std::size_t>(probe.classes);
    std::int64_t cell = 0;
    for (std::size_t truth = 0; truth < classes; ++truth) {
        const auto row = probe.confusion.begin() + static_cast<std::ptrdiff_t>(truth * classes);
        const std::int64_t samples = std::accumulate(row, row + probe.classes, std::int64_t{0});
        recorder.resultRow("linear_probe", static_cast<std::int64_t>(truth),
                           {{"label", truth},
                            {"name", data_.training.classNames[truth]},
                            {"samples", samples},
                            {"accuracy", jsonNumber(probe.classAccuracy[truth])}});
        for (std::size_t found = 0; found < classes; ++found)
            if (row[static_cast<std::ptrdiff_t>(found)] > 0)
                recorder.resultRow("linear_probe_confusion", cell++,
                                   {{"label", truth},
                                    {"predicted", found},
                                    {"samples", row[static_cast<std::ptrdiff_t>(found)]}});
    }
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
