#pragma once

#include "engine/operators/fit/fit.h"

namespace inlay::engine {

/// Singular values of a matrix and their vectors, the largest first: row i of `left` (count x rows)
/// and of `right` (count x cols) belong to values[i].
struct SingularPairs {
    std::vector<double> values;
    HostMatrix left;
    HostMatrix right;
};

/// The first `count` (at most min(rows, cols)) pairs, from the eigenvectors of the smaller Gram
/// matrix (LAPACK): exact to rounding for values above 1e-8 of the largest, which truncations keep.
/// Where a value is zero, so is the vector on the larger side.
SingularPairs leadingPairs(const HostMatrix& matrix, std::int64_t count);

/// Eigenvectors of a symmetric matrix to its `count` largest eigenvalues, one a row.
HostMatrix leadingEigenvectors(HostMatrix matrix, std::int64_t count);

} // namespace inlay::engine
