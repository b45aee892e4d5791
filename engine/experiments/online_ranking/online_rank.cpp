#include "engine/experiments/online_ranking/online_rank.h"

#include <algorithm>
#include <cmath>

namespace inlay::engine::online_ranking {

double tunedRate(double pairs, double mass) {
    return std::sqrt(8 * pairs * M_LN2 / mass);
}

double smallLossRate(double pairs, double pairLoss) {
    return std::log1p(std::sqrt(2 * pairs * M_LN2 / pairLoss));
}

double fixedRateBound(double pairs, double rate, double mass) {
    return pairs * M_LN2 / rate + rate * mass / 8;
}

double smallLossBound(double pairs, double rate, double pairLoss) {
    return (rate * pairLoss + pairs * M_LN2) / -std::expm1(-rate) - pairLoss;
}

OnlineRank::OnlineRank(const Game& game, const ScoreBoard& board, Options options)
    : Learner(game, board)
    , options_(options)
    , rate_(options.rate) {}

void OnlineRank::begin() {
    // The mass of the coming round is not known yet; its largest value stands in for it.
    if (options_.schedule == Schedule::Anytime)
        rate_ = options_.multiplier *
                std::sqrt(4 * board_.pairCount() * M_LN2 / (board_.mass() + game_.limits.mass));
}

double OnlineRank::expectedPosition(std::int32_t item) const {
    return positionByPairs(board_, item,
                           [rate = rate_](double more) { return logistic(rate * more); });
}

void OnlineRank::draw(RandomStream& stream, std::span<std::int32_t> order) {
    weights_.resize(order.size());
    for (std::size_t i = 0; i < weights_.size(); ++i)
        weights_[i] = rate_ * board_.scores()[i];
    if (options_.sampler == Sampler::PlackettLuce)
        sampler_.plackettLuce(weights_, stream, order);
    else
        sampler_.quickSort(weights_, stream, order);
}

void OnlineRank::observe(const Feedback& feedback) {
    weightedMass_ += rate_ * pairMass(feedback, game_.n);
}

std::optional<double> OnlineRank::bound() const {
    const double pairs = board_.pairCount();
    if (options_.schedule == Schedule::Anytime)
        return pairs * M_LN2 / rate_ + weightedMass_ / 8;
    const double byMass = fixedRateBound(pairs, rate_, board_.mass());
    if (options_.schedule == Schedule::Fixed)
        return byMass;
    // Both hold; the second is the smaller one where the best ranking loses little.
    const double pairLoss = board_.bestLoss() - board_.unavoidable();
    return std::min(byMass, smallLossBound(pairs, rate_, pairLoss));
}

void OnlineRank::archive(StateArchive& archive) {
    archive.value("rate", rate_);
    archive.value("weighted_mass", weightedMass_);
}

} // namespace inlay::engine::online_ranking
