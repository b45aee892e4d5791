#pragma once

#include <cstdint>

namespace inlay::kernels {

/// Compares two tensors element by element: normalized mean square error
/// sum (truth - candidate)^2 / sum truth^2 (as ggml's test-backend-ops does) and the place of the
/// largest difference. Two NaN, and two equal infinities, agree.
class Comparison {
public:
    /// Elements are numbered in the order in which they are added.
    void add(double truth, double candidate);

    std::int64_t count() const { return count_; }
    /// 0 for equal tensors; infinity when one side is not finite where the other is, or when the
    /// truth is zero throughout and the candidate is not.
    double error() const;
    /// sum (truth - candidate)^2
    double squares() const { return squares_; }
    std::int64_t different() const { return different_; }

    /// Where the difference is largest; -1 when there is none.
    std::int64_t worst() const { return worst_; }
    double worstTruth() const { return worstTruth_; }
    double worstCandidate() const { return worstCandidate_; }

private:
    std::int64_t count_ = 0;
    std::int64_t different_ = 0;
    double squares_ = 0.0;
    double truthSquares_ = 0.0;
    std::int64_t worst_ = -1;
    double worstDifference_ = 0.0;
    double worstTruth_ = 0.0;
    double worstCandidate_ = 0.0;
};

} // namespace inlay::kernels
