#include "engine/experiments/sketch/sketched_rank.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/QR>

#include "kernels/symmetric_eigen.h"

namespace inlay::engine::sketch {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kNoDirection = 1e-9;

struct Eigenpairs {
    std::vector<double> values; // rising
    RowMajor vectors;           // a row each
};

Eigenpairs eigenpairs(RowMajor matrix) {
    const auto n = static_cast<std::int64_t>(matrix.rows());
    Eigenpairs pairs{std::vector<double>(static_cast<std::size_t>(n)), RowMajor(n, n)};
    if (n > 0)
        kernels::symmetricEigen(n, matrix.data(), pairs.values.data(), pairs.vectors.data());
    return pairs;
}

/// Energy less the k largest values.
double left(double energy, const std::vector<double>& values, std::int64_t rank) {
    const auto count = std::min<std::size_t>(values.size(), static_cast<std::size_t>(rank));
    for (std::size_t i = 0; i < count; ++i)
        energy -= std::max(0.0, values[values.size() - 1 - i]);
    return std::max(0.0, energy);
}

} // namespace

SketchedLoss sketchedLoss(const Matrix& x, const Matrix& a, std::int64_t rank, WantGradient want) {
    // Of such a matrix the decomposition would say that it has no direction.
    if (!a.allFinite()) {
        constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
        SketchedLoss lost;
        lost.squared = kNone;
        if (want == WantGradient::Yes)
            lost.gradient = Matrix::Constant(a.rows(), a.cols(), kNone);
        return lost;
    }
    Eigen::ColPivHouseholderQR<Matrix> qr(a.transpose());
    qr.setThreshold(kNoDirection);
    const auto directions = static_cast<std::int64_t>(qr.rank());
    const Matrix basis = qr.householderQ() * Matrix::Identity(x.cols(), directions);
    const Matrix projected = x * basis;
    const Eigenpairs pairs = eigenpairs(projected.transpose() * projected);
    SketchedLoss result;
    result.squared = left(x.squaredNorm(), pairs.values, rank);
    if (want == WantGradient::No)
        return result;
    // R^T X, row by row: the left singular vectors are X V w / sigma.
    const std::int64_t count = std::min(rank, directions);
    Matrix rows(count, x.cols());
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t at = directions - 1 - i;
        const double sigma = std::sqrt(std::max(0.0, pairs.values[static_cast<std::size_t>(at)]));
        if (sigma > 0)
            rows.row(i) = (projected * pairs.vectors.row(at).transpose() / sigma).transpose() * x;
        else
            rows.row(i).setZero();
    }
    const Matrix outside = rows - (rows * basis) * basis.transpose();
    const Matrix inverse = a.completeOrthogonalDecomposition().pseudoInverse(); // columns x kept
    result.gradient = -2.0 * (rows * inverse).transpose() * outside;
    return result;
}

double bestLoss(const Matrix& x, std::int64_t rank) {
    const Eigenpairs pairs =
        eigenpairs(x.rows() < x.cols() ? RowMajor(x * x.transpose()) : RowMajor(x.transpose() * x));
    return left(x.squaredNorm(), pairs.values, rank);
}

} // namespace inlay::engine::sketch
