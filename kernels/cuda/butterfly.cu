// Butterfly networks, systems/butterfly.md 1: the ops. Passes and their kernels are in
// butterfly_forward and butterfly_backward.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

#include "kernels/cuda/butterfly_backward.h"
#include "kernels/cuda/butterfly_forward.h"
#include "kernels/cuda/butterfly_mma.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/device_block.h"
#include "kernels/cuda/elements.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kConvertThreads = 256;
// The sum over the row blocks: columns of four weights, and slices of the row blocks.
constexpr int kSumColumns = 32;
constexpr int kSumSlices = 8;

/// What lies between two backward passes is kept for so many bytes of rows at a time.
constexpr std::int64_t kBetweenBytes = std::int64_t{128} << 20;

__global__ void __launch_bounds__(kConvertThreads)
    weightsKernel(AnyVector from, std::int64_t count, float* to) {
    const std::int64_t i = std::int64_t{blockIdx.x} * kConvertThreads + threadIdx.x;
    if (i < count)
        to[i] = from.load(i);
}

/// dweights += the rows of `partial` (rowBlocks x quads), summed in an order that depends on their
/// number only.
__global__ void __launch_bounds__(kSumColumns* kSumSlices)
    sumKernel(const float4* partial, int rowBlocks, std::int64_t quads, AnyVector dweights) {
    __shared__ float4 sums[kSumSlices][kSumColumns];
    const int slice = static_cast<int>(threadIdx.x) / kSumColumns;
    const int column = static_cast<int>(threadIdx.x) % kSumColumns;
    const std::int64_t quad = std::int64_t{blockIdx.x} * kSumColumns + column;
    const int each = (rowBlocks + kSumSlices - 1) / kSumSlices;
    const int end = min(rowBlocks, (slice + 1) * each);
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    if (quad < quads) {
#pragma unroll 4
        for (int block = slice * each; block < end; ++block) {
            const float4 part = partial[block * quads + quad];
            sum = make_float4(sum.x + part.x, sum.y + part.y, sum.z + part.z, sum.w + part.w);
        }
    }
    sums[slice][column] = sum;
    __syncthreads();
    if (slice > 0 || quad >= quads)
        return;
    for (int other = 1; other < kSumSlices; ++other) {
        const float4 part = sums[other][column];
        sum = make_float4(sum.x + part.x, sum.y + part.y, sum.z + part.z, sum.w + part.w);
    }
    const std::int64_t at = 4 * quad;
    dweights.store(at, dweights.load(at) + sum.x);
    dweights.store(at + 1, dweights.load(at + 1) + sum.y);
    dweights.store(at + 2, dweights.load(at + 2) + sum.z);
    dweights.store(at + 3, dweights.load(at + 3) + sum.w);
}

void copyWeights(Queue& queue, ConstView weights, float* to) {
    const std::int64_t count = weights.size();
    const auto grid = static_cast<unsigned>((count + kConvertThreads - 1) / kConvertThreads);
    weightsKernel<<<grid, kConvertThreads, 0, queue.stream()>>>(anyVector(weights), count, to);
    INLAY_CUDA_LAUNCHED("butterfly weights");
}

/// The weights as f32 at a multiple of 16 bytes: as they are, or a copy in the queue's scratch.
const float* plainWeights(Queue& queue, ConstView weights) {
    if (weights.dtype == DType::F32 && reinterpret_cast<std::uintptr_t>(weights.data) % 16 == 0)
        return weights.as<float>();
    auto* copy = static_cast<float*>(
        queue.scratch(static_cast<std::size_t>(weights.size()) * sizeof(float)));
    copyWeights(queue, weights, copy);
    return copy;
}

/// One pass after the other on the f32 pipes. What lies between two passes lies in y.
void inPasses(Queue& queue, const Butterfly& spec, ConstView x, const float* weights, View y) {
    ConstView input = x;
    for (const ButterflyPass& pass :
         butterflyPasses(spec, kButterflyForward, kButterflyForwardBits)) {
        butterflyPass(queue, spec, pass, input, weights, y);
        input = y;
    }
}

/// The weights of a network with blocks: as they are in f32, and merged, which the first product
/// after a change of the weights does, since f32 activations do without.
class PreparedButterfly final : public PreparedWeight {
public:
    PreparedButterfly(Queue& queue, const Butterfly& spec)
        : spec_(spec)
        , plain_(queue, spec.weights() * static_cast<std::int64_t>(sizeof(float)))
        , blocks_(queue, static_cast<std::int64_t>(butterflyBlockBytes(spec))) {}

    std::string route() const override {
        return "bf16: 16 x 16 blocks of four stages on tensor cores, f32: stage by stage";
    }
    const Butterfly& spec() const { return spec_; }
    const float* plain() const { return static_cast<const float*>(plain_.data()); }
    void take(Queue& queue, ConstView weights) {
        copyWeights(queue, weights, static_cast<float*>(plain_.data()));
        merged_ = false;
    }
    const void* blocks(Queue& queue) const {
        if (!merged_)
            mergeButterfly(queue, spec_, plain(), blocks_.data());
        merged_ = true;
        return blocks_.data();
    }

private:
    Butterfly spec_;
    DeviceBlock plain_;
    DeviceBlock blocks_;
    mutable bool merged_ = false;
};

void checkShapes([[maybe_unused]] const Butterfly& spec, [[maybe_unused]] ConstView x,
                 [[maybe_unused]] ConstView weights) {
    assert((std::int64_t{1} << spec.stages()) == spec.n && x.cols == spec.n);
    assert(spec.n <= std::int64_t{1} << 28); // distances of weights are 32-bit
    assert(weights.rows == 1 && weights.cols == spec.weights());
}

/// Rows of the view.
ConstView rowsOf(ConstView view, std::int64_t begin, std::int64_t count) {
    if (!view.given())
        return view;
    const auto* bytes = static_cast<const std::byte*>(view.data);
    return {bytes + static_cast<std::size_t>(begin * view.stride) * sizeOf(view.dtype), count,
            view.cols, view.stride, view.dtype};
}

View rowsOf(View view, std::int64_t begin, std::int64_t count) {
    const ConstView part = rowsOf(ConstView(view), begin, count);
    return {const_cast<void*>(part.data), part.rows, part.cols, part.stride, part.dtype};
}

/// How butterflyBackward uses its workspace: for the rows of a chunk the inputs of all passes but
/// the first (in whose place come the gradients of those inputs), then the partial sums.
struct BackwardPlan {
    std::vector<ButterflyPass> passes;
    std::int64_t chunkRows = 0;
    std::int64_t rowBlocks = 0;
    std::size_t betweenBytes = 0; // of one pass
    std::size_t partialBytes = 0;

    BackwardPlan(const Butterfly& spec, std::int64_t rows, DType dtype)
        : passes(butterflyPasses(spec, kButterflyBackward, kButterflyBackwardBits))
        , chunkRows(rows) {
        const auto between = static_cast<std::int64_t>(passes.size()) - 1;
        const std::int64_t rowBytes = spec.n * static_cast<std::int64_t>(sizeOf(dtype));
        if (between > 0)
            chunkRows = std::clamp<std::int64_t>(kBetweenBytes / (between * rowBytes), 1,
                                                 std::max<std::int64_t>(rows, 1));
        rowBlocks = butterflyRowBlocks(spec.n, chunkRows);
        constexpr std::size_t kAlignment = 256;
        betweenBytes = static_cast<std::size_t>(chunkRows * rowBytes);
        betweenBytes = (betweenBytes + kAlignment - 1) / kAlignment * kAlignment;
        partialBytes = static_cast<std::size_t>(rowBlocks * spec.weights()) * sizeof(float);
    }
    std::size_t bytes() const { return (passes.size() - 1) * betweenBytes + partialBytes; }
};

} // namespace

std::size_t CudaBackend::butterflyScratch(const Butterfly&, std::int64_t, DType) const {
    return 0;
}

void CudaBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                            Workspace) {
    checkShapes(spec, x, weights);
    if (x.size() == 0)
        return;
    if (spec.n == 1)
        return convert(x, y);
    inPasses(*queue_, spec, x, plainWeights(*queue_, weights), y);
}

std::unique_ptr<PreparedWeight> CudaBackend::prepareButterfly(const Butterfly& spec,
                                                              ConstView weights) {
    if (!butterflyHasBlocks(spec))
        return nullptr;
    auto prepared = std::make_unique<PreparedButterfly>(*queue_, spec);
    prepared->take(*queue_, weights);
    return prepared;
}

void CudaBackend::refreshButterfly(ConstView weights, PreparedWeight& prepared) {
    static_cast<PreparedButterfly&>(prepared).take(*queue_, weights);
}

void CudaBackend::butterflyPrepared(ConstView x, const PreparedWeight& prepared, View y) {
    const auto& network = static_cast<const PreparedButterfly&>(prepared);
    if (x.size() == 0)
        return;
    if (butterflyProductTakes(*queue_, network.spec(), x, y))
        butterflyProduct(*queue_, network.spec(), x, network.blocks(*queue_), y);
    else
        inPasses(*queue_, network.spec(), x, network.plain(), y);
}

std::size_t CudaBackend::butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                                  DType dtype) const {
    return spec.n == 1 || rows == 0 ? 0 : BackwardPlan(spec, rows, dtype).bytes();
}

void CudaBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                    ConstView g, View gx, View dweights, Workspace workspace) {
    checkShapes(spec, x, weights);
    if (x.size() == 0)
        return;
    if (spec.n == 1) {
        if (gx.given())
            convert(g, gx);
        return;
    }
    const BackwardPlan plan(spec, x.rows, x.dtype);
    assert(workspace.bytes >= plan.bytes());
    const float* plain = plainWeights(*queue_, weights);
    const std::size_t passes = plan.passes.size();
    auto* memory = static_cast<std::byte*>(workspace.data);
    auto* partial = reinterpret_cast<float*>(memory + (passes - 1) * plan.betweenBytes);
    for (std::int64_t begin = 0; begin < x.rows; begin += plan.chunkRows) {
        const std::int64_t count = std::min(plan.chunkRows, x.rows - begin);
        // The input of each pass; its gradient takes its place.
        std::vector<ConstView> inputs{rowsOf(x, begin, count)};
        for (std::size_t pass = 0; pass + 1 < passes; ++pass) {
            const View output{memory + pass * plan.betweenBytes, count, spec.n, spec.n, x.dtype};
            butterflyPass(*queue_, spec, plan.passes[pass], inputs.back(), plain, output);
            inputs.push_back(output);
        }
        ConstView gradient = rowsOf(g, begin, count);
        for (std::size_t pass = passes; pass-- > 0;) {
            const ConstView input = inputs[pass];
            const View out = pass == 0 ? rowsOf(gx, begin, count)
                                       : View{const_cast<void*>(input.data), count, spec.n,
                                              input.stride, x.dtype};
            butterflyPassBackward(*queue_, spec, plan.passes[pass], input, plain, gradient, out,
                                  partial, plan.rowBlocks, begin > 0);
            gradient = out;
        }
    }
    const std::int64_t quads = spec.weights() / 4;
    const auto grid = static_cast<unsigned>((quads + kSumColumns - 1) / kSumColumns);
    sumKernel<<<grid, kSumColumns * kSumSlices, 0, queue_->stream()>>>(
        reinterpret_cast<const float4*>(partial), static_cast<int>(plan.rowBlocks), quads,
        anyVector(dweights));
    INLAY_CUDA_LAUNCHED("butterfly weight gradients");
}

} // namespace inlay::kernels
