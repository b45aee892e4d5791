#pragma once

#include <cstdint>
#include <vector>

#include "engine/datasets/matrices/matrix_source.h"

namespace inlay::engine::autoencoder {

/// Squared singular values of X, largest first: Delta_k = ||X - X_k||_F^2 is their sum beyond the
/// k-th.
std::vector<double> squaredSingularValues(const SampleMatrix& x);

/// The encoder-decoder with a fixed sketch (systems/butterfly.md 4, Theorem 1 with Y = X).
struct FixedSketch {
    double energy = 0; // ||X||_F^2
    /// lambda_i = sigma_i^2(X V), largest first, where V is an orthonormal basis of the row space
    /// of B X; as many as its rank.
    std::vector<double> lambdas;

    /// ||X||^2 minus the k largest lambdas: the loss of every local minimum for D and E, that of
    /// the best rank-k approximation of X with rows in the row space of B X.
    double optimum(std::int64_t rank) const;
    /// ||X||^2 minus these lambdas (by index, from 0): a critical level.
    double level(const std::vector<std::int64_t>& chosen) const;
};

/// `sketch` is B X sample by sample: samples x kept, row-major. Directions below 1e-10 of the
/// largest do not count (Theorem 1 asks for an invertible B X X^T B^T; where kept outputs exceed
/// the rank of X the pseudo-inverse takes its place).
FixedSketch fixedSketch(const SampleMatrix& x, const std::vector<double>& sketch,
                        std::int64_t kept);

/// Sets of lambdas whose critical levels a descent is likely to pass: the m largest for m = 0 … k
/// (D and E of lower rank), and the k - 1 largest with one of the next three.
std::vector<std::vector<std::int64_t>> criticalSets(std::int64_t rank, std::int64_t lambdas);

} // namespace inlay::engine::autoencoder
