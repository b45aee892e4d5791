#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/sort_strategy.h"
#include "engine/experiments/active_ranking/unasked_pairs.h"

namespace inlay::engine::active_ranking {
namespace {

// Draws in vain before any pair that is left will do.
constexpr int kDraws = 256;

/// Whether the ring's own draws or the initial sort asked for a pair.
enum class Phase { Sort, Ring, Done };

class ActiveRing final : public Strategy {
public:
    ActiveRing(Item items, const RingConfig& config, const RandomStream& stream)
        : config_(config)
        , sort_(makeSortCursor(items, config.init, stream))
        , labels_(items)
        , weighted_(config.weighted ? items : Item{0})
        , refused_(items)
        , draws_(stream.split("ring"))
        , levels_(std::bit_width(static_cast<std::uint32_t>(items - 1))) {}

    std::unique_ptr<Strategy> clone() const override { return std::make_unique<ActiveRing>(*this); }
    std::optional<Pair> next() override;
    void tell(Answer answer) override;
    Order order() const override;
    void repeat(const Pair& pair, Answer answer) override {
        labels_.add(pair.left, pair.right, labelOf(answer));
        if (config_.weighted)
            weighted_.add(pair.left, pair.right, labelOf(answer));
    }
    const LabelBook& labels() const override { return labels_; }

private:
    void startRing();
    std::optional<Pair> draw();
    void solve();
    double weightOf(const Pair& pair) const;

    RingConfig config_;
    SortPhase sort_;
    LabelBook labels_;
    LabelBook weighted_; // the same labels with importance weights
    RefusedPairs refused_;
    RandomStream draws_;
    std::int64_t levels_; // ceil(log2 n): dyadic distances 1, 2, 3-4, 5-8, …
    Phase phase_ = Phase::Sort;
    Order order_; // once sorted
    std::vector<Item> positions_;
    std::optional<Pair> pair_;
    std::int64_t sortLabels_ = 0;
    std::int64_t roundLength_ = 0;
    std::int64_t sinceSolve_ = 0;
};

std::optional<Pair> ActiveRing::next() {
    if (phase_ == Phase::Sort) {
        if (labels_.labels() < config_.budget) {
            if (const std::optional<Pair> pair = sort_.next())
                return pair;
        }
        startRing();
    }
    if (phase_ == Phase::Ring && !pair_) {
        if (labels_.labels() < config_.budget)
            pair_ = draw();
        if (!pair_) {
            solve();
            phase_ = Phase::Done;
        }
    }
    return pair_;
}

void ActiveRing::startRing() {
    order_ = sort_.order();
    positions_ = positionsOf(order_);
    sortLabels_ = labels_.labels();
    const std::int64_t rest = std::max<std::int64_t>(0, config_.budget - sortLabels_);
    const std::int64_t rounds = std::max<std::int64_t>(1, config_.rounds);
    roundLength_ = config_.resolveEvery > 0 ? config_.resolveEvery : (rest + rounds - 1) / rounds;
    phase_ = Phase::Ring;
}

// Item uniform, level uniform, distance uniform in (2^(level-1), 2^level], side by coin.
std::optional<Pair> ActiveRing::draw() {
    const Item n = labels_.items();
    if (labels_.labels() + refused_.count() >= pairCount(n))
        return std::nullopt;
    for (int i = 0; i < kDraws; ++i) {
        const auto place = static_cast<std::int64_t>(draws_.below(static_cast<std::uint64_t>(n)));
        const auto level = draws_.below(static_cast<std::uint64_t>(levels_));
        const std::uint64_t inner = level == 0 ? 0 : std::uint64_t{1} << (level - 1);
        const std::uint64_t outer = std::uint64_t{1} << level;
        const auto distance = static_cast<std::int64_t>(inner + 1 + draws_.below(outer - inner));
        const std::int64_t other = draws_.below(2) == 0 ? place - distance : place + distance;
        if (other < 0 || other >= n)
            continue;
        const Item u = order_[static_cast<std::size_t>(place)];
        const Item v = order_[static_cast<std::size_t>(other)];
        if (!labels_.isAsked(u, v) && !refused_.contains(u, v))
            return Pair{u, v};
    }
    return drawUnasked(labels_, refused_, draws_);
}

// One over the probability that the pair is bought by the end, which is at most 1.
double ActiveRing::weightOf(const Pair& pair) const {
    const auto distance =
        static_cast<std::uint32_t>(std::abs(positions_[static_cast<std::size_t>(pair.left)] -
                                            positions_[static_cast<std::size_t>(pair.right)]));
    const int level = distance <= 1 ? 0 : std::bit_width(distance - 1);
    const double width = level == 0 ? 1 : std::ldexp(1.0, level - 1);
    const double once =
        1 / (static_cast<double>(labels_.items()) * static_cast<double>(levels_) * width);
    const auto draws = static_cast<double>(std::max<std::int64_t>(1, config_.budget - sortLabels_));
    return 1 / std::min(1.0, draws * once);
}

void ActiveRing::tell(Answer answer) {
    if (phase_ == Phase::Sort) {
        const std::optional<Pair> pair = sort_.next();
        if (answer != Answer::Skip) {
            labels_.add(pair->left, pair->right, labelOf(answer));
            if (config_.weighted)
                weighted_.add(pair->left, pair->right, labelOf(answer));
        } else {
            refused_.add(*pair);
        }
        sort_.tell(answer);
        return;
    }
    const Pair pair = *pair_;
    pair_.reset();
    if (answer == Answer::Skip) {
        refused_.add(pair);
        return;
    }
    labels_.add(pair.left, pair.right, labelOf(answer));
    if (config_.weighted)
        weighted_.add(pair.left, pair.right, labelOf(answer) * static_cast<float>(weightOf(pair)));
    if (++sinceSolve_ < roundLength_)
        return;
    sinceSolve_ = 0;
    const double before = labels_.loss(order_);
    solve();
    const double gain = before - labels_.loss(order_);
    const bool byRounds = config_.resolveEvery == 0;
    if (byRounds && gain < config_.stopGain * static_cast<double>(labels_.labels()))
        phase_ = Phase::Done;
}

void ActiveRing::solve() {
    improveOrder(order_, config_.weighted ? weighted_ : labels_, config_.sweeps);
    positions_ = positionsOf(order_);
}

Order ActiveRing::order() const {
    Order order = phase_ == Phase::Sort ? sort_.order() : order_;
    // Between two solves, and while sorting, the best ranking for what is known.
    if (phase_ == Phase::Ring)
        improveOrder(order, config_.weighted ? weighted_ : labels_, config_.sweeps);
    return order;
}

} // namespace

std::unique_ptr<Strategy> makeActiveRing(Item items, const RingConfig& config,
                                         const RandomStream& stream) {
    return std::make_unique<ActiveRing>(items, config, stream);
}

} // namespace inlay::engine::active_ranking
