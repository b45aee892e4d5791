#include "engine/analysis/principal_axes.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <Eigen/Dense>

namespace inlay::engine {
namespace {

// The covariance of more dimensions is not decomposed whole but iterated on a few vectors.
constexpr std::int64_t kWholeDims = 256;
constexpr int kIterations = 80;
constexpr std::int64_t kSpareVectors = 6;

Eigen::MatrixXd leading(const Eigen::MatrixXd& covariance, std::int64_t axes,
                        Eigen::VectorXd& variances) {
    const Eigen::Index dims = covariance.rows();
    if (dims <= kWholeDims) {
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
        variances = solver.eigenvalues().tail(axes).reverse();
        return solver.eigenvectors().rightCols(axes).rowwise().reverse();
    }
    // Subspace iteration from the columns of largest variance.
    const Eigen::Index width = std::min<Eigen::Index>(dims, axes + kSpareVectors);
    std::vector<Eigen::Index> order(static_cast<std::size_t>(dims));
    for (Eigen::Index i = 0; i < dims; ++i)
        order[static_cast<std::size_t>(i)] = i;
    std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
        return covariance(a, a) > covariance(b, b);
    });
    Eigen::MatrixXd basis(dims, width);
    for (Eigen::Index i = 0; i < width; ++i)
        basis.col(i) = covariance.col(order[static_cast<std::size_t>(i)]);
    for (int iteration = 0; iteration < kIterations; ++iteration) {
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
        basis = covariance * (qr.householderQ() * Eigen::MatrixXd::Identity(dims, width));
    }
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
    const Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(dims, width);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> small(q.transpose() * covariance * q);
    variances = small.eigenvalues().tail(axes).reverse();
    return q * small.eigenvectors().rightCols(axes).rowwise().reverse();
}

} // namespace

PrincipalAxes principalAxes(std::span<const float> values, std::int64_t rows, std::int64_t dims,
                            std::int64_t axes) {
    assert(rows >= 1 && axes >= 1 && axes <= dims);
    using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::MatrixXd x = Eigen::Map<const Rows>(values.data(), rows, dims).cast<double>();
    const Eigen::VectorXd mean = x.colwise().mean();
    const Eigen::MatrixXd centered = x.rowwise() - mean.transpose();
    const Eigen::MatrixXd covariance = centered.transpose() * centered / static_cast<double>(rows);
    Eigen::VectorXd variances;
    Eigen::MatrixXd directions = leading(covariance, axes, variances);
    PrincipalAxes result;
    result.mean.assign(mean.begin(), mean.end());
    result.totalVariance = covariance.trace();
    for (Eigen::Index a = 0; a < axes; ++a) {
        Eigen::Index largest = 0;
        directions.col(a).cwiseAbs().maxCoeff(&largest);
        const double sign = directions(largest, a) < 0 ? -1.0 : 1.0;
        for (Eigen::Index p = 0; p < dims; ++p)
            result.axes.push_back(sign * directions(p, a));
        result.variances.push_back(std::max(variances(a), 0.0));
    }
    return result;
}

} // namespace inlay::engine
