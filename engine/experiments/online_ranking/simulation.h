#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/online_ranking/algorithms.h"

namespace inlay::engine::online_ranking {

/// One learner in one environment, round by round. Independent of all other simulations, so that
/// they run beside each other in any order with the same result.
class Simulation {
public:
    /// `stream` is that of the replicate: learners of one replicate see the same rounds.
    Simulation(const Algorithm& algorithm, const OnlineRankingConfig& config, const Game& game,
               RandomStream stream);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    void advance(std::int64_t rounds);

    std::int64_t rounds() const { return board_.rounds(); }
    /// Expected or sampled loss of the rounds played.
    double loss() const { return loss_; }
    /// That of the best fixed ranking.
    double bestLoss() const { return board_.bestLoss(); }
    double regret() const { return loss_ - board_.bestLoss(); }
    const Learner& learner() const { return *learner_; }
    /// Prepares the learner's law of the next ranking, for expectedPositions().
    void prepare() { learner_->begin(); }
    const ScoreBoard& board() const { return board_; }
    /// Time spent in advance().
    double seconds() const { return seconds_; }
    /// The first thing that went wrong without ending the run, with its round.
    const std::string& complaint() const { return complaint_; }

    void archive(StateArchive& archive);

private:
    double roundLoss(std::int64_t t);

    const Algorithm& algorithm_;
    const Game& game_;
    bool sampled_;
    RandomStream drawing_;
    ScoreBoard board_;
    Environment environment_;
    std::unique_ptr<Learner> learner_;
    Feedback feedback_;
    std::vector<double> positions_;
    std::vector<std::int32_t> order_;
    std::vector<std::int32_t> placeOf_;
    double loss_ = 0;
    double seconds_ = 0;
    std::string complaint_;
};

} // namespace inlay::engine::online_ranking
