#include "engine/experiments/active_ranking/sort_strategy.h"

namespace inlay::engine::active_ranking {

SortCursor makeSortCursor(Item items, InitialSort sort, const RandomStream& stream) {
    if (sort == InitialSort::QuickSort)
        return QuickSortCursor(items, stream.split("quick_sort"));
    return MergeSortCursor(items, stream.split("merge_sort"));
}

float labelOf(Answer answer) {
    return answer == Answer::Left ? 1.0F : answer == Answer::Right ? -1.0F : 0.0F;
}

std::optional<Pair> SortPhase::next() const {
    return std::visit([](const auto& sort) { return sort.next(); }, cursor_);
}

Order SortPhase::order() const {
    return std::visit([](const auto& sort) { return sort.order(); }, cursor_);
}

void SortPhase::tell(Answer answer) {
    // A tie and a pair that cannot be asked keep the order the sort already has.
    std::visit([&](auto& sort) { sort.tell(answer != Answer::Right); }, cursor_);
}

namespace {

class SortStrategy final : public Strategy {
public:
    SortStrategy(Item items, InitialSort sort, const RandomStream& stream)
        : sort_(makeSortCursor(items, sort, stream))
        , labels_(items) {}

    std::unique_ptr<Strategy> clone() const override {
        return std::make_unique<SortStrategy>(*this);
    }
    std::optional<Pair> next() override { return sort_.next(); }
    void tell(Answer answer) override {
        const std::optional<Pair> pair = sort_.next();
        if (answer != Answer::Skip)
            labels_.add(pair->left, pair->right, labelOf(answer));
        sort_.tell(answer);
    }
    Order order() const override { return sort_.order(); }
    void repeat(const Pair& pair, Answer answer) override {
        labels_.add(pair.left, pair.right, labelOf(answer));
    }
    const LabelBook& labels() const override { return labels_; }

private:
    SortPhase sort_;
    LabelBook labels_;
};

} // namespace

std::unique_ptr<Strategy> makeSortStrategy(Item items, InitialSort sort,
                                           const RandomStream& stream) {
    return std::make_unique<SortStrategy>(items, sort, stream);
}

} // namespace inlay::engine::active_ranking
