// Batch normalization by column: two passes over the rows, sums over chunks of rows added in their
// order in double.

#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// At most this many chunks of rows.
constexpr std::int64_t kMostChunks = 32;

std::int64_t chunkRows(std::int64_t rows, std::int64_t cols) {
    return std::max(rowGrain(cols), (rows + kMostChunks - 1) / kMostChunks);
}

BatchNormOp opOf(ConstView x) {
    BatchNormOp op;
    op.rows = x.rows;
    op.cols = x.cols;
    op.x = x.as<float>();
    op.xStride = x.stride;
    return op;
}

/// Two sums a column over all rows: body adds those of rows begin to end to `first` and `second`.
template <typename Body>
void sumColumns(std::int64_t rows, std::int64_t cols, float* chunkSums, double* first,
                double* second, Body&& body) {
    const std::int64_t grain = chunkRows(rows, cols);
    const std::int64_t chunks = (rows + grain - 1) / grain;
    parallelFor(rows, grain, [&](std::int64_t begin, std::int64_t end) {
        float* own = chunkSums + begin / grain * 2 * cols;
        std::fill_n(own, 2 * cols, 0.0f);
        body(begin, end, own, own + cols);
    });
    for (std::int64_t j = 0; j < cols; ++j) {
        first[j] = 0.0;
        second[j] = 0.0;
        for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
            first[j] += static_cast<double>(chunkSums[chunk * 2 * cols + j]);
            second[j] += static_cast<double>(chunkSums[chunk * 2 * cols + cols + j]);
        }
    }
}

/// Scratch of one call for `cols` columns: chunk sums, two rows of doubles, three of floats.
struct BatchNormScratch {
    explicit BatchNormScratch(ScratchScope& scratch, std::int64_t cols)
        : chunkSums(scratch.floats(kMostChunks * 2 * cols))
        , first(reinterpret_cast<double*>(scratch.floats(2 * cols)))
        , second(reinterpret_cast<double*>(scratch.floats(2 * cols)))
        , a(scratch.floats(cols))
        , b(scratch.floats(cols))
        , c(scratch.floats(cols)) {}
    float* chunkSums;
    double* first;
    double* second;
    float* a;
    float* b;
    float* c;
};

} // namespace

void CpuBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                           double momentum, View running, View stats, View y, Workspace) {
    assert(sameShape(x, y) && stats.rows == 2 && stats.cols == x.cols && sameShape(stats, running));
    assert(isF32({x, gamma, beta, running, stats, y}));
    if (x.size() == 0)
        return;
    ScratchScope memory;
    const BatchNormScratch scratch(memory, x.cols);
    BatchNormOp op = opOf(x);
    op.y = y.as<float>();
    op.yStride = y.stride;
    // About the first row: no cancellation for columns far from zero.
    const float* shift = rowOf(x, 0);
    sumColumns(x.rows, x.cols, scratch.chunkSums, scratch.first, scratch.second,
               [&](std::int64_t begin, std::int64_t end, float* sums, float* squares) {
                   kernels_.columnMoments(op, shift, begin, end, sums, squares);
               });
    const auto rows = static_cast<double>(x.rows);
    for (std::int64_t j = 0; j < x.cols; ++j) {
        const double offset = scratch.first[j] / rows;
        const double squares = std::max(0.0, scratch.second[j] - offset * offset * rows);
        const double mean = static_cast<double>(shift[j]) + offset;
        const double inverse = 1.0 / std::sqrt(squares / rows + epsilon);
        rowOf(stats, 0)[j] = static_cast<float>(mean);
        rowOf(stats, 1)[j] = static_cast<float>(inverse);
        const auto move = [&](float& value, double toward) {
            value += static_cast<float>(momentum * (toward - static_cast<double>(value)));
        };
        move(rowOf(running, 0)[j], mean);
        move(rowOf(running, 1)[j], squares / std::max(1.0, rows - 1.0));
        const double factor = inverse * static_cast<double>(gamma.as<float>()[j]);
        scratch.a[j] = static_cast<float>(factor);
    }
    parallelFor(x.rows, rowGrain(x.cols), [&](std::int64_t begin, std::int64_t end) {
        kernels_.scaleColumns(op, rowOf(stats, 0), scratch.a, beta.as<float>(), begin, end);
    });
}

void CpuBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                    ConstView running, View y) {
    assert(sameShape(x, y) && running.rows == 2 && running.cols == x.cols);
    assert(isF32({x, gamma, beta, running, y}));
    if (x.size() == 0)
        return;
    ScratchScope memory;
    const BatchNormScratch scratch(memory, x.cols);
    BatchNormOp op = opOf(x);
    op.y = y.as<float>();
    op.yStride = y.stride;
    for (std::int64_t j = 0; j < x.cols; ++j) {
        const double factor = static_cast<double>(gamma.as<float>()[j]) /
                              std::sqrt(static_cast<double>(rowOf(running, 1)[j]) + epsilon);
        scratch.a[j] = static_cast<float>(factor);
    }
    parallelFor(x.rows, rowGrain(x.cols), [&](std::int64_t begin, std::int64_t end) {
        kernels_.scaleColumns(op, rowOf(running, 0), scratch.a, beta.as<float>(), begin, end);
    });
}

void CpuBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                   View gx, View dgamma, View dbeta, Workspace) {
    assert(sameShape(x, g) && sameShape(x, gx) && stats.rows == 2 && stats.cols == x.cols);
    assert(isF32({x, gamma, stats, g, gx, dgamma, dbeta}));
    if (x.size() == 0)
        return;
    ScratchScope memory;
    const BatchNormScratch scratch(memory, x.cols);
    BatchNormOp op = opOf(x);
    op.g = g.as<float>();
    op.gStride = g.stride;
    op.y = gx.as<float>();
    op.yStride = gx.stride;
    sumColumns(x.rows, x.cols, scratch.chunkSums, scratch.first, scratch.second,
               [&](std::int64_t begin, std::int64_t end, float* sums, float* products) {
                   kernels_.columnGradients(op, rowOf(stats, 0), rowOf(stats, 1), begin, end, sums,
                                            products);
               });
    const auto rows = static_cast<double>(x.rows);
    for (std::int64_t j = 0; j < x.cols; ++j) {
        const auto mean = static_cast<double>(rowOf(stats, 0)[j]);
        const auto inverse = static_cast<double>(rowOf(stats, 1)[j]);
        const double factor = inverse * static_cast<double>(gamma.as<float>()[j]);
        const double slope = -factor * inverse * scratch.second[j] / rows;
        scratch.a[j] = static_cast<float>(factor);
        scratch.b[j] = static_cast<float>(slope);
        scratch.c[j] = static_cast<float>(-factor * scratch.first[j] / rows - slope * mean);
        dgamma.as<float>()[j] += static_cast<float>(scratch.second[j]);
        dbeta.as<float>()[j] += static_cast<float>(scratch.first[j]);
    }
    parallelFor(x.rows, rowGrain(x.cols), [&](std::int64_t begin, std::int64_t end) {
        kernels_.combineColumns(op, scratch.a, scratch.b, scratch.c, begin, end);
    });
}

std::size_t CpuBackend::batchNormScratch(std::int64_t, std::int64_t) const {
    return 0;
}

} // namespace inlay::kernels
