#include <numeric>

#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/sort_strategy.h"
#include "engine/experiments/active_ranking/unasked_pairs.h"

namespace inlay::engine::active_ranking {
namespace {

class UniformStrategy final : public Strategy {
public:
    UniformStrategy(Item items, std::int64_t budget, int sweeps, const RandomStream& stream)
        : labels_(items)
        , refused_(items)
        , budget_(budget)
        , sweeps_(sweeps)
        , draws_(stream.split("uniform")) {}

    std::unique_ptr<Strategy> clone() const override {
        return std::make_unique<UniformStrategy>(*this);
    }
    std::optional<Pair> next() override {
        if (!pair_ && labels_.labels() < budget_)
            pair_ = drawUnasked(labels_, refused_, draws_);
        return pair_;
    }
    void tell(Answer answer) override {
        if (answer == Answer::Skip)
            refused_.add(*pair_);
        else
            labels_.add(pair_->left, pair_->right, labelOf(answer));
        pair_.reset();
    }
    Order order() const override {
        Order order = copelandOrder(labels_);
        improveOrder(order, labels_, sweeps_);
        return order;
    }
    void repeat(const Pair& pair, Answer answer) override {
        labels_.add(pair.left, pair.right, labelOf(answer));
    }
    const LabelBook& labels() const override { return labels_; }

private:
    LabelBook labels_;
    RefusedPairs refused_;
    std::int64_t budget_;
    int sweeps_;
    RandomStream draws_;
    std::optional<Pair> pair_;
};

} // namespace

std::unique_ptr<Strategy> makeUniformStrategy(Item items, std::int64_t budget, int sweeps,
                                              const RandomStream& stream) {
    return std::make_unique<UniformStrategy>(items, budget, sweeps, stream);
}

} // namespace inlay::engine::active_ranking
