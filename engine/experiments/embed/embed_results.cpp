// What a run ends with: how good the picture is, and its files.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/base/clock.h"
#include "engine/experiments/embed/embed_files.h"
#include "engine/experiments/embed/embed_session.h"

namespace inlay::engine::embed {
namespace {

/// Points whose labels are looked at, for the metrics of retrieval.
constexpr std::int64_t kJudgedPoints = 20'000;

} // namespace

bool EmbedSession::judge(const Layout& layout) {
    RunRecorder& recorder = context_.recorder();
    const double start = monotonicSeconds();
    const KeepGoing keepGoing = [this] {
        return context_.proceed();
    };
    const PointsView picture{layout.values, points_.count, layout.dimension};
    QualityOptions options;
    options.k = config_.quality.neighbors;
    options.kept = config_.quality.kept;
    options.mostPoints = config_.quality.mostPoints;
    options.seed = context_.seed();
    const ProjectionQuality quality = projectionQuality(input_, picture, options, keepGoing);
    if (quality.cancelled)
        return false;
    recorder.metric("trustworthiness", quality.trustworthiness);
    recorder.metric("continuity", quality.continuity);
    recorder.metric("neighbors_kept", quality.neighborsKept);
    recorder.metric("shepard", quality.shepard);
    recorder.metric("quality_points", static_cast<double>(quality.points));
    if (quality.k < config_.quality.neighbors)
        context_.event(EventLevel::Info,
                       fmt::format("Trustworthiness and continuity look at {} neighbors instead of "
                                   "{}: there are {} points.",
                                   quality.k, config_.quality.neighbors, quality.points));
    if (!points_.labels.empty()) {
        if (!judgeLabels("input", input_) || !judgeLabels("layout", picture))
            return false;
        const double score = silhouette(picture, points_.labels);
        if (std::isfinite(score))
            recorder.metric("layout/silhouette", score);
    }
    recorder.metric("time/quality_seconds", monotonicSeconds() - start);
    return true;
}

bool EmbedSession::judgeLabels(const char* prefix, PointsView points) {
    const KeepGoing keepGoing = [this] {
        return context_.proceed();
    };
    std::vector<float> rows;
    std::vector<std::int32_t> labels = points_.labels;
    if (points.count > kJudgedPoints) {
        labels.clear();
        const std::int64_t dims = points.dimension;
        for (const std::int64_t i :
             context_.stream("embed.judged").sample(points.count, kJudgedPoints)) {
            rows.insert(rows.end(), points.row(i), points.row(i) + dims);
            labels.push_back(points_.labels[static_cast<std::size_t>(i)]);
        }
        points = {rows, kJudgedPoints, dims};
    }
    const LabeledPoints labeled{points, labels};
    const RetrievalMetrics found =
        retrievalMetrics(labeled, labeled, OwnMatch::LeaveOut, {1}, keepGoing);
    if (found.cancelled)
        return false;
    if (found.queries == 0) {
        context_.event(EventLevel::Info, fmt::format("No figures of retrieval for the {}: no "
                                                     "repeated labels.",
                                                     prefix));
        return true;
    }
    const std::vector<std::int32_t> predicted =
        neighborLabels(labeled, points, 5, OwnMatch::LeaveOut, keepGoing);
    if (!context_.proceed())
        return false;
    RunRecorder& recorder = context_.recorder();
    recorder.metric(fmt::format("{}/recall@1", prefix), found.recall.front());
    recorder.metric(fmt::format("{}/map@r", prefix), found.mapAtR);
    recorder.metric(fmt::format("{}/knn5_accuracy", prefix), neighborAccuracy(predicted, labels));
    return true;
}

void EmbedSession::writeArtifacts(const Layout& layout) {
    const std::int64_t last = std::max<std::int64_t>(step_, 0);
    const PointsView picture{layout.values, points_.count, layout.dimension};
    context_.artifact("layout.csv", "text/csv", last,
                      [&](const std::string& path) { writeLayoutCsv(path, picture, points_); });
    context_.artifact("layout.npy", "application/octet-stream", last,
                      [&](const std::string& path) { writeLayoutNpy(path, picture); });
    context_.artifact("layout.tsv", "text/tab-separated-values", last,
                      [&](const std::string& path) { writeLayoutTsv(path, picture); });
    if (!points_.labels.empty())
        context_.artifact("metadata.tsv", "text/tab-separated-values", last,
                          [&](const std::string& path) { writeMetadataTsv(path, points_); });
}

} // namespace inlay::engine::embed
