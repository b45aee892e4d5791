#include "engine/experiments/metric_learning/snapshots.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/neighbors.h"
#include "engine/analysis/embedding/retrieval.h"
#include "kernels/parallel.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr std::int64_t kMostNumbers = 524288; // of a frame of points
constexpr std::int64_t kReferences = 5000;
constexpr std::int64_t kRetrievalPoints = 1000; // of MAP@R
constexpr std::int64_t kSnapshotTriplets = 20000;
constexpr std::int64_t kBins = 64;
constexpr std::int64_t kEmbedBatch = 250;
constexpr std::size_t kHardest = 40;

/// IEEE half precision, rounded to nearest even; beyond its range infinity.
std::uint16_t toHalf(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
    const std::uint32_t size = bits & 0x7FFFFFFFu;
    if (size > 0x7F800000u)
        return static_cast<std::uint16_t>(sign | 0x7E00u); // NaN
    if (size >= 0x477FF000u)
        return static_cast<std::uint16_t>(sign | 0x7C00u);
    if (size < 0x38800000u) { // subnormal: units of 2^-24
        const float scaled = std::bit_cast<float>(size) * 16777216.0f;
        return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::lrint(scaled)));
    }
    const std::uint32_t rounded = size + 0xFFFu + ((size >> 13) & 1u);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

template <typename T>
void append(std::vector<std::byte>& bytes, T value) {
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

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

// filters x side x side, the mean over input channels.
void Snapshots::recordFilters(Network& network, std::int64_t step) {
    if (!std::holds_alternative<ConvNetConfig>(config_.network.model))
        return;
    const NetworkInput input = embeddingInput(config_, data_.training.shape);
    const auto side = firstWindow(config_, input);
    const auto operators = network.operators();
    if (!side || operators.empty())
        return;
    std::string refusal;
    const Tensor weight = operators.front().op->materialize(refusal);
    if (weight.empty())
        return;
    const std::vector<float> values = weight.toFloats();
    const std::int64_t filters = weight.cols();
    FrameRecord frame;
    frame.name = "filters";
    frame.step = step;
    frame.type = FrameType::F32;
    frame.shape = {filters, *side, *side};
    for (std::int64_t f = 0; f < filters; ++f)
        for (std::int64_t tap = 0; tap < *side * *side; ++tap) {
            float sum = 0;
            for (std::int64_t c = 0; c < input.channels; ++c)
                sum += values[static_cast<std::size_t>((tap * input.channels + c) * filters + f)];
            append(frame.data, sum / static_cast<float>(input.channels));
        }
    context_.recorder().frame(std::move(frame));
}

void Snapshots::recordDistances(const BatchLoss& batch, std::int64_t step) {
    double range = 0;
    for (const auto* all : {&batch.positives, &batch.negatives})
        for (const double distance : *all)
            range = std::max(range, distance);
    if (!(range > 0) || !std::isfinite(range))
        return;
    std::vector<float> counts(2 * kBins, 0.0f);
    const auto add = [&](const std::vector<double>& distances, std::int64_t row) {
        for (const double distance : distances) {
            const auto bin = std::min<std::int64_t>(
                kBins - 1, static_cast<std::int64_t>(distance / range * double(kBins)));
            counts[static_cast<std::size_t>(row * kBins + bin)] += 1.0f;
        }
    };
    add(batch.positives, 0);
    add(batch.negatives, 1);
    FrameRecord frame;
    frame.name = "distances";
    frame.step = step;
    frame.type = FrameType::F32;
    frame.shape = {2, kBins};
    for (const float count : counts)
        append(frame.data, count);
    context_.recorder().frame(std::move(frame));
    context_.recorder().record("distance_range", step, range);
}

bool Snapshots::recordHardest(Network& network) {
    const Embedded points = embed(network, data_.test, points_);
    if (!points.complete)
        return false;
    struct Hard {
        Triplet triplet;
        double positive = 0;
        double negative = 0;
    };
    // For each anchor its farthest positive and nearest negative.
    std::vector<Hard> hardest(static_cast<std::size_t>(points.count));
    kernels::parallelFor(points.count, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            Hard own{{i, -1, -1}, -1.0, 0.0};
            for (std::int64_t j = 0; j < points.count; ++j) {
                if (i == j)
                    continue;
                const float* a = points.view().row(i);
                const float* b = points.view().row(j);
                float squares = 0;
                for (std::int64_t k = 0; k < points.width; ++k)
                    squares += (a[k] - b[k]) * (a[k] - b[k]);
                const double distance = std::sqrt(static_cast<double>(squares));
                const bool same =
                    labels_[static_cast<std::size_t>(i)] == labels_[static_cast<std::size_t>(j)];
                if (same && distance > own.positive) {
                    own.positive = distance;
                    own.triplet.positive = j;
                } else if (!same && (own.triplet.negative < 0 || distance < own.negative)) {
                    own.negative = distance;
                    own.triplet.negative = j;
                }
            }
            hardest[static_cast<std::size_t>(i)] = own;
        }
    });
    std::erase_if(hardest,
                  [](const Hard& h) { return h.triplet.positive < 0 || h.triplet.negative < 0; });
    std::stable_sort(hardest.begin(), hardest.end(), [](const Hard& a, const Hard& b) {
        return a.positive - a.negative > b.positive - b.negative;
    });
    for (std::size_t i = 0; i < std::min(kHardest, hardest.size()); ++i)
        context_.recorder().resultRow("hardest_triplets", static_cast<std::int64_t>(i),
                                      {{"anchor", hardest[i].triplet.anchor},
                                       {"positive", hardest[i].triplet.positive},
                                       {"negative", hardest[i].triplet.negative},
                                       {"d_positive", hardest[i].positive},
                                       {"d_negative", hardest[i].negative}});
    return true;
}

} // namespace inlay::engine::metric_learning
