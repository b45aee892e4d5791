#include "engine/operators/fit/factor_chain.h"

#include <algorithm>

#include <Eigen/Core>

namespace inlay::engine {
namespace {

using Matrix = Eigen::MatrixXd; // column by column
using Vector = Eigen::VectorXd;
using RowMap =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

constexpr double kSmallestGain = 1e-3;
constexpr double kExact = 1e-24; // relative squared error at which nothing is left to fit
constexpr int kMostIterations = 60;
constexpr double kResidual = 1e-20; // squared, relative to the first

Matrix timesFactor(const Matrix& left, const ChainFactor& factor) {
    Matrix product = Matrix::Zero(left.rows(), factor.cols);
    for (std::size_t k = 0; k < factor.values.size(); ++k)
        product.col(factor.col[k]) += factor.values[k] * left.col(factor.row[k]);
    return product;
}

/// F R, with R and the result transposed, so that columns are whole.
Matrix factorTimes(const ChainFactor& factor, const Matrix& rightTransposed) {
    Matrix product = Matrix::Zero(rightTransposed.rows(), factor.rows);
    for (std::size_t k = 0; k < factor.values.size(); ++k)
        product.col(factor.row[k]) += factor.values[k] * rightTransposed.col(factor.col[k]);
    return product;
}

/// The normal equations of one factor between `left` (A) and `right` (R): numbers s at places
/// (u, v) contribute A[:, u] s R[v, :], so the matrix is (A^T A)[u, u'] (R sigma R^T)[v, v'].
class FactorProblem {
public:
    FactorProblem(const ChainFactor& factor, Matrix gramLeft, Matrix gramRight)
        : factor_(factor)
        , left_(std::move(gramLeft))
        , right_(std::move(gramRight))
        , diagonal_(static_cast<Eigen::Index>(factor.values.size())) {
        for (Eigen::Index k = 0; k < diagonal_.size(); ++k)
            diagonal_[k] = left_(u(k), u(k)) * right_(v(k), v(k));
    }

    /// The entries at the factor's places of `dense`.
    Vector atPlaces(const Matrix& dense) const {
        Vector values(diagonal_.size());
        for (Eigen::Index k = 0; k < values.size(); ++k)
            values[k] = dense(u(k), v(k));
        return values;
    }

    /// The change of the numbers that solves N change = gradient.
    Vector solve(const Vector& gradient) const {
        Vector change = Vector::Zero(gradient.size());
        Vector residual = gradient;
        Vector scaled = preconditioned(residual);
        Vector direction = scaled;
        double product = residual.dot(scaled);
        const double first = product;
        const auto most = std::min<Eigen::Index>(kMostIterations, gradient.size());
        for (Eigen::Index i = 0; i < most && product > kResidual * first; ++i) {
            const Vector image = apply(direction);
            const double curvature = direction.dot(image);
            if (!(curvature > 0.0))
                break;
            const double step = product / curvature;
            change += step * direction;
            residual -= step * image;
            scaled = preconditioned(residual);
            const double next = residual.dot(scaled);
            direction = scaled + (next / product) * direction;
            product = next;
        }
        return change;
    }

private:
    Eigen::Index u(Eigen::Index k) const { return factor_.row[static_cast<std::size_t>(k)]; }
    Eigen::Index v(Eigen::Index k) const { return factor_.col[static_cast<std::size_t>(k)]; }

    Vector preconditioned(const Vector& residual) const {
        Vector scaled(residual.size());
        for (Eigen::Index k = 0; k < residual.size(); ++k)
            scaled[k] = diagonal_[k] > 0.0 ? residual[k] / diagonal_[k] : 0.0;
        return scaled;
    }

    Vector apply(const Vector& x) const {
        Matrix spread = Matrix::Zero(left_.rows(), right_.rows());
        for (Eigen::Index k = 0; k < x.size(); ++k)
            spread.col(v(k)) += x[k] * left_.col(u(k));
        spread.transposeInPlace();
        Vector image(x.size());
        for (Eigen::Index k = 0; k < x.size(); ++k)
            image[k] = spread.col(u(k)).dot(right_.col(v(k)));
        return image;
    }

    const ChainFactor& factor_;
    Matrix left_;
    Matrix right_;
    Vector diagonal_;
};

double squaredError(const Matrix& difference, const Matrix& sigma) {
    return (difference * sigma).cwiseProduct(difference).sum();
}

} // namespace

double fitChain(std::vector<ChainFactor>& factors, const HostMatrix& target,
                const HostMatrix& sigma, std::int64_t sweeps) {
    const Matrix wanted = RowMap(target.values.data(), target.rows, target.cols);
    const Matrix moments = RowMap(sigma.values.data(), sigma.rows, sigma.cols);
    const double norm = squaredError(wanted, moments);
    const std::size_t count = factors.size();
    double error = -1.0;
    for (std::int64_t sweep = 0; sweep <= sweeps; ++sweep) {
        // above[f]: the product of the factors behind f.
        std::vector<Matrix> above(count);
        Matrix left = Matrix::Identity(target.rows, target.rows);
        for (std::size_t f = count; f-- > 0;) {
            above[f] = left;
            left = timesFactor(left, factors[f]);
        }
        const double now = squaredError(wanted - left, moments);
        const bool settled = error >= 0.0 && error - now <= kSmallestGain * error;
        error = now;
        if (sweep == sweeps || settled || error <= kExact * norm)
            break;
        Matrix below = Matrix::Identity(target.cols, target.cols); // transposed
        for (std::size_t f = 0; f < count; ++f) {
            ChainFactor& factor = factors[f];
            if (!factor.fixed) {
                const Matrix image = factorTimes(factor, below); // in x rows of f
                const Matrix missing = (wanted - above[f] * image.transpose()) * moments;
                FactorProblem problem(factor, above[f].transpose() * above[f],
                                      below.transpose() * (moments * below));
                const Vector change =
                    problem.solve(problem.atPlaces(above[f].transpose() * (missing * below)));
                for (std::size_t k = 0; k < factor.values.size(); ++k)
                    factor.values[k] += change[static_cast<Eigen::Index>(k)];
            }
            below = factorTimes(factor, below);
        }
    }
    return norm > 0.0 ? error / norm : error;
}

} // namespace inlay::engine
