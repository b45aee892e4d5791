#include "engine/experiments/active_ranking/local_search.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <numeric>

#include "engine/experiments/active_ranking/sort_cursor.h"

namespace inlay::engine::active_ranking {
namespace {

struct Placed {
    Item position;
    float net;
};

/// Order and positions, changed together.
class Places {
public:
    explicit Places(Order& order)
        : order_(order)
        , positions_(positionsOf(order)) {}

    Item of(Item item) const { return positions_[static_cast<std::size_t>(item)]; }

    void move(Item from, Item to) {
        const auto begin = order_.begin();
        if (from < to)
            std::rotate(begin + from, begin + from + 1, begin + to + 1);
        else
            std::rotate(begin + to, begin + from, begin + from + 1);
        for (Item i = std::min(from, to); i <= std::max(from, to); ++i)
            positions_[static_cast<std::size_t>(order_[static_cast<std::size_t>(i)])] = i;
    }

private:
    Order& order_;
    std::vector<Item> positions_;
};

/// With u after the first k of its partners (by position), the contradicted weight is a constant
/// plus the sum of the first k nets: the best gap is where that prefix sum is smallest.
double moveToBestGap(Places& places, Item u, std::vector<Placed>& partners) {
    std::sort(partners.begin(), partners.end(),
              [](const Placed& a, const Placed& b) { return a.position < b.position; });
    const Item here = places.of(u);
    const auto own = static_cast<std::ptrdiff_t>(
        std::partition_point(partners.begin(), partners.end(),
                             [&](const Placed& p) { return p.position < here; }) -
        partners.begin());
    double sum = 0;
    double best = 0;
    std::ptrdiff_t bestGap = 0;
    double atOwn = 0;
    for (std::ptrdiff_t gap = 0; gap <= std::ssize(partners); ++gap) {
        if (gap > 0)
            sum += partners[static_cast<std::size_t>(gap - 1)].net;
        if (gap == own)
            atOwn = sum;
        const bool nearer = std::abs(gap - own) < std::abs(bestGap - own);
        if (gap == 0 || sum < best || (sum == best && nearer)) {
            best = sum;
            bestGap = gap;
        }
    }
    if (best >= atOwn)
        return 0;
    // The place in the gap that is nearest to the present one.
    const Item to = bestGap < own ? partners[static_cast<std::size_t>(bestGap)].position
                                  : partners[static_cast<std::size_t>(bestGap - 1)].position;
    places.move(here, to);
    return atOwn - best;
}

Order orderByScore(const std::vector<double>& score) {
    Order order(score.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](Item a, Item b) {
        return score[static_cast<std::size_t>(a)] > score[static_cast<std::size_t>(b)];
    });
    return order;
}

// Moves some random items to random places: far enough to leave a local minimum, near enough to
// keep most of the order.
Order perturbed(Order order, RandomStream& draws) {
    const auto n = static_cast<std::uint64_t>(order.size());
    Places places(order);
    const std::uint64_t moves = std::max<std::uint64_t>(2, n / 10);
    for (std::uint64_t i = 0; i < moves; ++i)
        places.move(static_cast<Item>(draws.below(n)), static_cast<Item>(draws.below(n)));
    return order;
}

Order quickSorted(const Tournament& tournament, RandomStream draws) {
    QuickSortCursor sort(tournament.items(), draws.split("sort"));
    while (const auto pair = sort.next()) {
        const int label = tournament.label(pair->left, pair->right);
        sort.tell(label != 0 ? label > 0 : draws.uniform() < 0.5);
    }
    return sort.order();
}

} // namespace

double improveOrder(Order& order, const LabelBook& labels, int sweeps) {
    Places places(order);
    std::vector<Placed> partners;
    double gain = 0;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        const double before = gain;
        for (Item u = 0; u < labels.items(); ++u) {
            partners.clear();
            for (const LabelBook::Partner& partner : labels.partners(u)) {
                if (partner.net != 0)
                    partners.push_back({places.of(partner.other), partner.net});
            }
            if (!partners.empty())
                gain += moveToBestGap(places, u, partners);
        }
        if (gain == before)
            break;
    }
    return gain;
}

std::int64_t improveOrder(Order& order, const Tournament& tournament, int sweeps) {
    const Item n = tournament.items();
    Places places(order);
    std::int64_t gain = 0;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        const std::int64_t before = gain;
        for (Item u = 0; u < n; ++u) {
            const Item here = places.of(u);
            // Change of the loss when u moves up to, or down to, each place.
            std::int64_t best = 0;
            Item bestPlace = here;
            std::int64_t change = 0;
            for (Item j = here - 1; j >= 0; --j) {
                change -= tournament.label(u, order[static_cast<std::size_t>(j)]);
                if (change < best) {
                    best = change;
                    bestPlace = j;
                }
            }
            change = 0;
            for (Item j = here + 1; j < n; ++j) {
                change += tournament.label(u, order[static_cast<std::size_t>(j)]);
                if (change < best ||
                    (change == best && bestPlace != here && j - here < here - bestPlace)) {
                    best = change;
                    bestPlace = j;
                }
            }
            if (bestPlace != here)
                places.move(here, bestPlace);
            gain -= best;
        }
        if (gain == before)
            break;
    }
    return gain;
}

Order copelandOrder(const LabelBook& labels) {
    std::vector<double> score(static_cast<std::size_t>(labels.items()));
    for (Item u = 0; u < labels.items(); ++u) {
        double sum = 0;
        for (const LabelBook::Partner& partner : labels.partners(u))
            sum += partner.net > 0 ? 1 : partner.net < 0 ? -1 : 0;
        const std::size_t count = labels.partners(u).size();
        score[static_cast<std::size_t>(u)] = count > 0 ? sum / static_cast<double>(count) : 0;
    }
    return orderByScore(score);
}

Order copelandOrder(const Tournament& tournament) {
    std::vector<double> score(static_cast<std::size_t>(tournament.items()));
    for (Item u = 0; u < tournament.items(); ++u) {
        for (Item v = 0; v < tournament.items(); ++v)
            score[static_cast<std::size_t>(u)] += u == v ? 0 : tournament.label(u, v);
    }
    return orderByScore(score);
}

std::optional<BestKnown> bestKnownOrder(const Tournament& tournament, const Order& hint, int starts,
                                        const RandomStream& stream,
                                        const std::function<bool()>& proceed) {
    BestKnown best{copelandOrder(tournament), 0};
    improveOrder(best.order, tournament);
    best.loss = tournament.loss(best.order);
    const auto consider = [&](Order order) {
        improveOrder(order, tournament);
        const std::int64_t loss = tournament.loss(order);
        if (loss < best.loss)
            best = {std::move(order), loss};
    };
    if (!hint.empty())
        consider(hint);
    RandomStream draws = stream.split("perturbations");
    for (int start = 1; start < starts && best.loss > 0; ++start) {
        if (!proceed())
            return std::nullopt;
        consider(start % 2 == 1
                     ? quickSorted(tournament, stream.split(static_cast<std::uint64_t>(start)))
                     : perturbed(best.order, draws));
    }
    return best;
}

BestKnown exactOrder(const Tournament& tournament) {
    const Item n = tournament.items();
    assert(n <= kMostExactItems);
    const std::uint32_t all = (std::uint32_t{1} << n) - 1;
    std::vector<std::uint32_t> beatenBy(static_cast<std::size_t>(n)); // who is preferred to u
    for (Item u = 0; u < n; ++u) {
        for (Item v = 0; v < n; ++v) {
            if (u != v && tournament.label(v, u) > 0)
                beatenBy[static_cast<std::size_t>(u)] |= std::uint32_t{1} << v;
        }
    }
    // least[S]: the smallest loss within S when S comes first; last[S]: its last item.
    std::vector<std::int32_t> least(std::size_t{all} + 1, std::numeric_limits<std::int32_t>::max());
    std::vector<std::int8_t> last(std::size_t{all} + 1, -1);
    least[0] = 0;
    for (std::uint32_t set = 0; set < all; ++set) {
        for (Item u = 0; u < n; ++u) {
            const std::uint32_t bit = std::uint32_t{1} << u;
            if ((set & bit) != 0)
                continue;
            // u follows everyone in the set: it contradicts the labels in which u is preferred.
            const int wrong =
                std::popcount(set) - std::popcount(set & beatenBy[static_cast<std::size_t>(u)]);
            int unlabeled = 0;
            for (std::uint32_t rest = set; rest != 0; rest &= rest - 1)
                unlabeled += tournament.label(u, std::countr_zero(rest)) == 0 ? 1 : 0;
            const std::int32_t loss = least[set] + wrong - unlabeled;
            if (loss < least[set | bit]) {
                least[set | bit] = loss;
                last[set | bit] = static_cast<std::int8_t>(u);
            }
        }
    }
    BestKnown best{Order(static_cast<std::size_t>(n)), least[all]};
    std::uint32_t set = all;
    for (Item place = n - 1; place >= 0; --place) {
        const auto item = static_cast<std::uint8_t>(last[set]); // 0 to 31
        best.order[static_cast<std::size_t>(place)] = item;
        set &= ~(std::uint32_t{1} << item);
    }
    return best;
}

} // namespace inlay::engine::active_ranking
