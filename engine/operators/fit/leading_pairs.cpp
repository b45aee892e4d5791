#include "engine/operators/fit/leading_pairs.h"

#include <algorithm>
#include <cmath>

#include "engine/operators/fit/index.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine {
namespace {

HostMatrix transposed(const HostMatrix& matrix) {
    HostMatrix result{matrix.cols, matrix.rows, std::vector<double>(matrix.values.size())};
    for (std::int64_t i = 0; i < matrix.rows; ++i)
        for (std::int64_t j = 0; j < matrix.cols; ++j)
            result.values[index(j * matrix.rows + i)] = matrix.values[index(i * matrix.cols + j)];
    return result;
}

// A^T A of a matrix with at least as many rows as columns.
HostMatrix gram(const HostMatrix& matrix) {
    const std::int64_t n = matrix.cols;
    HostMatrix result{n, n, std::vector<double>(index(n * n), 0.0)};
    for (std::int64_t r = 0; r < matrix.rows; ++r) {
        const double* row = &matrix.values[index(r * n)];
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < n; ++j)
                result.values[index(i * n + j)] += row[i] * row[j];
    }
    return result;
}

} // namespace

HostMatrix leadingEigenvectors(HostMatrix matrix, std::int64_t count) {
    const std::int64_t n = matrix.rows;
    std::vector<double> values(index(n));
    std::vector<double> vectors(index(n * n));
    kernels::symmetricEigen(n, matrix.values.data(), values.data(), vectors.data());
    HostMatrix leading{count, n, {}};
    for (std::int64_t i = 0; i < count; ++i) {
        const auto first = vectors.begin() + static_cast<std::ptrdiff_t>((n - 1 - i) * n);
        leading.values.insert(leading.values.end(), first, first + n);
    }
    return leading;
}

SingularPairs leadingPairs(const HostMatrix& matrix, std::int64_t count) {
    if (matrix.rows < matrix.cols) {
        SingularPairs pairs = leadingPairs(transposed(matrix), count);
        std::swap(pairs.left, pairs.right);
        return pairs;
    }
    count = std::min(count, matrix.cols);
    SingularPairs pairs{{}, {count, matrix.rows, {}}, leadingEigenvectors(gram(matrix), count)};
    pairs.left.values.assign(index(count * matrix.rows), 0.0);
    for (std::int64_t k = 0; k < count; ++k) {
        const double* v = &pairs.right.values[index(k * matrix.cols)];
        double* u = &pairs.left.values[index(k * matrix.rows)];
        double square = 0.0;
        for (std::int64_t r = 0; r < matrix.rows; ++r) {
            for (std::int64_t c = 0; c < matrix.cols; ++c)
                u[r] += matrix.values[index(r * matrix.cols + c)] * v[c];
            square += u[r] * u[r];
        }
        const double size = std::sqrt(square);
        pairs.values.push_back(size);
        for (std::int64_t r = 0; r < matrix.rows && size > 0.0; ++r)
            u[r] /= size;
    }
    return pairs;
}

} // namespace inlay::engine
