#include "engine/experiments/autoencoder/closed_form.h"

#include <algorithm>
#include <numeric>

#include <Eigen/QR>

#include "kernels/symmetric_eigen.h"

namespace inlay::engine::autoencoder {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Samples = Eigen::Map<const RowMajor>; // samples x coordinates

constexpr double kNoDirection = 1e-10;

/// Eigenvalues of a symmetric matrix, largest first, none below zero.
std::vector<double> eigenvalues(RowMajor matrix) {
    const auto n = static_cast<std::int64_t>(matrix.rows());
    std::vector<double> values(static_cast<std::size_t>(n));
    RowMajor vectors(n, n);
    if (n > 0)
        kernels::symmetricEigen(n, matrix.data(), values.data(), vectors.data());
    std::reverse(values.begin(), values.end());
    for (double& value : values)
        value = std::max(0.0, value);
    return values;
}

} // namespace

std::vector<double> squaredSingularValues(const SampleMatrix& x) {
    const Samples samples(x.values.data(), x.samples, x.coordinates);
    return eigenvalues(x.samples < x.coordinates ? RowMajor(samples * samples.transpose())
                                                 : RowMajor(samples.transpose() * samples));
}

double FixedSketch::optimum(std::int64_t rank) const {
    const auto count = std::min<std::size_t>(lambdas.size(), static_cast<std::size_t>(rank));
    return std::max(
        0.0, energy - std::accumulate(lambdas.begin(),
                                      lambdas.begin() + static_cast<std::ptrdiff_t>(count), 0.0));
}

double FixedSketch::level(const std::vector<std::int64_t>& chosen) const {
    double sum = 0.0;
    for (const std::int64_t i : chosen)
        sum += lambdas[static_cast<std::size_t>(i)];
    return std::max(0.0, energy - sum);
}

FixedSketch fixedSketch(const SampleMatrix& x, const std::vector<double>& sketch,
                        std::int64_t kept) {
    const Samples samples(x.values.data(), x.samples, x.coordinates);
    const Samples sketched(sketch.data(), x.samples, kept);
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(sketched);
    qr.setThreshold(kNoDirection);
    const auto rank = static_cast<std::int64_t>(qr.rank());
    const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(x.samples, rank);
    const RowMajor projected = basis.transpose() * samples; // (X V)^T
    FixedSketch result;
    result.energy = x.energy();
    result.lambdas = eigenvalues(projected * projected.transpose());
    return result;
}

std::vector<std::vector<std::int64_t>> criticalSets(std::int64_t rank, std::int64_t lambdas) {
    std::vector<std::vector<std::int64_t>> sets;
    std::vector<std::int64_t> first;
    const std::int64_t most = std::min(rank, lambdas);
    sets.push_back(first);
    for (std::int64_t i = 0; i < most; ++i) {
        first.push_back(i);
        sets.push_back(first);
    }
    if (most < rank || most == 0)
        return sets;
    for (std::int64_t other = rank; other < std::min(rank + 3, lambdas); ++other) {
        first.back() = other;
        sets.push_back(first);
    }
    return sets;
}

} // namespace inlay::engine::autoencoder
