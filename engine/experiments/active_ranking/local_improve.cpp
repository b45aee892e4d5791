#include "engine/experiments/active_ranking/local_improve.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace inlay::engine::active_ranking {
namespace {

constexpr std::size_t kFewestSamples = 8;
constexpr double kStandardErrors = 3;

struct Move {
    Item from;
    Item to;
};

class Improver {
public:
    Improver(Order& order, std::pair<Item, Item> range, const LiteralConfig& config,
             const AskLabel& buy, const RandomStream& stream)
        : order_(order)
        , first_(range.first)
        , size_(range.second - range.first)
        , epsilon_(config.epsilon)
        , log_(std::log(static_cast<double>(order.size())))
        , buy_(buy)
        , draws_(stream)
        , inner_(std::max(
              0, static_cast<int>(std::ceil(std::log2(config.c3 * config.epsilon * size_ / log_)))))
        , outer_(std::bit_width(static_cast<std::uint32_t>(size_ - 1)))
        , samples_(
              static_cast<std::int64_t>(std::ceil(config.c5 / (epsilon_ * epsilon_) * log_ * log_)))
        , position_(order.size())
        , rings_(order.size()) {
        place(0, size_);
    }

    std::int64_t run() {
        for (Item place = 0; place < size_; ++place)
            refresh(at(place));
        std::int64_t moves = 0;
        // Estimates are drawn anew after a move, so that they could cycle; the exact loss cannot
        // fall more than once a pair.
        const std::int64_t most = pairCount(size_);
        for (bool moved = true; moved && moves < most;) {
            moved = false;
            for (const Item u :
                 std::vector<Item>(order_.begin() + first_, order_.begin() + first_ + size_)) {
                const std::optional<Move> move = bestMove(u);
                if (!move)
                    continue;
                apply(*move);
                ++moves;
                moved = true;
            }
        }
        return moves;
    }

private:
    using Ring = std::vector<std::pair<Item, int>>; // (other item, label of the ring's owner)

    Item& at(Item place) {
        return order_[static_cast<std::size_t>(first_) + static_cast<std::size_t>(place)];
    }
    Item placeOf(Item item) const { return position_[static_cast<std::size_t>(item)]; }
    void place(Item from, Item to) {
        for (Item i = from; i < to; ++i)
            position_[static_cast<std::size_t>(at(i))] = i;
    }

    void drawRing(Item u, int level, Ring& ring) {
        const Item here = placeOf(u);
        const auto reach = static_cast<Item>(std::int64_t{1} << level);
        const Item low = std::max<Item>(0, here - reach);
        const Item high = std::min<Item>(size_ - 1, here + reach);
        const std::int64_t count = std::int64_t{high} - low + 1;
        while (std::ssize(ring) < samples_) {
            const Item other =
                at(low + static_cast<Item>(draws_.below(static_cast<std::uint64_t>(count))));
            if (other != u)
                ring.emplace_back(other, buy_(u, other));
        }
    }
    void refresh(Item u) {
        std::vector<Ring>& rings = rings_[static_cast<std::size_t>(u)];
        rings.resize(static_cast<std::size_t>(std::max(0, outer_ - inner_ + 1)));
        for (std::size_t i = 0; i < rings.size(); ++i) {
            const int level = inner_ + static_cast<int>(i);
            const std::int64_t reach = std::int64_t{1} << level;
            // Samples that the moves have carried out of the ring.
            std::erase_if(rings[i], [&](const auto& sample) {
                return std::abs(placeOf(sample.first) - placeOf(u)) > reach;
            });
            drawRing(u, level, rings[i]);
        }
    }

    // TestMove_E for every target of every ring; the one furthest above its threshold.
    std::optional<Move> bestMove(Item u) {
        const Item here = placeOf(u);
        std::optional<Move> best;
        double bestExcess = 0;
        std::vector<std::pair<Item, int>> side; // (distance, gain of passing the item)
        for (int level = inner_; level <= outer_; ++level) {
            const Ring& ring =
                rings_[static_cast<std::size_t>(u)][static_cast<std::size_t>(level - inner_)];
            const auto nearest =
                static_cast<Item>(level == 0 ? 1 : (std::int64_t{1} << (level - 1)) + 1);
            const auto farthest = static_cast<Item>(std::int64_t{1} << level);
            for (const int direction : {-1, 1}) {
                side.clear();
                for (const auto& [other, label] : ring) {
                    const Item distance = (placeOf(other) - here) * direction;
                    if (distance > 0)
                        side.emplace_back(distance, direction > 0 ? -label : label);
                }
                std::sort(side.begin(), side.end());
                double sum = 0;
                std::size_t count = 0;
                for (Item d = nearest; d <= farthest; ++d) {
                    const Item to = here + d * direction;
                    if (to < 0 || to >= size_)
                        break;
                    for (; count < side.size() && side[count].first < d; ++count)
                        sum += side[count].second;
                    if (count < kFewestSamples)
                        continue;
                    const double estimate = d * sum / static_cast<double>(count);
                    const double needed =
                        d * std::max(epsilon_ / log_,
                                     kStandardErrors / std::sqrt(static_cast<double>(count)));
                    if (estimate - needed > bestExcess) {
                        bestExcess = estimate - needed;
                        best = Move{here, to};
                    }
                }
            }
        }
        return best;
    }

    void apply(const Move& move) {
        const auto begin = order_.begin() + first_;
        if (move.from < move.to)
            std::rotate(begin + move.from, begin + move.from + 1, begin + move.to + 1);
        else
            std::rotate(begin + move.to, begin + move.from, begin + move.from + 1);
        const Item low = std::min(move.from, move.to);
        const Item high = std::max(move.from, move.to);
        place(low, high + 1);
        rings_[static_cast<std::size_t>(at(move.to))].clear();
        for (Item i = low; i <= high; ++i)
            refresh(at(i));
    }

    Order& order_;
    Item first_;
    Item size_;
    double epsilon_;
    double log_;
    const AskLabel& buy_;
    RandomStream draws_;
    int inner_;
    int outer_;
    std::int64_t samples_;
    std::vector<Item> position_; // within the range
    std::vector<std::vector<Ring>> rings_;
};

} // namespace

std::int64_t localImprove(Order& order, std::pair<Item, Item> range, const LiteralConfig& config,
                          const AskLabel& buy, const RandomStream& stream) {
    return Improver(order, range, config, buy, stream).run();
}

} // namespace inlay::engine::active_ranking
