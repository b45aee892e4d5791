#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/experiments/active_ranking/sample_and_rank.h"
#include "engine/experiments/active_ranking/strategy.h"

namespace inlay::engine::active_ranking {

enum class StrategyId { ActiveRing, Uniform, QuickSort, MergeSort, SampleAndRank };
/// "active_ring", …: as in keys and names of series.
std::string_view nameOf(StrategyId strategy);
std::string_view titleOf(StrategyId strategy);

struct SimulationConfig {
    RingConfig ring; // its budget is everyone's
    LiteralConfig literal;
};

/// What a strategy stands by after so many labels.
struct Snapshot {
    std::size_t checkpoint = 0; // its index
    std::int64_t labels = 0;
    Order order;
    std::span<const Pair> bought; // all so far, in order: preferred, other
};

struct SimulationResult {
    Order order;
    std::int64_t labels = 0;
    std::vector<Pair> bought; // in order: preferred, other
    std::vector<Block> blocks;
    LiteralResult literal; // of SampleAndRank only
};

/// Runs one strategy against the labels of a tournament. `visit` gets a snapshot at each of
/// `checkpoints` (increasing numbers of labels) that is reached; it returns false to stop.
SimulationResult simulate(StrategyId strategy, const Tournament& tournament,
                          const SimulationConfig& config, std::span<const std::int64_t> checkpoints,
                          const RandomStream& stream,
                          const std::function<bool(const Snapshot&)>& visit);

/// round(factor n ln n), at most all pairs.
std::int64_t labelBudget(std::int64_t n, double factor);

/// Numbers of labels at which curves have points: log-spaced from n/2 to the budget, with n ln n
/// and its doubles.
std::vector<std::int64_t> curveCheckpoints(std::int64_t n, std::int64_t budget, int points);

} // namespace inlay::engine::active_ranking
