#pragma once

#include <numeric>
#include <vector>

namespace inlay::engine {

/// Added in the order of the elements; b is at least as long as a.
inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

} // namespace inlay::engine
