#pragma once

#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include <QFloat16>

#include "engine/analysis/embedding/neighbors.h"
#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/base/json.h"
#include "engine/datasets/digits/digits.h"
#include "engine/experiments/metric_learning/point_losses.h"
#include "engine/store/run_store.h"
#include "engine/store/series_writer.h"

/// Runs of the embedding kinds as their runners record them, from real digits: the first principal
/// components of the images, at first buried in noise.
namespace samples {

using namespace inlay;

struct EmbeddingWish {
    std::string name = "Triplet 16-d";
    std::string kind = "metric_learning";
    std::int64_t count = 400;
    int dimension = 16;
    int snapshots = 5;
    double noise = 1; // of the first snapshot, in standard deviations of the components
    bool hasLabels = true;
    bool hasPictures = true;
    std::int64_t training = 0; // of the points, at the end; none: no frame says so
    unsigned seed = 1;
    engine::RunStatus status = engine::RunStatus::Finished;
};

template <class T>
std::vector<std::byte> bytesOf(const std::vector<T>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

inline std::vector<std::byte> halvesOf(const std::vector<float>& values) {
    std::vector<qfloat16> halves(values.size());
    qFloatToFloat16(halves.data(), values.data(), static_cast<qsizetype>(values.size()));
    return bytesOf(halves);
}

/// Principal components of digits, largest variance first, scaled to a standard deviation of 1.
inline std::vector<float> digitComponents(const engine::Dataset& digits, int dimension) {
    std::vector<float> pixels(digits.bytes.size());
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<float>(digits.bytes[i]) / 255.0F;
    std::vector<float> components =
        engine::reducedDimension({pixels, digits.count, digits.shape.values()}, dimension);
    double square = 0;
    for (std::int64_t i = 0; i < digits.count; ++i)
        square += std::pow(components[static_cast<std::size_t>(i * dimension)], 2);
    const auto scale =
        static_cast<float>(1 / std::sqrt(square / static_cast<double>(digits.count)));
    for (float& value : components)
        value *= scale;
    return components;
}

inline void addFrame(engine::RunStore& store, engine::RunId run, const std::string& name,
                     std::int64_t step, engine::FrameType type, std::vector<std::int64_t> shape,
                     std::vector<std::byte> data, int attempt = 1) {
    store.insertFrame(run, {name, attempt, step, type, std::move(shape), std::move(data)});
}

inline engine::RunId addEmbeddingRun(engine::RunStore& store, const EmbeddingWish& wish) {
    engine::NewRun fresh;
    fresh.name = wish.name;
    fresh.kind = wish.kind;
    fresh.device = "cpu";
    fresh.seed = wish.seed;
    fresh.config = {{"batch_size", 128}};
    fresh.status = engine::RunStatus::Running;
    fresh.process = engine::ProcessIdentity::current();
    const engine::RunId run = store.insertRun(fresh);
    store.beginAttempt(run, 0, "start");

    const engine::Dataset digits = engine::makeDigits({}, "test", 0, wish.count);
    const std::vector<float> components = digitComponents(digits, wish.dimension);
    const std::int64_t n = wish.count;
    const int d = wish.dimension;
    std::vector<std::int32_t> labels = digits.labels;
    if (wish.hasLabels) {
        addFrame(store, run, "labels", 0, engine::FrameType::I32, {n}, bytesOf(labels));
        for (int label = 0; label < 10; ++label)
            store.insertResultRow(
                run, "classes",
                {1, label,
                 engine::Json({{"label", label}, {"name", digits.classNames[label]}}).dump()});
    }
    if (wish.training > 0) {
        std::vector<std::int32_t> parts(static_cast<std::size_t>(n), 2);
        std::fill(parts.end() - wish.training, parts.end(), 0);
        addFrame(store, run, "split", 0, engine::FrameType::I32, {n}, bytesOf(parts));
    }
    if (wish.hasPictures)
        addFrame(store, run, "thumbnails", 0, engine::FrameType::U8, {n, 28, 28},
                 bytesOf(digits.bytes));
    engine::SeriesWriter writer(store, run, 1);
    const int loss = writer.series("train/loss", "");
    const int recall = writer.series("test/recall@1", "");
    const int knn = writer.series("test/knn5_accuracy", "");
    const int map = writer.series("test/map@r", "");
    const int range = writer.series("distance_range", "");
    constexpr int kBins = 40;
    std::vector<float> last;
    for (int s = 0; s < wish.snapshots; ++s) {
        const std::int64_t step = s * 100;
        const double left =
            wish.snapshots > 1 ? wish.noise * (1 - s / (wish.snapshots - 1.0)) : 0.0;
        std::mt19937 random(wish.seed + 10);
        std::normal_distribution<float> normal;
        std::vector<float> points = components;
        for (float& value : points)
            value = value * static_cast<float>(0.4 + 0.6 * (1 - left)) +
                    static_cast<float>(left) * normal(random);
        addFrame(store, run, "embedding", step, engine::FrameType::F16, {n, d}, halvesOf(points));
        const engine::PointsView view{points, n, d};
        const engine::LabeledPoints labeled{view, labels};
        if (wish.hasLabels) {
            const std::vector<std::int32_t> predicted =
                engine::neighborLabels(labeled, view, 5, engine::OwnMatch::LeaveOut);
            if (wish.kind == "metric_learning")
                addFrame(store, run, "point/loss", step, engine::FrameType::F32, {n},
                         bytesOf(engine::metric_learning::pointLosses(
                             engine::metric_learning::MseRatioConfig{}, view, labels,
                             engine::RandomStream(wish.seed, "losses"))));
            if (wish.kind == "metric_learning")
                addFrame(store, run, "predicted", step, engine::FrameType::I32, {n},
                         bytesOf(predicted));
            const engine::RetrievalMetrics found =
                engine::retrievalMetrics(labeled, labeled, engine::OwnMatch::LeaveOut);
            const std::int64_t now = 1'700'000'000'000 + step;
            writer.add(recall, step, found.recall.front(), now);
            writer.add(map, step, found.mapAtR, now);
            writer.add(knn, step, engine::neighborAccuracy(predicted, labels), now);
            writer.add(loss, step, 0.25 * (1 - found.recall.front()) + 0.01, now);
        }
        if (wish.kind != "embed") {
            double most = 0;
            const engine::Neighbors all = engine::exactNeighbors(view, n - 1);
            for (const float distance : all.distance)
                most = std::max<double>(most, distance);
            std::vector<float> bins(2 * kBins, 0);
            for (std::int64_t i = 0; i < n; ++i)
                for (std::int64_t k = 0; k < n - 1; ++k) {
                    const auto at = static_cast<std::size_t>(i * (n - 1) + k);
                    const auto bin = std::min<std::size_t>(
                        kBins - 1, static_cast<std::size_t>(all.distance[at] / most * kBins));
                    const bool isSame = labels[static_cast<std::size_t>(i)] ==
                                        labels[static_cast<std::size_t>(all.index[at])];
                    ++bins[(isSame ? 0 : kBins) + bin];
                }
            addFrame(store, run, "distances", step, engine::FrameType::F32, {2, kBins},
                     bytesOf(bins));
            writer.add(range, step, most, 1'700'000'000'000 + step);
            std::vector<float> filters(8 * 5 * 5);
            for (float& value : filters)
                value = normal(random);
            addFrame(store, run, "filters", step, engine::FrameType::F32, {8, 5, 5},
                     bytesOf(filters));
        }
        last = points;
    }
    writer.seal();
    if (wish.kind == "metric_learning") {
        // Anchors whose nearest other lies closer than the farthest of their class.
        const engine::Neighbors all = engine::exactNeighbors({last, n, d}, n - 1);
        for (std::int64_t i = 0; i < std::min<std::int64_t>(n, 12); ++i) {
            engine::Json row = {{"anchor", i}};
            for (std::int64_t k = 0; k < n - 1; ++k) {
                const auto at = static_cast<std::size_t>(i * (n - 1) + k);
                const bool isSame = labels[static_cast<std::size_t>(i)] ==
                                    labels[static_cast<std::size_t>(all.index[at])];
                if (isSame) {
                    row["positive"] = all.index[at];
                    row["d_positive"] = all.distance[at];
                } else if (!row.contains("negative")) {
                    row["negative"] = all.index[at];
                    row["d_negative"] = all.distance[at];
                }
            }
            store.insertResultRow(run, "hardest_triplets", {1, i, row.dump()});
        }
    }
    if (wish.kind == "embed") {
        const engine::PrincipalLayout layout =
            engine::principalLayout({last, n, static_cast<std::int64_t>(d)}, 2);
        for (int picture = 1; picture <= 4; ++picture) {
            std::vector<float> places = layout.layout.values;
            for (float& value : places)
                value *= 0.25F * static_cast<float>(picture);
            addFrame(store, run, "layout", picture * 50, engine::FrameType::F32, {n, 2},
                     bytesOf(places));
        }
    }
    store.endRun(run, wish.status, "", {});
    return run;
}

/// A run of spatial contrasting: 16 digits with windows of 4 on a map of 8, their distances, and
/// the result of fine-tuning. Runs of old kept nothing else; now each snapshot has the features of
/// the points too, twice as many of them.
enum class ContrastFrames { PairsOnly, WithFeatures };
inline engine::RunId addContrastRun(engine::RunStore& store,
                                    ContrastFrames frames = ContrastFrames::PairsOnly) {
    constexpr std::int64_t kImages = 16;
    engine::NewRun fresh;
    fresh.name = "Contrast";
    fresh.kind = "spatial_contrasting";
    fresh.device = "cpu";
    fresh.config = {{"batch_size", 128}, {"contrast", {{"window", 0}}}};
    fresh.status = engine::RunStatus::Running;
    fresh.process = engine::ProcessIdentity::current();
    const engine::RunId run = store.insertRun(fresh);
    store.beginAttempt(run, 0, "start");
    const bool hasFeatures = frames == ContrastFrames::WithFeatures;
    const std::int64_t points = hasFeatures ? 240 : kImages;
    const std::int32_t apart = static_cast<std::int32_t>(points / kImages);
    const engine::Dataset digits = engine::makeDigits({}, "training", 0, points);
    addFrame(store, run, "labels", 0, engine::FrameType::I32, {points}, bytesOf(digits.labels));
    addFrame(store, run, "thumbnails", 0, engine::FrameType::U8, {points, 28, 28},
             bytesOf(digits.bytes));
    if (hasFeatures) {
        std::vector<std::uint8_t> images;
        for (std::int64_t i = 0; i < kImages; ++i) {
            const auto first = digits.bytes.begin() + i * apart * 784;
            images.insert(images.end(), first, first + 784);
        }
        addFrame(store, run, "window_images", 0, engine::FrameType::U8, {kImages, 28, 28},
                 bytesOf(images));
    }
    const std::vector<float> features = digitComponents(digits, 12);
    engine::SeriesWriter writer(store, run, 1);
    const int loss = writer.series("train/loss", "nats");
    const int chance = writer.series("train/chance", "nats");
    const int own = writer.series("train/own_nearest", "fraction");
    std::mt19937 random(3);
    for (std::int64_t step = 0; step < 300; step += 100) {
        if (hasFeatures) {
            std::vector<float> now = features;
            for (std::size_t i = 0; i < now.size(); ++i)
                now[i] *= static_cast<float>(step + 100 - (i % 12 > 1 ? 0 : 80)) / 300.0F;
            addFrame(store, run, "embedding", step, engine::FrameType::F16, {points, 12},
                     halvesOf(now));
        }
        std::vector<float> distances(kImages * kImages);
        for (std::size_t i = 0; i < distances.size(); ++i)
            distances[i] = static_cast<float>(i % (kImages + 1) == 0 ? 1 : 2 + random() % 5);
        addFrame(store, run, "pair_distances", step, engine::FrameType::F32, {kImages, kImages},
                 bytesOf(distances));
        std::vector<std::int32_t> windows;
        for (std::int32_t i = 0; i < kImages; ++i) {
            // The first image has one at the far corner of the map.
            const auto corner = [&] {
                return i == 0 ? 4 : static_cast<std::int32_t>(random() % 5);
            };
            windows.insert(windows.end(), {i * apart, 0, 0, corner(), corner()});
        }
        addFrame(store, run, "windows", step, engine::FrameType::I32, {kImages, 5},
                 bytesOf(windows));
        const std::int64_t now = 1'700'000'000'000 + step;
        writer.add(loss, step, std::log(128.0) - 0.001 * static_cast<double>(step), now);
        writer.add(chance, step, std::log(128.0), now);
        writer.add(own, step, 0.01 * static_cast<double>(step / 100), now);
    }
    // Two arms of four epochs of 10 steps, one behind the other.
    for (const auto& [arm, start] : {std::pair("pretrained", 300), std::pair("scratch", 340)})
        for (int epoch = 1; hasFeatures && epoch <= 4; ++epoch)
            writer.add(writer.series(std::string("fine_tune/loss/") + arm, "nats"),
                       start + 10 * epoch - 1, 2.3 / epoch, 1'700'000'001'000);
    writer.seal();
    store.endRun(run, engine::RunStatus::Finished, "",
                 {{"train/loss", 4.5},
                  {"train/chance", std::log(128.0)},
                  {"test/accuracy_pretrained", 0.81},
                  {"test/spread_pretrained", 0.01},
                  {"test/accuracy_scratch", 0.83},
                  {"test/spread_scratch", 0.02},
                  {"test/gain", -0.02}});
    return run;
}

} // namespace samples
