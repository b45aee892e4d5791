#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/active_ranking/label_book.h"

namespace inlay::engine::active_ranking {

/// Share of wrong answers, 0.01 to 0.45: the larger of what repeats say (two answers agree with
/// probability 1 - 2 p (1 - p)) and (contradicted + 1) / (labels + 2) of the ranking, which is too
/// small because the ranking was fitted to the labels.
double estimatedNoise(const Order& order, const LabelBook& labels, std::int64_t repeats,
                      std::int64_t agreeing);

/// How sure the place of an item is when the others stay where they are: P(place) is proportional
/// to ((1 - p) / p)^-contradicted, the likelihood of answers that are wrong with probability p.
struct PlaceConfidence {
    double here = 0; // probability of its place in the ranking
    Item low = 0;    // best and worst place of the central 90 %
    Item high = 0;
};

/// One for each place of the order.
std::vector<PlaceConfidence> placeConfidences(const Order& order, const LabelBook& labels,
                                              double noise);

/// Two items whose order is in doubt.
struct DoubtfulPair {
    Item above = 0;
    Item below = 0;
    double probability = 0; // that they stand the wrong way round
};

/// The pairs most in doubt, most doubtful first, those below 10 % left out: 1 / (1 + e^(c d)) with
/// c = ln((1 - p) / p) and d the contradicted labels that the cheaper of two moves adds (one of the
/// two items past the other).
std::vector<DoubtfulPair> doubtfulPairs(const Order& order, const LabelBook& labels, double noise,
                                        std::size_t most);

} // namespace inlay::engine::active_ranking
