#include "engine/experiments/embed/embed_session.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engine/analysis/embedding/umap.h"
#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/experiments/embed/embed_frames.h"
#include "engine/runner/point_frames.h"
#include "engine/runner/tensor_file.h"
#include "kernels/views.h"

namespace inlay::engine::embed {
namespace {

/// The recorder allows four frames a second of a name.
constexpr double kFrameEverySeconds = 0.3;

} // namespace

EmbedSession::EmbedSession(const EmbedConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , points_(loadPoints(config, context.seed())) {}

RunOutcome EmbedSession::run() {
    lastCheckpoint_ = monotonicSeconds();
    if (!context_.restore())
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
        if (!context_.restore())
            context_.event(EventLevel::Info,
                           fmt::format("{} points are projected; the pictures of the run hold {} "
                                       "of them, layout.npy all.",
                                       points_.count, kShownPoints));
    }
    recorder.metric("points", static_cast<double>(points_.count));
    recorder.metric("dimensions", static_cast<double>(points_.dimension));
    if (!points_.labels.empty())
        recorder.metric("classes", static_cast<double>(points_.classNames.size()));
    if (!context_.restore())
        recordPoints();
}

// Once: a resumed run has them.
void EmbedSession::recordPoints() {
    RunRecorder& recorder = context_.recorder();
    const auto shown = static_cast<std::int64_t>(shown_.size());
    std::vector<float> rows;
    rows.reserve(shown_.size() * static_cast<std::size_t>(points_.dimension));
    for (const std::int64_t i : shown_)
        rows.insert(rows.end(), points_.view().row(i), points_.view().row(i) + points_.dimension);
    PointsView vectors{rows, shown, points_.dimension};
    std::vector<float> fewer;
    const std::int64_t fits = std::max<std::int64_t>(1, point_frames::kMostNumbers / shown);
    if (points_.dimension > fits) {
        fewer = reducedDimension(vectors, fits);
        vectors = {fewer, shown, fits};
        context_.event(EventLevel::Info,
                       fmt::format("The vectors have {} dimensions; the run keeps their first {} "
                                   "principal components.",
                                   points_.dimension, fits));
    }
    recorder.frame(point_frames::halves("embedding", 0, vectors));
    if (!points_.labels.empty()) {
        recorder.frame(chosenFrame("labels", points_.labels, shown_));
        std::vector<std::int64_t> sizes(points_.classNames.size());
        for (const std::int32_t label : points_.labels)
            if (label >= 0)
                ++sizes[static_cast<std::size_t>(label)];
        for (std::size_t c = 0; c < sizes.size(); ++c)
            recorder.resultRow(
                "classes", static_cast<std::int64_t>(c),
                {{"label", c}, {"name", points_.classNames[c]}, {"points", sizes[c]}});
    }
    if (!points_.parts.empty())
        recorder.frame(chosenFrame("split", points_.parts, shown_));
    for (FrameRecord& frame : thumbnailFrames(points_, shown_))
        recorder.frame(std::move(frame));
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
        options.keeper = keeper();
        options.from = restored(points_.count * dimension);
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
    options.keeper = keeper();
    options.from = restored(3 * points_.count * dimension);
    if (options.from)
        cost_ = options.from->cost;
    return tsneLayout(input_, options, observer);
}

std::optional<LayoutState> EmbedSession::restored(std::int64_t numbers) const {
    if (!context_.restore())
        return std::nullopt;
    Tensor tensor(context_.device(), Shape{numbers, 1}, DType::F32);
    const Json json = readCheckpointFile(context_.restore()->path, {{"layout/state", &tensor}});
    return LayoutState{json.at("iteration").get<std::int64_t>(),
                       numberFromJson(json.at("cost")).value(), tensor.toFloats()};
}

// By time, and where the run was asked to stop.
LayoutKeeper EmbedSession::keeper() {
    return [this](std::int64_t iteration, const std::function<LayoutState()>& stateOf) {
        const bool stops = context_.recorder().wish() == RunRecorder::Wish::Stop;
        const double every = config_.checkpoint.everySeconds;
        const bool isDue = every > 0 && monotonicSeconds() - lastCheckpoint_ >= every;
        if ((!stops && !isDue) || iteration == 0 || iteration == checkpointStep_)
            return;
        const LayoutState state = stateOf();
        Tensor tensor = Tensor::fromHost(context_.device(), Shape{std::ssize(state.numbers), 1},
                                         DType::F32, std::span<const float>(state.numbers));
        context_.checkpoint(iteration, [&](const std::string& path) {
            writeCheckpointFile(path, {{"layout/state", &tensor}},
                                {{"iteration", state.iteration}, {"cost", jsonNumber(state.cost)}});
        });
        checkpointStep_ = iteration;
        lastCheckpoint_ = monotonicSeconds();
    };
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
        // Between two evaluations the old value is told again: it is a point only once.
        if (std::isfinite(progress.cost) && progress.iteration > 0 && progress.cost != cost_) {
            recorder.record("layout/cost", progress.iteration, progress.cost);
            cost_ = progress.cost;
        }
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

} // namespace inlay::engine::embed
