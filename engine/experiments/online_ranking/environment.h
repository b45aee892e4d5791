#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/online_ranking/feedback.h"
#include "engine/experiments/online_ranking/online_ranking_config.h"
#include "engine/experiments/online_ranking/score_board.h"

namespace inlay::engine::online_ranking {

/// Rounds read from a file, shared by all simulations.
struct ReplayData {
    std::vector<std::string> items;
    std::vector<Feedback> distinct;
    /// The rounds as indices of `distinct`.
    std::vector<std::int32_t> rounds;
    /// Whether all scores are 0 or 1.
    bool unit = true;
    /// What scores were multiplied with to lie in [0, 1].
    double scale = 1;
};

/// What a simulation plays: the environment with its sizes, the same for every learner.
struct Game {
    EnvironmentConfig environment;
    FeedbackKind feedback = FeedbackKind::Choice;
    std::int64_t n = 0;
    std::int64_t rounds = 0;
    std::int64_t chosen = 1;
    std::shared_ptr<const ReplayData> replay;
    RoundLimits limits;
    /// Upper bound of the sum of all pair masses.
    double totalMass = 0;

    Steps steps() const;
    /// The environment's rounds depend on what the learner does.
    bool isAdaptive() const;
    bool isIidUniform() const;
};

/// The game of a configuration; reads the file of a replay (throws Error).
Game makeGame(const OnlineRankingConfig& config);

/// Draws the rounds of a game. The same stream gives every learner the same rounds, unless the
/// environment answers to the learner.
class Environment {
public:
    Environment(const Game& game, RandomStream stream);

    /// Fills in round `t` (from 0). `board` has the rounds before; `positions`, empty unless the
    /// game is adaptive, are the learner's expected positions.
    void play(std::int64_t t, const ScoreBoard& board, const std::vector<double>& positions,
              Feedback& feedback);

private:
    void drawSet(std::size_t count, const std::vector<double>& cumulative, bool reversed,
                 RandomStream& stream, Feedback& feedback);
    void drawRanking(bool reversed, RandomStream& stream, Feedback& feedback);
    void drawPair(bool reversed, RandomStream& stream, Feedback& feedback);
    void chooseLowest(const ScoreBoard& board, const std::vector<double>& positions,
                      Feedback& feedback);
    bool isReversed(std::int64_t t, RandomStream& stream) const;

    const Game& game_;
    RandomStream stream_;
    std::vector<double> logWeights_;
    std::vector<double> cumulative_;
    std::vector<std::int64_t> replayOrder_;
    std::vector<char> taken_;
    std::vector<std::pair<double, std::int32_t>> keys_;
};

} // namespace inlay::engine::online_ranking
