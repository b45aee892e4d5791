#pragma once

#include "engine/experiments/online_ranking/doubly_stochastic.h"
#include "engine/experiments/online_ranking/learner.h"

namespace inlay::engine::online_ranking {

/// PermELearn (Helmbold and Warmuth, JMLR 2009): a doubly stochastic matrix of P(item at position),
/// multiplied by e^{-eta s(v) j / (n-1)} each round and balanced again. O(n^2) a sweep.
class PermELearn final : public Learner {
public:
    /// More items would need more memory and time than the result is worth.
    static constexpr std::int64_t kMostItems = 500;
    static constexpr std::int64_t kManyItems = 200;
    /// Assumed normalized loss of the best ranking, half of the largest possible sum.
    static double expectedBestLoss(const Game& game);
    /// ln(1 + sqrt(2 n ln n / L)), L = expectedBestLoss().
    static double tuned(const Game& game);

    PermELearn(const Game& game, const ScoreBoard& board, double rate,
               const PermELearnConfig& config);

    double expectedPosition(std::int32_t item) const override;
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    void observe(const Feedback& feedback) override;
    /// (n-1) (sqrt(2 L n ln n) + n ln n), for the tuned rate only.
    std::optional<double> bound() const override;
    std::optional<double> rate() const override { return rate_; }
    std::optional<std::string> complaint() const override;
    void archive(StateArchive& archive) override;

private:
    double rate_;
    PermELearnConfig config_;
    std::vector<double> matrix_; // row item, column position
    BirkhoffSampler sampler_;
    std::vector<std::int32_t> positionOf_;
    std::vector<double> factors_;
    Balance balance_{true, 0, 0};
    std::int64_t failures_ = 0;
};

} // namespace inlay::engine::online_ranking
