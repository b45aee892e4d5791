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

/// Sum and number of finite values.
struct FiniteSum {
    double value = 0;
    std::size_t count = 0;

    static FiniteSum of(double value) {
        return std::isfinite(value) ? FiniteSum{value, 1} : FiniteSum{};
    }
    FiniteSum& operator+=(const FiniteSum& other) {
        value += other.value;
        count += other.count;
        return *this;
    }
};

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
    const std::size_t half = std::min(window / 2, n);
    const std::size_t width = 2 * half + 1;
    // In blocks as wide as the window: a window is the end of one block, summed from its right
    // end, and the beginning of the next, summed from its left. Nothing is ever taken away, so a
    // large value leaves no rounding behind. `half` empty places stand before and after y.
    const auto valueAt = [&](std::size_t place) {
        return place >= half && place < half + n ? FiniteSum::of(y[place - half]) : FiniteSum{};
    };
    std::vector<double> out(y.begin(), y.end());
    std::vector<FiniteSum> fromRight(width);
    for (std::size_t block = 0; block < n; block += width) {
        FiniteSum sum;
        for (std::size_t i = width; i-- > 0;)
            fromRight[i] = sum += valueAt(block + i);
        FiniteSum next;
        for (std::size_t i = 0; i < width && block + i < n; ++i) {
            // The window of y[block + i] covers the places from there on.
            FiniteSum covered = fromRight[i];
            covered += next;
            if (std::isfinite(y[block + i]))
                out[block + i] = covered.value / static_cast<double>(covered.count);
            next += valueAt(block + width + i);
        }
    }
    return out;
}

std::size_t runningMeanProvisionalFrom(std::size_t count, std::size_t window) {
    return count - std::min(count, window / 2);
}

} // namespace inlay::engine
