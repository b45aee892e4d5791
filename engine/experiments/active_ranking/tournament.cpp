#include "engine/experiments/active_ranking/tournament.h"

#include <algorithm>

namespace inlay::engine::active_ranking {

std::vector<Item> positionsOf(std::span<const Item> order) {
    std::vector<Item> positions(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        positions[static_cast<std::size_t>(order[i])] = static_cast<Item>(i);
    return positions;
}

Tournament::Tournament(Item items)
    : items_(items)
    , labels_(static_cast<std::size_t>(items) * static_cast<std::size_t>(items), 0) {}

void Tournament::set(Item u, Item v, int label) {
    labels_[index(u, v)] = static_cast<std::int8_t>(label);
    labels_[index(v, u)] = static_cast<std::int8_t>(-label);
}

std::int64_t Tournament::labelCount() const {
    return (static_cast<std::int64_t>(labels_.size()) -
            std::count(labels_.begin(), labels_.end(), std::int8_t{0})) /
           2;
}

std::int64_t Tournament::loss(std::span<const Item> order) const {
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::int8_t* row = &labels_[index(order[i], 0)];
        for (std::size_t j = i + 1; j < order.size(); ++j)
            wrong += row[order[j]] < 0 ? 1 : 0;
    }
    return wrong;
}

} // namespace inlay::engine::active_ranking
