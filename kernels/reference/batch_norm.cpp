// Batch normalization by column, xhat = (x - mean) s with s = 1 / sqrt(variance + epsilon),
// variance over rows: y = gamma xhat + beta. With h = gamma g:
// gx = s (h - mean(h) - xhat mean(h xhat)), dgamma = sum g xhat, dbeta = sum g.

#include <algorithm>
#include <cmath>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

using namespace reference;

void ReferenceBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                 double momentum, View running, View stats, View y, Workspace) {
    assert(sameShape(x, y) && stats.rows == 2 && stats.cols == x.cols && sameShape(stats, running));
    if (x.rows == 0)
        return;
    const Array input = read(x);
    const Array scale = read(gamma);
    const Array shift = read(beta);
    Array average = read(running);
    Array result(x.rows, x.cols);
    Array kept(2, x.cols);
    const auto rows = static_cast<double>(x.rows);
    for (std::int64_t j = 0; j < x.cols; ++j) {
        double mean = 0.0;
        for (std::int64_t i = 0; i < x.rows; ++i)
            mean += input(i, j) / rows;
        double squares = 0.0;
        for (std::int64_t i = 0; i < x.rows; ++i)
            squares += (input(i, j) - mean) * (input(i, j) - mean);
        kept(0, j) = mean;
        kept(1, j) = 1.0 / std::sqrt(squares / rows + epsilon);
        average(0, j) += momentum * (mean - average(0, j));
        average(1, j) += momentum * (squares / std::max(1.0, rows - 1.0) - average(1, j));
        for (std::int64_t i = 0; i < x.rows; ++i)
            result(i, j) = (input(i, j) - mean) * kept(1, j) * scale(0, j) + shift(0, j);
    }
    write(average, running);
    write(kept, stats);
    write(result, y);
}

void ReferenceBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta,
                                          double epsilon, ConstView running, View y) {
    assert(sameShape(x, y) && running.rows == 2 && running.cols == x.cols);
    const Array scale = read(gamma);
    const Array shift = read(beta);
    const Array average = read(running);
    Array result = read(x);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) =
                (result(i, j) - average(0, j)) / std::sqrt(average(1, j) + epsilon) * scale(0, j) +
                shift(0, j);
    write(result, y);
}

void ReferenceBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                         View gx, View dgamma, View dbeta, Workspace) {
    assert(sameShape(x, g) && sameShape(x, gx));
    if (x.rows == 0)
        return;
    const Array input = read(x);
    const Array scale = read(gamma);
    const Array kept = read(stats);
    const Array gradient = read(g);
    Array result(x.rows, x.cols);
    Array scaleGradient(1, x.cols);
    Array shiftGradient(1, x.cols);
    const auto rows = static_cast<double>(x.rows);
    for (std::int64_t j = 0; j < x.cols; ++j) {
        const auto normalized = [&](std::int64_t i) {
            return (input(i, j) - kept(0, j)) * kept(1, j);
        };
        for (std::int64_t i = 0; i < x.rows; ++i) {
            scaleGradient(0, j) += gradient(i, j) * normalized(i);
            shiftGradient(0, j) += gradient(i, j);
        }
        for (std::int64_t i = 0; i < x.rows; ++i)
            result(i, j) = kept(1, j) * scale(0, j) *
                           (gradient(i, j) - shiftGradient(0, j) / rows -
                            normalized(i) * scaleGradient(0, j) / rows);
    }
    write(result, gx);
    write(scaleGradient, dgamma, Accumulate::Yes);
    write(shiftGradient, dbeta, Accumulate::Yes);
}

std::size_t ReferenceBackend::batchNormScratch(std::int64_t, std::int64_t) const {
    return 0;
}

} // namespace inlay::kernels
