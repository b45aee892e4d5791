#pragma once

#include <cstdint>
#include <vector>

#include "engine/analysis/ranking/pair_counts.h"

namespace inlay::engine {

struct BradleyTerryOptions {
    /// Penalty added to the negative log likelihood: ridge * sum of score^2 (as in choix's
    /// opt_pairwise, alpha). With 0 the comparisons must be connected by wins.
    double ridge = 1e-6;
    /// Share of intervals that hold the score.
    double confidence = 0.95;
    int maximumSteps = 100;
};

/// Scores with P(u beats v) = 1 / (1 + e^{score(v) - score(u)}), centered at 0.
struct BradleyTerryFit {
    std::vector<double> scores;
    /// Wald intervals from the inverse of the penalized information, of the centered scores.
    std::vector<double> low;
    std::vector<double> high;
    double logLikelihood = 0; // without the penalty
    int steps = 0;
    bool converged = false;
};

/// Maximum penalized likelihood by Newton's method with step halving; O(n^3) a step. A tie is half
/// a win of both. Throws Error when ridge is 0 and the comparisons are not connected by wins.
BradleyTerryFit fitBradleyTerry(const PairCounts& counts, const BradleyTerryOptions& options);

/// Intervals from fits to comparisons drawn again with return, as (low, high) quantiles of each
/// item; weights are taken as numbers of comparisons (rounded). Deterministic for a seed.
struct Intervals {
    std::vector<double> low;
    std::vector<double> high;
};
Intervals bootstrapBradleyTerry(const PairCounts& counts, const BradleyTerryOptions& options,
                                int samples, std::uint64_t seed);

/// Quantile of the standard normal law, 0 < p < 1.
double normalQuantile(double p);

} // namespace inlay::engine
