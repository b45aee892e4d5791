#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/experiments/online_ranking/learner.h"

namespace inlay::engine::online_ranking {

/// A learner that a run may compare.
struct Algorithm {
    const char* id;    // "online_rank_anytime"; part of series and metric names
    const char* key;   // of the configuration, below "algorithms"
    const char* title; // "OnlineRank, anytime"
    const char* help;
    bool AlgorithmsConfig::*chosen;
};

/// All of them, in the order of forms and legends.
const std::vector<Algorithm>& algorithms();
/// Those that a configuration asks for.
std::vector<const Algorithm*> chosenAlgorithms(const AlgorithmsConfig& config);

/// Makes the learner of one simulation. `environment` is the simulation's stream of rounds, which
/// the small-loss rate plays once ahead.
std::unique_ptr<Learner> makeLearner(const Algorithm& algorithm, const OnlineRankingConfig& config,
                                     const Game& game, const ScoreBoard& board,
                                     RandomStream environment);

/// Regret that no learner can avoid in expectation where every set of k items is equally likely
/// (Gaussian limit): C2/2 sqrt(2 t k (n-k) / (n (n-1))) sqrt(2/pi), C2 pairs of items.
double uniformLowerBound(std::int64_t n, std::int64_t k, std::int64_t t);

/// Losses of Spearman feedback: distance = 2 (n-1) * linear loss + n (n-1) (2-n) / 3 a round.
struct LossUnit {
    double scale = 1;
    double offset = 0; // a round
};
LossUnit lossUnit(const Game& game);

} // namespace inlay::engine::online_ranking
