#pragma once

#include "engine/experiments/active_ranking/strategy.h"

namespace inlay::engine::active_ranking {

/// +1, -1 or 0, as LabelBook counts.
float labelOf(Answer answer);

SortCursor makeSortCursor(Item items, InitialSort sort, const RandomStream& stream);

/// Either sort, fed with answers that may be ties or refusals.
class SortPhase {
public:
    explicit SortPhase(SortCursor cursor)
        : cursor_(std::move(cursor)) {}

    std::optional<Pair> next() const;
    void tell(Answer answer);
    Order order() const;

private:
    SortCursor cursor_;
};

} // namespace inlay::engine::active_ranking
