#include "engine/experiments/active_ranking/sort_cursor.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace inlay::engine::active_ranking {
namespace {

Order shuffledItems(Item items, RandomStream& stream) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(items));
    std::iota(numbers.begin(), numbers.end(), 0);
    stream.shuffle(numbers);
    return Order(numbers.begin(), numbers.end());
}

} // namespace

MergeSortCursor::MergeSortCursor(Item items, RandomStream stream)
    : order_(shuffledItems(items, stream)) {
    plan(0, items);
    settle();
}

void MergeSortCursor::plan(Item first, Item last) {
    if (last - first < 2)
        return;
    const Item middle = first + (last - first) / 2;
    plan(first, middle);
    plan(middle, last);
    merges_.push_back({first, middle, last});
}

// Ends a merge in which one run is used up and opens the next one.
void MergeSortCursor::settle() {
    while (merge_ < merges_.size()) {
        const Merge& merge = merges_[merge_];
        if (merged_.empty() && left_ == 0 && right_ == 0) {
            left_ = merge.first;
            right_ = merge.middle;
        }
        if (left_ < merge.middle && right_ < merge.last)
            return;
        merged_.insert(merged_.end(), order_.begin() + left_, order_.begin() + merge.middle);
        merged_.insert(merged_.end(), order_.begin() + right_, order_.begin() + merge.last);
        std::copy(merged_.begin(), merged_.end(), order_.begin() + merge.first);
        merged_.clear();
        left_ = right_ = 0;
        ++merge_;
    }
}

std::optional<Pair> MergeSortCursor::next() const {
    if (merge_ == merges_.size())
        return std::nullopt;
    return Pair{order_[static_cast<std::size_t>(left_)], order_[static_cast<std::size_t>(right_)]};
}

void MergeSortCursor::tell(bool leftFirst) {
    Item& taken = leftFirst ? left_ : right_;
    merged_.push_back(order_[static_cast<std::size_t>(taken)]);
    ++taken;
    settle();
}

Order MergeSortCursor::order() const {
    Order order = order_;
    if (merge_ == merges_.size())
        return order;
    const Merge& merge = merges_[merge_];
    auto out = std::copy(merged_.begin(), merged_.end(), order.begin() + merge.first);
    out = std::copy(order_.begin() + left_, order_.begin() + merge.middle, out);
    std::copy(order_.begin() + right_, order_.begin() + merge.last, out);
    return order;
}

QuickSortCursor::QuickSortCursor(Item items, RandomStream stream)
    : order_(shuffledItems(items, stream))
    , pivots_(stream.split("pivots")) {
    if (items > 1)
        parts_.push_back({0, items});
    settle();
}

// Draws the pivot of a new part, or splits a part that is compared through.
void QuickSortCursor::settle() {
    while (!parts_.empty()) {
        const Part part = parts_.back();
        if (pivot_ < 0) {
            const auto size = static_cast<std::uint64_t>(part.last - part.first);
            const auto place = part.first + static_cast<Item>(pivots_.below(size));
            pivot_ = order_[static_cast<std::size_t>(place)];
            std::swap(order_[static_cast<std::size_t>(place)],
                      order_[static_cast<std::size_t>(part.first)]);
            at_ = part.first + 1;
        }
        if (at_ < part.last)
            return;
        auto out = std::copy(better_.begin(), better_.end(), order_.begin() + part.first);
        *out++ = pivot_;
        std::copy(worse_.begin(), worse_.end(), out);
        const Item middle = part.first + static_cast<Item>(better_.size());
        better_.clear();
        worse_.clear();
        pivot_ = -1;
        parts_.pop_back();
        if (part.last - middle - 1 > 1)
            parts_.push_back({middle + 1, part.last});
        if (middle - part.first > 1)
            parts_.push_back({part.first, middle});
    }
}

std::optional<Pair> QuickSortCursor::next() const {
    if (parts_.empty())
        return std::nullopt;
    return Pair{order_[static_cast<std::size_t>(at_)], pivot_};
}

void QuickSortCursor::tell(bool leftFirst) {
    (leftFirst ? better_ : worse_).push_back(order_[static_cast<std::size_t>(at_)]);
    ++at_;
    settle();
}

Order QuickSortCursor::order() const {
    Order order = order_;
    if (parts_.empty())
        return order;
    const Part part = parts_.back();
    auto out = std::copy(better_.begin(), better_.end(), order.begin() + part.first);
    *out++ = pivot_;
    out = std::copy(worse_.begin(), worse_.end(), out);
    std::copy(order_.begin() + at_, order_.begin() + part.last, out);
    return order;
}

double quickSortLabels(std::int64_t n) {
    double harmonic = 0;
    for (std::int64_t i = n; i > 0; --i)
        harmonic += 1.0 / static_cast<double>(i);
    return 2 * static_cast<double>(n + 1) * harmonic - 4 * static_cast<double>(n);
}

double mergeSortLabels(std::int64_t n) {
    const auto items = static_cast<double>(n);
    return items * std::log2(items) - 1.25 * items;
}

} // namespace inlay::engine::active_ranking
