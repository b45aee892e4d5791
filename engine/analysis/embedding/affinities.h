#pragma once

#include <cstdint>
#include <vector>

#include "engine/analysis/embedding/neighbors.h"

namespace inlay::engine {

/// The symmetric joint probabilities of stochastic neighbor embedding, as a sparse matrix that sums
/// to 1; columns of a row increase.
struct Affinities {
    std::vector<std::int64_t> rowStart; // count + 1
    std::vector<std::int32_t> column;
    std::vector<float> weight;
    /// Sum of p ln p, for the divergence.
    double negativeEntropy = 0;
};

/// Gaussian weights over each point's neighbors with the bandwidth that gives the perplexity
/// (entropy to 1e-5, at most 100 bisections), then (p(j|i) + p(i|j)) / 2n.
Affinities gaussianAffinities(const Neighbors& neighbors, double perplexity);

/// The bandwidth search of one point: fills `weight` (as long as `distance`, summing to 1) and
/// returns beta of exp(-beta d²).
double weightsOfPerplexity(std::span<const float> distance, double perplexity,
                           std::span<double> weight);

} // namespace inlay::engine
