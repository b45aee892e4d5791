#include "engine/experiments/online_ranking/online_ranking_session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/experiments/online_ranking/perm_elearn.h"
#include "kernels/parallel.h"

namespace inlay::engine::online_ranking {
namespace {

constexpr double kChunkSeconds = 0.1;
constexpr std::int64_t kStatesKept = 60;
// Expected positions of all items cost a sum over pairs of scores each time.
constexpr std::int64_t kMostItemsOfState = 4000;
constexpr std::int64_t kMostItemsOfRealState = 500;
constexpr std::int64_t kMostTableRows = 10'000;

} // namespace

std::vector<std::int64_t> logSpaced(std::int64_t rounds, std::int64_t count) {
    std::vector<std::int64_t> points;
    for (std::int64_t i = 0; i < count; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(count - 1);
        const auto point = std::clamp<std::int64_t>(
            std::llround(std::pow(static_cast<double>(rounds), share)), 1, rounds);
        if (points.empty() || points.back() < point)
            points.push_back(point);
    }
    if (points.back() != rounds)
        points.push_back(rounds);
    return points;
}

OnlineRankingSession::OnlineRankingSession(const OnlineRankingConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , game_(makeGame(config))
    , unit_(lossUnit(game_))
    , algorithms_(chosenAlgorithms(config.algorithms))
    , replicates_(static_cast<std::size_t>(config.replicates)) {
    const bool drawn =
        game_.n <= (game_.steps() == Steps::Unit ? kMostItemsOfState : kMostItemsOfRealState);
    const auto bytes = static_cast<std::size_t>(game_.n) * 2 * algorithms_.size() * sizeof(float);
    if (drawn && bytes <= RunStore::kMaxFrameBytes)
        stateRounds_ = logSpaced(game_.rounds, kStatesKept);
}

RunOutcome OnlineRankingSession::run() {
    if (config_.algorithms.permELearn && game_.n > PermELearn::kManyItems)
        context_.event(EventLevel::Warning,
                       fmt::format("PermELearn with {} items balances a matrix of {:.1f} MB each "
                                   "round: slow above {} items.",
                                   game_.n, 8e-6 * static_cast<double>(game_.n * game_.n),
                                   PermELearn::kManyItems));
    if (stateRounds_.empty())
        context_.event(EventLevel::Info, "Rankings over time are not kept for so many items.");
    if (game_.replay && game_.replay->scale != 1)
        context_.event(
            EventLevel::Info,
            fmt::format("Values were multiplied by {:.6g} to lie in [0, 1].", game_.replay->scale));
    makeSimulations();
    restore();
    lastCheckpoint_ = monotonicSeconds();
    for (const std::int64_t point : logSpaced(game_.rounds, config_.points)) {
        if (point <= rounds_)
            continue;
        // States lie between the points of the curves.
        for (const std::int64_t state : stateRounds_)
            if (state > rounds_ && state < point) {
                if (!advanceTo(state))
                    return {RunEnd::Stopped, {}};
                recordState();
            }
        if (!advanceTo(point))
            return {RunEnd::Stopped, {}};
        record();
        if (std::binary_search(stateRounds_.begin(), stateRounds_.end(), point))
            recordState();
        context_.progress(rounds_, game_.rounds);
    }
    finish();
    return {RunEnd::Finished, {}};
}

void OnlineRankingSession::makeSimulations() {
    simulations_.resize(algorithms_.size() * replicates_);
    const RandomStream root = context_.stream("online_ranking");
    // In parallel, as the small-loss rate plays all rounds.
    kernels::parallelFor(static_cast<std::int64_t>(simulations_.size()), 1,
                         [&](std::int64_t begin, std::int64_t end) {
                             for (std::int64_t i = begin; i < end; ++i) {
                                 const auto index = static_cast<std::size_t>(i);
                                 simulations_[index] = std::make_unique<Simulation>(
                                     *algorithms_[index / replicates_], config_, game_,
                                     root.split(index % replicates_));
                             }
                         });
}

bool OnlineRankingSession::advanceTo(std::int64_t rounds) {
    while (rounds_ < rounds) {
        if (!context_.proceed()) {
            checkpoint();
            return false;
        }
        const std::int64_t count = std::min(chunk_, rounds - rounds_);
        const double start = monotonicSeconds();
        kernels::parallelFor(static_cast<std::int64_t>(simulations_.size()), 1,
                             [&](std::int64_t begin, std::int64_t end) {
                                 for (std::int64_t i = begin; i < end; ++i)
                                     simulations_[static_cast<std::size_t>(i)]->advance(count);
                             });
        rounds_ += count;
        const double seconds = monotonicSeconds() - start;
        if (seconds > 2 * kChunkSeconds)
            chunk_ = std::max<std::int64_t>(1, chunk_ / 2);
        else if (seconds < kChunkSeconds / 2 && count == chunk_)
            chunk_ *= 2;
        reportComplaints();
        context_.progress(rounds_, game_.rounds);
        if (config_.checkpoint.everySeconds > 0 &&
            monotonicSeconds() - lastCheckpoint_ >= config_.checkpoint.everySeconds)
            checkpoint();
    }
    return true;
}

template <class Value>
double OnlineRankingSession::mean(std::size_t algorithm, Value&& value) const {
    double sum = 0;
    for (std::size_t r = 0; r < replicates_; ++r)
        sum += value(at(algorithm, r));
    return sum / static_cast<double>(replicates_);
}

double OnlineRankingSession::regret(std::size_t algorithm) const {
    return unit_.scale * mean(algorithm, [](const Simulation& s) { return s.regret(); });
}

double OnlineRankingSession::bestLoss(std::size_t algorithm) const {
    return unit_.scale * mean(algorithm, [](const Simulation& s) { return s.bestLoss(); }) +
           unit_.offset * static_cast<double>(rounds_);
}

std::optional<double> OnlineRankingSession::bound(std::size_t algorithm) const {
    if (!at(algorithm, 0).learner().bound())
        return std::nullopt;
    return unit_.scale * mean(algorithm, [](const Simulation& s) { return *s.learner().bound(); });
}

void OnlineRankingSession::record() {
    RunRecorder& recorder = context_.recorder();
    for (std::size_t a = 0; a < algorithms_.size(); ++a) {
        const std::string id = algorithms_[a]->id;
        double low = at(a, 0).regret();
        double high = low;
        for (std::size_t r = 1; r < replicates_; ++r) {
            low = std::min(low, at(a, r).regret());
            high = std::max(high, at(a, r).regret());
        }
        recorder.record("regret/" + id, rounds_, regret(a));
        recorder.record("regret_low/" + id, rounds_, unit_.scale * low);
        recorder.record("regret_high/" + id, rounds_, unit_.scale * high);
        recorder.record("loss/" + id, rounds_, regret(a) + bestLoss(a));
        if (const auto value = bound(a))
            recorder.record("bound/" + id, rounds_, *value);
        if (const auto rate = at(a, 0).learner().rate())
            recorder.record("rate/" + id, rounds_, *rate);
        if (game_.isAdaptive())
            recorder.record("opt/" + id, rounds_, bestLoss(a));
    }
    recorder.record("opt", rounds_, bestLoss(0));
    if (game_.isIidUniform())
        recorder.record("lower_bound", rounds_, uniformLowerBound(game_.n, game_.chosen, rounds_));
}

void OnlineRankingSession::recordState() {
    const auto n = static_cast<std::size_t>(game_.n);
    std::vector<float> values;
    std::vector<double> positions(n);
    for (std::size_t a = 0; a < algorithms_.size(); ++a) {
        Simulation& simulation = *simulations_[a * replicates_];
        simulation.prepare();
        simulation.learner().expectedPositions(positions);
        const std::vector<double>& scores = simulation.board().scores();
        values.insert(values.end(), scores.begin(), scores.end());
        values.insert(values.end(), positions.begin(), positions.end());
    }
    FrameRecord frame;
    frame.name = "state";
    frame.step = rounds_;
    frame.type = FrameType::F32;
    frame.shape = {static_cast<std::int64_t>(algorithms_.size()), 2, game_.n};
    frame.data.resize(values.size() * sizeof(float));
    std::memcpy(frame.data.data(), values.data(), frame.data.size());
    context_.recorder().frame(std::move(frame));
}

void OnlineRankingSession::reportComplaints() {
    std::size_t count = 0;
    const std::string* first = nullptr;
    for (const auto& simulation : simulations_)
        if (!simulation->complaint().empty()) {
            ++count;
            first = first ? first : &simulation->complaint();
        }
    if (count > complaints_ && complaints_ == 0)
        context_.event(EventLevel::Warning,
                       fmt::format("Not converged at {}. The run goes on with what it has; a "
                                   "larger tolerance or more sweeps may help.",
                                   *first));
    complaints_ = count;
}

void OnlineRankingSession::finish() {
    RunRecorder& recorder = context_.recorder();
    for (std::size_t a = 0; a < algorithms_.size(); ++a) {
        const std::string id = algorithms_[a]->id;
        recorder.metric("regret/" + id, regret(a));
        if (const auto value = bound(a))
            recorder.metric("bound/" + id, *value);
        if (game_.isAdaptive())
            recorder.metric("opt/" + id, bestLoss(a));
        recorder.metric("time/round_seconds/" + id, mean(a, [](const Simulation& s) {
                                                        return s.seconds();
                                                    }) / static_cast<double>(game_.rounds));
    }
    recorder.metric("opt", bestLoss(0));
    const auto name = [&](std::int64_t item) {
        return game_.replay ? game_.replay->items[static_cast<std::size_t>(item)]
                            : fmt::format("item {}", item + 1);
    };
    const std::vector<double>& scores = at(0, 0).board().scores();
    std::vector<std::int64_t> best(scores.size());
    std::iota(best.begin(), best.end(), 0);
    std::stable_sort(best.begin(), best.end(), [&](std::int64_t a, std::int64_t b) {
        return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
    });
    for (std::int64_t i = 0; i < std::min(game_.n, kMostTableRows); ++i) {
        recorder.resultRow("items", i, {{"item", i}, {"name", name(i)}});
        const std::int64_t item = best[static_cast<std::size_t>(i)];
        recorder.resultRow("ranking", i,
                           {{"rank", i + 1},
                            {"item", item},
                            {"name", name(item)},
                            {"score", scores[static_cast<std::size_t>(item)]}});
    }
}

void OnlineRankingSession::checkpoint() {
    StateArchive archive;
    for (std::size_t i = 0; i < simulations_.size(); ++i) {
        archive.enter(fmt::format("simulation/{}/", i));
        simulations_[i]->archive(archive);
    }
    // Points are recorded under the number of rounds played: those of this round stay.
    context_.checkpoint(rounds_ + 1, [&](const std::string& path) {
        archive.save(path, {{"rounds", std::to_string(rounds_)}});
    });
    lastCheckpoint_ = monotonicSeconds();
}

void OnlineRankingSession::restore() {
    if (!context_.restore())
        return;
    const SafetensorsFile file(context_.restore()->path);
    StateArchive archive(file);
    for (std::size_t i = 0; i < simulations_.size(); ++i) {
        archive.enter(fmt::format("simulation/{}/", i));
        simulations_[i]->archive(archive);
    }
    rounds_ = simulations_.front()->rounds();
}

} // namespace inlay::engine::online_ranking
