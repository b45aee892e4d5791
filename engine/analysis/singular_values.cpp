#include "engine/analysis/singular_values.h"

#include <cassert>

#include <Eigen/SVD>

namespace inlay::engine {

std::vector<double> singularValues(std::span<const float> values, std::int64_t rows,
                                   std::int64_t columns) {
    assert(static_cast<std::int64_t>(values.size()) == rows * columns);
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::MatrixXd matrix =
        Eigen::Map<const Matrix>(values.data(), rows, columns).cast<double>();
    const Eigen::VectorXd found = Eigen::JacobiSVD<Eigen::MatrixXd>(matrix).singularValues();
    return {found.data(), found.data() + found.size()};
}

} // namespace inlay::engine
