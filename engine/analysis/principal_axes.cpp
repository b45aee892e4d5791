#include "engine/analysis/principal_axes.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <Eigen/Dense>

#include "engine/base/random.h"
#include "engine/tensor/device.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine {
namespace {

// The covariance of more dimensions is not decomposed whole but iterated on a few vectors, unless
// many axes are wanted; that of still more is not even made.
constexpr std::int64_t kWholeDims = 256;
constexpr std::int64_t kFewAxes = 16;
constexpr std::int64_t kCovarianceDims = 2048;
constexpr int kIterations = 80;
constexpr int kDataIterations = 12;
constexpr std::int64_t kSpareVectors = 6;
// Larger products are made in f32, piece by piece, and added up in double.
constexpr double kDoubleWork = 2e9;
constexpr std::int64_t kPieceNumbers = 4 << 20;

using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

kernels::ConstView viewOf(const Floats& m) {
    return {m.data(), m.rows(), m.cols(), m.cols(), kernels::DType::F32};
}
kernels::View writable(Floats& m) {
    return {m.data(), m.rows(), m.cols(), m.cols(), kernels::DType::F32};
}

/// The points and their mean; centered pieces of them in f32.
class Cloud {
public:
    Cloud(std::span<const float> values, std::int64_t rows, std::int64_t dims)
        : x_(values.data(), rows, dims)
        , mean_(x_.cast<double>().colwise().mean()) {}

    const Eigen::VectorXd& mean() const { return mean_; }
    Eigen::Index rows() const { return x_.rows(); }
    Eigen::Index dims() const { return x_.cols(); }

    Floats centered(Eigen::Index begin, Eigen::Index count) const {
        Floats piece(count, dims());
        kernels::parallelFor(count, 64, [&](std::int64_t from, std::int64_t to) {
            for (Eigen::Index i = from; i < to; ++i)
                for (Eigen::Index d = 0; d < dims(); ++d)
                    piece(i, d) =
                        static_cast<float>(static_cast<double>(x_(begin + i, d)) - mean_(d));
        });
        return piece;
    }

    /// Calls visit(piece) for centered rows, in order.
    template <class Visit>
    void forEachPiece(Visit&& visit) const {
        const Eigen::Index piece =
            std::max<Eigen::Index>(1, kPieceNumbers / std::max<Eigen::Index>(dims(), 1));
        for (Eigen::Index begin = 0; begin < rows(); begin += piece)
            visit(centered(begin, std::min(piece, rows() - begin)));
    }

    double totalVariance() const {
        double sum = 0;
        for (Eigen::Index i = 0; i < rows(); ++i)
            sum += (x_.row(i).cast<double>() - mean_.transpose()).squaredNorm();
        return sum / static_cast<double>(rows());
    }

    Eigen::MatrixXd covariance() const {
        const auto n = static_cast<double>(rows());
        if (n * static_cast<double>(dims() * dims()) <= kDoubleWork) {
            const Eigen::MatrixXd all = x_.cast<double>().rowwise() - mean_.transpose();
            return all.transpose() * all / n;
        }
        const Device device = Device::open("cpu");
        Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(dims(), dims());
        Floats product(dims(), dims());
        forEachPiece([&](const Floats& piece) {
            device.backend().gemm({.a = kernels::Transpose::Yes}, viewOf(piece), viewOf(piece),
                                  writable(product), {});
            sum += product.cast<double>();
        });
        return sum / n;
    }

    /// The covariance times some vectors, without making it.
    Eigen::MatrixXd covarianceTimes(const Eigen::MatrixXd& vectors) const {
        const Device device = Device::open("cpu");
        const Floats right = vectors.cast<float>();
        Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(dims(), vectors.cols());
        Floats part(dims(), vectors.cols());
        forEachPiece([&](const Floats& piece) {
            Floats along(piece.rows(), vectors.cols());
            device.backend().gemm({}, viewOf(piece), viewOf(right), writable(along), {});
            device.backend().gemm({.a = kernels::Transpose::Yes}, viewOf(piece), viewOf(along),
                                  writable(part), {});
            sum += part.cast<double>();
        });
        return sum / static_cast<double>(rows());
    }

private:
    Eigen::Map<const Floats> x_;
    Eigen::VectorXd mean_;
};

Eigen::MatrixXd orthonormal(const Eigen::MatrixXd& basis) {
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(basis);
    return qr.householderQ() * Eigen::MatrixXd::Identity(basis.rows(), basis.cols());
}

/// The last `axes` of eigenpairs in increasing order, largest first.
Eigen::MatrixXd largest(const Eigen::MatrixXd& vectors, const Eigen::VectorXd& values,
                        std::int64_t axes, Eigen::VectorXd& variances) {
    variances = values.tail(axes).reverse();
    return vectors.rightCols(axes).rowwise().reverse();
}

Eigen::MatrixXd whole(Eigen::MatrixXd covariance, std::int64_t axes, Eigen::VectorXd& variances) {
    const Eigen::Index dims = covariance.rows();
    Eigen::VectorXd values(dims);
    Eigen::MatrixXd vectors(dims, dims); // a column-major column is a row of row-major
    kernels::symmetricEigen(dims, covariance.data(), values.data(), vectors.data());
    return largest(vectors, values, axes, variances);
}

/// Subspace iteration with `times`, a product with the covariance.
template <class Times>
Eigen::MatrixXd iterated(Eigen::MatrixXd basis, int iterations, std::int64_t axes, Times&& times,
                         Eigen::VectorXd& variances) {
    for (int i = 0; i < iterations; ++i)
        basis = times(orthonormal(basis));
    const Eigen::MatrixXd q = orthonormal(basis);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> small(q.transpose() * times(q));
    return largest(q * small.eigenvectors(), small.eigenvalues(), axes, variances);
}

/// The columns of largest variance.
Eigen::MatrixXd startColumns(const Eigen::MatrixXd& covariance, std::int64_t axes) {
    const Eigen::Index dims = covariance.rows();
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
    return basis;
}

Eigen::MatrixXd randomColumns(Eigen::Index dims, Eigen::Index width) {
    RandomStream stream(1, "principal_axes.start");
    Eigen::MatrixXd basis(dims, width);
    for (Eigen::Index c = 0; c < width; ++c)
        for (Eigen::Index r = 0; r < dims; ++r)
            basis(r, c) = stream.normal();
    return basis;
}

} // namespace

PrincipalAxes principalAxes(std::span<const float> values, std::int64_t rows, std::int64_t dims,
                            std::int64_t axes) {
    assert(rows >= 1 && axes >= 1 && axes <= dims);
    const Cloud cloud(values, rows, dims);
    PrincipalAxes result;
    result.mean.assign(cloud.mean().begin(), cloud.mean().end());
    Eigen::VectorXd variances;
    Eigen::MatrixXd directions;
    if (dims > kCovarianceDims) {
        const Eigen::Index width = std::min<Eigen::Index>(dims, axes + kFewAxes);
        directions = iterated(
            randomColumns(dims, width), kDataIterations, axes,
            [&](const Eigen::MatrixXd& q) { return cloud.covarianceTimes(q); }, variances);
        result.totalVariance = cloud.totalVariance();
    } else {
        const Eigen::MatrixXd covariance = cloud.covariance();
        directions = dims <= kWholeDims || axes > kFewAxes
                         ? whole(covariance, axes, variances)
                         : iterated(
                               startColumns(covariance, axes), kIterations, axes,
                               [&](const Eigen::MatrixXd& q) { return covariance * q; }, variances);
        result.totalVariance = covariance.trace();
    }
    for (Eigen::Index a = 0; a < axes; ++a) {
        Eigen::Index strongest = 0;
        directions.col(a).cwiseAbs().maxCoeff(&strongest);
        const double sign = directions(strongest, a) < 0 ? -1.0 : 1.0;
        for (Eigen::Index p = 0; p < dims; ++p)
            result.axes.push_back(sign * directions(p, a));
        result.variances.push_back(std::max(variances(a), 0.0));
    }
    return result;
}

} // namespace inlay::engine
