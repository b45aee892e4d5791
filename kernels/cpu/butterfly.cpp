#include "kernels/cpu/aligned_floats.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Partial sums of the weight gradient: at most this many chunks of rows, whole panels.
constexpr std::int64_t kMostChunks = 8;
constexpr std::int64_t kPanelRows = 32;
/// Sums of the weight gradient that a task adds up.
constexpr std::int64_t kSumGrain = 16384;
/// Rows of a task of the forward pass.
constexpr std::int64_t kForwardRows = 16;

std::int64_t chunkRows(std::int64_t rows) {
    const std::int64_t panels = (rows + kPanelRows - 1) / kPanelRows;
    return std::max<std::int64_t>(1, (panels + kMostChunks - 1) / kMostChunks) * kPanelRows;
}

ButterflyRows describe(const Butterfly& spec, ConstView weights) {
    assert((std::int64_t{1} << spec.stages()) == spec.n && isF32({weights}));
    assert(weights.rows == 1 && weights.cols == spec.weights());
    ButterflyRows op;
    op.n = spec.n;
    op.stages = spec.stages();
    op.rising = (spec.order == ButterflyOrder::Increasing) == (spec.transposed == Transpose::No);
    op.transposed = spec.transposed == Transpose::Yes;
    op.weights = weights.as<float>();
    return op;
}

void readFrom(ButterflyRows& op, ConstView x) {
    assert(x.cols == op.n && isF32({x}));
    op.rows = x.rows;
    op.x = x.as<float>();
    op.xStride = x.stride;
}

void writeTo(ButterflyRows& op, View y) {
    assert(!y.given() || (y.cols == op.n && isF32({y})));
    op.y = y.as<float>();
    op.yStride = y.stride;
}

void overRows(const KernelTable& kernels, const ButterflyRows& op, std::int64_t rows) {
    parallelFor(rows, kForwardRows, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        kernels.butterfly(op, begin, end, scratch.floats(kernels.butterflyScratch(op.n)));
    });
}

void pack(const KernelTable& kernels, const ButterflyRows& op, float* packed) {
    // Waking a thread costs more than packing narrow networks.
    constexpr std::int64_t kOneTask = 1024;
    const int passes = kernels.butterflyPasses(op);
    parallelFor(passes, op.n < kOneTask ? passes : 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t pass = begin; pass < end; ++pass)
            kernels.packButterfly(op, static_cast<int>(pass), packed);
    });
}

class PackedButterfly final : public PreparedWeight {
public:
    PackedButterfly(const Butterfly& spec, std::int64_t floats)
        : network(spec)
        , packed(static_cast<std::size_t>(floats)) {}

    std::string route() const override { return "features as lanes, several stages a pass"; }

    Butterfly network;
    AlignedFloats packed;
};

} // namespace

std::size_t CpuBackend::butterflyScratch(const Butterfly&, std::int64_t, DType) const {
    return 0;
}

void CpuBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                           Workspace) {
    assert(sameShape(x, y));
    ButterflyRows op = describe(spec, weights);
    readFrom(op, x);
    writeTo(op, y);
    if (x.size() == 0)
        return;
    ScratchScope scratch;
    float* packed = scratch.floats(kernels_.butterflyPacked(op.n, op.stages));
    pack(kernels_, op, packed);
    op.packed = packed;
    overRows(kernels_, op, x.rows);
}

std::unique_ptr<PreparedWeight> CpuBackend::prepareButterfly(const Butterfly& spec,
                                                             ConstView weights) {
    auto prepared =
        std::make_unique<PackedButterfly>(spec, kernels_.butterflyPacked(spec.n, spec.stages()));
    refreshButterfly(weights, *prepared);
    return prepared;
}

void CpuBackend::refreshButterfly(ConstView weights, PreparedWeight& weight) {
    auto& prepared = static_cast<PackedButterfly&>(weight);
    pack(kernels_, describe(prepared.network, weights), prepared.packed.data());
}

void CpuBackend::butterflyPrepared(ConstView x, const PreparedWeight& weight, View y) {
    assert(sameShape(x, y));
    const auto& prepared = static_cast<const PackedButterfly&>(weight);
    const Butterfly& spec = prepared.network;
    ButterflyRows op = describe(spec, {prepared.packed.data(), 1, spec.weights(), spec.weights()});
    op.packed = prepared.packed.data();
    readFrom(op, x);
    writeTo(op, y);
    if (x.size() == 0)
        return;
    overRows(kernels_, op, x.rows);
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
    ButterflyRows op = describe(spec, weights);
    readFrom(op, x);
    writeTo(op, gx);
    op.g = g.as<float>();
    op.gStride = g.stride;
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
    parallelFor(size, kSumGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
            kernels_.add(sums + begin, sums + chunk * size + begin, sums + begin, end - begin);
        float* into = dweights.as<float>() + begin;
        kernels_.add(into, sums + begin, into, end - begin);
    });
}

} // namespace inlay::kernels
