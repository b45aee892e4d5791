#pragma once

#include "engine/experiments/online_ranking/learner.h"

namespace inlay::engine::online_ranking {

/// Best learning rate for a known sum of pair masses: sqrt(8 C2 ln 2 / mass), C2 pairs of items.
double tunedRate(double pairs, double mass);
/// Best learning rate for a known pair loss of the best ranking: ln(1 + sqrt(2 C2 ln 2 / loss)).
double smallLossRate(double pairs, double pairLoss);
/// C2 ln 2 / eta + eta mass / 8: holds for every fixed rate, every round, every environment.
double fixedRateBound(double pairs, double rate, double mass);
/// (eta loss + C2 ln 2) / (1 - e^-eta) - loss, the same in terms of the best ranking's pair loss.
double smallLossBound(double pairs, double rate, double pairLoss);

/// OnlineRank (Ailon, AISTATS 2014): a ranking drawn with weights eta * score, so that every pair
/// of items plays multiplicative weights.
class OnlineRank final : public Learner {
public:
    enum class Schedule { Anytime, Fixed, SmallLoss };
    struct Options {
        Schedule schedule = Schedule::Anytime;
        double rate = 1;       // of Fixed and SmallLoss
        double multiplier = 1; // of Anytime
        Sampler sampler = Sampler::PlackettLuce;
    };

    OnlineRank(const Game& game, const ScoreBoard& board, Options options);

    void begin() override;
    double expectedPosition(std::int32_t item) const override;
    void draw(RandomStream& stream, std::span<std::int32_t> order) override;
    void observe(const Feedback& feedback) override;
    std::optional<double> bound() const override;
    std::optional<double> rate() const override { return rate_; }
    LawKind law() const override { return LawKind::Logistic; }
    void archive(StateArchive& archive) override;

private:
    Options options_;
    double rate_ = 0;
    double weightedMass_ = 0; // sum of rate * pair mass
    WeightedOrder sampler_;
    std::vector<double> weights_;
};

} // namespace inlay::engine::online_ranking
