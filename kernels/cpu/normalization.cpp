#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Partial sums of parameter gradients: at most this many chunks of rows.
constexpr std::int64_t kMostChunks = 32;

std::int64_t chunkRows(std::int64_t rows, std::int64_t cols) {
    return std::max(rowGrain(cols), (rows + kMostChunks - 1) / kMostChunks);
}

std::int64_t chunkCount(std::int64_t rows, std::int64_t cols) {
    const std::int64_t grain = chunkRows(rows, cols);
    return (rows + grain - 1) / grain;
}

} // namespace

void CpuBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, View y,
                           View stats) {
    assert(sameShape(x, y) && stats.rows == x.rows && stats.cols == 2);
    assert(isF32({x, gamma, beta, y, stats}));
    if (x.size() == 0) {
        for (std::int64_t i = 0; i < stats.rows; ++i)
            std::fill_n(rowOf(stats, i), 2, 0.0f);
        return;
    }
    LayerNormRows op;
    op.cols = x.cols;
    op.epsilon = static_cast<float>(epsilon);
    op.x = x.as<float>();
    op.xStride = x.stride;
    op.gamma = gamma.as<float>();
    op.beta = beta.as<float>();
    op.y = y.as<float>();
    op.yStride = y.stride;
    op.stats = stats.as<float>();
    op.statsStride = stats.stride;
    parallelFor(x.rows, rowGrain(x.cols),
                [&](std::int64_t begin, std::int64_t end) { kernels_.layerNorm(op, begin, end); });
}

std::size_t CpuBackend::layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                 DType) const {
    return static_cast<std::size_t>(2 * chunkCount(rows, cols) * cols) * sizeof(float);
}

void CpuBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                   View gx, Accumulate accumulate, View dgamma, View dbeta,
                                   Workspace workspace) {
    assert(sameShape(x, g) && sameShape(x, gx) && isF32({x, gamma, stats, g, gx, dgamma, dbeta}));
    assert(workspace.bytes >= layerNormBackwardScratch(x.rows, x.cols, x.dtype));
    if (x.size() == 0)
        return;
    LayerNormRows op;
    op.cols = x.cols;
    op.x = x.as<float>();
    op.xStride = x.stride;
    op.gamma = gamma.as<float>();
    op.stats = const_cast<float*>(stats.as<float>());
    op.statsStride = stats.stride;
    op.g = g.as<float>();
    op.gStride = g.stride;
    op.y = gx.as<float>();
    op.yStride = gx.stride;
    op.accumulate = accumulate == Accumulate::Yes;
    const std::int64_t grain = chunkRows(x.rows, x.cols);
    const std::int64_t chunks = chunkCount(x.rows, x.cols);
    auto* sums = static_cast<float*>(workspace.data);
    parallelFor(x.rows, grain, [&](std::int64_t begin, std::int64_t end) {
        float* own = sums + begin / grain * 2 * x.cols;
        std::fill_n(own, 2 * x.cols, 0.0f);
        kernels_.layerNormBackward(op, begin, end, own, own + x.cols);
    });
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
        kernels_.add(sums, sums + chunk * 2 * x.cols, sums, 2 * x.cols);
    kernels_.add(dgamma.as<float>(), sums, dgamma.as<float>(), x.cols);
    kernels_.add(dbeta.as<float>(), sums + x.cols, dbeta.as<float>(), x.cols);
}

void CpuBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                     View loss, View correct, View gradient) {
    assert(labels.dtype == DType::I32 && labels.rows == logits.rows);
    assert(isF32({logits, loss, gradient}) && correct.dtype == DType::I32);
    if (logits.size() == 0)
        return;
    const std::int64_t grain =
        std::max(rowGrain(logits.cols, kSpanGrain / 4), (logits.rows + 63) / 64);
    double losses[64] = {};
    std::int64_t right[64] = {};
    parallelFor(logits.rows, grain, [&](std::int64_t begin, std::int64_t end) {
        const std::int64_t chunk = begin / grain;
        losses[chunk] = kernels_.crossEntropy(
            rowOf(logits, begin), logits.stride, labels.as<std::int32_t>() + begin * labels.stride,
            labels.stride, logits.cols, end - begin, static_cast<float>(gradientScale),
            gradient.given() ? rowOf(gradient, begin) : nullptr, gradient.stride, &right[chunk]);
    });
    double total = 0.0;
    std::int64_t hits = 0;
    for (int chunk = 0; chunk < 64; ++chunk) {
        total += losses[chunk];
        hits += right[chunk];
    }
    float& target = *loss.as<float>();
    target = static_cast<float>(static_cast<double>(target) + total);
    *correct.as<std::int32_t>() += static_cast<std::int32_t>(hits);
}

void CpuBackend::softmax(ConstView x, View y) {
    assert(sameShape(x, y) && isF32({x, y}));
    if (x.size() == 0)
        return;
    parallelFor(x.rows, rowGrain(x.cols, kSpanGrain / 4),
                [&](std::int64_t begin, std::int64_t end) {
                    kernels_.softmax(rowOf(x, begin), x.stride, rowOf(y, begin), y.stride, x.cols,
                                     end - begin);
                });
}

} // namespace inlay::kernels
