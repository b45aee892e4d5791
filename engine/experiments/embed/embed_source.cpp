#include "engine/experiments/embed/embed_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/runner/point_frames.h"
#include "kernels/parallel.h"

namespace inlay::engine::embed {
namespace {

constexpr std::int64_t kFewestPoints = 4;
constexpr std::int64_t kLongPoints = 50'000;
// Of one pair in one iteration, on one core (docs/embeddings-projections.md).
constexpr double kPairSeconds = 2.6e-10;

EmbedPoints ofTable(const TableSource& source) {
    VectorTableOptions options;
    options.badValues = source.badValues;
    options.array = source.array;
    options.labelColumn = source.labelColumn;
    options.vectorColumn = source.vectorColumn;
    options.labelsPath = source.labels;
    VectorTable table = readVectorTable(source.path, options);
    EmbedPoints points;
    points.values = std::move(table.values);
    points.count = table.rows;
    points.dimension = table.columns;
    points.labels = std::move(table.labels);
    points.classNames = std::move(table.classNames);
    points.height = table.height;
    points.width = table.width;
    points.channels = table.channels;
    points.notes = std::move(table.notes);
    return points;
}

void append(EmbedPoints& points, Dataset& data) {
    points.count += data.count;
    points.dimension = data.shape.values();
    points.labels.insert(points.labels.end(), data.labels.begin(), data.labels.end());
    points.classNames = data.classNames;
    if (data.storesBytes()) {
        points.values.reserve(points.values.size() + data.bytes.size());
        for (const std::uint8_t byte : data.bytes)
            points.values.push_back(static_cast<float>(byte) * data.scale);
        points.height = data.shape.height;
        points.width = data.shape.width;
        points.channels = data.shape.channels;
        points.white = 255.0 * static_cast<double>(data.scale);
    } else {
        points.values.insert(points.values.end(), data.floats.begin(), data.floats.end());
    }
}

EmbedPoints ofDataset(const DatasetSource& source) {
    DatasetSplit split = loadDataset(source.dataset);
    EmbedPoints points;
    if (source.part != DatasetPart::Test)
        append(points, split.training);
    const std::int64_t training = points.count;
    if (source.part != DatasetPart::Training)
        append(points, split.test);
    if (source.part == DatasetPart::Both) {
        points.parts.assign(static_cast<std::size_t>(points.count),
                            static_cast<std::int32_t>(point_frames::Part::Test));
        std::fill_n(points.parts.begin(), training,
                    static_cast<std::int32_t>(point_frames::Part::Training));
    }
    points.notes = std::move(split.warnings);
    return points;
}

void choose(EmbedPoints& points, std::int64_t count, std::uint64_t seed) {
    if (count == 0 || count >= points.count)
        return;
    const auto dims = static_cast<std::size_t>(points.dimension);
    std::vector<float> values;
    std::vector<std::int32_t> labels;
    std::vector<std::int32_t> parts;
    for (const std::int64_t i : RandomStream(seed, "embed.points").sample(points.count, count)) {
        const auto first = points.values.begin() + i * points.dimension;
        values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(dims));
        if (!points.labels.empty())
            labels.push_back(points.labels[static_cast<std::size_t>(i)]);
        if (!points.parts.empty())
            parts.push_back(points.parts[static_cast<std::size_t>(i)]);
    }
    points.notes.push_back(
        fmt::format("{} of {} points were chosen at random.", count, points.count));
    points.values = std::move(values);
    points.labels = std::move(labels);
    points.parts = std::move(parts);
    points.count = count;
}

/// What is said before hours are spent.
void checkDuration(const TsneConfig& tsne, std::int64_t count, std::vector<Issue>& issues) {
    const bool exact = tsne.method == TsneMethod::Exact ||
                       (tsne.method == TsneMethod::Auto && tsne.dimension == 3);
    if (!exact || count <= kLongPoints || tsne.acceptLong)
        return;
    const auto n = static_cast<double>(count);
    const double minutes =
        n * n * kPairSeconds * static_cast<double>(tsne.iterations) / kernels::threadCount() / 60;
    const double gigabytes =
        n * (64.0 * static_cast<double>(tsne.dimension) * 4 + 3 * tsne.perplexity * 40) / 1e9;
    issues.push_back(
        {"projection.method",
         fmt::format(
             "every pair of {} points takes about {:.0f} minutes and {:.1f} GB; allowed are "
             "method = grid (two dimensions), fewer points (count), or "
             "projection.accept_long = true",
             count, minutes, gigabytes)});
}

std::int64_t available(const EmbedConfig& config, std::vector<Issue>& issues) {
    if (const auto* table = std::get_if<TableSource>(&config.source)) {
        try {
            return ofTable(*table).count;
        } catch (const Error& error) {
            issues.push_back({"source.path", error.what()});
            return 0;
        }
    }
    const auto& source = std::get<DatasetSource>(config.source);
    issues = checkDataset(source.dataset, "source.dataset", Unlabeled::Allowed);
    if (!issues.empty())
        return 0;
    const SplitCounts counts = summarizeDataset(source.dataset).counts;
    return (source.part == DatasetPart::Training ? 0 : counts.test) +
           (source.part == DatasetPart::Test ? 0 : counts.training);
}

} // namespace

std::vector<Issue> checkSource(const EmbedConfig& config) {
    std::vector<Issue> issues;
    const std::int64_t there = available(config, issues);
    if (!issues.empty())
        return issues;
    if (config.count > there)
        issues.push_back({"count", fmt::format("count is {}, allowed is 0 to {} (the points there "
                                               "are)",
                                               config.count, there)});
    const std::int64_t used = config.count > 0 ? std::min(config.count, there) : there;
    if (used < kFewestPoints)
        issues.push_back({config.count > 0 ? "count" : "source",
                          fmt::format("{} points cannot be projected; allowed are {} or more", used,
                                      kFewestPoints)});
    if (const auto* tsne = std::get_if<TsneConfig>(&config.projection))
        checkDuration(*tsne, used, issues);
    return issues;
}

EmbedPoints loadPoints(const EmbedConfig& config, std::uint64_t seed) {
    EmbedPoints points = std::holds_alternative<TableSource>(config.source)
                             ? ofTable(std::get<TableSource>(config.source))
                             : ofDataset(std::get<DatasetSource>(config.source));
    choose(points, config.count, seed);
    return points;
}

} // namespace inlay::engine::embed
