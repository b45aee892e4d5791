#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.h"

namespace inlay::engine::online_ranking {

/// How a re-balancing ended.
struct Balance {
    bool converged = false;
    std::int64_t sweeps = 0;
    double residual = 0; // largest |row sum - 1|
};

/// Sinkhorn: scales columns, then rows of an n x n matrix of positive numbers in turn until every
/// row sums to 1 within `tolerance` after the columns do.
Balance balance(std::span<double> matrix, std::int64_t n, double tolerance, std::int64_t sweeps);

/// Draws a permutation with the marginals of a doubly stochastic matrix by walking along its
/// Birkhoff decomposition (a perfect matching on the entries left, taken with its smallest entry,
/// again and again) until the drawn share is reached. At most n^2 - 2n + 2 terms.
class BirkhoffSampler {
public:
    /// columnOf[row].
    void draw(std::span<const double> matrix, std::int64_t n, RandomStream& stream,
              std::span<std::int32_t> columnOf);

private:
    bool augment(std::size_t row);

    std::size_t n_ = 0;
    std::vector<double> left_;
    std::vector<std::int32_t> rowOf_;
    std::vector<std::int32_t> columnOf_;
    std::vector<char> visited_;
};

} // namespace inlay::engine::online_ranking
