#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/label_book.h"
#include "engine/experiments/active_ranking/tournament.h"

namespace inlay::engine::active_ranking {

/// Default cap of sweeps.
inline constexpr int kSweeps = 40;

/// Single-item insertion: each item in turn moves to the place where the fewest bought labels are
/// contradicted (the nearest such place), until a sweep gains nothing or `sweeps` are done. One
/// sweep costs O(m log m) for m labels. Returns by how much the contradicted weight fell.
double improveOrder(Order& order, const LabelBook& labels, int sweeps = kSweeps);

/// The same when all labels are known; O(n^2) a sweep.
std::int64_t improveOrder(Order& order, const Tournament& tournament, int sweeps = kSweeps);

/// The order by (labels won - labels lost) / labels, best first; ties by item number.
Order copelandOrder(const LabelBook& labels);
Order copelandOrder(const Tournament& tournament);

struct BestKnown {
    Order order;
    std::int64_t loss = 0;
};

/// OPT^, an upper bound of the smallest possible loss: insertion from `hint` (the true order of a
/// simulation; may be empty) and from the Copeland order, then in turn from QuickSort orders and
/// from perturbations of the best order, `starts` in all besides the hint. Nothing when `proceed`
/// said no.
std::optional<BestKnown> bestKnownOrder(const Tournament& tournament, const Order& hint, int starts,
                                        const RandomStream& stream,
                                        const std::function<bool()>& proceed);

/// The smallest possible loss by dynamic programming over subsets: O(2^n n), n <= 16.
inline constexpr Item kMostExactItems = 16;
BestKnown exactOrder(const Tournament& tournament);

} // namespace inlay::engine::active_ranking
