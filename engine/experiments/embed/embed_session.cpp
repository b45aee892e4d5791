#include "engine/experiments/embed/embed_session.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/analysis/embedding/umap.h"
#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/experiments/embed/embed_files.h"
#include "engine/experiments/embed/embed_frames.h"

namespace inlay::engine::embed {
namespace {

/// The recorder allows four frames a second of a name.
constexpr double kFrameEverySeconds = 0.3;
/// Points whose labels are looked at, for the metrics of retrieval.
constexpr std::int64_t kJudgedPoints = 20'000;

} // namespace

EmbedSession::EmbedSession(const EmbedConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , points_(loadPoints(config, context.seed())) {}

RunOutcome EmbedSession::run() {
    for (const std::string& note : points_.notes)
        context_.event(EventLevel::Info, note);
    recordInput();
    if (config_.scaling == Scaling::Standardize)
        standardize();
    input_ = points_.view();
    const double start = monotonicSeconds();
    const Layout layout = layOut();
    if (layout.cancelled)
        return {RunEnd::Stopped, {}};
    context_.recorder().metric("time/layout_seconds", monotonicSeconds() - start);
    for (const std::string& note : layout.notes)
        context_.event(EventLevel::Info, note);
    record(layout);
    writeArtifacts(layout);
    if (!judge(layout))
        return {RunEnd::Stopped, {}};
    return {RunEnd::Finished, {}};
}

void EmbedSession::recordInput() {
    RunRecorder& recorder = context_.recorder();
    shown_.resize(static_cast<std::size_t>(points_.count));
    std::iota(shown_.begin(), shown_.end(), std::int64_t{0});
    if (points_.count > kShownPoints) {
        shown_ = context_.stream("embed.shown").sample(points_.count, kShownPoints);
        context_.event(EventLevel::Info,
                       fmt::format("{} points are projected; the pictures of the run hold {} of "
                                   "them, layout.npy all.",
                                   points_.count, kShownPoints));
    }
    const auto shown = static_cast<std::int64_t>(shown_.size());
    std::vector<float> rows;
    rows.reserve(shown_.size() * static_cast<std::size_t>(points_.dimension));
    for (const std::int64_t i : shown_)
        rows.insert(rows.end(), points_.view().row(i), points_.view().row(i) + points_.dimension);
    PointsView vectors{rows, shown, points_.dimension};
    std::vector<float> fewer;
    const std::int64_t fits = std::max<std::int64_t>(1, kEmbeddingNumbers / shown);
    if (points_.dimension > fits) {
        fewer = reducedDimension(vectors, fits);
        vectors = {fewer, shown, fits};
        context_.event(EventLevel::Info,
                       fmt::format("The vectors have {} dimensions; the run keeps their first {} "
                                   "principal components.",
                                   points_.dimension, fits));
    }
    recorder.frame(embeddingFrame(vectors));
    if (!points_.labels.empty()) {
        recorder.frame(labelsFrame(points_.labels, shown_));
        std::vector<std::int64_t> sizes(points_.classNames.size());
        for (const std::int32_t label : points_.labels)
            if (label >= 0)
                ++sizes[static_cast<std::size_t>(label)];
        for (std::size_t c = 0; c < sizes.size(); ++c)
            recorder.resultRow(
                "classes", static_cast<std::int64_t>(c),
                {{"label", c}, {"name", points_.classNames[c]}, {"points", sizes[c]}});
        recorder.metric("classes", static_cast<double>(sizes.size()));
    }
    for (FrameRecord& frame : thumbnailFrames(points_, shown_))
        recorder.frame(std::move(frame));
    recorder.metric("points", static_cast<double>(points_.count));
    recorder.metric("dimensions", static_cast<double>(points_.dimension));
}

void EmbedSession::standardize() {
    const auto dims = static_cast<std::size_t>(points_.dimension);
    std::vector<double> mean(dims);
    std::vector<double> squares(dims);
    const auto n = static_cast<double>(points_.count);
    for (std::size_t at = 0; at < points_.values.size(); ++at)
        mean[at % dims] += static_cast<double>(points_.values[at]) / n;
    for (std::size_t at = 0; at < points_.values.size(); ++at) {
        const double apart = static_cast<double>(points_.values[at]) - mean[at % dims];
        squares[at % dims] += apart * apart / n;
    }
    for (std::size_t at = 0; at < points_.values.size(); ++at) {
        const double deviation = std::sqrt(squares[at % dims]);
        const double apart = static_cast<double>(points_.values[at]) - mean[at % dims];
        points_.values[at] = static_cast<float>(deviation > 0 ? apart / deviation : 0);
    }
}

Layout EmbedSession::layOut() {
    const std::int64_t dimension = layoutDimension(config_.projection);
    if (std::holds_alternative<PcaConfig>(config_.projection))
        return principal(dimension);
    if (config_.reduce > 0 && input_.dimension > config_.reduce) {
        reduced_ = reducedDimension(input_, config_.reduce);
        input_ = {reduced_, points_.count, config_.reduce};
        context_.event(EventLevel::Info,
                       fmt::format("Reduced to {} principal components first.", config_.reduce));
    }
    const LayoutObserver observer = [this](const LayoutProgress& progress) {
        return observe(progress);
    };
    if (const auto* umap = std::get_if<UmapConfig>(&config_.projection)) {
        UmapOptions options;
        options.dimension = dimension;
        options.neighbors = umap->neighbors;
        options.minDistance = umap->minDistance;
        options.spread = umap->spread;
        options.epochs = umap->epochs;
        options.learningRate = umap->learningRate;
        options.negatives = umap->negatives;
        options.seed = context_.seed();
        return umapLayout(input_, options, observer);
    }
    const auto& tsne = std::get<TsneConfig>(config_.projection);
    TsneOptions options;
    options.dimension = dimension;
    options.perplexity = tsne.perplexity;
    options.iterations = tsne.iterations;
    options.exaggeration = tsne.exaggeration;
    options.exaggeratedIterations = tsne.exaggeratedIterations;
    options.learningRate = tsne.learningRate;
    options.method = tsne.method;
    options.seed = context_.seed();
    return tsneLayout(input_, options, observer);
}

Layout EmbedSession::principal(std::int64_t dimension) {
    const PrincipalLayout found = principalLayout(input_, dimension);
    double explained = 0;
    for (std::size_t a = 0; a < found.axes.variances.size(); ++a) {
        const double share =
            found.axes.totalVariance > 0 ? found.axes.variances[a] / found.axes.totalVariance : 0;
        explained += share;
        context_.recorder().resultRow(
            "axes", static_cast<std::int64_t>(a),
            {{"axis", a + 1}, {"variance", jsonNumber(found.axes.variances[a])}, {"share", share}});
    }
    if (!found.axes.variances.empty())
        context_.recorder().metric("explained_variance", explained);
    return found.layout;
}

bool EmbedSession::observe(const LayoutProgress& progress) {
    const double now = monotonicSeconds();
    if (progress.iteration != step_ && !progress.layout.empty()) {
        RunRecorder& recorder = context_.recorder();
        if (step_ >= 0 && progress.iteration > step_)
            recorder.record("time/iteration_seconds", step_,
                            (now - stepStarted_) / static_cast<double>(progress.iteration - step_));
        if (std::isfinite(progress.cost) && progress.iteration > 0)
            recorder.record("layout/cost", progress.iteration, progress.cost);
        if (now - lastFrame_ >= kFrameEverySeconds) {
            lastFrame_ = now;
            frameStep_ = progress.iteration;
            recorder.frame(layoutFrame(progress.iteration, progress.layout,
                                       layoutDimension(config_.projection), shown_));
        }
        step_ = progress.iteration;
        stepStarted_ = now;
        context_.progress(progress.iteration, progress.total);
    }
    return context_.proceed();
}

void EmbedSession::record(const Layout& layout) {
    RunRecorder& recorder = context_.recorder();
    const std::int64_t last = std::max<std::int64_t>(step_, 0);
    if (frameStep_ != last)
        recorder.frame(layoutFrame(last, layout.values, layout.dimension, shown_));
    if (std::isfinite(layout.cost) && !std::holds_alternative<PcaConfig>(config_.projection))
        recorder.metric("cost", layout.cost);
}

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
