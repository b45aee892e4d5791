#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/random.h"

namespace inlay::kernels {
class Backend;
}

namespace inlay::engine::graph_clustering {

/// Some eigenpairs of a symmetric matrix, largest magnitude first. Row i of `vectors` (n floats) is
/// the unit eigenvector of values[i].
struct EigenPairs {
    std::vector<double> values;
    std::vector<float> vectors;
    /// Eigenvalues below the threshold that were seen on the way (Ritz values), for plots.
    std::vector<double> below;
    int products = 0;  // matrix-times-block products; 0 for the full solver
    bool full = false; // by LAPACK
    /// Products ran out before the residuals were small enough.
    bool inexact = false;
    /// There may be more pairs than these: the limit was reached.
    bool truncated = false;
};

enum class EigenMethod { Auto, Partial, Full };

struct EigenRequest {
    double threshold = 0; // pairs with |w| > threshold are wanted
    /// Instead: so many of the largest magnitude (with threshold 0).
    std::int64_t leading = 0;
    /// Frobenius norm of the residuals M V - V W that is small enough, relative to the norm of the
    /// matrix made of the soft-thresholded pairs. A pair counts with its part of that matrix when
    /// this is less: near the threshold it matters no more than that.
    double residual = 0;
    EigenMethod method = EigenMethod::Auto;
    /// At most so many products; the next call goes on from there.
    int mostProducts = 20;
    /// Above so many pairs the answer is truncated instead of complete.
    std::int64_t mostPairs = 0;
};

/// Eigenpairs above a threshold by block Lanczos with restarts. Consecutive matrices are expected
/// to be near each other: a call starts from the subspace of the one before, so that near
/// convergence one or two products serve. Auto turns to the full solver for small matrices and when
/// more than every fifth pair is wanted. Results do not depend on the number of threads.
class PartialEigensolver {
public:
    explicit PartialEigensolver(std::int64_t n);
    ~PartialEigensolver();
    PartialEigensolver(const PartialEigensolver&) = delete;
    PartialEigensolver& operator=(const PartialEigensolver&) = delete;

    /// `matrix` is n x n, symmetric, row-major.
    EigenPairs solve(const float* matrix, const EigenRequest& request);
    /// Forgets the subspace of the last call.
    void reset();

private:
    EigenPairs solveFull(const float* matrix, const EigenRequest& request) const;
    EigenPairs solvePartial(const float* matrix, const EigenRequest& request, bool& giveUp);

    struct Basis;
    std::int64_t n_;
    std::unique_ptr<kernels::Backend> backend_;
    std::unique_ptr<Basis> basis_;
    std::vector<float> start_; // block of the next call, columns of n
    std::int64_t startColumns_ = 0;
    std::int64_t lastKept_ = 0;
    RandomStream random_;
};

} // namespace inlay::engine::graph_clustering
