// Families with a solution in closed form.
#include <cmath>

#include <Eigen/Cholesky>

#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/leading_pairs.h"

namespace inlay::engine {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixMap = Eigen::Map<const RowMatrix>;

std::vector<double> valuesOf(const RowMatrix& matrix) {
    return {matrix.data(), matrix.data() + matrix.size()};
}

} // namespace

void fitDense(const FitTask& task) {
    setParameter(fitParameter(task.op, "weight"), task.weight.values);
}

// With sigma = S S^T the error is |S^T (W - A B)|: the best A B is W V V^T, where V has the first
// right singular vectors of S^T W, the eigenvectors of W^T sigma W.
void fitLowRank(const FitTask& task) {
    const RowMatrixMap weight(task.weight.values.data(), task.weight.rows, task.weight.cols);
    const RowMatrixMap sigma(task.sigma.values.data(), task.sigma.rows, task.sigma.cols);
    Parameter& first = fitParameter(task.op, "weight_in");
    Parameter& second = fitParameter(task.op, "weight_out");
    const std::int64_t rank = first.value.cols();

    const RowMatrix weighted = weight.transpose() * (sigma * weight);
    const HostMatrix vectors =
        leadingEigenvectors({weighted.rows(), weighted.cols(), valuesOf(weighted)}, rank);
    RowMatrix b = RowMatrixMap(vectors.values.data(), rank, task.weight.cols);
    RowMatrix a = weight * b.transpose();
    // Both factors equally large: gradients of one are then not lost beside the other's.
    for (Eigen::Index i = 0; i < rank; ++i) {
        const double size = a.col(i).norm();
        if (size > 0.0) {
            a.col(i) /= std::sqrt(size);
            b.row(i) *= std::sqrt(size);
        }
    }
    setParameter(first, valuesOf(a));
    setParameter(second, valuesOf(b));
}

// For the outputs of block b, inputs outside of it enter as what the block's inputs say about
// them: sigma_bb Wfit = sigma_b: W.
void fitBlockDiagonal(const FitTask& task, const BlockDiagonalConfig& config) {
    const RowMatrixMap weight(task.weight.values.data(), task.weight.rows, task.weight.cols);
    const RowMatrixMap sigma(task.sigma.values.data(), task.sigma.rows, task.sigma.cols);
    const Eigen::Index p = weight.rows() / config.blocks;
    const Eigen::Index s = weight.cols() / config.blocks;
    std::vector<double> values;
    for (Eigen::Index b = 0; b < config.blocks; ++b) {
        const Eigen::LLT<Eigen::MatrixXd> own{Eigen::MatrixXd(sigma.block(b * p, b * p, p, p))};
        const RowMatrix block =
            own.solve(Eigen::MatrixXd(sigma.middleRows(b * p, p) * weight.middleCols(b * s, s)));
        values.insert(values.end(), block.data(), block.data() + block.size());
    }
    setParameter(fitParameter(task.op, "weight"), values);
}

} // namespace inlay::engine
