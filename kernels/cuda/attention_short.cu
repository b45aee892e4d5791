// The backward pass of attention for short sequences: a block has a whole sequence and key head in
// shared memory, each warp 16 tokens, first as queries for dQ, then as keys for dK and dV. Small
// blocks, many at a time: a GPU is filled by the number of sequences and heads.

#include "kernels/cuda/attention_backward.h"
#include "kernels/cuda/attention_launch.h"

namespace inlay::kernels::cuda::attention {
namespace {

/// Threads of the longest short sequence.
constexpr int kMostThreads = static_cast<int>(kShortTokens) / kRows * 32;

template <typename T, int D>
__global__ void __launch_bounds__(kMostThreads)
    shortGradientKernel(const __grid_constant__ BackwardOperands<T> of) {
    constexpr int kPitch = Tile<T, D>::kPitch;
    const Shape& shape = of.shape;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int rows = static_cast<int>(blockDim.x) / 32 * kRows;
    const int keyHead = static_cast<int>(blockIdx.x) % shape.kvHeads;
    const int sequence = static_cast<int>(blockIdx.x) / shape.kvHeads;
    const int keyCol = keyHead * shape.headDim;
    const std::int64_t row = static_cast<std::int64_t>(sequence) * shape.tokens;
    const int first = warp * kRows;
    const int warpRow = first * kPitch;

    T* const k = reinterpret_cast<T*>(dynamicShared());
    T* const v = k + rows * kPitch;
    T* const q = v + rows * kPitch;
    T* const g = q + rows * kPitch;
    auto* const numbers = reinterpret_cast<QueryNumbers*>(g + rows * kPitch);
    stage<T, D>(k, of.k.at(row, keyCol), 0, rows, shape);
    stage<T, D>(v, of.v.at(row, keyCol), 0, rows, shape);
    if (static_cast<int>(threadIdx.x) < rows) // those after the end are read, not counted
        numbers[threadIdx.x] = {0.0f, 0.0f};

    KeyGradient<T, D, false> keys(k + warpRow, v + warpRow, first);
    for (int member = 0; member < shape.group; ++member) {
        const int head = keyHead * shape.group + member;
        const int queryCol = head * shape.headDim;
        if (member > 0)
            __syncthreads(); // the rows of the previous head are done with
        stage<T, D>(q, of.q.at(row, queryCol), 0, rows, shape);
        stage<T, D>(g, of.g.at(row, queryCol), 0, rows, shape);
        awaitCopies();
        __syncthreads();

        {
            QueryGradient<T, D, false> queries(q + warpRow, g + warpRow, first);
            const float dot = rowDot<T, D>(g + warpRow, of.out.at(row + first, queryCol),
                                           shape.tokens - first, shape);
            takeNumbers(queries.numbers, dot, first,
                        of.logSumExp + (static_cast<std::int64_t>(sequence) * shape.heads + head) *
                                           of.logSumExpStride,
                        numbers, shape);
            const int end = shape.causal ? first + kRows : rows;
            for (int at = 0; at < end; at += 16)
                queries.template take<16, true>(k + at * kPitch, v + at * kPitch, at, shape);
            const float scales[2] = {shape.scale, shape.scale};
            store<T, D>(queries.sums, scales, of.dq.at(row + first, queryCol), shape.tokens - first,
                        shape);
        }
        __syncthreads(); // the numbers of all queries are there
        for (int at = shape.causal ? first : 0; at < rows; at += 16)
            keys.template take<16, true>(q + at * kPitch, g + at * kPitch, numbers + at, at, shape);
    }
    const float scales[2] = {shape.scale, shape.scale};
    const float ones[2] = {1.0f, 1.0f};
    const int count = shape.tokens - first;
    store<T, D>(keys.keySums, scales, of.dk.at(row + first, keyCol), count, shape);
    store<T, D>(keys.valueSums, ones, of.dv.at(row + first, keyCol), count, shape);
}

template <typename T, int D>
void launch(Queue& queue, const Attention& spec, const BackwardOperands<T>& of) {
    const std::int64_t rows = roundUp(spec.tokens, kRows);
    const std::size_t bytes = static_cast<std::size_t>(rows) *
                              (4 * Tile<T, D>::kPitch * sizeof(T) + sizeof(QueryNumbers));
    allowShared<shortGradientKernel<T, D>>(queue, bytes);
    shortGradientKernel<T, D><<<static_cast<unsigned>(spec.batch * spec.kvHeads),
                                static_cast<unsigned>(2 * rows), bytes, queue.stream()>>>(of);
    INLAY_CUDA_LAUNCHED("shortGradientKernel");
}

} // namespace

template <typename T>
void attentionBackwardShort(Queue& queue, const Attention& spec, BackwardOperands<T> of) {
    withHeadSize(spec.headDim,
                 [&](auto size) { launch<T, decltype(size)::value>(queue, spec, of); });
}

template void attentionBackwardShort<float>(Queue&, const Attention&, BackwardOperands<float>);
template void attentionBackwardShort<bf16>(Queue&, const Attention&, BackwardOperands<bf16>);

} // namespace inlay::kernels::cuda::attention
