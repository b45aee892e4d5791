#pragma once

#include <cstdint>
#include <vector>

#include "kernels/op_types.h"
#include "kernels/views.h"

namespace inlay::kernels::reference {

/// A matrix in double, read from a view and written back after the computation, so that an op
/// whose result may lie on its operand needs no care.
struct Array {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<double> values;

    Array() = default;
    Array(std::int64_t rowCount, std::int64_t colCount)
        : rows(rowCount)
        , cols(colCount)
        , values(static_cast<std::size_t>(rowCount * colCount)) {}

    double& operator()(std::int64_t i, std::int64_t j) {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
    double operator()(std::int64_t i, std::int64_t j) const {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
};

Array read(ConstView view);
void write(const Array& array, View view);
/// Adds to what the view holds, or overwrites it.
void write(const Array& array, View view, Accumulate accumulate);

/// Matrix `l` of a batch.
ConstView matrixOf(const ConstBatchView& batch, std::int64_t l);
View matrixOf(const BatchView& batch, std::int64_t l);

inline bool sameShape(ConstView a, ConstView b) {
    return a.rows == b.rows && a.cols == b.cols;
}

} // namespace inlay::kernels::reference
