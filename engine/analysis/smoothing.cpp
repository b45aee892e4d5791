#include "engine/analysis/smoothing.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace inlay::engine {
namespace {

/// Width, in units of the average, that the whole x range stands for.
constexpr double kViewportScale = 1000;

double validWeight(double weight) {
    return std::isnan(weight) ? kMaxSmoothing : std::clamp(weight, 0.0, kMaxSmoothing);
}

} // namespace

DebiasedAverage::DebiasedAverage(double weight)
    : weight_(validWeight(weight)) {}

double DebiasedAverage::push(double value) {
    if (!std::isfinite(value))
        return value;
    if (!started_) {
        started_ = true;
        first_ = value;
    }
    constant_ = constant_ && value == first_;
    sum_ = weight_ * sum_ + (1 - weight_) * value;
    power_ *= weight_;
    return constant_ ? value : sum_ / (1 - power_);
}

std::vector<double> smoothDebiased(std::span<const double> y, double weight) {
    DebiasedAverage average(weight);
    std::vector<double> out;
    out.reserve(y.size());
    for (const double value : y)
        out.push_back(average.push(value));
    return out;
}

std::vector<double> smoothTimeWeighted(std::span<const double> x, std::span<const double> y,
                                       double weight) {
    assert(x.size() == y.size());
    std::vector<double> out(y.begin(), y.end());
    if (y.empty())
        return out;
    const double decay = std::min(std::sqrt(validWeight(weight)), kMaxSmoothing);
    const double range = x.back() - x.front();
    double value = 0;
    double divisor = 0;
    double last = x.front();
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (!std::isfinite(y[i]))
            continue;
        const double dx = range > 0 ? (x[i] - last) / range * kViewportScale : 0;
        const double factor = std::pow(decay, dx);
        value = value * factor + y[i];
        divisor = divisor * factor + 1;
        last = x[i];
        out[i] = value / divisor;
    }
    return out;
}

std::vector<double> runningMean(std::span<const double> y, std::size_t window) {
    assert(window >= 1);
    const std::size_t n = y.size();
    const std::size_t half = window / 2;
    // A sliding sum in extended precision: the window of a long series never loses digits to
    // large values that left it long ago.
    std::vector<double> out(y.begin(), y.end());
    long double sum = 0;
    std::size_t count = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (; end < std::min(n, i + half + 1); ++end) {
            if (std::isfinite(y[end])) {
                sum += y[end];
                ++count;
            }
        }
        for (; begin + half < i; ++begin) {
            if (std::isfinite(y[begin])) {
                sum -= y[begin];
                --count;
            }
        }
        if (std::isfinite(y[i]))
            out[i] = static_cast<double>(sum / static_cast<long double>(count));
    }
    return out;
}

std::size_t runningMeanProvisionalFrom(std::size_t count, std::size_t window) {
    return count - std::min(count, window / 2);
}

} // namespace inlay::engine
