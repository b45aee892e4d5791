#include "engine/experiments/online_ranking/environment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/analysis/ranking/rank_orders.h"
#include "engine/experiments/online_ranking/replay.h"

namespace inlay::engine::online_ranking {
namespace {

template <class... Bodies>
struct Overloaded : Bodies... {
    using Bodies::operator()...;
};
template <class... Bodies>
Overloaded(Bodies...) -> Overloaded<Bodies...>;

// Drawing until enough items are distinct stays cheap while few are wanted.
constexpr std::size_t kRejectionShare = 8;

RoundLimits limitsOfSets(double n, double k) {
    // k (n - k) grows up to half of the items.
    const double j = std::min(k, std::floor(n / 2));
    return {j * (n - j), j * (n - j), k, k * (n - 1) - k * (k - 1) / 2};
}

RoundLimits limitsOf(const Game& game) {
    const auto n = static_cast<double>(game.n);
    const auto k = static_cast<double>(game.chosen);
    const double pairs = n * (n - 1) / 2;
    if (game.replay) {
        RoundLimits limits{0, 0, 0, 0};
        for (const Feedback& round : game.replay->distinct) {
            limits.mass = std::max(limits.mass, pairMass(round, game.n));
            double sum = 0;
            for (const double value : round.values)
                sum += value - round.background;
            sum += round.background * n;
            limits.scoreSum = std::max(limits.scoreSum, sum);
            const double best = unavoidableLoss(round, game.n);
            // Reversing the best ranking gives the worst: together every position sums to n - 1.
            const double worst = sum * (n - 1) - best;
            limits.range = std::max(limits.range, worst - best);
            limits.worstLoss = std::max(limits.worstLoss, worst);
        }
        return limits;
    }
    switch (game.feedback) {
    case FeedbackKind::Choice:
        return {k * (n - k), k * (n - k), k, k * (n - 1) - k * (k - 1) / 2};
    case FeedbackKind::Subset:
        return limitsOfSets(n, k);
    case FeedbackKind::Pair:
        return {n / 2, n - 1, n / 2, (n - 1) + (n - 2) * (n - 1) / 4};
    case FeedbackKind::Ranking:
    case FeedbackKind::Spearman:
        return {n * n * (n + 1) / (12 * (n - 1)), n * (n + 1) / 6, n / 2, n * (2 * n - 1) / 6};
    }
    return {n * n / 4, n * n / 4, n, pairs};
}

std::vector<double> logWeightsOf(const EnvironmentConfig& environment, std::int64_t n) {
    std::vector<double> weights(static_cast<std::size_t>(n), 0.0);
    const auto zipf = [&](double exponent) {
        for (std::size_t i = 0; i < weights.size(); ++i)
            weights[i] = -exponent * std::log(static_cast<double>(i + 1));
    };
    std::visit(Overloaded{[&](const ZipfConfig& c) { zipf(c.exponent); },
                          [&](const SwitchConfig& c) { zipf(c.exponent); },
                          [&](const DriftConfig& c) { zipf(c.exponent); },
                          [&](const BradleyTerryConfig& c) {
                              for (std::size_t i = 0; i < weights.size(); ++i)
                                  weights[i] =
                                      -c.spread * static_cast<double>(i) / static_cast<double>(n);
                          },
                          [](const auto&) {
                          }},
               environment);
    return weights;
}

} // namespace

Steps Game::steps() const {
    const bool sets = feedback == FeedbackKind::Choice || feedback == FeedbackKind::Subset;
    return (replay ? replay->unit : sets) ? Steps::Unit : Steps::Real;
}

bool Game::isAdaptive() const {
    const auto* adversary = std::get_if<AdversaryConfig>(&environment);
    return adversary && adversary->target == Target::LowestRanked;
}

bool Game::isIidUniform() const {
    return std::holds_alternative<UniformConfig>(environment) && feedback == FeedbackKind::Choice;
}

Game makeGame(const OnlineRankingConfig& config) {
    Game game;
    game.environment = config.environment;
    game.feedback = config.feedback;
    game.n = config.items;
    game.rounds = config.rounds;
    game.chosen = config.chosen;
    if (const auto* replay = std::get_if<ReplayConfig>(&config.environment)) {
        game.replay = std::make_shared<const ReplayData>(readReplay(*replay));
        game.n = static_cast<std::int64_t>(game.replay->items.size());
        game.rounds = static_cast<std::int64_t>(game.replay->rounds.size());
    }
    game.limits = limitsOf(game);
    game.totalMass = game.limits.mass * static_cast<double>(game.rounds);
    if (game.replay) {
        game.totalMass = 0;
        for (const std::int32_t round : game.replay->rounds)
            game.totalMass +=
                pairMass(game.replay->distinct[static_cast<std::size_t>(round)], game.n);
    }
    return game;
}

Environment::Environment(const Game& game, RandomStream stream)
    : game_(game)
    , stream_(stream)
    , logWeights_(logWeightsOf(game.environment, game.n))
    , taken_(static_cast<std::size_t>(game.n), 0) {
    double sum = 0;
    for (const double weight : logWeights_)
        cumulative_.push_back(sum += std::exp(weight));
    const auto* replay = std::get_if<ReplayConfig>(&game.environment);
    if (replay && replay->shuffle) {
        replayOrder_.resize(static_cast<std::size_t>(game.rounds));
        std::iota(replayOrder_.begin(), replayOrder_.end(), 0);
        RandomStream shuffling = stream_.split("order");
        shuffling.shuffle(replayOrder_);
    }
}

bool Environment::isReversed(std::int64_t t, RandomStream& stream) const {
    if (const auto* change = std::get_if<SwitchConfig>(&game_.environment))
        return t * (change->count + 1) / game_.rounds % 2 == 1;
    if (std::holds_alternative<DriftConfig>(game_.environment))
        return stream.uniform() * static_cast<double>(game_.rounds) < static_cast<double>(t);
    return false;
}

void Environment::play(std::int64_t t, const ScoreBoard& board,
                       const std::vector<double>& positions, Feedback& feedback) {
    if (game_.replay) {
        const std::int64_t round =
            replayOrder_.empty() ? t : replayOrder_[static_cast<std::size_t>(t)];
        const std::int32_t which = game_.replay->rounds[static_cast<std::size_t>(round)];
        feedback = game_.replay->distinct[static_cast<std::size_t>(which)];
        return;
    }
    feedback.clear();
    RandomStream stream = stream_.split(static_cast<std::uint64_t>(t));
    std::int64_t count = game_.chosen;
    if (game_.feedback == FeedbackKind::Subset)
        count =
            1 + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(game_.chosen)));
    if (std::holds_alternative<AdversaryConfig>(game_.environment)) {
        feedback.items.resize(static_cast<std::size_t>(count));
        feedback.values.assign(static_cast<std::size_t>(count), 1.0);
        chooseLowest(board, positions, feedback);
        return;
    }
    if (std::holds_alternative<BlockConfig>(game_.environment)) {
        // t n / T without overflow: n and T are far below 2^31.
        const std::int64_t first = t * game_.n / game_.rounds;
        for (std::int64_t i = 0; i < count; ++i)
            feedback.add(static_cast<std::int32_t>((first + i) % game_.n), 1);
        return;
    }
    const bool reversed = isReversed(t, stream);
    switch (game_.feedback) {
    case FeedbackKind::Choice:
    case FeedbackKind::Subset:
        drawSet(static_cast<std::size_t>(count), cumulative_, reversed, stream, feedback);
        break;
    case FeedbackKind::Pair:
        drawPair(reversed, stream, feedback);
        break;
    case FeedbackKind::Ranking:
    case FeedbackKind::Spearman:
        drawRanking(reversed, stream, feedback);
        break;
    }
}

void Environment::drawSet(std::size_t count, const std::vector<double>& cumulative, bool reversed,
                          RandomStream& stream, Feedback& feedback) {
    const auto n = static_cast<std::size_t>(game_.n);
    const auto named = [&](std::size_t item) {
        return static_cast<std::int32_t>(reversed ? n - 1 - item : item);
    };
    if (count * kRejectionShare > n && count > 1) {
        // The largest perturbed log weights have the law of drawing one by one without return.
        keys_.clear();
        for (std::size_t i = 0; i < n; ++i)
            keys_.emplace_back(logWeights_[i] - std::log(-std::log(openUniform(stream))),
                               static_cast<std::int32_t>(i));
        std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                         keys_.end(), std::greater<>());
        for (std::size_t i = 0; i < count; ++i)
            feedback.add(named(static_cast<std::size_t>(keys_[i].second)), 1);
        return;
    }
    while (feedback.size() < count) {
        const double at = stream.uniform() * cumulative.back();
        const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), at);
        const std::size_t item =
            std::min(static_cast<std::size_t>(found - cumulative.begin()), cumulative.size() - 1);
        if (taken_[item])
            continue;
        taken_[item] = 1;
        feedback.add(named(item), 1);
    }
    for (const std::int32_t item : feedback.items)
        taken_[reversed ? n - 1 - static_cast<std::size_t>(item) : static_cast<std::size_t>(item)] =
            0;
}

void Environment::drawRanking(bool reversed, RandomStream& stream, Feedback& feedback) {
    const auto n = static_cast<std::size_t>(game_.n);
    keys_.clear();
    for (std::size_t i = 0; i < n; ++i)
        keys_.emplace_back(logWeights_[i] - std::log(-std::log(openUniform(stream))),
                           static_cast<std::int32_t>(reversed ? n - 1 - i : i));
    std::sort(keys_.begin(), keys_.end(), std::greater<>());
    for (std::size_t position = 0; position < n; ++position)
        feedback.add(keys_[position].second,
                     static_cast<double>(n - 1 - position) / static_cast<double>(n - 1));
}

void Environment::drawPair(bool reversed, RandomStream& stream, Feedback& feedback) {
    const auto n = static_cast<std::uint64_t>(game_.n);
    const std::uint64_t u = stream.below(n);
    std::uint64_t v = stream.below(n - 1);
    v += v >= u ? 1 : 0;
    const double gap = logWeights_[u] - logWeights_[v];
    const bool first = stream.uniform() * (1.0 + std::exp(-gap)) < 1.0;
    const auto named = [&](std::uint64_t item) {
        return static_cast<std::int32_t>(reversed ? n - 1 - item : item);
    };
    feedback.background = 0.5;
    feedback.add(named(first ? u : v), 1);
    feedback.add(named(first ? v : u), 0);
}

void Environment::chooseLowest(const ScoreBoard& board, const std::vector<double>& positions,
                               Feedback& feedback) {
    const auto count = feedback.items.size();
    if (positions.empty()) {
        const std::vector<std::int32_t>& order = board.order();
        std::copy(order.end() - static_cast<std::ptrdiff_t>(count), order.end(),
                  feedback.items.begin());
        return;
    }
    keys_.clear();
    for (std::size_t i = 0; i < positions.size(); ++i)
        keys_.emplace_back(-positions[i], static_cast<std::int32_t>(i));
    std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                     keys_.end());
    for (std::size_t i = 0; i < count; ++i)
        feedback.items[i] = keys_[i].second;
}

} // namespace inlay::engine::online_ranking
