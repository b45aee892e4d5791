#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/label_book.h"

namespace inlay::engine::active_ranking {

/// Pairs that a person refused to judge: not asked, and not to be asked again.
class RefusedPairs {
public:
    explicit RefusedPairs(Item items)
        : items_(items) {}

    void add(const Pair& pair);
    bool contains(Item u, Item v) const;
    std::int64_t count() const { return static_cast<std::int64_t>(pairs_.size()); }

private:
    std::int64_t code(Item u, Item v) const {
        return static_cast<std::int64_t>(std::min(u, v)) * items_ + std::max(u, v);
    }

    Item items_;
    std::vector<std::int64_t> pairs_; // sorted
};

/// A uniform pair among those neither asked nor refused, or nothing when none is left.
std::optional<Pair> drawUnasked(const LabelBook& labels, const RefusedPairs& refused,
                                RandomStream& draws);

} // namespace inlay::engine::active_ranking
