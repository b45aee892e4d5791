#pragma once

#include <cstdint>
#include <vector>

namespace inlay::engine::online_ranking {

/// What a round reveals: scores s in [0, 1] of all items, most of which may share one value. The
/// round's loss of a ranking is the sum of s(v) * position(v), positions counted from 0.
struct Feedback {
    std::vector<std::int32_t> items; // distinct
    std::vector<double> values;      // of `items`
    double background = 0;           // of every other item

    std::size_t size() const { return items.size(); }
    void clear() {
        items.clear();
        values.clear();
        background = 0;
    }
    void add(std::int32_t item, double value) {
        items.push_back(item);
        values.push_back(value);
    }
};

/// Pair mass of a round, the sum over pairs of (s(u) - s(v))^2 = n * sum s^2 - (sum s)^2.
double pairMass(const Feedback& feedback, std::int64_t n);
/// The part of the loss that no ranking avoids, the sum over pairs of min(s(u), s(v)): the loss of
/// the ranking that is best for this round.
double unavoidableLoss(const Feedback& feedback, std::int64_t n);

/// What is known of every round before it is played.
struct RoundLimits {
    double mass = 0;      // largest pair mass
    double range = 0;     // largest sum over pairs of |s(u) - s(v)|: best to worst loss of a round
    double scoreSum = 0;  // largest sum of scores
    double worstLoss = 0; // largest loss of any ranking
};

} // namespace inlay::engine::online_ranking
