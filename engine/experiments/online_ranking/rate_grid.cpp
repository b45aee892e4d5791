#include "engine/experiments/online_ranking/rate_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inlay::engine::online_ranking {

RateGrid::RateGrid(const Game& game, const ScoreBoard& board, double tunedRate, Sampler sampler)
    : Learner(game, board)
    , rate_(std::sqrt(8 * std::log(static_cast<double>(kMultipliers.size())) /
                      static_cast<double>(game.rounds)) /
            game.limits.range)
    , losses_(kMultipliers.size(), 0.0) {
    for (const double multiplier : kMultipliers)
        learners_.emplace_back(
            game, board,
            OnlineRank::Options{OnlineRank::Schedule::Fixed, multiplier * tunedRate, 1, sampler});
    updateShares();
}

void RateGrid::updateShares() {
    const double least = *std::min_element(losses_.begin(), losses_.end());
    double sum = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i)
        sum += shares_[i] = std::exp(-rate_ * (losses_[i] - least));
    for (double& share : shares_)
        share /= sum;
}

double RateGrid::expectedPosition(std::int32_t item) const {
    double position = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i)
        position += shares_[i] * learners_[i].expectedPosition(item);
    return position;
}

void RateGrid::draw(RandomStream& stream, std::span<std::int32_t> order) {
    double at = stream.uniform();
    std::size_t chosen = 0;
    while (chosen + 1 < shares_.size() && at >= shares_[chosen])
        at -= shares_[chosen++];
    learners_[chosen].draw(stream, order);
}

void RateGrid::observe(const Feedback& feedback) {
    for (std::size_t i = 0; i < learners_.size(); ++i)
        losses_[i] += learners_[i].expectedLoss(feedback);
    updateShares();
}

std::optional<double> RateGrid::bound() const {
    double best = std::numeric_limits<double>::infinity();
    for (const OnlineRank& learner : learners_)
        best = std::min(best, *learner.bound());
    const auto t = static_cast<double>(board_.rounds());
    const double range = game_.limits.range;
    return best + std::log(static_cast<double>(learners_.size())) / rate_ +
           rate_ * t * range * range / 8;
}

void RateGrid::archive(StateArchive& archive) {
    archive.values("losses", losses_);
    updateShares();
}

} // namespace inlay::engine::online_ranking
