#include "engine/experiments/online_ranking/doubly_stochastic.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/analysis/ranking/rank_orders.h"

namespace inlay::engine::online_ranking {
namespace {

// Smaller entries are rounding errors of a balanced matrix.
constexpr double kSmallestEntry = 1e-12;

} // namespace

Balance balance(std::span<double> matrix, std::int64_t n, double tolerance, std::int64_t sweeps) {
    const auto size = static_cast<std::size_t>(n);
    assert(matrix.size() == size * size);
    std::vector<double> factors(size);
    Balance result;
    for (; result.sweeps < sweeps; ++result.sweeps) {
        std::fill(factors.begin(), factors.end(), 0.0);
        for (std::size_t row = 0; row < size; ++row)
            for (std::size_t column = 0; column < size; ++column)
                factors[column] += matrix[row * size + column];
        for (double& factor : factors)
            factor = 1 / factor;
        result.residual = 0;
        for (std::size_t row = 0; row < size; ++row) {
            double* const values = &matrix[row * size];
            double sum = 0;
            for (std::size_t column = 0; column < size; ++column)
                sum += values[column] *= factors[column];
            result.residual = std::max(result.residual, std::abs(sum - 1));
            const double scale = 1 / sum;
            for (std::size_t column = 0; column < size; ++column)
                values[column] *= scale;
        }
        if (result.residual < tolerance) {
            result.converged = true;
            ++result.sweeps;
            break;
        }
    }
    return result;
}

bool BirkhoffSampler::augment(std::size_t row) {
    for (std::size_t column = 0; column < n_; ++column) {
        if (left_[row * n_ + column] <= kSmallestEntry || visited_[column])
            continue;
        visited_[column] = 1;
        if (rowOf_[column] < 0 || augment(static_cast<std::size_t>(rowOf_[column]))) {
            rowOf_[column] = static_cast<std::int32_t>(row);
            columnOf_[row] = static_cast<std::int32_t>(column);
            return true;
        }
    }
    return false;
}

void BirkhoffSampler::draw(std::span<const double> matrix, std::int64_t n, RandomStream& stream,
                           std::span<std::int32_t> columnOf) {
    n_ = static_cast<std::size_t>(n);
    left_.assign(matrix.begin(), matrix.end());
    rowOf_.assign(n_, -1);
    columnOf_.assign(n_, -1);
    double share = openUniform(stream);
    for (;;) {
        // Only rows whose entry ran out look for another; the rest of the matching stays.
        bool matched = true;
        for (std::size_t row = 0; row < n_ && matched; ++row) {
            if (columnOf_[row] >= 0)
                continue;
            visited_.assign(n_, 0);
            matched = augment(row);
        }
        if (!matched)
            return; // only rounding errors are left; the last permutation stands for them
        std::copy(columnOf_.begin(), columnOf_.end(), columnOf.begin());
        double smallest = 1;
        for (std::size_t row = 0; row < n_; ++row)
            smallest =
                std::min(smallest, left_[row * n_ + static_cast<std::size_t>(columnOf_[row])]);
        share -= smallest;
        if (share <= 0)
            return;
        for (std::size_t row = 0; row < n_; ++row) {
            const auto column = static_cast<std::size_t>(columnOf_[row]);
            double& entry = left_[row * n_ + column];
            entry -= smallest;
            if (entry <= kSmallestEntry) {
                rowOf_[column] = -1;
                columnOf_[row] = -1;
            }
        }
    }
}

} // namespace inlay::engine::online_ranking
