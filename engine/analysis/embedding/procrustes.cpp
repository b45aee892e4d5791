#include "engine/analysis/embedding/procrustes.h"

#include <cmath>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd matrixOf(PointsView points) {
    return Eigen::Map<const Rows>(points.values.data(), points.count, points.dimension)
        .cast<double>();
}

} // namespace

ProcrustesFit procrustesFit(PointsView points, PointsView reference, Mirroring mirroring,
                            Scaling scaling) {
    if (points.count != reference.count || points.dimension != reference.dimension)
        throw Error(fmt::format("{} points of {} dimensions cannot be aligned with {} points of {}",
                                points.count, points.dimension, reference.count,
                                reference.dimension));
    if (points.count < 1)
        throw Error("there are no points to align");
    const Eigen::Index dims = points.dimension;
    Eigen::MatrixXd x = matrixOf(points);
    Eigen::MatrixXd y = matrixOf(reference);
    const Eigen::RowVectorXd center = x.colwise().mean();
    const Eigen::RowVectorXd target = y.colwise().mean();
    x.rowwise() -= center;
    y.rowwise() -= target;
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(x.transpose() * y,
                                                Eigen::ComputeFullU | Eigen::ComputeFullV);
    Eigen::VectorXd signs = Eigen::VectorXd::Ones(dims);
    const Eigen::MatrixXd free = svd.matrixU() * svd.matrixV().transpose();
    if (mirroring == Mirroring::Forbidden && free.determinant() < 0)
        signs(dims - 1) = -1;
    const Eigen::MatrixXd rotation = svd.matrixU() * signs.asDiagonal() * svd.matrixV().transpose();
    ProcrustesFit fit;
    const double size = x.squaredNorm();
    if (scaling == Scaling::Fit && size > 0)
        fit.scale = (svd.singularValues().array() * signs.array()).sum() / size;
    for (Eigen::Index r = 0; r < dims; ++r)
        for (Eigen::Index c = 0; c < dims; ++c)
            fit.rotation.push_back(rotation(r, c));
    fit.center.assign(center.begin(), center.end());
    fit.target.assign(target.begin(), target.end());
    fit.residual =
        std::sqrt((fit.scale * x * rotation - y).squaredNorm() / static_cast<double>(points.count));
    return fit;
}

std::vector<float> aligned(PointsView points, const ProcrustesFit& fit) {
    const auto dims = static_cast<std::size_t>(points.dimension);
    if (fit.center.size() != dims)
        throw Error(fmt::format("the alignment is of {} dimensions, the points have {}",
                                fit.center.size(), dims));
    std::vector<float> out;
    out.reserve(points.values.size());
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::size_t c = 0; c < dims; ++c) {
            double sum = 0;
            for (std::size_t r = 0; r < dims; ++r)
                sum += (static_cast<double>(points.row(i)[r]) - fit.center[r]) *
                       fit.rotation[r * dims + c];
            out.push_back(static_cast<float>(fit.scale * sum + fit.target[c]));
        }
    return out;
}

} // namespace inlay::engine
