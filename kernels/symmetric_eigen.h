#pragma once

#include <cstdint>

namespace inlay::kernels {

/// All eigenpairs of a dense symmetric matrix (LAPACK dsyevr), on the calling thread.
/// `matrix` is n x n and is destroyed; `values` (n) come in increasing order; row i of `vectors`
/// (n x n) is the unit eigenvector of values[i]. Throws Error when LAPACK does not converge.
void symmetricEigen(std::int64_t n, double* matrix, double* values, double* vectors);

} // namespace inlay::kernels
