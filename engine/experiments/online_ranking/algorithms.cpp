#include "engine/experiments/online_ranking/algorithms.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string_view>

#include "engine/experiments/online_ranking/online_rank.h"
#include "engine/experiments/online_ranking/perm_elearn.h"
#include "engine/experiments/online_ranking/rate_grid.h"
#include "engine/experiments/online_ranking/rivals.h"

namespace inlay::engine::online_ranking {
namespace {

using Config = AlgorithmsConfig;

// Pair loss of the best ranking, found by playing all rounds once.
double bestPairLoss(const Game& game, RandomStream stream) {
    Environment environment(game, stream);
    ScoreBoard board(game.n, game.steps());
    Feedback feedback;
    for (std::int64_t t = 0; t < game.rounds; ++t) {
        environment.play(t, board, {}, feedback);
        board.add(feedback);
    }
    return board.bestLoss() - board.unavoidable();
}

} // namespace

const std::vector<Algorithm>& algorithms() {
    static const std::vector<Algorithm> all = {
        {"online_rank_anytime", "anytime", "OnlineRank, anytime",
         "Random sorting whose rate falls as rounds pass; the number of rounds need not be known.",
         &Config::anytime},
        {"online_rank_fixed", "fixed", "OnlineRank, fixed η*",
         "Random sorting with the one rate that is best against the worst case of so many rounds.",
         &Config::fixed},
        {"online_rank_small_loss", "small_loss", "OnlineRank, small loss",
         "The rate is tuned to the loss of the best ranking, found by playing the rounds once "
         "ahead: regret of the order n sqrt(loss).",
         &Config::smallLoss},
        {"online_rank_manual", "manual", "OnlineRank, manual η",
         "Random sorting with the rate of online_rank.rate.", &Config::manual},
        {"online_rank_grid", "rate_grid", "OnlineRank, rates mixed",
         "Multiplicative weights over six rates from a quarter to eight times η*.",
         &Config::rateGrid},
        {"permutahedron", "permutahedron", "Permutahedron",
         "Euclidean follow the regularized leader on the permutahedron, rounded to a ranking: the "
         "smallest worst-case bound, as fast as OnlineRank.",
         &Config::permutahedron},
        {"fpl", "fpl", "Perturbed leader",
         "Follow the perturbed leader (Kalai and Vempala) with uniform noise.", &Config::fpl},
        {"perm_elearn", "perm_elearn", "PermELearn",
         "Multiplicative updates of a doubly stochastic matrix (Helmbold and Warmuth); O(n²) a "
         "sweep, at most 500 items.",
         &Config::permELearn},
        {"follow_leader", "follow_leader", "Follow the leader",
         "Sorts by score: no guarantee, linear regret against an adversary.",
         &Config::followLeader},
        {"random", "random", "Random order", "Any order, always.", &Config::random},
    };
    return all;
}

std::vector<const Algorithm*> chosenAlgorithms(const AlgorithmsConfig& config) {
    std::vector<const Algorithm*> chosen;
    for (const Algorithm& algorithm : algorithms())
        if (config.*algorithm.chosen)
            chosen.push_back(&algorithm);
    return chosen;
}

std::unique_ptr<Learner> makeLearner(const Algorithm& algorithm, const OnlineRankingConfig& config,
                                     const Game& game, const ScoreBoard& board,
                                     RandomStream environment) {
    using Schedule = OnlineRank::Schedule;
    const std::string_view id = algorithm.id;
    const double pairs = board.pairCount();
    const double tuned = tunedRate(pairs, game.totalMass);
    const double multiplier = config.onlineRank.multiplier;
    const Sampler sampler = config.onlineRank.sampler;
    const auto onlineRank = [&](Schedule schedule, double rate) {
        return std::make_unique<OnlineRank>(
            game, board, OnlineRank::Options{schedule, rate, multiplier, sampler});
    };
    if (id == "online_rank_anytime")
        return onlineRank(Schedule::Anytime, 0);
    if (id == "online_rank_fixed")
        return onlineRank(Schedule::Fixed, multiplier * tuned);
    if (id == "online_rank_small_loss")
        // A best ranking without loss would ask for an infinite rate.
        return onlineRank(Schedule::SmallLoss,
                          multiplier *
                              smallLossRate(pairs, std::max(1.0, bestPairLoss(game, environment))));
    if (id == "online_rank_manual")
        return onlineRank(Schedule::Fixed, config.onlineRank.rate);
    if (id == "online_rank_grid")
        return std::make_unique<RateGrid>(game, board, tuned, sampler);
    if (id == "permutahedron")
        return std::make_unique<PermutahedronLeader>(game, board, PermutahedronLeader::tuned(game));
    if (id == "fpl")
        return std::make_unique<PerturbedLeader>(
            game, board,
            config.fpl.epsilon > 0 ? config.fpl.epsilon : PerturbedLeader::tuned(game));
    if (id == "perm_elearn")
        return std::make_unique<PermELearn>(
            game, board, config.permELearn.multiplier * PermELearn::tuned(game), config.permELearn);
    if (id == "follow_leader")
        return std::make_unique<FollowLeader>(game, board);
    assert(id == "random");
    return std::make_unique<RandomLearner>(game, board);
}

double uniformLowerBound(std::int64_t n, std::int64_t k, std::int64_t t) {
    const auto items = static_cast<double>(n);
    const auto chosen = static_cast<double>(k);
    const double pairs = items * (items - 1) / 2;
    return pairs / 2 *
           std::sqrt(2 * static_cast<double>(t) * chosen * (items - chosen) /
                     (items * (items - 1))) *
           std::sqrt(2 / M_PI);
}

LossUnit lossUnit(const Game& game) {
    if (game.feedback != FeedbackKind::Spearman || game.replay)
        return {};
    const auto n = static_cast<double>(game.n);
    return {2 * (n - 1), n * (n - 1) * (2 - n) / 3};
}

} // namespace inlay::engine::online_ranking
