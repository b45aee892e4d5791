#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inlay::engine {

/// Smoothing of a whole series, meant for full data before any reduction. In all of them a value
/// that is not finite passes through unchanged and takes no part in its neighbors' values.

/// The largest weight of the exponential averages; larger ones (and NaN) are taken as this one,
/// negative ones as 0.
inline constexpr double kMaxSmoothing = 0.999;

/// TensorBoard's exponential moving average as a stream: s_0 = 0, s_t = w s_{t-1} + (1-w) x_t,
/// shown s_t / (1 - w^t), t counting finite values from 1. As long as all finite values are equal
/// they are shown as they are, since the quotient would add rounding noise.
class DebiasedAverage {
public:
    explicit DebiasedAverage(double weight);

    /// The smoothed value at the next point.
    double push(double value);

private:
    double weight_;
    double sum_ = 0;
    double power_ = 1;
    double first_ = 0;
    bool constant_ = true;
    bool started_ = false;
};

std::vector<double> smoothDebiased(std::span<const double> y, double weight);

/// The step-aware average of Weights & Biases: w' = min(sqrt(w), 0.999); for consecutive finite
/// points dx = (x_i - x_{i-1}) / (x_last - x_first) * 1000, a = w'^dx; v = v a + y_i, d = d a + 1;
/// shown v / d. Series logged at different densities are smoothed alike. `x` is non-decreasing.
std::vector<double> smoothTimeWeighted(std::span<const double> x, std::span<const double> y,
                                       double weight);

/// Mean over the centered window of `window` >= 1 points (an even window is widened by one),
/// cut off at both ends.
std::vector<double> runningMean(std::span<const double> y, std::size_t window);

/// The first index whose running mean will still change when points are appended.
std::size_t runningMeanProvisionalFrom(std::size_t count, std::size_t window);

} // namespace inlay::engine
