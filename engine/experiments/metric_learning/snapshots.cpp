#include "engine/experiments/metric_learning/snapshots.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/neighbors.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/experiments/metric_learning/frame_data.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr std::int64_t kMostNumbers = 524288; // of a frame of points
constexpr std::int64_t kReferences = 5000;
constexpr std::int64_t kRetrievalPoints = 1000; // of MAP@R
constexpr std::int64_t kSnapshotTriplets = 20000;
constexpr std::int64_t kEmbedBatch = 250;

/// `count` of `total` indices, evenly spread.
std::vector<std::int64_t> evenly(std::int64_t total, std::int64_t count) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < count; ++i)
        chosen.push_back(i * total / count);
    return chosen;
}

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

FrameRecord integers(const char* name, std::int64_t step, const std::vector<std::int32_t>& values) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = FrameType::I32;
    frame.shape = {std::ssize(values)};
    for (const std::int32_t value : values)
        append(frame.data, value);
    return frame;
}

} // namespace

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
    points_ = evenly(data.test.count,
                     std::min({data.test.count, config.snapshot.points, kMostNumbers / width}));
    labels_ = labelsOf(data.test, points_);
    references_ = evenly(data.training.count, std::min(data.training.count, kReferences));
    referenceLabels_ = labelsOf(data.training, references_);
}

Embedded Snapshots::embed(Network& network, const Dataset& data,
                          const std::vector<std::int64_t>& samples) const {
    return embedSamples(network, config_, data, normalization_, rows_, context_.device(), samples,
                        [this] { return context_.proceed(); });
}

void Snapshots::recordPoints() {
    RunRecorder& recorder = context_.recorder();
    recorder.frame(integers("labels", 0, labels_));
    for (int c = 0; c < data_.training.classes(); ++c)
        recorder.resultRow(
            "classes", c,
            {{"label", c}, {"name", data_.training.classNames[static_cast<std::size_t>(c)]}});
    recordThumbnails();
}

// Averaged down until all fit in a frame.
void Snapshots::recordThumbnails() {
    const SampleShape& shape = data_.test.shape;
    if (!data_.test.storesBytes() || (shape.channels != 1 && shape.channels != 3))
        return;
    const auto size = [&](int factor) {
        return points_.size() * static_cast<std::size_t>((shape.height / factor) *
                                                         (shape.width / factor) * shape.channels);
    };
    int factor = 1;
    while (size(factor) > RunStore::kMaxFrameBytes)
        ++factor;
    const int height = shape.height / factor;
    const int width = shape.width / factor;
    if (height < 1 || width < 1)
        return;
    FrameRecord frame;
    frame.name = "thumbnails";
    frame.type = FrameType::U8;
    frame.shape = {std::ssize(points_), height, width};
    if (shape.channels == 3)
        frame.shape.push_back(3);
    frame.data.reserve(size(factor));
    for (const std::int64_t point : points_) {
        const std::uint8_t* image = data_.test.bytes.data() + point * shape.values();
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < shape.channels; ++c) {
                    int sum = 0;
                    for (int dy = 0; dy < factor; ++dy)
                        for (int dx = 0; dx < factor; ++dx)
                            sum += image[((y * factor + dy) * shape.width + x * factor + dx) *
                                             shape.channels +
                                         c];
                    frame.data.push_back(static_cast<std::byte>(sum / (factor * factor)));
                }
    }
    context_.recorder().frame(std::move(frame));
}

std::vector<std::int32_t> Snapshots::everyNthLabel(std::int64_t most) const {
    std::vector<std::int32_t> labels;
    for (const std::int64_t i : evenly(std::ssize(labels_), std::min(std::ssize(labels_), most)))
        labels.push_back(labels_[static_cast<std::size_t>(i)]);
    return labels;
}

bool Snapshots::take(Network& network, std::int64_t step, const BatchLoss* batch) {
    const Embedded points = embed(network, data_.test, points_);
    if (!points.complete)
        return false;
    // A diverged embedding has no neighbors; the step that made it ends the run.
    if (!std::all_of(points.values.begin(), points.values.end(),
                     [](float value) { return std::isfinite(value); }))
        return true;
    const Embedded references = embed(network, data_.training, references_);
    if (!references.complete)
        return false;
    const auto goOn = [this] {
        return context_.recorder().wish() != RunRecorder::Wish::Stop;
    };
    const LabeledPoints labeled{points.view(), labels_};
    const std::vector<std::int32_t> predicted = neighborLabels(
        {references.view(), referenceLabels_}, points.view(), 5, OwnMatch::Keep, goOn);
    const std::vector<std::int32_t> nearest =
        neighborLabels(labeled, points.view(), 1, OwnMatch::LeaveOut, goOn);
    // Every list of MAP@R is as long as a class: fewer points will do for a curve.
    const Embedded part = everyNth(points, kRetrievalPoints);
    const std::vector<std::int32_t> partLabels = everyNthLabel(kRetrievalPoints);
    const LabeledPoints few{part.view(), partLabels};
    const RetrievalMetrics retrieval = retrievalMetrics(few, few, OwnMatch::LeaveOut, {1}, goOn);
    if (retrieval.cancelled || !context_.proceed())
        return false;
    RunRecorder& recorder = context_.recorder();
    FrameRecord frame;
    frame.name = "embedding";
    frame.step = step;
    frame.type = FrameType::F16;
    frame.shape = {points.count, points.width};
    frame.data.reserve(2 * points.values.size());
    for (const float value : points.values)
        append(frame.data, toHalf(value));
    recorder.frame(std::move(frame));
    recorder.frame(integers("predicted", step, predicted));
    recordFilters(network, step);
    if (batch != nullptr)
        recordDistances(*batch, step);
    recorder.record("test/knn5_accuracy", step, neighborAccuracy(predicted, labels_));
    if (retrieval.queries > 0) {
        recorder.record("test/recall@1", step, neighborAccuracy(nearest, labels_));
        recorder.record("test/map@r", step, retrieval.mapAtR);
        recorder.record("test/triplet_violation", step,
                        tripletViolation(points.view(), labels_, kSnapshotTriplets, 1));
    }
    recorder.record("embedding/effective_rank", step, effectiveRank(points.view()));
    recorder.record("embedding/nonzero", step, nonZeroShare(points.view()));
    return true;
}

} // namespace inlay::engine::metric_learning
