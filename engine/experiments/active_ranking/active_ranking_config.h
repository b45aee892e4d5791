#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "engine/experiments/active_ranking/noise.h"
#include "engine/experiments/active_ranking/sample_and_rank.h"
#include "engine/experiments/active_ranking/simulation.h"
#include "engine/experiments/active_ranking/strategy.h"

namespace inlay::engine::active_ranking {

/// Labels drawn around a hidden true order.
struct SimulatedOracle {
    std::int64_t items = 200;
    NoiseConfig noise = FlipNoise{};
    bool operator==(const SimulatedOracle&) const = default;
};

/// Labels come from a file of comparisons.
struct FileOracle {
    std::filesystem::path comparisons;
    bool strict = false; // refuse pairs answered both ways
    bool operator==(const FileOracle&) const = default;
};
inline constexpr std::int64_t kMostFileItems = 5000;

/// How much a person is asked.
enum class Effort { Quick, Standard, Thorough };

/// A person compares the items of a file or folder.
struct PersonOracle {
    std::filesystem::path items;
    std::int64_t count = 0; // the first so many items; 0 = all
    std::string question = "Which is better?";
    Effort effort = Effort::Standard;
    double repeatShare = 0.05; // silent repeats among the questions
    bool operator==(const PersonOracle&) const = default;
};

using OracleConfig = std::variant<SimulatedOracle, FileOracle, PersonOracle>;

struct BudgetByItems {
    double factor = 6; // labels = factor n ln n
    bool operator==(const BudgetByItems&) const = default;
};
struct BudgetAbsolute {
    std::int64_t labels = 5000;
    bool operator==(const BudgetAbsolute&) const = default;
};
using BudgetConfig = std::variant<BudgetByItems, BudgetAbsolute>;

struct StrategySet {
    bool activeRing = true;
    bool uniform = true;
    bool quickSort = true;
    bool mergeSort = true;
    bool sampleAndRank = false;
    bool operator==(const StrategySet&) const = default;
};

struct RingOptions {
    InitialSort init = InitialSort::MergeSort;
    std::int64_t rounds = 4;
    std::int64_t sweeps = kSweeps;
    bool weighted = false;
    double stopGain = 1e-3;
    bool operator==(const RingOptions&) const = default;
};

struct ActiveRankingConfig {
    OracleConfig oracle = SimulatedOracle{};
    StrategySet strategies;
    BudgetConfig budget = BudgetByItems{};
    RingOptions ring;
    LiteralConfig literal;
    std::int64_t replicates = 5;
    std::int64_t referenceStarts = 20;
};

/// The chosen strategies, in the order they run.
std::vector<StrategyId> chosenStrategies(const StrategySet& set);
/// Labels that a budget asks for, which may be more than there are pairs.
std::int64_t labelsWanted(const BudgetConfig& budget, std::int64_t items);
/// Labels of the budget for so many items, at most all pairs.
std::int64_t budgetFor(const BudgetConfig& budget, std::int64_t items);

} // namespace inlay::engine::active_ranking
