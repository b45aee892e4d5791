#include "engine/experiments/online_ranking/rivals.h"

#include <cmath>

namespace inlay::engine::online_ranking {
namespace {

double squaredRadius(const Game& game) {
    const auto n = static_cast<double>(game.n);
    return n * (n * n - 1) / 12;
}

// Largest L1 distance of two rankings.
double diameter(const Game& game) {
    return std::floor(static_cast<double>(game.n) * static_cast<double>(game.n) / 2);
}

} // namespace

void RandomLearner::draw(RandomStream& stream, std::span<std::int32_t> order) {
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = static_cast<std::int32_t>(i);
        std::swap(order[i], order[stream.below(i + 1)]);
    }
}

double FollowLeader::expectedPosition(std::int32_t item) const {
    if (board_.hasBlocks()) {
        const ScoreBoard::Block& block = board_.blockOf(item);
        return (block.start + block.end - 1) / 2.0;
    }
    return positionByPairs(board_, item,
                           [](double more) { return pairProbability(LawKind::Sorted, 1, more); });
}

void FollowLeader::draw(RandomStream& stream, std::span<std::int32_t> order) {
    law_.kind = LawKind::Sorted;
    law_.values = board_.scores();
    sampler_.draw(law_, stream, order);
}

double PerturbedLeader::tuned(const Game& game) {
    return std::sqrt(diameter(game) / (game.limits.worstLoss * game.limits.scoreSum *
                                       static_cast<double>(game.rounds)));
}

double PerturbedLeader::expectedPosition(std::int32_t item) const {
    return positionByPairs(board_, item, [epsilon = epsilon_](double more) {
        return uniformDifference(epsilon * more);
    });
}

void PerturbedLeader::draw(RandomStream& stream, std::span<std::int32_t> order) {
    law_.kind = LawKind::UniformNoise;
    law_.rate = epsilon_;
    law_.values = board_.scores();
    sampler_.draw(law_, stream, order);
}

std::optional<double> PerturbedLeader::bound() const {
    return epsilon_ * game_.limits.worstLoss * game_.limits.scoreSum *
               static_cast<double>(board_.rounds()) +
           diameter(game_) / epsilon_;
}

double PermutahedronLeader::tuned(const Game& game) {
    return std::sqrt(squaredRadius(game) * static_cast<double>(game.n) / game.totalMass);
}

PermutahedronLeader::PermutahedronLeader(const Game& game, const ScoreBoard& board, double rate)
    : Learner(game, board)
    , rate_(rate)
    , positions_(static_cast<std::size_t>(game.n)) {}

void PermutahedronLeader::begin() {
    const double center = static_cast<double>(game_.n - 1) / 2;
    for (std::size_t i = 0; i < positions_.size(); ++i)
        positions_[i] = center - rate_ * board_.scores()[i];
    permutahedron_.project(positions_, positions_);
}

void PermutahedronLeader::draw(RandomStream& stream, std::span<std::int32_t> order) {
    permutahedron_.round(positions_, stream, order);
}

std::optional<double> PermutahedronLeader::bound() const {
    return squaredRadius(game_) / (2 * rate_) +
           rate_ / 2 * board_.mass() / static_cast<double>(game_.n);
}

} // namespace inlay::engine::online_ranking
