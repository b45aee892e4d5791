// Sums over sets of rows (all rows, every p-th row, the rows of a group) and their counterparts
// that spread a row over such a set.

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/row_sets.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kPeriodicThreads = RowSetPlan::kThreads;

/// Block: a set, a tile of columns and a share of the set's rows. The last block of a set and tile
/// adds the shares.
template <typename T, int kWidth>
__global__ void __launch_bounds__(kPeriodicThreads)
    sumSetsKernel(RowSetPlan plan, Matrix<const T> x, AnyVector out, std::int64_t outStride,
                  float factor, bool accumulate, float* shares, unsigned* tickets) {
    const RowSetPlan::Block block = plan.block(blockIdx.x);
    const int lane = static_cast<int>(threadIdx.x) % plan.lanes;
    const int line = static_cast<int>(threadIdx.x) / plan.lanes;
    const int lines = kPeriodicThreads / plan.lanes;
    const std::int64_t col = (block.tile * plan.lanes + lane) * kWidth;
    const int count =
        static_cast<int>(max(min(x.cols - col, std::int64_t{kWidth}), std::int64_t{0}));

    float sums[kWidth] = {};
    const std::int64_t end = min((block.share + 1) * plan.rowsPerShare, plan.rowsOf(block.set));
    const auto addRows = [&](auto load) {
#pragma unroll 4
        for (std::int64_t n = block.share * plan.rowsPerShare + line; n < end; n += lines) {
            float values[kWidth];
            load(&x(plan.row(block.set, n), col), values);
#pragma unroll
            for (int i = 0; i < kWidth; ++i)
                sums[i] += values[i];
        }
    };
    if (count == kWidth)
        addRows([](const T* from, float(&values)[kWidth]) { loadPack(from, values); });
    else if (count > 0)
        addRows(
            [&](const T* from, float(&values)[kWidth]) { loadSome(from, count, false, values); });
    addDown<kPeriodicThreads>(sums, plan.lanes);

    if (plan.shares > 1) {
        const std::int64_t target = block.set * plan.tiles + block.tile;
        const std::int64_t pitch = plan.sets * plan.tiles * plan.lanes * kWidth;
        float* mine = shares + (target * plan.lanes + lane) * kWidth;
        if (line == 0)
            storePack(mine + block.share * pitch, sums);
        if (!isLastOf(tickets + target, static_cast<unsigned>(plan.shares)))
            return;
#pragma unroll
        for (float& sum : sums)
            sum = 0.0f;
        for (std::int64_t share = line; share < plan.shares; share += lines)
#pragma unroll
            for (int i = 0; i < kWidth; ++i)
                sums[i] += __ldcg(mine + share * pitch + i);
        addDown<kPeriodicThreads>(sums, plan.lanes);
    }
    if (line != 0)
        return;
#pragma unroll
    for (int i = 0; i < kWidth; ++i) {
        const std::int64_t index = block.set * outStride + col + i;
        if (i < count)
            out.store(index, (accumulate ? out.load(index) : 0.0f) + sums[i] * factor);
    }
}

/// y row i = x row i (nothing with x null) + factor p row (i / repeat mod period).
template <typename T, int kWidth>
__global__ void __launch_bounds__(kPeriodicThreads)
    spreadKernel(const T* x, std::int64_t xStride, AnyVector p, std::int64_t pStride,
                 std::int64_t repeat, std::int64_t period, float factor, Matrix<T> y) {
    const std::int64_t perRow = (y.cols + kWidth - 1) / kWidth;
    const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * kPeriodicThreads;
    for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kPeriodicThreads + threadIdx.x;
         i < y.rows * perRow; i += step) {
        const Place place = placeOf(i, perRow);
        const std::int64_t col = place.item * kWidth;
        const int count = static_cast<int>(min(y.cols - col, std::int64_t{kWidth}));
        const std::int64_t from = placeOf(placeOf(place.row, repeat).row, period).item;
        float added[kWidth];
        loadSome(p, from * pStride + col, count, kWidth > 1, added);
        float values[kWidth] = {};
        if (x != nullptr)
            loadSome(x + place.row * xStride + col, count, kWidth > 1, values);
#pragma unroll
        for (int i = 0; i < kWidth; ++i)
            values[i] += factor * added[i];
        storeSome(&y(place.row, col), count, kWidth > 1, values);
    }
}

void sumSets(Queue& queue, RowSetPlan plan, ConstView x, View out, float factor,
             Accumulate accumulate) {
    if (out.size() == 0)
        return;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto launch = [&](auto width) {
            constexpr int kWidth = decltype(width)::value;
            plan.cut(x.cols, kWidth);
            static_assert(RowSetPlan::kMostTargets <= Queue::kTickets);
            auto* shares = static_cast<float*>(queue.scratch(
                static_cast<std::size_t>(plan.shares > 1 ? plan.sharedSums(kWidth) : 1) *
                sizeof(float)));
            sumSetsKernel<T, kWidth>
                <<<static_cast<unsigned>(plan.blocks()), kPeriodicThreads, 0, queue.stream()>>>(
                    plan, matrixOf<T>(x), anyVector(out), out.stride, factor,
                    accumulate == Accumulate::Yes, shares, queue.tickets());
        };
        if (startsPacked(x))
            launch(std::integral_constant<int, kPack<T>>{});
        else
            launch(std::integral_constant<int, 1>{});
        INLAY_CUDA_LAUNCHED("sumSetsKernel");
    });
}

void spread(Queue& queue, ConstView x, ConstView p, std::int64_t repeat, float factor, View y) {
    if (y.size() == 0)
        return;
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto launch = [&](auto width) {
            constexpr int kWidth = decltype(width)::value;
            const std::int64_t packs = y.rows * ((y.cols + kWidth - 1) / kWidth);
            constexpr std::int64_t kMost = 0x7FFFFFFF;
            const auto blocks = static_cast<unsigned>(
                std::min((packs + kPeriodicThreads - 1) / kPeriodicThreads, kMost));
            spreadKernel<T, kWidth><<<blocks, kPeriodicThreads, 0, queue.stream()>>>(
                x.as<T>(), x.stride, anyVector(p), p.stride, repeat, p.rows, factor,
                matrixOf<T>(y));
        };
        if (startsPacked(x) && startsPacked(p) && startsPacked(y))
            launch(std::integral_constant<int, kPack<T>>{});
        else
            launch(std::integral_constant<int, 1>{});
        INLAY_CUDA_LAUNCHED("spreadKernel");
    });
}

} // namespace

void CudaBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    assert(out.rows == 1 && out.cols == x.cols);
    sumSets(*queue_, RowSetPlan::periodic(x.rows, 1), x, out, 1.0f, accumulate);
}

void CudaBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    assert(g.cols == gp.cols && (gp.rows > 0 || g.rows == 0));
    sumSets(*queue_, RowSetPlan::periodic(g.rows, gp.rows), g, gp, 1.0f, accumulate);
}

void CudaBackend::groupMean(ConstView x, RowGroups rows, View y) {
    assert(x.rows == rows.rows() && y.rows == rows.groups && x.cols == y.cols);
    const float factor = rows.rowsPerGroup > 0
                             ? static_cast<float>(1.0 / static_cast<double>(rows.rowsPerGroup))
                             : 0.0f;
    sumSets(*queue_, RowSetPlan::grouped(rows.groups, rows.rowsPerGroup), x, y, factor,
            Accumulate::No);
}

void CudaBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    assert(gx.rows == rows.rows() && g.rows == rows.groups && g.cols == gx.cols);
    if (gx.size() == 0)
        return;
    spread(*queue_, {}, g, rows.rowsPerGroup,
           static_cast<float>(1.0 / static_cast<double>(rows.rowsPerGroup)), gx);
}

void CudaBackend::addPeriodic(ConstView x, ConstView p, View y) {
    assert(x.rows == y.rows && x.cols == y.cols && x.cols == p.cols);
    assert(p.rows > 0 || x.rows == 0);
    spread(*queue_, x, p, 1, 1.0f, y);
}

} // namespace inlay::kernels
