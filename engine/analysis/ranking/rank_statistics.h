#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/analysis/ranking/pair_counts.h"

namespace inlay::engine {

/// Elo as leaderboards use it: P(u beats v) = 1 / (1 + base^((R_v - R_u) / scale)).
struct EloOptions {
    double k = 4;
    double scale = 400;
    double base = 10;
    double initial = 1000;
};
/// Ratings after the comparisons in their order; a tie counts half, a weight multiplies k.
std::vector<double> eloRatings(const ComparisonTable& table, const EloOptions& options);

/// Sum of wins, ties half: the Borda count where the comparisons come from whole rankings.
std::vector<double> bordaCounts(const PairCounts& counts);
/// Number of items beaten more often than not, even pairs half.
std::vector<double> copelandScores(const PairCounts& counts);

/// Kendall's tau-b of two lists of scores of the same items; NaN where one has a single value.
double kendallTau(std::span<const double> a, std::span<const double> b);
/// Spearman's rho: correlation of the ranks, ties sharing their mean.
double spearmanRho(std::span<const double> a, std::span<const double> b);
/// Spearman's footrule: sum of distances of the ranks, ties sharing their mean.
double footrule(std::span<const double> a, std::span<const double> b);

/// Places of scores, largest first, from 1; equal scores share their mean.
std::vector<double> sharedRanks(std::span<const double> scores);

} // namespace inlay::engine
