#include "kernels/check/comparison.h"

#include <cmath>
#include <limits>

namespace inlay::kernels {

void Comparison::add(double truth, double candidate) {
    const std::int64_t index = count_++;
    if (std::isfinite(truth))
        truthSquares_ += truth * truth;
    if (truth == candidate || (std::isnan(truth) && std::isnan(candidate)))
        return;
    ++different_;
    double difference = std::abs(truth - candidate);
    if (!std::isfinite(difference))
        difference = std::numeric_limits<double>::infinity();
    squares_ += difference * difference;
    if (worst_ < 0 || difference > worstDifference_) {
        worst_ = index;
        worstDifference_ = difference;
        worstTruth_ = truth;
        worstCandidate_ = candidate;
    }
}

double Comparison::error() const {
    if (different_ == 0)
        return 0.0;
    if (std::isinf(squares_) || truthSquares_ == 0.0)
        return std::numeric_limits<double>::infinity();
    return squares_ / truthSquares_;
}

} // namespace inlay::kernels
