#include "engine/experiments/spatial_contrasting/space_film.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/experiments/spatial_contrasting/views.h"
#include "engine/runner/point_frames.h"

namespace inlay::engine::spatial_contrasting {
namespace {

using point_frames::Taken;

constexpr std::int64_t kReferences = 5000;
constexpr std::int64_t kEmbedBatch = 250;

std::vector<std::int32_t> labelsOf(const Dataset& data, const std::vector<std::int64_t>& samples) {
    std::vector<std::int32_t> labels;
    for (const std::int64_t sample : samples)
        labels.push_back(data.labels[static_cast<std::size_t>(sample)]);
    return labels;
}

} // namespace

SpaceFilm::SpaceFilm(const SpatialConfig& config, const Encoder& encoder, const DatasetSplit& data,
                     const Normalization& normalization, RunContext& context)
    : config_(config)
    , encoder_(encoder)
    , data_(data)
    , normalization_(normalization)
    , context_(context) {
    points_ = point_frames::evenly(data.test.count,
                                   std::min({data.test.count, config.snapshot.points,
                                             point_frames::kMostNumbers / encoder.map.channels}));
    labels_ = labelsOf(data.test, points_);
    std::vector<std::int64_t> labeled;
    for (std::int64_t i = 0; i < data.training.count; ++i)
        if (data.training.labels[static_cast<std::size_t>(i)] >= 0)
            labeled.push_back(i);
    for (const std::int64_t at :
         point_frames::evenly(std::ssize(labeled), std::min(std::ssize(labeled), kReferences)))
        references_.push_back(labeled[static_cast<std::size_t>(at)]);
    referenceLabels_ = labelsOf(data.training, references_);
}

void SpaceFilm::recordPoints() {
    RunRecorder& recorder = context_.recorder();
    recorder.frame(point_frames::integers("labels", 0, {std::ssize(labels_)}, labels_));
    for (int c = 0; c < data_.training.classes(); ++c)
        recorder.resultRow(
            "classes", c,
            {{"label", c}, {"name", data_.training.classNames[static_cast<std::size_t>(c)]}});
    if (auto frame = point_frames::images("thumbnails", data_.test, points_))
        recorder.frame(std::move(*frame));
}

SpaceFilm::Embedded SpaceFilm::embed(Network& encoder, const Dataset& data,
                                     std::span<const std::int64_t> samples) const {
    Embedded result;
    BatchAssembler assembler(data, normalization_);
    const MapSize image{data.shape.height, data.shape.width, data.shape.channels};
    const MapSize& map = encoder_.map;
    const std::int64_t pixels = encoder_.input.height * encoder_.input.width;
    const Device& device = context_.device();
    const auto total = std::ssize(samples);
    std::vector<float> values;
    std::vector<std::int32_t> labels;
    std::vector<double> mean(static_cast<std::size_t>(map.channels));
    for (std::int64_t first = 0; first < total; first += kEmbedBatch) {
        if (!context_.proceed()) {
            result.complete = false;
            return result;
        }
        const auto batch =
            samples.subspan(static_cast<std::size_t>(first),
                            static_cast<std::size_t>(std::min(kEmbedBatch, total - first)));
        values.resize(static_cast<std::size_t>(assembler.size(std::ssize(batch))));
        labels.resize(batch.size());
        assembler.assemble(batch, nullptr, values.data(), labels.data());
        if (config_.contrast.views == ViewSource::ImagePatch) {
            const std::int64_t side = encoder_.window;
            const Corner middle{(image.height - side) / 2, (image.width - side) / 2};
            values = cutPatches(values, image, std::vector<Corner>(batch.size(), middle), side);
        }
        const Tensor x =
            Tensor::fromHost(device, Shape{std::ssize(values) / image.channels, image.channels},
                             device.computeType(), std::span<const float>(values));
        const Tensor y = encoder.forward(x, {x.rows() / pixels, pixels, false}, nullptr);
        const std::vector<double> maps = y.toDoubles();
        for (std::size_t at = 0; at < maps.size();
             at += static_cast<std::size_t>(map.pixels() * map.channels)) {
            std::fill(mean.begin(), mean.end(), 0.0);
            for (std::int64_t i = 0; i < map.pixels() * map.channels; ++i)
                mean[static_cast<std::size_t>(i % map.channels)] +=
                    maps[at + static_cast<std::size_t>(i)] / static_cast<double>(map.pixels());
            result.values.insert(result.values.end(), mean.begin(), mean.end());
        }
    }
    if (config_.contrast.similarity == Similarity::Cosine && total > 0)
        result.values = normalizedRows({result.values, total, map.channels});
    return result;
}

Taken SpaceFilm::take(Network& encoder, std::int64_t step) {
    const std::int64_t width = encoder_.map.channels;
    const Embedded points = embed(encoder, data_.test, points_);
    if (!points.complete)
        return Taken::Stopped;
    if (!point_frames::fitsHalves(points.values))
        return Taken::Unsound;
    const Embedded references = embed(encoder, data_.training, references_);
    if (!references.complete)
        return Taken::Stopped;
    const auto goOn = [this] {
        return context_.recorder().wish() != RunRecorder::Wish::Stop;
    };
    const PointsView shown{points.values, std::ssize(points_), width};
    const std::vector<std::int32_t> predicted =
        neighborLabels({{references.values, std::ssize(references_), width}, referenceLabels_},
                       shown, 5, OwnMatch::Keep, goOn);
    if (!context_.proceed())
        return Taken::Stopped;
    RunRecorder& recorder = context_.recorder();
    recorder.frame(point_frames::halves("embedding", step, shown));
    recorder.frame(point_frames::integers("predicted", step, {shown.count}, predicted));
    recorder.record("test/knn5_accuracy", step, neighborAccuracy(predicted, labels_));
    if (shown.count > 1) {
        const std::vector<std::int32_t> nearest =
            neighborLabels({shown, labels_}, shown, 1, OwnMatch::LeaveOut, goOn);
        if (!context_.proceed())
            return Taken::Stopped;
        recorder.record("test/recall@1", step, neighborAccuracy(nearest, labels_));
    }
    recorder.record("embedding/effective_rank", step, effectiveRank(shown));
    return Taken::Kept;
}

} // namespace inlay::engine::spatial_contrasting
