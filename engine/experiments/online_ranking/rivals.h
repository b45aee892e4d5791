#pragma once

#include "engine/analysis/ranking/permutahedron.h"
#include "engine/experiments/online_ranking/learner.h"

namespace inlay::engine::online_ranking {

/// Any order, always.
class RandomLearner final : public Learner {
public:
    using Learner::Learner;
    double expectedPosition(std::int32_t) const override {
        return static_cast<double>(game_.n - 1) / 2;
    }
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    LawKind law() const override { return LawKind::Uniform; }
};

/// Follow the leader: by score, ties at random (in expectation they share their positions).
class FollowLeader final : public Learner {
public:
    using Learner::Learner;
    double expectedPosition(std::int32_t item) const override;
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    LawKind law() const override { return LawKind::Sorted; }

private:
    LawSampler sampler_;
    RankingLaw law_;
};

/// Follow the perturbed leader (Kalai and Vempala 2005): by score plus uniform noise on
/// [0, 1/epsilon], drawn anew each round.
class PerturbedLeader final : public Learner {
public:
    /// Epsilon that minimizes the bound over all rounds: sqrt(D / (R A T)), D = floor(n^2/2) the
    /// diameter, A the largest sum of scores, R the largest loss of a round.
    static double tuned(const Game& game);

    PerturbedLeader(const Game& game, const ScoreBoard& board, double epsilon)
        : Learner(game, board)
        , epsilon_(epsilon) {}
    double expectedPosition(std::int32_t item) const override;
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    /// epsilon R A t + D / epsilon.
    std::optional<double> bound() const override;
    std::optional<double> rate() const override { return epsilon_; }
    LawKind law() const override { return LawKind::UniformNoise; }

private:
    double epsilon_;
    LawSampler sampler_;
    RankingLaw law_;
};

/// Follow the regularized leader on the permutahedron (lazy Euclidean gradient descent): expected
/// positions are the point of it nearest to (n-1)/2 - eta * score, rounded to a random ranking.
class PermutahedronLeader final : public Learner {
public:
    /// Eta that minimizes the bound: the radius over the norm of the gradients.
    static double tuned(const Game& game);

    PermutahedronLeader(const Game& game, const ScoreBoard& board, double rate);
    void begin() override;
    double expectedPosition(std::int32_t item) const override {
        return positions_[static_cast<std::size_t>(item)];
    }
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    /// radius^2 / (2 eta) + eta / 2 * sum of mass / n, with radius^2 = n (n^2 - 1) / 12.
    std::optional<double> bound() const override;
    std::optional<double> rate() const override { return rate_; }
    LawKind law() const override { return LawKind::Rounded; }

private:
    double rate_;
    Permutahedron permutahedron_;
    std::vector<double> positions_;
};

} // namespace inlay::engine::online_ranking
