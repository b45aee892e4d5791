#pragma once

#include <cstdint>
#include <variant>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/tournament.h"

namespace inlay::engine::active_ranking {

/// Each label of a true order is flipped with this probability.
struct FlipNoise {
    double probability = 0.1;
    bool operator==(const FlipNoise&) const = default;
};

/// Bradley-Terry-Luce: P(label agrees with the true order) = sigma(steepness * gap / n), where gap
/// is the distance of the two items in the true order.
struct BtlNoise {
    double steepness = 20;
    bool operator==(const BtlNoise&) const = default;
};

/// The true order is cut into blocks of this many items. Between blocks labels are right; in a
/// block, i beats j (i < j) if and only if j - i <= floor(size / 2): a rotational tournament, in
/// which every item loses to some item below it. Not random.
struct CyclesNoise {
    std::int64_t block = 10;
    bool operator==(const CyclesNoise&) const = default;
};

/// Pairs further apart than n/2 in the true order are reversed with this probability: the worst
/// errors, and none among neighbors.
struct AdversarialNoise {
    double share = 0.2;
    bool operator==(const AdversarialNoise&) const = default;
};

/// This share of the items has random labels against everyone.
struct ChaosNoise {
    double share = 0.1;
    bool operator==(const ChaosNoise&) const = default;
};

using NoiseConfig = std::variant<FlipNoise, BtlNoise, CyclesNoise, AdversarialNoise, ChaosNoise>;

struct SimulatedLabels {
    Order base; // the true order, best first
    Tournament tournament{0};
};

/// Draws a true order and all labels. The order is shuffled, so that an item's number says nothing
/// about its place.
SimulatedLabels simulateLabels(Item items, const NoiseConfig& noise, const RandomStream& stream);

} // namespace inlay::engine::active_ranking
