// What a run tells: moments of its film, metrics, tables, files, baselines.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/kmeans_session.h"
#include "engine/interop/csv.h"
#include "engine/interop/npy.h"

namespace inlay::engine::kmeans {
namespace {

// Moments may take a tenth of the algorithm's work, and this many multiply-adds in any case.
constexpr double kFreeWork = 2e9;
constexpr double kWorkShare = 0.1;
// Baselines need all points in memory: numbers, not points.
constexpr std::int64_t kMostBaselineValues = std::int64_t{1} << 26;
constexpr double kScaleRatio = 1e3;
constexpr double kCoveredFactor = 32; // Ailon, Jaiswal, Monteleoni 2009, definition 2.3

/// Ends writing a file of an interrupted pass.
struct Interrupted {};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::unique_ptr<std::FILE, CloseFile> openText(const std::string& path) {
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
    if (!file)
        throw Error(fmt::format("cannot write {}", path));
    return file;
}

void put(std::FILE* file, const std::string& text, const std::string& path) {
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size())
        throw Error(fmt::format("cannot write {}", path));
}

} // namespace

bool KmeansSession::momentIsAffordable(double work) {
    const double all = (work + static_cast<double>(preview_.points().count())) *
                       static_cast<double>(config_.k * reader_.dims());
    if (pictureWork_ + all > kFreeWork + kWorkShare * streamWork_)
        return false;
    pictureWork_ += all;
    return true;
}

double KmeansSession::estimatedCost(const std::vector<double>& centers) const {
    // A stopped run has seen what it has seen.
    const std::int64_t points = count_ && !stopped_ ? *count_ : seen_;
    return preview_.estimatedCost(centers, static_cast<double>(points));
}

void KmeansSession::addMoment(double position, double cost, const std::vector<double>& centers) {
    if (!plane_.ready()) {
        plane_ = Plane(preview_.points(), reader_.origin());
        context_.recorder().resultRow("plane", 0,
                                      {{"projected", plane_.isProjection()},
                                       {"share", plane_.share()},
                                       {"dims", reader_.dims()}});
    }
    Moment moment;
    moment.points = position;
    moment.seconds = clusteringSeconds();
    moment.cost = cost;
    moment.estimate = hierarchy_ ? hierarchy_->reductionCost() : 0;
    moment.held = static_cast<double>(hierarchy_ ? hierarchy_->held() : all_.count());
    if (hierarchy_)
        for (std::int64_t level = 0; level < hierarchy_->levels(); ++level)
            moment.used.push_back(static_cast<double>(hierarchy_->used(level)));
    moment.centers = centers;
    const std::vector<std::int32_t> labels = labelsOf(preview_.points(), centers);
    moment.weights.assign(centers.size() / static_cast<std::size_t>(reader_.dims()), 0);
    const double each =
        static_cast<double>(preview_.seen()) / static_cast<double>(preview_.points().count());
    for (const std::int32_t label : labels)
        moment.weights[static_cast<std::size_t>(label)] += each;
    history_.add(moment, plane_);
    history_.setPoints(preview_, plane_, labels);
    RunRecorder& recorder = context_.recorder();
    const auto step = static_cast<std::int64_t>(position);
    recorder.record("cost", step, cost);
    recorder.record("time/seconds", step, moment.seconds);
    recorder.record("points_held", step, moment.held);
    if (hierarchy_)
        recorder.record("reduction_cost", step, moment.estimate);
}

void KmeansSession::recordPlan() {
    RunRecorder& recorder = context_.recorder();
    const bool streaming = config_.algorithm == Algorithm::Dc1 ||
                           config_.algorithm == Algorithm::Dc2 ||
                           config_.algorithm == Algorithm::MultiLevel;
    if (!streaming)
        return;
    const auto levels = static_cast<std::int64_t>(plan_.levels.size());
    for (std::int64_t level = 0; level < levels; ++level) {
        const LevelRule& rule = plan_.levels[static_cast<std::size_t>(level)];
        const bool last = level + 1 == levels;
        recorder.resultRow(
            "levels", level,
            {{"level", level + 1},
             {"capacity", rule.capacity},
             {"algorithm", last || rule.rule.perRound == 1 ? "k-means++" : "k-means#"},
             {"repetitions", last ? 1 : rule.repetitions}});
    }
    recorder.metric("points_budget", static_cast<double>(plan_.budget));
    recorder.metric("repetitions", static_cast<double>(plan_.levels[0].repetitions));
}

void KmeansSession::warnAboutColumns() {
    if (!std::holds_alternative<TableConfig>(config_.source))
        return;
    const std::vector<std::string> titles = stream_->titles();
    const auto nameOf = [&](std::size_t p) {
        return p < titles.size() && !titles[p].empty() ? titles[p] : fmt::format("{}", p + 1);
    };
    const ColumnStatistics& columns = reader_.columns();
    std::vector<std::size_t> constant;
    std::size_t widest = 0;
    std::optional<std::size_t> narrowest;
    const auto span = [&](std::size_t p) {
        return columns.maximum[p] - columns.minimum[p];
    };
    for (std::size_t p = 0; p < columns.minimum.size(); ++p) {
        if (!(span(p) > 0)) {
            constant.push_back(p);
            continue;
        }
        if (span(p) > span(widest))
            widest = p;
        if (!narrowest || span(p) < span(*narrowest))
            narrowest = p;
    }
    if (constant.size() == columns.minimum.size())
        context_.event(EventLevel::Info, "All points are the same.");
    else if (!constant.empty())
        context_.event(EventLevel::Info,
                       fmt::format("{} columns are constant and change no distance: {}{}.",
                                   constant.size(), nameOf(constant.front()),
                                   constant.size() > 1 ? " and others" : ""));
    if (narrowest && span(widest) > kScaleRatio * span(*narrowest))
        context_.event(EventLevel::Warning,
                       fmt::format("Columns differ in scale: column {} spans {:.4g} and column {} "
                                   "{:.4g}, so distances are those of the former; scale the "
                                   "columns if that is not meant.",
                                   nameOf(widest), span(widest), nameOf(*narrowest),
                                   span(*narrowest)));
    if (stream_->dropped() > 0)
        context_.event(EventLevel::Warning,
                       fmt::format("{} left out: NaN, infinities or empty cells.",
                                   stream_->dropped() == 1
                                       ? std::string("1 row was")
                                       : fmt::format("{} rows were", stream_->dropped())));
}

void KmeansSession::writeCenters() {
    const std::int64_t dims = reader_.dims();
    const auto count = static_cast<std::int64_t>(answer_.weights.size());
    if (count == 0)
        return;
    std::vector<double> absolute = answer_.centers;
    for (std::size_t i = 0; i < absolute.size(); ++i)
        absolute[i] += reader_.origin()[i % static_cast<std::size_t>(dims)];
    context_.artifact("centers.npy", "application/octet-stream", seen_,
                      [&](const std::string& path) {
                          NpyWriter writer(path, NpyType::F64, {count, dims});
                          writer.write(std::span<const double>(absolute));
                          writer.close();
                      });
    const std::vector<std::string> titles = stream_->titles();
    context_.artifact("centers.csv", "text/csv", seen_, [&](const std::string& path) {
        const auto file = openText(path);
        std::string line = "center";
        for (std::int64_t p = 0; p < dims; ++p) {
            const auto at = static_cast<std::size_t>(p);
            line += fmt::format(",{}", at < titles.size() ? csvText(titles[at])
                                                          : fmt::format("x{}", p + 1));
        }
        put(file.get(), line + "\n", path);
        for (std::int64_t c = 0; c < count; ++c) {
            line = std::to_string(c);
            for (std::int64_t p = 0; p < dims; ++p)
                line +=
                    fmt::format(",{}", csvNumber(absolute[static_cast<std::size_t>(c * dims + p)]));
            put(file.get(), line + "\n", path);
        }
    });
}

// The pass over all points that gives the cost, and the file of assignments on the way.
void KmeansSession::writeLabels(PassResult& pass) {
    const std::int64_t planted = stream_->plantedClusters();
    PassWatch watch;
    watch.proceed = [this](std::int64_t done) {
        return proceedAt(std::max<std::int64_t>(totalSteps() - seen_, 0) + done);
    };
    if (config_.labels == LabelFile::None) {
        pass = passOver(reader_, answer_.centers, planted, watch, context_.device());
        return;
    }
    try {
        if (config_.labels == LabelFile::Npy)
            context_.artifact(
                "assignments.npy", "application/octet-stream", seen_, [&](const std::string& path) {
                    NpyWriter writer(path, NpyType::I32, {seen_});
                    watch.labels = [&](std::span<const std::int32_t> labels) {
                        writer.write(labels);
                    };
                    pass = passOver(reader_, answer_.centers, planted, watch, context_.device());
                    if (pass.interrupted)
                        throw Interrupted();
                    writer.close();
                });
        else
            context_.artifact("assignments.csv", "text/csv", seen_, [&](const std::string& path) {
                const auto file = openText(path);
                put(file.get(), "point,cluster\n", path);
                std::int64_t point = 0;
                watch.labels = [&](std::span<const std::int32_t> labels) {
                    std::string text;
                    for (const std::int32_t label : labels)
                        text += fmt::format("{},{}\n", point++, label);
                    put(file.get(), text, path);
                };
                pass = passOver(reader_, answer_.centers, planted, watch, context_.device());
                if (pass.interrupted)
                    throw Interrupted();
            });
    } catch (const Interrupted&) {
        // The store drops what the file has so far; the pass says that it was interrupted.
    }
}

void KmeansSession::describe(const PassResult& pass) {
    RunRecorder& recorder = context_.recorder();
    recorder.metric("cost", pass.cost);
    if (planted_) {
        if (stream_->plantedIsOptimal() && stream_->plantedClusters() == config_.k) {
            const double optimum = planted_->cost();
            recorder.metric("optimum", optimum);
            if (optimum > 0)
                recorder.metric("cost/optimum", pass.cost / optimum);
        }
        if (!pass.planted.empty()) {
            double covered = 0;
            for (std::int64_t c = 0; c < planted_->clusters(); ++c)
                if (pass.planted[static_cast<std::size_t>(c)] <=
                    kCoveredFactor * planted_->clusterCost(c))
                    covered += 1;
            recorder.metric("covered_clusters", covered);
        }
    }
    const std::vector<std::int32_t> labels = labelsOf(preview_.points(), answer_.centers);
    recordClusters(recorder, describeClusters(pass, answer_.centers, preview_, labels));
    answer_.weights = pass.counts;
}

bool KmeansSession::evaluate() {
    RunRecorder& recorder = context_.recorder();
    recorder.metric("points", static_cast<double>(seen_));
    recorder.metric("points_held", static_cast<double>(held_));
    recorder.metric("centers", static_cast<double>(answer_.weights.size()));
    recorder.metric("iterations", static_cast<double>(answer_.iterations));
    if (hierarchy_) {
        double groups = 0;
        for (std::int64_t level = 0; level < hierarchy_->levels(); ++level)
            groups += static_cast<double>(hierarchy_->groups(level));
        recorder.metric("groups", groups);
        recorder.metric("cost_estimate", answer_.cost);
    }
    if (skipped_ >= 0) {
        recorder.metric("skipped", skipped_);
        recorder.metric("empty_moved", static_cast<double>(emptyMoved_));
    }
    recorder.metric("time/stream_seconds", streamSeconds_);
    if (streamSeconds_ > 0)
        recorder.metric("time/points_per_second", static_cast<double>(seen_) / streamSeconds_);
    if (answer_.weights.empty())
        return false;
    double lastCost = 0;
    PassResult pass;
    const double before = monotonicSeconds();
    if (stopped_ || (!stream_->canReplay() && all_.count() == 0)) {
        lastCost = estimatedCost(answer_.centers);
        if (!hierarchy_)
            recorder.metric("cost_estimate", answer_.cost);
        if (!stopped_)
            context_.event(EventLevel::Info,
                           "The points cannot be read again, so the cost is an estimate: the sum "
                           "of the costs of all reductions.");
        history_.setPoints(preview_, plane_, labelsOf(preview_.points(), answer_.centers));
    } else if (!stream_->canReplay()) {
        lastCost = costOf(all_, answer_.centers);
        recorder.metric("cost", lastCost);
    } else {
        writeLabels(pass);
        if (pass.interrupted)
            return false;
        describe(pass);
        lastCost = pass.cost;
        recorder.metric("time/evaluation_seconds", monotonicSeconds() - before);
    }
    outside_ += monotonicSeconds() - before;
    const bool iterated = config_.algorithm == Algorithm::Lloyd;
    addMoment(iterated ? static_cast<double>(answer_.iterations) : static_cast<double>(seen_),
              lastCost, answer_.centers);
    return true;
}

void KmeansSession::compare() {
    const CompareConfig& wanted = config_.compare;
    if (!wanted.lloyd && !wanted.plusPlus && !wanted.online && !wanted.miniBatch)
        return;
    const bool inMemory = all_.count() == seen_;
    if (!inMemory && (!stream_->canReplay() || seen_ * reader_.dims() > kMostBaselineValues)) {
        context_.event(EventLevel::Warning,
                       fmt::format("The baselines were left out: they hold all points in memory, "
                                   "which takes a source that can be read again with at most {} "
                                   "numbers.",
                                   kMostBaselineValues));
        return;
    }
    if (!inMemory) {
        reader_.rewind();
        all_.dims = reader_.dims();
        for (;;) {
            const std::int64_t got = reader_.read(StreamReader::kWindow);
            all_.values.insert(all_.values.end(), reader_.values().begin(),
                               reader_.values().begin() + got * all_.dims);
            if (got < StreamReader::kWindow)
                break;
        }
    }
    RunRecorder& recorder = context_.recorder();
    for (const auto& baseline : baselines(all_, config_, random_.split("baseline"),
                                          [this] { return context_.proceed(); })) {
        const BaselineResult result = baseline();
        for (const BaselineMoment& moment : result.moments) {
            recorder.record("baseline/" + result.name + "/cost", moment.step, moment.cost);
            recorder.record("time/baseline/" + result.name + "/seconds", moment.step,
                            moment.seconds);
        }
        if (result.interrupted) {
            stopped_ = true;
            return;
        }
        recorder.metric("baseline/" + result.name + "/cost", result.moments.back().cost);
        recorder.metric("time/baseline/" + result.name + "/seconds", result.moments.back().seconds);
    }
}

} // namespace inlay::engine::kmeans
