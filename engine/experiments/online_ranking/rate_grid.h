#pragma once

#include <array>

#include "engine/experiments/online_ranking/online_rank.h"

namespace inlay::engine::online_ranking {

/// Multiplicative weights over OnlineRank with six rates around the tuned one: no rate has to be
/// chosen, at an extra regret of at most range * sqrt(T ln 6 / 2), range the most that rankings can
/// differ in one round.
class RateGrid final : public Learner {
public:
    static constexpr std::array<double, 6> kMultipliers = {0.25, 0.5, 1, 2, 4, 8};

    RateGrid(const Game& game, const ScoreBoard& board, double tunedRate, Sampler sampler);

    double expectedPosition(std::int32_t item) const override;
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    void observe(const Feedback& feedback) override;
    std::optional<double> bound() const override;
    void archive(StateArchive& archive) override;

private:
    void updateShares();

    std::vector<OnlineRank> learners_;
    double rate_; // over the losses of the learners
    std::vector<double> losses_;
    std::array<double, 6> shares_{};
};

} // namespace inlay::engine::online_ranking
