#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/analysis/ranking/bradley_terry.h"
#include "engine/analysis/ranking/rank_statistics.h"

namespace inlay::engine {

/// How two lists of scores of the same items order them.
struct RankAgreement {
    double kendall = 0;
    double spearman = 0;
    double footrule = 0;
};
RankAgreement rankAgreement(std::span<const double> a, std::span<const double> b);

/// Scores that people expect beside a ranking of compared items, by item.
struct ScoreTable {
    BradleyTerryFit bradleyTerry;
    std::vector<double> elo;
    std::vector<double> borda;
    std::vector<double> copeland;
};

/// A fit takes O(n^3) a step.
inline constexpr std::size_t kMostScoredItems = 300;
/// The penalty of these fits: comparisons of one ranking are seldom connected by wins.
inline constexpr double kScoreRidge = 1e-2;

/// Nothing where no comparison is decided or there are more than kMostScoredItems items.
std::optional<ScoreTable> scoreComparisons(const ComparisonTable& table);

} // namespace inlay::engine
