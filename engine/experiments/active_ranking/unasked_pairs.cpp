#include "engine/experiments/active_ranking/unasked_pairs.h"

#include <algorithm>

namespace inlay::engine::active_ranking {
namespace {

// Beyond this many draws in vain nearly all pairs are asked, and a list of the rest is cheaper.
constexpr int kDraws = 64;

} // namespace

void RefusedPairs::add(const Pair& pair) {
    const std::int64_t added = code(pair.left, pair.right);
    pairs_.insert(std::lower_bound(pairs_.begin(), pairs_.end(), added), added);
}

bool RefusedPairs::contains(Item u, Item v) const {
    return std::binary_search(pairs_.begin(), pairs_.end(), code(u, v));
}

std::optional<Pair> drawUnasked(const LabelBook& labels, const RefusedPairs& refused,
                                RandomStream& draws) {
    const Item n = labels.items();
    if (labels.labels() + refused.count() >= pairCount(n))
        return std::nullopt;
    const auto bound = static_cast<std::uint64_t>(n);
    for (int i = 0; i < kDraws; ++i) {
        const auto u = static_cast<Item>(draws.below(bound));
        const auto v = static_cast<Item>(draws.below(bound));
        if (u != v && !labels.isAsked(u, v) && !refused.contains(u, v))
            return Pair{u, v};
    }
    std::vector<Pair> rest;
    for (Item u = 0; u < n; ++u) {
        for (Item v = u + 1; v < n; ++v) {
            if (!labels.isAsked(u, v) && !refused.contains(u, v))
                rest.push_back({u, v});
        }
    }
    if (rest.empty())
        return std::nullopt;
    return rest[draws.below(rest.size())];
}

} // namespace inlay::engine::active_ranking
