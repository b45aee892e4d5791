#include "engine/experiments/streaming_kmeans/kmeans_session.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/sequential.h"

namespace inlay::engine::kmeans {
namespace {

constexpr std::int64_t kMomentsWanted = 48;
constexpr double kLineEverySeconds = 0.1;
// A stream whose end is not known gets a moment each time it has grown by this much.
constexpr double kMomentGrowth = 1.15;

std::optional<std::int64_t> countOf(const KmeansConfig& config, const PointStream& stream) {
    if (stream.count() || !stream.canReplay())
        return stream.count();
    std::optional<std::int64_t> count;
    checkPointSource(config.source, count); // reads small files through
    return count;
}

} // namespace

KmeansSession::KmeansSession(const KmeansConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , random_(context.stream("kmeans"))
    , stream_(openPoints(config.source))
    , count_(countOf(config, *stream_))
    , reader_(*stream_)
    , plan_(planLevels(config, count_, stream_->dims()))
    , preview_(config.preview, stream_->dims(), random_.split("preview"))
    , history_(context, config.k) {
    if (!plan_.issues.empty())
        throw Error(plan_.issues.front().message);
    if (stream_->plantedClusters() > 0)
        planted_.emplace(stream_->plantedClusters(), stream_->dims());
    const std::int64_t interval = count_ ? *count_ / kMomentsWanted : 0;
    nextMoment_ = std::max(interval, config.k);
}

RunOutcome KmeansSession::run() {
    started_ = monotonicSeconds();
    recordPlan();
    switch (config_.algorithm) {
    case Algorithm::Dc1:
    case Algorithm::Dc2:
    case Algorithm::MultiLevel:
        readStream();
        break;
    case Algorithm::Seeding:
    case Algorithm::Lloyd:
        readBatch();
        break;
    case Algorithm::Online:
        readOnline();
        break;
    case Algorithm::MiniBatch:
        readMiniBatch();
        break;
    }
    streamSeconds_ = clusteringSeconds();
    const auto centers = static_cast<std::int64_t>(answer_.weights.size());
    if (centers < config_.k && !stopped_)
        context_.event(EventLevel::Warning,
                       fmt::format("Only {} distinct points were left to choose from, so there are "
                                   "{} centers instead of {}.",
                                   centers, centers, config_.k));
    warnAboutColumns();
    writeCenters();
    if (!evaluate())
        stopped_ = true;
    if (!stopped_)
        compare();
    history_.write(History::When::Now);
    if (!stopped_)
        context_.progress(totalSteps(), totalSteps());
    return {stopped_ ? RunEnd::Stopped : RunEnd::Finished, {}};
}

void KmeansSession::read(const Room& room, const Add& add, const std::function<void()>& moment) {
    for (;;) {
        if (!proceedAt(seen_)) {
            stopped_ = true;
            break;
        }
        applySettings();
        // A read ends where a moment is due, so that small groups do not swallow moments.
        const std::int64_t due = std::max<std::int64_t>(1, nextMoment_ - seen_);
        const std::int64_t wanted = std::min({room(), StreamReader::kWindow, due});
        const std::int64_t got = reader_.read(wanted);
        if (got > 0) {
            if (planted_)
                planted_->add(reader_.exact(), reader_.planted(), got);
            preview_.add(reader_.values().data(), got);
            add(reader_.values().data(), got);
            seen_ += got;
            streamWork_ += workPerPoint_ * static_cast<double>(got);
        }
        if (seen_ >= nextMoment_ && got == wanted) {
            const double before = monotonicSeconds();
            moment();
            history_.write(History::When::Soon);
            outside_ += monotonicSeconds() - before;
            nextMoment_ =
                count_ ? seen_ + std::max<std::int64_t>(1, *count_ / kMomentsWanted)
                       : static_cast<std::int64_t>(static_cast<double>(seen_) * kMomentGrowth) + 1;
        }
        if (got < wanted)
            break;
    }
    if (seen_ == 0 && !stopped_)
        throw Error("the stream has no points");
    if (!stopped_)
        checkCount();
}

void KmeansSession::checkCount() const {
    if (seen_ < config_.k)
        throw Error(fmt::format("k must be between 1 and n (n = {}); k is {}", seen_, config_.k));
}

KmeansSession::Answer KmeansSession::answerFrom(const WeightedPoints& summary,
                                                const RandomStream& random) const {
    const Reduction reduction = reduceGroup(summary, {config_.k, 1}, 1, random);
    Answer answer;
    answer.centers = asCenters(reduction.centers);
    answer.weights = reduction.centers.weights;
    answer.cost = reduction.cost;
    if (config_.polish == Polish::None || answer.centers.empty())
        return answer;
    LloydOptions options = lloydOptions(config_, context_.device());
    options.maxIterations = config_.polishIterations;
    const LloydResult found = lloyd(summary, std::move(answer.centers), options);
    answer.centers = found.centers;
    answer.cost = found.cost;
    answer.iterations = found.iterations;
    answer.weights.assign(found.centers.size() / static_cast<std::size_t>(summary.dims), 0);
    for (std::int64_t i = 0; i < summary.count(); ++i)
        answer.weights[static_cast<std::size_t>(found.label[static_cast<std::size_t>(i)])] +=
            summary.weight(i);
    return answer;
}

void KmeansSession::readStream() {
    hierarchy_ = std::make_unique<Hierarchy>(reader_.dims(), plan_.levels, random_);
    const SeedRule& rule = plan_.levels[0].rule;
    workPerPoint_ = static_cast<double>(rule.most() * plan_.levels[0].repetitions) *
                    static_cast<double>(reader_.dims());
    std::uint64_t moment = 0;
    read([this] { return hierarchy_->room(); },
         [this](const float* rows, std::int64_t count) { hierarchy_->add(rows, count); },
         [&] {
             const RandomStream random = random_.split("moment").split(moment++);
             const bool early = hierarchy_->summary().count() < config_.k;
             if (early && hierarchy_->held() > 4096)
                 return;
             const WeightedPoints young = early ? hierarchy_->snapshot() : WeightedPoints{};
             const WeightedPoints& summary = early ? young : hierarchy_->summary();
             const double polishing = config_.polish == Polish::None
                                          ? 0.0
                                          : static_cast<double>(config_.polishIterations);
             if (!momentIsAffordable(static_cast<double>(summary.count()) * (1 + polishing)))
                 return;
             const Answer answer = answerFrom(summary, random);
             addMoment(static_cast<double>(seen_), estimatedCost(answer.centers), answer.centers);
         });
    hierarchy_->flush();
    const WeightedPoints& summary = hierarchy_->summary();
    if (summary.count() == 0)
        return; // stopped before the first point
    answer_ = answerFrom(summary, random_.split("final"));
    answer_.cost += hierarchy_->reductionCost();
    const auto centers = static_cast<std::int64_t>(answer_.weights.size());
    held_ = std::max(hierarchy_->peakHeld(), summary.count() + centers);
    if (hierarchy_->ranOut() > 0)
        context_.event(EventLevel::Warning,
                       fmt::format("{} groups had fewer distinct points than centers wanted; they "
                                   "kept those.",
                                   hierarchy_->ranOut()));
    if (hierarchy_->overflows() > 0)
        context_.event(
            EventLevel::Warning,
            fmt::format("The last buffer was full {} times and was reduced into itself; a larger "
                        "memory budget or more levels would lose less.",
                        hierarchy_->overflows()));
    if (config_.polish == Polish::Full && !stopped_)
        polishFully();
}

void KmeansSession::polishFully() {
    if (!stream_->canReplay()) {
        context_.event(EventLevel::Warning,
                       "The points come from a pipe and cannot be read again: only the summary was "
                       "polished.");
        return;
    }
    double before = std::numeric_limits<double>::infinity();
    for (std::int64_t iteration = 0; iteration < config_.polishIterations; ++iteration) {
        PassWatch watch;
        watch.proceed = [this, iteration](std::int64_t done) {
            return proceedAt(seen_ * (iteration + 1) + done);
        };
        const PassResult pass = passOver(reader_, answer_.centers, 0, watch, context_.device());
        if (pass.interrupted) {
            stopped_ = true;
            return;
        }
        const double change = before - pass.cost;
        if (change <= config_.tolerance * pass.cost || change < config_.absoluteTolerance)
            break;
        before = pass.cost;
        ++answer_.iterations;
        // A center without points stays: to move it, the farthest point would have to be kept.
        const auto dims = static_cast<std::size_t>(reader_.dims());
        for (std::size_t c = 0; c < pass.counts.size(); ++c)
            for (std::size_t p = 0; p < dims && pass.counts[c] > 0; ++p)
                answer_.centers[c * dims + p] = pass.sums[c * dims + p] / pass.counts[c];
        answer_.weights = pass.counts;
        answer_.cost = pass.cost;
    }
}

void KmeansSession::readBatch() {
    all_.dims = reader_.dims();
    if (count_)
        all_.values.reserve(static_cast<std::size_t>(*count_ * reader_.dims()));
    read([] { return StreamReader::kWindow; },
         [this](const float* rows, std::int64_t count) {
             all_.values.insert(all_.values.end(), rows, rows + count * all_.dims);
         },
         [] {});
    held_ = all_.count();
    if (stopped_)
        return;
    const WeightedPoints start = batchStart(all_, config_, random_.split("start"));
    answer_.centers = asCenters(start);
    answer_.weights = start.weights;
    if (config_.algorithm == Algorithm::Seeding) {
        held_ += start.count();
        return;
    }
    const LloydResult found =
        lloyd(all_, answer_.centers, lloydOptions(config_, context_.device()),
              [this](std::int64_t iteration, double cost, const std::vector<double>& centers) {
                  const double before = monotonicSeconds();
                  addMoment(static_cast<double>(iteration), cost, centers);
                  history_.write(History::When::Soon);
                  outside_ += monotonicSeconds() - before;
                  return context_.proceed();
              });
    stopped_ = found.interrupted;
    answer_.centers = found.centers;
    answer_.cost = found.cost;
    answer_.iterations = found.iterations;
    answer_.weights.assign(found.centers.size() / static_cast<std::size_t>(all_.dims), 0);
    for (const std::int32_t label : found.label)
        answer_.weights[static_cast<std::size_t>(label)] += 1;
    skipped_ = found.skipped;
    emptyMoved_ = found.moved;
    if (found.withoutRoom)
        context_.event(EventLevel::Warning,
                       fmt::format("{} has no room for {} points of {} numbers; the processor "
                                   "assigned them.",
                                   context_.device().name(), all_.count(), all_.dims));
    if (found.moved > 0)
        context_.event(
            EventLevel::Info,
            found.moved == 1
                ? std::string("An empty cluster got the point that cost most.")
                : fmt::format("{} empty clusters got the points that cost most.", found.moved));
}

void KmeansSession::readOnline() {
    OnlineLloyd online(reader_.dims(), config_.k);
    workPerPoint_ = static_cast<double>(config_.k * reader_.dims());
    read([] { return StreamReader::kWindow; },
         [&](const float* rows, std::int64_t count) { online.add(rows, count); },
         [&] {
             if (momentIsAffordable(0))
                 addMoment(static_cast<double>(seen_), estimatedCost(online.centers()),
                           online.centers());
         });
    answer_ = {online.centers(), online.counts(), online.runningCost(), 0};
    held_ = online.held() + 1;
}

void KmeansSession::readMiniBatch() {
    MiniBatch batches(reader_.dims(), config_.k, config_.batchSize, random_.split("mini_batch"));
    workPerPoint_ = static_cast<double>(config_.k * reader_.dims());
    read([&] { return batches.room(); },
         [&](const float* rows, std::int64_t count) { batches.add(rows, count); },
         [&] {
             if (!batches.centers().empty() && momentIsAffordable(0))
                 addMoment(static_cast<double>(seen_), estimatedCost(batches.centers()),
                           batches.centers());
         });
    batches.flush();
    answer_ = {batches.centers(), batches.counts(), batches.runningCost(), 0};
    held_ = batches.peakHeld();
}

void KmeansSession::applySettings() {
    for (const SettingChange& change : context_.settingsDue(seen_)) {
        if (change.key == "repetitions" && hierarchy_ && change.value.is_number_integer() &&
            change.value.get<std::int64_t>() >= 1 && change.value.get<std::int64_t>() <= 200) {
            const Json old = hierarchy_->rule(0).repetitions;
            hierarchy_->setRepetitions(change.value.get<std::int64_t>());
            context_.settingApplied(change, seen_, old);
        } else {
            context_.settingRefused(
                change, fmt::format("{} cannot be set to {} while the run goes on; allowed is "
                                    "repetitions (1 to 200, from the next group of a streaming "
                                    "algorithm on).",
                                    change.key, dumpJson(change.value)));
        }
    }
}

std::int64_t KmeansSession::totalSteps() const {
    if (!count_)
        return 0;
    const bool full = config_.polish == Polish::Full && hierarchy_ && stream_->canReplay();
    return *count_ * (1 + (full ? config_.polishIterations : 0) + (stream_->canReplay() ? 1 : 0));
}

bool KmeansSession::proceedAt(std::int64_t step) {
    if (const std::int64_t total = totalSteps(); total > 0) {
        context_.progress(std::min(step, total - 1), total);
    } else if (const double now = monotonicSeconds(); now - lastLine_ >= kLineEverySeconds) {
        lastLine_ = now;
        context_.progress(step, 0);
    }
    return context_.proceed();
}

double KmeansSession::clusteringSeconds() const {
    return monotonicSeconds() - started_ - outside_;
}

} // namespace inlay::engine::kmeans
