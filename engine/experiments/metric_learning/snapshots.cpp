#include "engine/experiments/metric_learning/snapshots.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/neighbors.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/experiments/metric_learning/point_losses.h"
#include "engine/runner/point_frames.h"

namespace inlay::engine::metric_learning {
namespace {

using point_frames::evenly;
using point_frames::Part;
using point_frames::Taken;

constexpr std::int64_t kReferences = 5000;
constexpr std::int64_t kRetrievalPoints = 1000; // of MAP@R
constexpr std::int64_t kSnapshotTriplets = 20000;
constexpr std::int64_t kEmbedBatch = 250;
constexpr std::int64_t kRecalls[] = {1, 2, 4, 8};

std::vector<std::int32_t> labelsOf(const Dataset& data, const std::vector<std::int64_t>& samples) {
    std::vector<std::int32_t> labels;
    for (const std::int64_t sample : samples)
        labels.push_back(data.labels[static_cast<std::size_t>(sample)]);
    return labels;
}

/// At most `most` of the points, evenly spread.
Embedded everyNth(const Embedded& points, std::int64_t most) {
    Embedded part;
    part.width = points.width;
    part.count = std::min(points.count, most);
    for (const std::int64_t i : evenly(points.count, part.count)) {
        const float* row = points.view().row(i);
        part.values.insert(part.values.end(), row, row + points.width);
    }
    return part;
}

} // namespace

std::vector<std::int64_t> labeledSamples(const Dataset& data) {
    std::vector<std::int64_t> samples;
    for (std::int64_t i = 0; i < data.count; ++i)
        if (data.labels[static_cast<std::size_t>(i)] >= 0)
            samples.push_back(i);
    return samples;
}

Embedded embedSamples(Network& network, const MetricConfig& config, const Dataset& data,
                      const Normalization& normalization, const InputRows& rows,
                      const Device& device, const std::vector<std::int64_t>& samples,
                      const std::function<bool()>& proceed) {
    Embedded result;
    BatchFeed feed(data, normalization, rows, device, kEmbedBatch);
    const auto total = std::ssize(samples);
    for (std::int64_t first = 0; first < total; first += kEmbedBatch) {
        if (!proceed()) {
            result.complete = false;
            return result;
        }
        const Batch batch =
            feed.load(std::span(samples).subspan(
                          static_cast<std::size_t>(first),
                          static_cast<std::size_t>(std::min(kEmbedBatch, total - first))),
                      nullptr);
        const Tensor y = network.forward(*batch.values, batch.rows, nullptr);
        const std::vector<float> values = y.toFloats();
        result.width = y.cols();
        result.values.insert(result.values.end(), values.begin(), values.end());
    }
    result.count = total;
    if (config.embedding.normalize && total > 0)
        result.values = normalizedRows(result.view());
    return result;
}

Snapshots::Snapshots(const MetricConfig& config, const DatasetSplit& data,
                     const Normalization& normalization, const InputRows& rows, RunContext& context)
    : config_(config)
    , data_(data)
    , normalization_(normalization)
    , rows_(rows)
    , context_(context) {
    const NetworkInput input = embeddingInput(config, data.training.shape);
    const std::int64_t width = std::max<std::int64_t>(1, embeddingWidth(config, input));
    const std::int64_t most = point_frames::kMostNumbers / width;
    points_ = evenly(data.test.count, std::min({data.test.count, config.snapshot.points, most}));
    labels_ = labelsOf(data.test, points_);
    const std::vector<std::int64_t> known = labeledSamples(data.training);
    for (const std::int64_t at :
         evenly(std::ssize(known), std::min(std::ssize(known), kReferences)))
        references_.push_back(known[static_cast<std::size_t>(at)]);
    referenceLabels_ = labelsOf(data.training, references_);
    learned_ = evenly(std::ssize(references_),
                      std::min({std::ssize(references_), config.snapshot.trainingPoints,
                                most - std::ssize(points_)}));
}

Embedded Snapshots::embed(Network& network, const Dataset& data,
                          const std::vector<std::int64_t>& samples) const {
    return embedSamples(network, config_, data, normalization_, rows_, context_.device(), samples,
                        [this] { return context_.proceed(); });
}

void Snapshots::recordPoints() {
    RunRecorder& recorder = context_.recorder();
    std::vector<std::int32_t> labels = labels_;
    for (const std::int64_t at : learned_)
        labels.push_back(referenceLabels_[static_cast<std::size_t>(at)]);
    recorder.frame(point_frames::integers("labels", 0, {std::ssize(labels)}, labels));
    if (!learned_.empty()) {
        std::vector<std::int32_t> parts(labels.size(), static_cast<std::int32_t>(Part::Training));
        std::fill_n(parts.begin(), labels_.size(), static_cast<std::int32_t>(Part::Test));
        recorder.frame(point_frames::integers("split", 0, {std::ssize(parts)}, parts));
    }
    for (int c = 0; c < data_.training.classes(); ++c)
        recorder.resultRow(
            "classes", c,
            {{"label", c}, {"name", data_.training.classNames[static_cast<std::size_t>(c)]}});
    recordImages();
}

void Snapshots::recordImages() {
    if (!data_.test.storesBytes())
        return;
    const auto imageOf = [this](std::int64_t i) {
        const auto tests = std::ssize(points_);
        const Dataset& data = i < tests ? data_.test : data_.training;
        const std::int64_t sample = i < tests ? points_[static_cast<std::size_t>(i)]
                                              : references_[static_cast<std::size_t>(
                                                    learned_[static_cast<std::size_t>(i - tests)])];
        return data.bytes.data() + sample * data.shape.values();
    };
    if (auto frame = point_frames::images("thumbnails", data_.test.shape,
                                          std::ssize(points_) + std::ssize(learned_), imageOf))
        context_.recorder().frame(std::move(*frame));
}

Embedded Snapshots::joined(const Embedded& test, const Embedded& references) const {
    Embedded all = test;
    all.count += std::ssize(learned_);
    for (const std::int64_t at : learned_) {
        const float* row = references.view().row(at);
        all.values.insert(all.values.end(), row, row + references.width);
    }
    return all;
}

std::vector<std::int32_t> Snapshots::everyNthLabel(std::int64_t most) const {
    std::vector<std::int32_t> labels;
    for (const std::int64_t i : evenly(std::ssize(labels_), std::min(std::ssize(labels_), most)))
        labels.push_back(labels_[static_cast<std::size_t>(i)]);
    return labels;
}

Taken Snapshots::take(Network& network, std::int64_t step, const BatchLoss* batch) {
    const Embedded points = embed(network, data_.test, points_);
    if (!points.complete)
        return Taken::Stopped;
    if (!point_frames::fitsHalves(points.values))
        return Taken::Unsound;
    const Embedded references = embed(network, data_.training, references_);
    if (!references.complete)
        return Taken::Stopped;
    const auto goOn = [this] {
        return context_.recorder().wish() != RunRecorder::Wish::Stop;
    };
    const LabeledPoints labeled{points.view(), labels_};
    const LabeledPoints known{references.view(), referenceLabels_};
    const std::vector<std::int32_t> predicted =
        neighborLabels(known, points.view(), 5, OwnMatch::Keep, goOn);
    const std::vector<double> recall =
        recallAt(labeled, {std::begin(kRecalls), std::end(kRecalls)}, goOn);
    // Every list of MAP@R is as long as a class: fewer points will do for a curve.
    const Embedded part = everyNth(points, kRetrievalPoints);
    const std::vector<std::int32_t> partLabels = everyNthLabel(kRetrievalPoints);
    const LabeledPoints few{part.view(), partLabels};
    const RetrievalMetrics retrieval = retrievalMetrics(few, few, OwnMatch::LeaveOut, {1}, goOn);
    if (retrieval.cancelled || !context_.proceed())
        return Taken::Stopped;
    RunRecorder& recorder = context_.recorder();
    const Embedded shown = joined(points, references);
    recorder.frame(point_frames::halves("embedding", step, shown.view()));
    std::vector<std::int32_t> voted = predicted;
    std::vector<std::int32_t> labels = labels_;
    if (!learned_.empty()) {
        // A training point does not vote for itself.
        const std::vector<std::int32_t> own =
            neighborLabels(known, references.view(), 5, OwnMatch::LeaveOut, goOn);
        if (!context_.proceed())
            return Taken::Stopped;
        for (const std::int64_t at : learned_) {
            voted.push_back(own[static_cast<std::size_t>(at)]);
            labels.push_back(referenceLabels_[static_cast<std::size_t>(at)]);
        }
    }
    recorder.frame(point_frames::integers("predicted", step, {std::ssize(voted)}, voted));
    const std::vector<float> losses = pointLosses(config_.loss, shown.view(), labels,
                                                  context_.stream("metric_learning.point_loss"));
    recorder.frame(point_frames::floats("point/loss", step, {std::ssize(losses)}, losses));
    recordFilters(network, step);
    if (batch != nullptr)
        recordDistances(*batch, step);
    recorder.record("test/knn5_accuracy", step, neighborAccuracy(predicted, labels_));
    if (retrieval.queries > 0) {
        for (std::size_t i = 0; i < recall.size(); ++i)
            recorder.record(fmt::format("test/recall@{}", kRecalls[i]), step, recall[i]);
        recorder.record("test/map@r", step, retrieval.mapAtR);
        recorder.record("test/triplet_violation", step,
                        tripletViolation(points.view(), labels_, kSnapshotTriplets, 1));
    }
    recorder.record("embedding/effective_rank", step, effectiveRank(points.view()));
    recorder.record("embedding/nonzero", step, nonZeroShare(points.view()));
    return Taken::Kept;
}

} // namespace inlay::engine::metric_learning
