#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace inlay::engine::sketch {

/// What is left of X after its best rank-k approximation with rows in the row space of A = B X
/// (Algorithm 1 of Indyk et al. 2019): B_k(X) = [X V]_k V^T, V an orthonormal basis of that space.
struct SketchedLoss {
    double squared = 0; // ||X - B_k(X)||_F^2
    /// Gradient of `squared` for A (kept x columns), empty unless asked for. With P the projector
    /// on the row space, R the k leading left singular vectors of X P: -2 (A A^T)^-1 A M (I - P),
    /// M = X^T R R^T X (systems/butterfly.md 5.3; the pseudo-inverse where rows of A depend on each
    /// other). Valid where the k-th singular value of X P is larger than the next.
    Eigen::MatrixXd gradient;
};
enum class WantGradient { No, Yes };

SketchedLoss sketchedLoss(const Eigen::MatrixXd& x, const Eigen::MatrixXd& a, std::int64_t rank,
                          WantGradient want);

/// ||X - X_k||_F^2.
double bestLoss(const Eigen::MatrixXd& x, std::int64_t rank);

} // namespace inlay::engine::sketch
