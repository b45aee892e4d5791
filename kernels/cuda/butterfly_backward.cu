// The backward passes, systems/butterfly.md 1 and 7.2.
//
// A pass has the input x of its stages and the gradient g of its output. A block holds the inputs
// of its windows for a batch of rows in shared memory: it goes forward through the windows to fill
// them, then backward, each window's gradient taking the place of its input. Within a window the
// inputs of the second stage are computed anew. Sums of weight gradients stay in registers over all
// rows of a block: a thread owns the same pairs for all its rows.

#include "kernels/cuda/butterfly_backward.h"

#include <utility>

#include "kernels/cuda/butterfly_gradients.cuh"
#include "kernels/cuda/cuda_check.h"

namespace inlay::kernels::cuda {

using namespace butterfly_backward;

namespace {

/// Numbers from a thread's row to its next one: what all threads own.
constexpr int kStep = kThreads * kElements;
/// Rows of a thread in a batch.
constexpr int kBatch = 8;
/// One window's inputs.
constexpr int kBuffer = kBatch * kStep;
/// Blocks along the rows times tiles: two for each multiprocessor of an H100 or H200, but the same
/// everywhere, so that results depend on shapes only.
constexpr std::int64_t kBlocks = 264;
/// Rows that a thread should have at least.
constexpr std::int64_t kLeastRows = 4;

static_assert(kStep == 1 << kButterflyBackward.tileBits);

template <typename T>
struct BackwardArguments {
    ButterflyRows<const T> x;
    ButterflyRows<const T> g;
    ButterflyRows<T> gx;
    ButterflyWeights weights;
    ButterflyTile tile;
    ButterflyWindows<kBits> windows;
    int tileNumberBits = 0;     // log2 of the tiles of a row
    std::int64_t batchRows = 0; // rows of all threads in a batch
    std::int64_t rows = 0;
    std::int64_t blockRows = 0;
    float* partial = nullptr;
    std::int64_t partialStride = 0;
    bool add = false;
};

template <typename T, int kWindows>
__global__ void __launch_bounds__(kThreads, kWindows <= 3 ? 2 : 1)
    backwardKernel(const __grid_constant__ BackwardArguments<T> args) {
    extern __shared__ float4 sharedQuads[];
    float* const shared = reinterpret_cast<float*>(sharedQuads);
    const int number = static_cast<int>(blockIdx.x & ((1u << args.tileNumberBits) - 1u));
    const std::int64_t rowBlock = blockIdx.x >> args.tileNumberBits;
    const std::int64_t begin = rowBlock * args.blockRows;
    const std::int64_t end = min(begin + args.blockRows, args.rows);
    const int itemBits = args.tile.tileBits - kBits;
    const int item = static_cast<int>(threadIdx.x) & ((1 << itemBits) - 1);
    // The thread's rows in a batch are lane, lane + lanes, …
    const int lane = static_cast<int>(threadIdx.x) >> itemBits;
    const int lanes = kThreads >> itemBits;
    const int valid = min(args.weights.n, kElements);

    Quads quads[kWindows];
    Quads sums[kWindows];
#pragma unroll
    for (int w = 0; w < kWindows; ++w) {
        const Window& window = args.windows.window[w];
        Quads stored = {};
        readWeights(args.weights, window,
                    args.tile.begin(number) + args.tile.distance(window.base(item)), valid, stored);
#pragma unroll
        for (int u = 0; u < kBits; ++u)
#pragma unroll
            for (int m = 0; m < kElements / 2; ++m) {
                quads[w][u][m] = applied(stored[u][m], args.weights.exchanged);
                sums[w][u][m] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            }
    }

    for (std::int64_t batch = begin; batch < end; batch += args.batchRows) {
        const std::int64_t after = min(batch + args.batchRows, end);
        const int rows = (static_cast<int>(after - batch) - lane + lanes - 1) / lanes;
        const auto globalRows = [&](const auto& matrix, int w) {
            const Window& window = args.windows.window[w];
            GlobalWindow result(matrix.from(batch), window,
                                args.tile.begin(number) + args.tile.distance(window.base(item)));
            if constexpr (kWindows == 1)
                result.valid = valid;
            return result;
        };
        const auto placesOf = [&](int w) {
            return SharedWindow<kBits, kStep>(shared + w * kBuffer, args.windows.window[w],
                                              static_cast<int>(threadIdx.x));
        };
        const auto rowOf = [&](int row) {
            return lane + row * lanes;
        };

        // Forward: the input of window w + 1 into buffer w + 1.
        const auto forward = [&](auto constant) {
            constexpr int w = decltype(constant)::value;
            const auto x = globalRows(args.x, w);
            SharedWindow<kBits, kStep> own = placesOf(w);
            const auto run = [&](auto steps, auto layout) {
                [[maybe_unused]] constexpr Layout kLayout = decltype(layout)::value;
                overRows(rows, [&](int first, auto count) {
                    constexpr int kCount = decltype(count)::value;
                    float values[kCount][kElements];
#pragma unroll
                    for (int k = 0; k < kCount; ++k) {
                        if constexpr (w == 0)
                            x.template read<kLayout>(rowOf(first + k), values[k]);
                        else
                            own.read(k, values[k]);
                    }
#pragma unroll
                    for (int k = 0; k < kCount; ++k) {
                        if constexpr (w == 0)
                            own.write(k, values[k]);
                        applyWindow(quads[w], steps, values[k]);
                        own.write(kBatch + k, values[k]); // the next buffer
                    }
                    own.advance(kCount * kStep);
                });
            };
            if constexpr (w == 0)
                withLayout<Layout::Adjacent>(args.windows.window[w], args.x.aligned, run);
            else
                run(Constant<kBits>{}, std::integral_constant<Layout, Layout::Scattered>{});
            __syncthreads();
        };
        // Backward: buffer w from the input of window w to its gradient, which the window before
        // takes up; the first window's goes out.
        const auto backward = [&](auto constant) {
            constexpr int w = decltype(constant)::value;
            constexpr bool kLast = w + 1 == kWindows;
            const auto x = globalRows(args.x, w);
            const auto g = globalRows(args.g, w);
            const auto gx = globalRows(args.gx, w);
            SharedWindow<kBits, kStep> own = placesOf(w);
            const auto run = [&](auto steps, auto layout) {
                [[maybe_unused]] constexpr Layout kLayout = decltype(layout)::value;
                overRows(rows, [&](int first, auto count) {
                    constexpr int kCount = decltype(count)::value;
                    float inputs[kCount][kElements];
                    float gradients[kCount][kElements];
#pragma unroll
                    for (int k = 0; k < kCount; ++k) {
                        if constexpr (kLast)
                            g.template read<kLayout>(rowOf(first + k), gradients[k]);
                        else
                            own.read(kBatch + k, gradients[k]);
                        if constexpr (kWindows == 1)
                            x.template read<kLayout>(rowOf(first + k), inputs[k]);
                        else
                            own.read(k, inputs[k]);
                    }
#pragma unroll
                    for (int k = 0; k < kCount; ++k) {
                        windowBackward(quads[w], steps, inputs[k], gradients[k], sums[w]);
                        if constexpr (w > 0)
                            own.write(k, gradients[k]);
                        else if (args.gx.data != nullptr)
                            gx.template write<kLayout>(rowOf(first + k), gradients[k]);
                    }
                    own.advance(kCount * kStep);
                });
            };
            const Window& window = args.windows.window[w];
            if constexpr (kWindows == 1)
                withLayout<Layout::Scattered>(window, false, run);
            else if constexpr (w == 0)
                withLayout<Layout::Adjacent>(window, args.gx.aligned, run);
            else if constexpr (kLast)
                withLayout<Layout::Reversed>(window, args.g.aligned, run);
            else
                run(Constant<kBits>{}, std::integral_constant<Layout, Layout::Scattered>{});
            if constexpr (w > 0)
                __syncthreads();
        };

        if constexpr (kWindows > 1) {
            const auto all = [&]<int... kW>(std::integer_sequence<int, kW...>) {
                (forward(Constant<kW>{}), ...);
            };
            all(std::make_integer_sequence<int, kWindows - 1>{});
        }
        prefetchTile(args.x, args.tile, number, after, min(args.batchRows, end - after));
        prefetchTile(args.g, args.tile, number, after, min(args.batchRows, end - after));
        const auto all = [&]<int... kW>(std::integer_sequence<int, kW...>) {
            (backward(Constant<kWindows - 1 - kW>{}), ...);
        };
        all(std::make_integer_sequence<int, kWindows>{});
        // The next batch's first window writes, in buffers 0 and 1, only what the same thread read
        // last: no barrier.
    }

    float* const partial = args.partial + rowBlock * args.partialStride;
#pragma unroll
    for (int w = 0; w < kWindows; ++w) {
        const Window& window = args.windows.window[w];
        if (lanes > 1)
            sumOverLanes(sharedQuads, lane, lanes, 1 << itemBits, sums[w]);
        if (lane > 0)
            continue;
        const int feature = args.tile.begin(number) + args.tile.distance(window.base(item));
        const std::int64_t first = std::int64_t{4} * butterflyPair(window.lowestStage, feature);
#pragma unroll
        for (int u = 0; u < kBits; ++u)
            if (u < window.steps)
#pragma unroll
                for (int m = 0; m < kElements / 2; ++m) {
                    if (butterflyElement(u, m) >= valid)
                        continue;
                    float4* const place = reinterpret_cast<float4*>(
                        partial + first + window.stepWeights[u] +
                        butterflyDistance(window.pairWeights[u], butterflyElement(u, m)));
                    float4 sum = applied(sums[w][u][m], args.weights.exchanged);
                    if (args.add) {
                        const float4 before = *place;
                        sum = make_float4(before.x + sum.x, before.y + sum.y, before.z + sum.z,
                                          before.w + sum.w);
                    }
                    *place = sum;
                }
    }
}

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

template <typename T, int kWindows>
void launch(Queue& queue, const BackwardArguments<T>& args, std::int64_t rowBlocks) {
    // Room for the inputs of all windows (a lone one has none) and for the sums of the lanes.
    constexpr int kBytes =
        (kWindows > 1 ? kWindows : 1) * kBuffer * static_cast<int>(sizeof(float));
    INLAY_CUDA(cudaFuncSetAttribute(backwardKernel<T, kWindows>,
                                    cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes));
    const auto grid = static_cast<unsigned>(rowBlocks << args.tileNumberBits);
    backwardKernel<T, kWindows><<<grid, kThreads, kBytes, queue.stream()>>>(args);
    INLAY_CUDA_LAUNCHED("butterfly pass backward");
}

} // namespace

std::int64_t butterflyRowBlocks(std::int64_t n, std::int64_t rows) {
    const std::int64_t tiles = std::max<std::int64_t>(1, n / kStep);
    const std::int64_t lanes =
        std::max<std::int64_t>(1, kStep / std::max<std::int64_t>(n, kElements));
    const std::int64_t most = std::max<std::int64_t>(1, kBlocks / tiles);
    const std::int64_t blockRows =
        std::max(ceilDivide(rows, most), std::min(rows, kLeastRows * lanes));
    return rows == 0 ? 0 : ceilDivide(rows, blockRows);
}

void butterflyPassBackward(Queue& queue, const Butterfly& spec, const ButterflyPass& pass,
                           ConstView x, const float* weights, ConstView g, View gx, float* partial,
                           std::int64_t rowBlocks, bool add) {
    const int n = static_cast<int>(spec.n);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        BackwardArguments<T> args;
        args.x = butterflyRows<const T>(x.data, x.stride);
        args.g = butterflyRows<const T>(g.data, g.stride);
        args.gx = butterflyRows<T>(gx.data, gx.stride);
        args.weights = {weights, n, spec.transposed == Transpose::Yes};
        args.tile = pass.tile;
        args.windows = butterflyWindows<kBits>(pass, n);
        args.tileNumberBits = std::max(0, static_cast<int>(spec.stages()) - pass.tile.tileBits);
        args.rows = x.rows;
        args.blockRows = ceilDivide(x.rows, rowBlocks);
        args.batchRows = std::min(
            {std::int64_t{kBuffer} >> pass.tile.tileBits, butterflyReach(x.stride, sizeof(T)),
             butterflyReach(g.stride, sizeof(T)), butterflyReach(gx.stride, sizeof(T))});
        args.partial = partial;
        args.partialStride = spec.weights();
        args.add = add;
        switch (args.windows.count) {
        case 1:
            return launch<T, 1>(queue, args, rowBlocks);
        case 2:
            return launch<T, 2>(queue, args, rowBlocks);
        case 3:
            return launch<T, 3>(queue, args, rowBlocks);
        case 4:
            return launch<T, 4>(queue, args, rowBlocks);
        default:
            return launch<T, 5>(queue, args, rowBlocks);
        }
    });
}

} // namespace inlay::kernels::cuda
