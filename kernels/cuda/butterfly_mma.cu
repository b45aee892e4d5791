// The forward passes of bf16 networks on tensor cores.
//
// What a stage costs on the f32 pipes is four instructions a pair: more than the memory takes at
// two bytes a number. In 16 x 16 blocks the arithmetic is next to nothing, and what is left to pay
// for are the blocks (32 bytes a feature and window, 16 where a window has three stages, read from
// L2 once for all rows of a batch) and the ways to and from shared memory. There a batch lies
// feature by feature, 8 rows in 16 bytes: the right operand of a product wants pairs of features in
// a word, which the transposing load makes, so that a window may begin at any bit.
//
// Within a pass numbers are f16, whose three bits more than bf16's keep the roundings between the
// windows and that of the blocks far below that of the result. Its range is won by powers of two,
// which cost no accuracy: a row begins with its largest number in [2^14, 2^15), a window's blocks
// are scaled to a largest absolute row sum in [2^14, 2^15) and their products scaled back by 2^-15,
// so that no number outgrows 2^15, and the last products take all of it back. What is 2^-39 times
// the bound or smaller is lost. Results above 2^100 or below 2^-96 are not kept apart from infinity
// and zero.

#include <algorithm>
#include <cassert>

#include "kernels/cuda/butterfly_batch.cuh"
#include "kernels/cuda/butterfly_mma.h"
#include "kernels/cuda/cuda_check.h"

namespace inlay::kernels::cuda {
namespace {

template <int kWarps, int kBlocks, int kPairs, int kResident, bool kNarrow>
__global__ void __launch_bounds__(32 * kWarps, kResident)
    productKernel(const __grid_constant__ ButterflyProduct args) {
    runBatches<BatchShape<kWarps, kBlocks, kPairs, kResident, kNarrow>, kWarps, kBlocks, kPairs>(
        args);
}

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

template <int kWarps, int kBlocks, int kPairs, int kResident, bool kNarrow>
void start(Queue& queue, ButterflyProduct& args) {
    using S = BatchShape<kWarps, kBlocks, kPairs, kResident, kNarrow>;
    const auto kernel = productKernel<kWarps, kBlocks, kPairs, kResident, kNarrow>;
    args.items = ceilDivide(args.rows, S::kRows) << args.tileNumberBits;
    const std::int64_t grid =
        std::min(args.items, std::int64_t{queue.multiprocessors()} * kResident);
    INLAY_CUDA(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, S::kBytes));
    kernel<<<static_cast<unsigned>(grid), S::kThreads, S::kBytes, queue.stream()>>>(args);
    INLAY_CUDA_LAUNCHED("butterfly product");
}

/// Batches of 64 KiB, two at a time on a multiprocessor, so that one is read while the other is
/// worked on; of 16 rows where that would leave multiprocessors without one.
template <int kBlocks, bool kNarrow>
void startTile(Queue& queue, ButterflyProduct& args) {
    constexpr int kWarps = 8;
    constexpr int kPairs = 16 / kBlocks;
    const std::int64_t items = ceilDivide(args.rows, kPairs * kProductRows) << args.tileNumberBits;
    if (kPairs == 1 || items >= queue.multiprocessors())
        start<kWarps, kBlocks, kPairs, 2, kNarrow>(queue, args);
    else
        start<kWarps, kBlocks, 1, 2, kNarrow>(queue, args);
}

template <bool kNarrow>
void startPass(Queue& queue, ButterflyProduct& args) {
    switch (args.tile.tileBits) {
    case 8:
        startTile<2, kNarrow>(queue, args);
        break;
    case 9:
        startTile<4, kNarrow>(queue, args);
        break;
    case 10:
        startTile<8, kNarrow>(queue, args);
        break;
    case 11:
        startTile<16, kNarrow>(queue, args);
        break;
    default:
        // 128 KiB: with fewer than 16 rows to a batch the blocks would be read too often.
        start<16, 16, 1, 1, kNarrow>(queue, args);
    }
}

} // namespace

bool butterflyProductTakes(const Queue& queue, const Butterfly& spec, ConstView x, ConstView y) {
    if (!butterflyHasBlocks(spec))
        return false;
    for (const ButterflyPass& pass : butterflyBlockPasses(spec))
        if (queue.properties().sharedMemPerBlockOptin < butterflySharedBytes(pass.tile.tileBits))
            return false;
    return x.dtype == DType::BF16 && y.dtype == DType::BF16 && x.rows >= kProductRows &&
           butterflyRows<const bf16>(x.data, x.stride).aligned &&
           butterflyRows<const bf16>(y.data, y.stride).aligned;
}

void butterflyProduct(Queue& queue, const Butterfly& spec, ConstView x, const void* prepared,
                      View y) {
    const auto* place = static_cast<const std::byte*>(prepared);
    ButterflyProduct args;
    args.x = butterflyRows<const bf16>(x.data, x.stride);
    args.y = butterflyRows<bf16>(y.data, y.stride);
    args.rows = x.rows;
    for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
        const BlockWindows windows = butterflyBlockWindows(pass);
        const ButterflyBlockMemory parts(spec, pass);
        args.growth = reinterpret_cast<const int*>(place);
        args.blocks = place + parts.blocksAt();
        args.tile = pass.tile;
        args.windows = windows.count;
        for (int w = 0; w < windows.count; ++w) {
            args.low[w] = windows.window[w].low;
            args.turn[w] = windows.window[w].turn;
        }
        args.tileNumberBits = static_cast<int>(spec.stages()) - pass.tile.tileBits;
        // From piece to piece it is one distance: the lanes of a strided tile are a piece.
        assert(pass.tile.laneBits == 0 || pass.tile.laneBits == kBlockLaneBits);
        if (windows.narrow)
            startPass<true>(queue, args);
        else
            startPass<false>(queue, args);
        place += parts.bytes();
        args.x = butterflyRows<const bf16>(y.data, y.stride); // what lies between passes lies in y
    }
}

} // namespace inlay::kernels::cuda
