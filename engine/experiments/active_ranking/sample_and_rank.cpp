#include "engine/experiments/active_ranking/sample_and_rank.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/active_ranking/local_improve.h"
#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/sort_cursor.h"

namespace inlay::engine::active_ranking {
namespace {

// log n / log log n, at least 1; below e^e the quotient means nothing.
double smallBlock(Item n) {
    const double log = std::log(n);
    return log > 1.5 ? std::max(1.0, log / std::log(log)) : 1.0;
}

class Literal {
public:
    Literal(LabelBook& labels, const LiteralConfig& config, const AskLabel& ask,
            const RandomStream& stream, const OnLabel& onLabel)
        : labels_(labels)
        , config_(config)
        , ask_(ask)
        , stream_(stream)
        , draws_(stream.split("decompose"))
        , onLabel_(onLabel)
        , log_(std::log(labels.items())) {}

    LiteralResult run() {
        quickSort();
        decompose(0, labels_.items());
        result_.decomposed = order_;
        for (const Block& block : result_.blocks)
            buyInside(block);
        improveOrder(order_, labels_);
        result_.order = std::move(order_);
        return std::move(result_);
    }

private:
    int buy(Item u, Item v) {
        const int label = ask_(u, v); // the same answer every time
        if (label != 0 && !labels_.isAsked(u, v)) {
            labels_.add(u, v, static_cast<float>(label));
            onLabel_(label > 0 ? u : v, label > 0 ? v : u, order_);
        }
        return label;
    }

    void quickSort() {
        QuickSortCursor sort(labels_.items(), stream_.split("quick_sort"));
        RandomStream coins = stream_.split("coins");
        while (const auto pair = sort.next()) {
            order_ = sort.order();
            const int label = buy(pair->left, pair->right);
            sort.tell(label != 0 ? label > 0 : coins.uniform() < 0.5);
        }
        order_ = sort.order();
    }

    void decompose(Item first, Item last) {
        ++result_.nodes;
        const Item size = last - first;
        if (size <= smallBlock(labels_.items())) {
            result_.blocks.push_back({first, last, BlockReason::Small});
            return;
        }
        if (isChaotic(first, last)) {
            result_.blocks.push_back({first, last, BlockReason::Chaotic});
            return;
        }
        if (size > config_.c4 * std::pow(config_.epsilon, -3) * std::pow(log_, 3)) {
            ++result_.improveCalls;
            result_.moves += localImprove(
                order_, {first, last}, config_, [this](Item u, Item v) { return buy(u, v); },
                stream_.split("improve").split(static_cast<std::uint64_t>(result_.nodes)));
        }
        const Item cut = splitPlace(first, last, draws_);
        decompose(first, cut);
        decompose(cut, last);
    }

    bool isChaotic(Item first, Item last) {
        const auto size = static_cast<std::uint64_t>(last - first);
        const auto samples =
            static_cast<std::int64_t>(std::ceil(config_.c1 * std::pow(config_.epsilon, -4) * log_));
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < samples; ++i) {
            auto a = draws_.below(size);
            auto b = draws_.below(size - 1);
            b += b >= a ? 1 : 0;
            const Item better = order_[static_cast<std::size_t>(first) + std::min(a, b)];
            const Item worse = order_[static_cast<std::size_t>(first) + std::max(a, b)];
            wrong += buy(better, worse) < 0 ? 1 : 0;
        }
        const double estimate = static_cast<double>(wrong) / static_cast<double>(samples) *
                                static_cast<double>(pairCount(last - first));
        const auto n = static_cast<double>(size);
        return estimate >= config_.c2 * config_.epsilon * config_.epsilon * n * n;
    }

    // Small blocks completely; big ones by eps^-2 N log n uniform pairs with repetition.
    void buyInside(const Block& block) {
        const Item size = block.last - block.first;
        const auto wanted =
            static_cast<std::int64_t>(std::ceil(std::pow(config_.epsilon, -2) * size * log_));
        const auto at = [&](std::uint64_t place) {
            return order_[static_cast<std::size_t>(block.first) + place];
        };
        if (wanted >= pairCount(size) || block.reason == BlockReason::Small) {
            for (Item i = 0; i < size; ++i) {
                for (Item j = i + 1; j < size; ++j)
                    buy(at(static_cast<std::uint64_t>(i)), at(static_cast<std::uint64_t>(j)));
            }
            return;
        }
        for (std::int64_t i = 0; i < wanted; ++i) {
            const auto a = draws_.below(static_cast<std::uint64_t>(size));
            auto b = draws_.below(static_cast<std::uint64_t>(size - 1));
            b += b >= a ? 1 : 0;
            buy(at(a), at(b));
        }
    }

public:
    static Item splitPlace(Item first, Item last, RandomStream& draws) {
        const Item size = last - first;
        const Item low = std::max<Item>(1, (size + 2) / 3);
        const Item high = std::max<Item>(low, std::min<Item>(size - 1, 2 * size / 3));
        return first + low +
               static_cast<Item>(draws.below(static_cast<std::uint64_t>(high) -
                                             static_cast<std::uint64_t>(low) + 1));
    }

private:
    LabelBook& labels_;
    const LiteralConfig& config_;
    const AskLabel& ask_;
    RandomStream stream_;
    RandomStream draws_;
    const OnLabel& onLabel_;
    double log_;
    Order order_;
    LiteralResult result_;
};

void decomposeKnown(Item first, Item last, const Order& order, const LabelBook& labels,
                    const LiteralConfig& config, RandomStream& draws, std::vector<Block>& blocks) {
    const Item size = last - first;
    if (size <= smallBlock(labels.items())) {
        blocks.push_back({first, last, BlockReason::Small});
        return;
    }
    const std::vector<Item> position = positionsOf(order);
    std::int64_t asked = 0;
    std::int64_t wrong = 0;
    for (Item place = first; place < last; ++place) {
        for (const LabelBook::Partner& p :
             labels.partners(order[static_cast<std::size_t>(place)])) {
            const Item other = position[static_cast<std::size_t>(p.other)];
            if (other <= place || other >= last || p.net == 0)
                continue;
            ++asked;
            wrong += p.net < 0 ? 1 : 0;
        }
    }
    const double share = asked > 0 ? static_cast<double>(wrong) / static_cast<double>(asked) : 0;
    const auto n = static_cast<double>(size);
    if (share * static_cast<double>(pairCount(size)) >=
        config.c2 * config.epsilon * config.epsilon * n * n) {
        blocks.push_back({first, last, BlockReason::Chaotic});
        return;
    }
    const Item cut = Literal::splitPlace(first, last, draws);
    decomposeKnown(first, cut, order, labels, config, draws, blocks);
    decomposeKnown(cut, last, order, labels, config, draws, blocks);
}

} // namespace

LiteralResult sampleAndRank(LabelBook& labels, const LiteralConfig& config, const AskLabel& ask,
                            const RandomStream& stream, const OnLabel& onLabel) {
    return Literal(labels, config, ask, stream, onLabel).run();
}

double literalLabels(std::int64_t n, double epsilon) {
    const auto items = static_cast<double>(n);
    return std::pow(epsilon, -6) * items * std::pow(std::log(items), 5);
}

std::vector<Block> decomposeByLabels(const Order& order, const LabelBook& labels,
                                     const LiteralConfig& config, const RandomStream& stream) {
    std::vector<Block> blocks;
    RandomStream draws = stream.split("blocks");
    decomposeKnown(0, labels.items(), order, labels, config, draws, blocks);
    return blocks;
}

} // namespace inlay::engine::active_ranking
