#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/kernels/host_tensor.h"

namespace inlay::kernels {

/// Largest difference between `gradient` and the central differences of `loss` in the entries of
/// `input`, relative to the largest entry of the gradient. `loss` reads `input` anew at each call.
inline double gradientError(HostTensor& input, const HostTensor& gradient,
                            const std::function<double()>& loss) {
    constexpr double step = 1e-5;
    double scale = 0.0;
    for (const double value : gradient.values)
        scale = std::max(scale, std::abs(value));
    double largest = 0.0;
    for (std::size_t i = 0; i < input.values.size(); ++i) {
        const double kept = input.values[i];
        input.values[i] = kept + step;
        const double above = loss();
        input.values[i] = kept - step;
        const double below = loss();
        input.values[i] = kept;
        largest = std::max(largest, std::abs((above - below) / (2.0 * step) - gradient.values[i]));
    }
    return largest / scale;
}

/// sum a b, the loss whose gradient in `a` is `b`.
inline double dot(const HostTensor& a, const HostTensor& b) {
    double total = 0.0;
    for (std::size_t i = 0; i < a.values.size(); ++i)
        total += a.values[i] * b.values[i];
    return total;
}

} // namespace inlay::kernels
