#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace inlay::engine {

/// Singular values of a rows x columns matrix (row-major), largest first; min(rows, columns) of
/// them. Meant for small matrices: one-sided Jacobi, in double.
std::vector<double> singularValues(std::span<const float> values, std::int64_t rows,
                                   std::int64_t columns);

} // namespace inlay::engine
