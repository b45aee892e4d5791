#pragma once

#include <cmath>
#include <vector>

#include "kernels/backend.h"
#include "kernels/philox.h"

namespace inlay::kernels {

/// A double matrix on the host, which is the memory of the reference backend.
struct HostTensor {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<double> values;

    HostTensor() = default;
    HostTensor(std::int64_t rowCount, std::int64_t colCount, double value = 0.0)
        : rows(rowCount)
        , cols(colCount)
        , values(static_cast<std::size_t>(rowCount * colCount), value) {}

    double& operator()(std::int64_t i, std::int64_t j) {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
    double operator()(std::int64_t i, std::int64_t j) const {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
    View view() { return {values.data(), rows, cols, cols, DType::F64}; }
    ConstView view() const { return {values.data(), rows, cols, cols, DType::F64}; }
    /// The rows as `batch` matrices one after the other.
    BatchView batch(std::int64_t count) {
        View first = view();
        first.rows = rows / count;
        return {first, count, first.rows * cols};
    }
};

/// Normal numbers that depend on the arguments only.
inline HostTensor randomTensor(std::int64_t rows, std::int64_t cols, std::uint64_t stream) {
    HostTensor tensor(rows, cols);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        const PhiloxBlock block = philox(0xC0FFEE, stream, i);
        tensor.values[i] = std::sqrt(-2.0 * std::log(unitInterval(block.word[0]))) *
                           std::cos(6.283185307179586 * unitInterval(block.word[1]));
    }
    return tensor;
}

inline double largestDifference(const HostTensor& a, const HostTensor& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.values.size(); ++i)
        largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
    return largest;
}

} // namespace inlay::kernels
