#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/tournament.h"

namespace inlay::engine::active_ranking {

/// Top-down MergeSort of a shuffled list as an explicit machine: it can be copied, stored and
/// continued between any two comparisons. About n log2 n - 1.25 n comparisons.
class MergeSortCursor {
public:
    MergeSortCursor(Item items, RandomStream stream);

    /// The pair to compare, or nothing when the order is complete. Asking again changes nothing.
    std::optional<Pair> next() const;
    /// The answer to next().
    void tell(bool leftFirst);
    /// The order as far as it is known: merged runs one after the other.
    Order order() const;

private:
    struct Merge {
        Item first, middle, last; // [first, middle) and [middle, last) become [first, last)
    };
    void plan(Item first, Item last);
    void settle();

    Order order_;
    std::vector<Merge> merges_; // in order of execution
    std::size_t merge_ = 0;
    Item left_ = 0, right_ = 0; // next items of the two runs
    Order merged_;
};

/// QuickSort with uniform pivots (Ailon, Charikar, Newman): everyone in a part is compared with its
/// pivot. Expected loss at most 3 OPT on any tournament.
class QuickSortCursor {
public:
    QuickSortCursor(Item items, RandomStream stream);

    std::optional<Pair> next() const;
    void tell(bool leftFirst);
    Order order() const;

private:
    struct Part {
        Item first, last; // [first, last) of order_
    };
    void settle();

    Order order_;
    RandomStream pivots_;
    std::vector<Part> parts_; // still to sort; the back is being split
    Item pivot_ = -1;
    Item at_ = 0; // place of the item compared next
    Order better_, worse_;
};

using SortCursor = std::variant<MergeSortCursor, QuickSortCursor>;

/// 2 (n + 1) H_n - 4 n: what QuickSort asks on average when the labels agree with an order.
double quickSortLabels(std::int64_t n);
/// n log2 n - 1.25 n: the same for MergeSort.
double mergeSortLabels(std::int64_t n);

} // namespace inlay::engine::active_ranking
