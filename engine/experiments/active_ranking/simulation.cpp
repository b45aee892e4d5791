#include "engine/experiments/active_ranking/simulation.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/active_ranking/local_search.h"

namespace inlay::engine::active_ranking {
namespace {

std::unique_ptr<Strategy> makeStrategy(StrategyId id, Item items, const SimulationConfig& config,
                                       const RandomStream& stream) {
    switch (id) {
    case StrategyId::QuickSort:
        return makeSortStrategy(items, InitialSort::QuickSort, stream);
    case StrategyId::MergeSort:
        return makeSortStrategy(items, InitialSort::MergeSort, stream);
    case StrategyId::Uniform:
        return makeUniformStrategy(items, config.ring.budget, config.ring.sweeps, stream);
    default:
        return makeActiveRing(items, config.ring, stream);
    }
}

SimulationResult simulateLiteral(const Tournament& tournament, const SimulationConfig& config,
                                 std::span<const std::int64_t> checkpoints,
                                 const RandomStream& stream,
                                 const std::function<bool(const Snapshot&)>& visit) {
    SimulationResult result;
    LabelBook book(tournament.items());
    std::size_t next = 0;
    bool stopped = false;
    result.literal = sampleAndRank(
        book, config.literal, [&](Item u, Item v) { return tournament.label(u, v); }, stream,
        [&](Item preferred, Item other, const Order& order) {
            result.bought.push_back({preferred, other});
            if (stopped || next >= checkpoints.size() || book.labels() < checkpoints[next])
                return;
            Order best = order;
            improveOrder(best, book, config.ring.sweeps);
            stopped = !visit({next, book.labels(), std::move(best), result.bought});
            ++next;
        });
    result.order = result.literal.order;
    result.labels = book.labels();
    result.blocks = result.literal.blocks;
    return result;
}

} // namespace

std::string_view nameOf(StrategyId strategy) {
    switch (strategy) {
    case StrategyId::ActiveRing:
        return "active_ring";
    case StrategyId::Uniform:
        return "uniform";
    case StrategyId::QuickSort:
        return "quick_sort";
    case StrategyId::MergeSort:
        return "merge_sort";
    case StrategyId::SampleAndRank:
        return "sample_and_rank";
    }
    return "";
}

std::string_view titleOf(StrategyId strategy) {
    switch (strategy) {
    case StrategyId::ActiveRing:
        return "ActiveRing";
    case StrategyId::Uniform:
        return "Uniform pairs";
    case StrategyId::QuickSort:
        return "QuickSort";
    case StrategyId::MergeSort:
        return "MergeSort";
    case StrategyId::SampleAndRank:
        return "SampleAndRank";
    }
    return "";
}

SimulationResult simulate(StrategyId id, const Tournament& tournament,
                          const SimulationConfig& config, std::span<const std::int64_t> checkpoints,
                          const RandomStream& stream,
                          const std::function<bool(const Snapshot&)>& visit) {
    const RandomStream own = stream.split(nameOf(id));
    if (id == StrategyId::SampleAndRank)
        return simulateLiteral(tournament, config, checkpoints, own, visit);
    const std::unique_ptr<Strategy> strategy = makeStrategy(id, tournament.items(), config, own);
    SimulationResult result;
    std::size_t next = 0;
    while (const std::optional<Pair> pair = strategy->next()) {
        const int label = tournament.label(pair->left, pair->right);
        if (label == 0) {
            strategy->tell(Answer::Skip);
            continue;
        }
        strategy->tell(label > 0 ? Answer::Left : Answer::Right);
        result.bought.push_back(label > 0 ? *pair : Pair{pair->right, pair->left});
        if (next < checkpoints.size() && strategy->labels().labels() >= checkpoints[next]) {
            if (!visit({next, strategy->labels().labels(), strategy->order(), result.bought}))
                break;
            ++next;
        }
    }
    result.order = strategy->order();
    result.labels = strategy->labels().labels();
    result.blocks = decomposeByLabels(result.order, strategy->labels(), config.literal, own);
    return result;
}

std::int64_t labelBudget(std::int64_t n, double factor) {
    const auto items = static_cast<double>(n);
    const double wanted = std::round(factor * items * std::log(items));
    const auto all = static_cast<double>(pairCount(n));
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(wanted, all)));
}

std::vector<std::int64_t> curveCheckpoints(std::int64_t n, std::int64_t budget, int points) {
    std::vector<std::int64_t> checkpoints = {budget};
    const double low = std::log(std::max(1.0, static_cast<double>(n) / 2));
    const double high = std::log(static_cast<double>(std::max<std::int64_t>(budget, 1)));
    for (int i = 0; i < points && high > low; ++i)
        checkpoints.push_back(
            std::llround(std::exp(low + (high - low) * i / std::max(1, points - 1))));
    for (double factor = 1; labelBudget(n, factor) < budget; factor *= 2)
        checkpoints.push_back(labelBudget(n, factor));
    std::sort(checkpoints.begin(), checkpoints.end());
    checkpoints.erase(std::unique(checkpoints.begin(), checkpoints.end()), checkpoints.end());
    std::erase_if(checkpoints, [&](std::int64_t at) { return at < 1 || at > budget; });
    return checkpoints;
}

} // namespace inlay::engine::active_ranking
