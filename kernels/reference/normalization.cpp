// Layer normalization by row, xhat = (x - mean) s with s = 1 / sqrt(variance + epsilon), variance
// over cols (not cols - 1): y = gamma xhat + beta. With h = gamma g:
// gx = s (h - mean(h) - xhat mean(h xhat)), dgamma = sum g xhat, dbeta = sum g.

#include <cmath>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

using namespace reference;

void ReferenceBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                 View y, View stats) {
    assert(sameShape(x, y) && stats.rows == x.rows && stats.cols == 2);
    const Array input = read(x);
    const Array scale = read(gamma);
    const Array shift = read(beta);
    Array result(x.rows, x.cols);
    Array kept(x.rows, 2);
    const auto cols = static_cast<double>(x.cols);
    for (std::int64_t i = 0; i < x.rows && x.cols > 0; ++i) {
        double mean = 0.0;
        for (std::int64_t j = 0; j < x.cols; ++j)
            mean += input(i, j) / cols;
        double variance = 0.0;
        for (std::int64_t j = 0; j < x.cols; ++j)
            variance += (input(i, j) - mean) * (input(i, j) - mean) / cols;
        kept(i, 0) = mean;
        kept(i, 1) = 1.0 / std::sqrt(variance + epsilon);
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) = (input(i, j) - mean) * kept(i, 1) * scale(0, j) + shift(0, j);
    }
    write(result, y);
    write(kept, stats);
}

void ReferenceBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                         View gx, Accumulate accumulate, View dgamma, View dbeta,
                                         Workspace) {
    assert(sameShape(x, g) && sameShape(x, gx));
    const Array input = read(x);
    const Array scale = read(gamma);
    const Array kept = read(stats);
    const Array gradient = read(g);
    Array result(x.rows, x.cols);
    Array scaleGradient(1, x.cols);
    Array shiftGradient(1, x.cols);
    const auto cols = static_cast<double>(x.cols);
    for (std::int64_t i = 0; i < x.rows; ++i) {
        const auto normalized = [&](std::int64_t j) {
            return (input(i, j) - kept(i, 0)) * kept(i, 1);
        };
        double mean = 0.0;
        double correlation = 0.0;
        for (std::int64_t j = 0; j < x.cols; ++j) {
            const double h = gradient(i, j) * scale(0, j);
            mean += h / cols;
            correlation += h * normalized(j) / cols;
            scaleGradient(0, j) += gradient(i, j) * normalized(j);
            shiftGradient(0, j) += gradient(i, j);
        }
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) =
                kept(i, 1) * (gradient(i, j) * scale(0, j) - mean - normalized(j) * correlation);
    }
    write(result, gx, accumulate);
    write(scaleGradient, dgamma, Accumulate::Yes);
    write(shiftGradient, dbeta, Accumulate::Yes);
}

std::size_t ReferenceBackend::layerNormBackwardScratch(std::int64_t, std::int64_t, DType) const {
    return 0;
}

} // namespace inlay::kernels
