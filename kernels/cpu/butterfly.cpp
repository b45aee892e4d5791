#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Partial sums of the weight gradient: at most this many chunks of rows, whole panels.
constexpr std::int64_t kMostChunks = 8;
constexpr std::int64_t kPanelRows = 64;

std::int64_t chunkRows(std::int64_t rows) {
    const std::int64_t panels = (rows + kPanelRows - 1) / kPanelRows;
    return std::max<std::int64_t>(1, (panels + kMostChunks - 1) / kMostChunks) * kPanelRows;
}

ButterflyRows describe(const Butterfly& spec, ConstView x, ConstView weights) {
    assert((std::int64_t{1} << spec.stages()) == spec.n && x.cols == spec.n);
    assert(weights.rows == 1 && weights.cols == spec.weights() && isF32({x, weights}));
    ButterflyRows op;
    op.n = spec.n;
    op.stages = spec.stages();
    op.rising = (spec.order == ButterflyOrder::Increasing) == (spec.transposed == Transpose::No);
    op.transposed = spec.transposed == Transpose::Yes;
    op.weights = weights.as<float>();
    op.x = x.as<float>();
    op.xStride = x.stride;
    return op;
}

} // namespace

std::size_t CpuBackend::butterflyScratch(const Butterfly&, std::int64_t, DType) const {
    return 0;
}

void CpuBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                           Workspace) {
    assert(sameShape(x, y) && isF32({y}));
    ButterflyRows op = describe(spec, x, weights);
    op.y = y.as<float>();
    op.yStride = y.stride;
    if (x.size() == 0)
        return;
    parallelFor(x.rows, kPanelRows, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        kernels_.butterfly(op, begin, end, scratch.floats(kernels_.butterflyScratch(op.n)));
    });
}

std::size_t CpuBackend::butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                                 DType) const {
    const std::int64_t grain = chunkRows(rows);
    const std::int64_t chunks = (rows + grain - 1) / grain;
    return static_cast<std::size_t>(chunks * spec.weights()) * sizeof(float);
}

void CpuBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                   ConstView g, View gx, View dweights, Workspace workspace) {
    assert(sameShape(x, g) && isF32({g, gx, dweights}));
    assert(workspace.bytes >= butterflyBackwardScratch(spec, x.rows, x.dtype));
    ButterflyRows op = describe(spec, x, weights);
    op.g = g.as<float>();
    op.gStride = g.stride;
    op.y = gx.as<float>();
    op.yStride = gx.stride;
    if (x.size() == 0)
        return;
    const std::int64_t grain = chunkRows(x.rows);
    const std::int64_t chunks = (x.rows + grain - 1) / grain;
    const std::int64_t size = spec.weights();
    auto* sums = static_cast<float*>(workspace.data);
    parallelFor(x.rows, grain, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        ButterflyRows own = op;
        own.dweights = sums + begin / grain * size;
        std::fill_n(own.dweights, size, 0.0f);
        kernels_.butterflyBackward(
            own, begin, end, scratch.floats(kernels_.butterflyBackwardScratch(op.n, op.stages)));
    });
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
        kernels_.add(sums, sums + chunk * size, sums, size);
    kernels_.add(dweights.as<float>(), sums, dweights.as<float>(), size);
}

} // namespace inlay::kernels
