#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/analysis/ranking/permutahedron.h"
#include "engine/analysis/ranking/rank_orders.h"

namespace inlay::engine {

/// How a ranking is drawn from cumulative scores.
enum class LawKind {
    Logistic,     // OnlineRank: weights rate * score
    UniformNoise, // FPL: score + uniform noise on [0, 1/rate]
    Sorted,       // by score, ties at random
    Uniform,      // any order
    Rounded,      // exchanges around expected positions (permutahedron)
    Unknown       // no closed form kept
};

/// The law of a learner's next ranking.
struct RankingLaw {
    LawKind kind = LawKind::Uniform;
    double rate = 1;
    /// Cumulative score of each item; expected positions for Rounded.
    std::vector<double> values;
};

/// 1 / (1 + e^{-x}).
double logistic(double x);
/// P(u before v) of perturbed leaders whose scaled scores differ by x: the distribution function of
/// the difference of two uniform numbers.
double uniformDifference(double x);

/// P(u before v) where one score is known to be above another by `difference`; not for Rounded and
/// Unknown.
double pairProbability(LawKind kind, double rate, double difference);

/// Draws rankings of a law; not for Unknown.
class LawSampler {
public:
    void draw(const RankingLaw& law, RandomStream& stream, std::span<std::int32_t> order);

private:
    WeightedOrder weighted_;
    RadixOrder radix_;
    Permutahedron permutahedron_;
    std::vector<double> weights_;
    std::vector<std::pair<double, double>> keys_;
};

} // namespace inlay::engine
