#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace inlay::engine::active_ranking {

/// Items are numbered 0..n-1.
using Item = std::int32_t;
/// Items from best to worst.
using Order = std::vector<Item>;

struct Pair {
    Item left = 0;
    Item right = 0;
    bool operator==(const Pair&) const = default;
};

/// n (n - 1) / 2
inline std::int64_t pairCount(std::int64_t n) {
    return n * (n - 1) / 2;
}

/// Position of every item of an order.
std::vector<Item> positionsOf(std::span<const Item> order);

/// The labels W of all pairs. A label never changes when it is asked for again, and the labels need
/// not be transitive. A pair may have no label (a file of comparisons rarely covers all pairs).
class Tournament {
public:
    explicit Tournament(Item items);

    Item items() const { return items_; }
    /// +1: u is preferred to v, -1: v is preferred to u, 0: no label.
    int label(Item u, Item v) const { return labels_[index(u, v)]; }
    void set(Item u, Item v, int label);
    /// Pairs with a label.
    std::int64_t labelCount() const;

    /// C(order): the number of labels that the order contradicts (minimum feedback arc set).
    std::int64_t loss(std::span<const Item> order) const;

private:
    std::size_t index(Item u, Item v) const {
        return static_cast<std::size_t>(u) * static_cast<std::size_t>(items_) +
               static_cast<std::size_t>(v);
    }

    Item items_;
    std::vector<std::int8_t> labels_; // row-major, antisymmetric
};

} // namespace inlay::engine::active_ranking
