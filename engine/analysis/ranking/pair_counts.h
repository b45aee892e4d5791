#pragma once

#include <cstdint>
#include <vector>

#include "engine/interop/comparisons.h"

namespace inlay::engine {

/// Comparisons of one pair of items, added up by weight.
struct PairCount {
    std::int32_t first = 0; // < second
    std::int32_t second = 0;
    double firstWins = 0; // a tie is half a win of both
    double secondWins = 0;
    double ties = 0;
};

/// Comparisons by pair, each pair once, sorted; skipped ones are left out.
struct PairCounts {
    std::int32_t items = 0;
    std::vector<PairCount> pairs;
};
PairCounts countPairs(const ComparisonTable& table);

/// Groups of items, each a list of indices in ascending order; groups by their first item.
using ItemGroups = std::vector<std::vector<std::int32_t>>;

/// Items connected by comparisons, whoever won.
ItemGroups connectedGroups(const PairCounts& counts);
/// Items of which each can be reached from each by a chain of wins. Scores without a penalty are
/// finite only where there is one such group.
ItemGroups winConnectedGroups(const PairCounts& counts);

} // namespace inlay::engine
