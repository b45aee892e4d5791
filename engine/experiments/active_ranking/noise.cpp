#include "engine/experiments/active_ranking/noise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inlay::engine::active_ranking {
namespace {

// Each rule says whether the label of the items at places i < j of the true order is wrong.
struct WrongLabel {
    Item n;
    RandomStream& draws;
    const std::vector<bool>& chaotic; // by place; empty without chaos

    bool operator()(const FlipNoise& noise, Item, Item) const {
        return draws.uniform() < noise.probability;
    }
    bool operator()(const BtlNoise& noise, Item i, Item j) const {
        const double right = 1 / (1 + std::exp(-noise.steepness * (j - i) / n));
        return draws.uniform() >= right;
    }
    bool operator()(const CyclesNoise& noise, Item i, Item j) const {
        const Item first = i - static_cast<Item>(i % noise.block);
        if (j >= first + noise.block)
            return false;
        const Item size = std::min(static_cast<Item>(noise.block), n - first);
        return j - i > size / 2;
    }
    bool operator()(const AdversarialNoise& noise, Item i, Item j) const {
        return draws.uniform() < noise.share && 2 * (j - i) > n;
    }
    bool operator()(const ChaosNoise&, Item i, Item j) const {
        const bool flip = draws.uniform() < 0.5;
        return flip &&
               (chaotic[static_cast<std::size_t>(i)] || chaotic[static_cast<std::size_t>(j)]);
    }
};

} // namespace

SimulatedLabels simulateLabels(Item items, const NoiseConfig& noise, const RandomStream& stream) {
    const auto n = static_cast<std::size_t>(items);
    std::vector<std::int64_t> base(n);
    std::iota(base.begin(), base.end(), 0);
    RandomStream order = stream.split("order");
    order.shuffle(base);
    SimulatedLabels labels{Order(base.begin(), base.end()), Tournament(items)};
    std::vector<bool> chaotic;
    if (const auto* chaos = std::get_if<ChaosNoise>(&noise)) {
        chaotic.assign(n, false);
        RandomStream choice = stream.split("chaos");
        const std::int64_t count = std::llround(chaos->share * items);
        for (const std::int64_t place : choice.sample(items, count))
            chaotic[static_cast<std::size_t>(place)] = true;
    }
    RandomStream draws = stream.split("labels");
    const WrongLabel isWrong{items, draws, chaotic};
    for (Item i = 0; i < items; ++i) {
        for (Item j = i + 1; j < items; ++j) {
            const bool wrong =
                std::visit([&](const auto& rule) { return isWrong(rule, i, j); }, noise);
            labels.tournament.set(labels.base[static_cast<std::size_t>(i)],
                                  labels.base[static_cast<std::size_t>(j)], wrong ? -1 : 1);
        }
    }
    return labels;
}

} // namespace inlay::engine::active_ranking
