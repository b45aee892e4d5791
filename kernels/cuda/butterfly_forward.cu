// The forward passes, systems/butterfly.md 7.2.
//
// Weights are the traffic to fear: 8 n log2 n bytes, against 8 n a row of activations. Where a pass
// has one window (networks of at most 8, and the high stages of large ones) the thread that owns
// the window keeps its weights in registers for all its rows. Where it has more, a block brings as
// many rows as fit into shared memory, and each thread takes the weights of one window to all of
// them before it goes on to the next window, whose weights it has begun to read by then. Block and
// thread never share an element with another between two barriers, so all works in place.

#include "kernels/cuda/butterfly_forward.h"

#include <bit>
#include <type_traits>
#include <utility>

#include "kernels/cuda/butterfly_rows.cuh"
#include "kernels/cuda/cuda_check.h"

namespace inlay::kernels::cuda {
namespace {

constexpr int kBits = kButterflyForwardBits;
constexpr int kElements = 1 << kBits;
constexpr int kThreads = kButterflyThreads;
constexpr int kThreadBits = std::countr_zero(static_cast<unsigned>(kThreads));
/// Rows that a thread works on at a time, and as many that it reads ahead.
constexpr int kAhead = 2;
/// Blocks of the one-window kernel on a multiprocessor.
constexpr int kStreamBlocks = 2;

using Window = ButterflyWindow<kBits>;
using Values = float[kElements];
using Rows = float[kAhead][kElements];
using Quads = float4[kBits][kElements / 2];
template <int kValue>
using Constant = std::integral_constant<int, kValue>;
template <Layout kLayout>
using LayoutConstant = std::integral_constant<Layout, kLayout>;

template <typename T>
struct PassArguments {
    ButterflyRows<const T> x;
    ButterflyRows<T> y;
    ButterflyWeights weights;
    ButterflyTile tile;
    ButterflyWindows<kBits> windows;
    int tileNumberBits = 0;     // log2 of the tiles of a row
    std::int64_t batchRows = 0; // in shared memory
    std::int64_t rows = 0;
    std::int64_t blockRows = 0;
};

/// `steps`: how many of the window's; a constant where it is known.
template <typename Steps>
__device__ __forceinline__ void applyWindow(const Quads& quads, Steps steps, Rows& rows) {
#pragma unroll
    for (int u = 0; u < kBits; ++u)
        if (u == 0 || u < steps)
#pragma unroll
            for (int k = 0; k < kAhead; ++k)
#pragma unroll
                for (int m = 0; m < kElements / 2; ++m) {
                    const int i = butterflyElement(u, m);
                    applyPair(quads[u][m], rows[k][i], rows[k][i | 1 << u]);
                }
}

/// Applies the window to `groups` groups of kAhead rows: read(group, moved, rows) fills them,
/// write(group, rows) takes them. A group is read (`moved` = 1) while the one before is worked on,
/// the last one twice (the second time with `moved` = 0, as the first group at first): no branch
/// keeps reading, arithmetic and writing from being mixed.
template <typename Steps, typename Read, typename Write>
__device__ __forceinline__ void overGroups(const Quads& quads, Steps steps, int groups, Read read,
                                           Write write) {
    Rows now;
    Rows next;
    read(0, 0, now);
#pragma unroll 2
    for (int group = 0; group < groups; ++group) {
        const int following = min(group + 1, groups - 1);
        read(following, following - group, next);
        applyWindow(quads, steps, now);
        write(group, now);
#pragma unroll
        for (int k = 0; k < kAhead; ++k)
#pragma unroll
            for (int e = 0; e < kElements; ++e)
                now[k][e] = next[k][e];
    }
}

/// body(steps), with a constant for the full window that all but the one with the highest stages of
/// a pass are.
template <typename Body>
__device__ __forceinline__ void withSteps(int steps, Body body) {
    if (steps == kBits)
        body(Constant<kBits>{});
    else
        body(steps);
}

__device__ __forceinline__ void takeWeights(const Quads& from, bool exchanged, Quads& to) {
#pragma unroll
    for (int u = 0; u < kBits; ++u)
#pragma unroll
        for (int m = 0; m < kElements / 2; ++m)
            to[u][m] = applied(from[u][m], exchanged);
}

/// A pass of one window: global memory to registers and back.
template <typename T>
__global__ void __launch_bounds__(kThreads, kStreamBlocks)
    streamKernel(const __grid_constant__ PassArguments<T> args) {
    const int number = static_cast<int>(blockIdx.x & ((1u << args.tileNumberBits) - 1u));
    const std::int64_t begin = (blockIdx.x >> args.tileNumberBits) * args.blockRows;
    const int count = static_cast<int>(min(args.blockRows, args.rows - begin));
    const int itemBits = args.tile.tileBits - kBits;
    const int item = static_cast<int>(threadIdx.x) & ((1 << itemBits) - 1);
    // The thread's rows are lane, lane + lanes, …
    const int lane = static_cast<int>(threadIdx.x) >> itemBits;
    const int lanes = kThreads >> itemBits;
    const int ownRows = (count - lane + lanes - 1) / lanes;
    if (ownRows <= 0)
        return;
    const Window& window = args.windows.window[0];
    const int feature = args.tile.begin(number) + args.tile.distance(window.base(item));
    const int valid = min(args.weights.n, kElements);
    Quads stored = {};
    Quads quads;
    readWeights(args.weights, window, feature, valid, stored);
    takeWeights(stored, args.weights.exchanged, quads);

    const auto run = [&](auto steps, auto layout) {
        constexpr Layout kLayout = decltype(layout)::value;
        GlobalWindow<const T, kBits> x(args.x.from(begin), window, feature);
        GlobalWindow<T, kBits> y(args.y.from(begin), window, feature);
        if constexpr (std::is_same_v<decltype(steps), int>) {
            x.valid = valid; // networks smaller than a window
            y.valid = valid;
        }
        // A group past the thread's last row repeats that row.
        const auto rowOf = [&](int group, int k) {
            return lane + min(group * kAhead + k, ownRows - 1) * lanes;
        };
        overGroups(
            quads, steps, (ownRows + kAhead - 1) / kAhead,
            [&](int group, int, Rows& rows) {
#pragma unroll
                for (int k = 0; k < kAhead; ++k)
                    x.template read<kLayout>(rowOf(group, k), rows[k]);
            },
            [&](int group, Rows& rows) {
#pragma unroll
                for (int k = 0; k < kAhead; ++k)
                    y.template write<kLayout>(rowOf(group, k), rows[k]);
            });
    };
    if (!window.adjacent || !args.x.aligned || !args.y.aligned)
        withSteps(window.steps,
                  [&](auto steps) { run(steps, LayoutConstant<Layout::Scattered>{}); });
    else if (window.distance[0] == 1)
        run(Constant<kBits>{}, LayoutConstant<Layout::Adjacent>{});
    else
        run(Constant<kBits>{}, LayoutConstant<Layout::Reversed>{});
}

/// A pass of kWindows > 1 windows: batches of rows in shared memory between them. Tiles have kStep
/// features, or fewer when kStep is the number of elements of all threads.
template <typename T, int kStep, int kWindows>
__global__ void __launch_bounds__(kThreads, 1)
    tileKernel(const __grid_constant__ PassArguments<T> args) {
    extern __shared__ float shared[];
    // Windows of a row beyond the threads are taken by turns.
    constexpr int kParts = kStep / (kThreads * kElements);
    constexpr int kUnits = kWindows * kParts;
    const int number = static_cast<int>(blockIdx.x & ((1u << args.tileNumberBits) - 1u));
    const std::int64_t begin = (blockIdx.x >> args.tileNumberBits) * args.blockRows;
    const std::int64_t end = min(begin + args.blockRows, args.rows);
    // Threads beyond the windows of a row take further rows: lane, lane + lanes, …
    const int itemBits = args.tile.tileBits - kBits;
    const int lane = static_cast<int>(threadIdx.x) >> itemBits;
    const int lanes = max(1, kThreads >> itemBits);

    const auto flatOf = [&](int unit) {
        return unit % kParts * kThreads + static_cast<int>(threadIdx.x);
    };
    const auto featureOf = [&](int unit) {
        const int item = flatOf(unit) & ((1 << itemBits) - 1);
        return args.tile.begin(number) +
               args.tile.distance(args.windows.window[unit / kParts].base(item));
    };
    prefetchTile(args.x, args.tile, number, begin, min(args.batchRows, end - begin));
    Quads stored = {};
    readWeights(args.weights, args.windows.window[0], featureOf(0), kElements, stored);
    for (std::int64_t batch = begin; batch < end; batch += args.batchRows) {
        const std::int64_t after = min(batch + args.batchRows, end);
        const int count = static_cast<int>(after - batch);
        // Whole groups: rows past the last repeat it and write the same as it does.
        const int groups = (count + kAhead * lanes - 1) / (kAhead * lanes);
        const auto rowOf = [&](int group, int k) {
            return min(lane + (group * kAhead + k) * lanes, count - 1);
        };
        const auto runUnit = [&](auto constant) {
            constexpr int unit = decltype(constant)::value;
            constexpr int w = unit / kParts;
            const Window& window = args.windows.window[w];
            Quads quads;
            takeWeights(stored, args.weights.exchanged, quads);
            const int following = (unit + 1) % kUnits;
            readWeights(args.weights, args.windows.window[following / kParts], featureOf(following),
                        kElements, stored);
            if (unit % kParts == 0) // all are done with the window, or the batch, before
                __syncthreads();
            if (unit == kParts) // the batch was read
                prefetchTile(args.x, args.tile, number, after, min(args.batchRows, end - after));

            const int feature = featureOf(unit);
            const GlobalWindow<const T, kBits> x(args.x.from(batch), window, feature);
            const GlobalWindow<T, kBits> y(args.y.from(batch), window, feature);
            // Where the group that is written next lies, and the one that was read last.
            SharedWindow<kBits, kStep> places(shared, window, flatOf(unit));
            SharedWindow<kBits, kStep> ahead = places;
            constexpr int kGroup = kAhead * kStep;
            const auto fromGlobal = [&](auto layout) {
                return [&](int group, int, Rows& rows) {
#pragma unroll
                    for (int k = 0; k < kAhead; ++k)
                        x.template read<decltype(layout)::value>(rowOf(group, k), rows[k]);
                };
            };
            const auto toGlobal = [&](auto layout) {
                return [&](int group, Rows& rows) {
#pragma unroll
                    for (int k = 0; k < kAhead; ++k)
                        y.template write<decltype(layout)::value>(rowOf(group, k), rows[k]);
                };
            };
            const auto fromShared = [&](int, int moved, Rows& rows) {
                places = ahead;
                ahead.advance(moved * kGroup);
#pragma unroll
                for (int k = 0; k < kAhead; ++k)
                    ahead.read(k, rows[k]);
            };
            const auto toShared = [&](int, Rows& rows) {
#pragma unroll
                for (int k = 0; k < kAhead; ++k)
                    places.write(k, rows[k]);
                if (w == 0) // otherwise it goes on when the next group is read
                    places.advance(kGroup);
            };
            // Windows of adjacent features are the first of a rising pass (in order) or the last of
            // a falling one (reversed). Tiles of 2 kStep take all windows in full.
            const auto run = [&](auto read, auto write) {
                if constexpr (kParts > 1)
                    overGroups(quads, Constant<kBits>{}, groups, read, write);
                else
                    withSteps(window.steps,
                              [&](auto steps) { overGroups(quads, steps, groups, read, write); });
            };
            if constexpr (w == 0) {
                if (window.adjacent && args.x.aligned)
                    overGroups(quads, Constant<kBits>{}, groups,
                               fromGlobal(LayoutConstant<Layout::Adjacent>{}), toShared);
                else
                    run(fromGlobal(LayoutConstant<Layout::Scattered>{}), toShared);
            } else if constexpr (w + 1 < kWindows) {
                overGroups(quads, Constant<kBits>{}, groups, fromShared, toShared);
            } else {
                if (window.adjacent && args.y.aligned)
                    overGroups(quads, Constant<kBits>{}, groups, fromShared,
                               toGlobal(LayoutConstant<Layout::Reversed>{}));
                else
                    run(fromShared, toGlobal(LayoutConstant<Layout::Scattered>{}));
            }
        };
        const auto all = [&]<int... kUnit>(std::integer_sequence<int, kUnit...>) {
            (runUnit(Constant<kUnit>{}), ...);
        };
        all(std::make_integer_sequence<int, kUnits>{});
    }
}

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

template <typename T>
void launch(Queue& queue, PassArguments<T> args) {
    const int itemBits = args.tile.tileBits - kBits;
    const std::int64_t lanes = itemBits < kThreadBits ? kThreads >> itemBits : 1;
    const bool stream = args.windows.count == 1;
    // Blocks that fill the device, each with a row at least for each of its threads.
    const std::int64_t blocks =
        static_cast<std::int64_t>(queue.multiprocessors()) * (stream ? kStreamBlocks : 1);
    const std::int64_t rowBlocks = std::max<std::int64_t>(1, blocks >> args.tileNumberBits);
    args.blockRows = std::max(ceilDivide(args.rows, rowBlocks), std::min(lanes, args.rows));
    const std::int64_t reach = std::min(butterflyReach(args.x.stride, sizeof(T)),
                                        butterflyReach(args.y.stride, sizeof(T)));
    if (stream)
        args.blockRows = std::min(args.blockRows, reach);
    const unsigned grid = static_cast<unsigned>(ceilDivide(args.rows, args.blockRows))
                          << args.tileNumberBits;
    if (stream) {
        streamKernel<T><<<grid, kThreads, 0, queue.stream()>>>(args);
        INLAY_CUDA_LAUNCHED("butterfly pass");
        return;
    }
    // Groups of rows that fit into shared memory, then batches of equal size.
    constexpr int kStep = kThreads * kElements;
    const bool wide = itemBits > kThreadBits;
    const std::int64_t groupBytes =
        std::int64_t{kAhead} * (wide ? 2 * kStep : kStep) * static_cast<int>(sizeof(float));
    const std::int64_t groupRows = kAhead * lanes;
    const std::int64_t room =
        static_cast<std::int64_t>(queue.properties().sharedMemPerBlockOptin) / groupBytes;
    const std::int64_t most = std::min(room * groupRows, reach);
    args.batchRows = ceilDivide(args.blockRows, ceilDivide(args.blockRows, most));
    args.batchRows = std::min(most, ceilDivide(args.batchRows, groupRows) * groupRows);
    const auto bytes = static_cast<std::size_t>(ceilDivide(args.batchRows, groupRows) * groupBytes);
    const auto start = [&](auto kernel) {
        INLAY_CUDA(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        static_cast<int>(bytes)));
        kernel<<<grid, kThreads, bytes, queue.stream()>>>(args);
        INLAY_CUDA_LAUNCHED("butterfly pass");
    };
    if (wide)
        start(tileKernel<T, 2 * kStep, 4>);
    else if (args.windows.count == 2)
        start(tileKernel<T, kStep, 2>);
    else if (args.windows.count == 3)
        start(tileKernel<T, kStep, 3>);
    else
        start(tileKernel<T, kStep, 4>);
}

} // namespace

void butterflyPass(Queue& queue, const Butterfly& spec, const ButterflyPass& pass, ConstView x,
                   const float* weights, View y) {
    if (x.rows == 0)
        return;
    const int n = static_cast<int>(spec.n);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        PassArguments<T> args;
        args.x = butterflyRows<const T>(x.data, x.stride);
        args.y = butterflyRows<T>(y.data, y.stride);
        args.weights = {weights, n, spec.transposed == Transpose::Yes};
        args.tile = pass.tile;
        args.windows = butterflyWindows<kBits>(pass, n);
        args.tileNumberBits = std::max(0, static_cast<int>(spec.stages()) - pass.tile.tileBits);
        args.rows = x.rows;
        launch(queue, args);
    });
}

} // namespace inlay::kernels::cuda
