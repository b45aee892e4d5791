// The backward pass of attention: a launch over blocks of queries gives dQ and what the second
// needs of each query, a launch over blocks of keys gives dK and dV, summed over the heads that
// share a key head. Short sequences take a launch of their own (attention_short.cu).

#include "kernels/cuda/attention_backward.h"
#include "kernels/cuda/attention_gradients.cuh"
#include "kernels/cuda/attention_launch.h"
#include "kernels/cuda/cuda_backend.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

using namespace cuda::attention;

template <typename T, int D>
__global__ void __launch_bounds__(32 * GradientSizes<T, D>::kMostWarps,
                                  GradientSizes<T, D>::kBlocks)
    queryGradientKernel(const __grid_constant__ BackwardOperands<T> of) {
    using Own = GradientSizes<T, D>;
    constexpr int kPitch = Tile<T, D>::kPitch;
    const Shape& shape = of.shape;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int blockRows = static_cast<int>(blockDim.x) / 32 * kRows;

    const int pair = static_cast<int>(blockIdx.x) / of.blocksPerHead;
    const int part = of.blocksPerHead - 1 - static_cast<int>(blockIdx.x) % of.blocksPerHead;
    const int head = pair % shape.heads;
    const int queryCol = head * shape.headDim;
    const int keyCol = head / shape.group * shape.headDim;
    const std::int64_t row = static_cast<std::int64_t>(pair / shape.heads) * shape.tokens;
    const Rows<const T> k = of.k.at(row, keyCol);
    const Rows<const T> v = of.v.at(row, keyCol);
    const int blockFirst = part * blockRows;
    const int first = blockFirst + warp * kRows;
    const int blockKeys = shape.causal ? min(shape.tokens, blockFirst + blockRows) : shape.tokens;

    T* const ownQ = reinterpret_cast<T*>(dynamicShared());
    T* const ownG = ownQ + blockRows * kPitch;
    T* const tiles = ownG + blockRows * kPitch;
    const auto bring = [&](int tile) {
        T* to = tiles + tile % 2 * 2 * of.tile * kPitch;
        stage<T, D>(to, k, tile * of.tile, of.tile, shape);
        stage<T, D>(to + of.tile * kPitch, v, tile * of.tile, of.tile, shape);
    };
    stage<T, D>(ownQ, of.q.at(row, queryCol), blockFirst, blockRows, shape);
    stage<T, D>(ownG, of.g.at(row, queryCol), blockFirst, blockRows, shape);
    bring(0);
    awaitCopies();
    __syncthreads();

    const int warpRow = warp * kRows * kPitch;
    QueryGradient<T, D, Own::kKept> gradient(ownQ + warpRow, ownG + warpRow, first);
    const float dot =
        rowDot<T, D>(ownG + warpRow, of.out.at(row + first, queryCol), shape.tokens - first, shape);
    takeNumbers(gradient.numbers, dot, first, of.logSumExp + pair * of.logSumExpStride,
                of.numbers + static_cast<std::int64_t>(pair) * shape.tokens, shape);

    const int keys = first >= shape.tokens ? 0
                     : shape.causal        ? min(shape.tokens, first + kRows)
                                           : shape.tokens;
    const int open = shape.causal ? min(shape.tokens, first + 1) : shape.tokens;
    for (int tile = 0; tile * of.tile < blockKeys; ++tile) {
        if (tile > 0) {
            awaitCopies();
            __syncthreads();
        }
        if ((tile + 1) * of.tile < blockKeys)
            bring(tile + 1);
        const T* tileK = tiles + tile % 2 * 2 * of.tile * kPitch;
        const T* tileV = tileK + of.tile * kPitch;
        const int from = tile * of.tile;
        const int to = min(of.tile, keys - from);
        for (int at = 0; at < to;) {
            const T* atK = tileK + at * kPitch;
            const T* atV = tileV + at * kPitch;
            if (at + Own::kKeys <= of.tile && from + at + Own::kKeys <= open) {
                gradient.template take<Own::kKeys, false>(atK, atV, from + at, shape);
                at += Own::kKeys;
            } else {
                gradient.template take<16, true>(atK, atV, from + at, shape);
                at += 16;
            }
        }
    }
    const float scales[2] = {shape.scale, shape.scale};
    store<T, D>(gradient.sums, scales, of.dq.at(row + first, queryCol), shape.tokens - first,
                shape);
}

template <typename T, int D>
__global__ void __launch_bounds__(32 * GradientSizes<T, D>::kMostWarps,
                                  GradientSizes<T, D>::kBlocks)
    keyGradientKernel(const __grid_constant__ BackwardOperands<T> of) {
    using Own = GradientSizes<T, D>;
    constexpr int kPitch = Tile<T, D>::kPitch;
    const Shape& shape = of.shape;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int blockRows = static_cast<int>(blockDim.x) / 32 * kRows;

    const int pair = static_cast<int>(blockIdx.x) / of.blocksPerHead;
    const int part = static_cast<int>(blockIdx.x) % of.blocksPerHead;
    const int keyHead = pair % shape.kvHeads;
    const int sequence = pair / shape.kvHeads;
    const int keyCol = keyHead * shape.headDim;
    const std::int64_t row = static_cast<std::int64_t>(sequence) * shape.tokens;
    const int blockFirst = part * blockRows;
    const int first = blockFirst + warp * kRows;
    // Where causal, no query before the block's first key counts.
    const int firstTile = shape.causal ? blockFirst / of.tile * of.tile : 0;
    const int tiles = (shape.tokens - firstTile + of.tile - 1) / of.tile * shape.group;
    const auto after = [&](int from) {
        return from + of.tile < shape.tokens ? from + of.tile : firstTile;
    };

    T* const ownK = reinterpret_cast<T*>(dynamicShared());
    T* const ownV = ownK + blockRows * kPitch;
    unsigned char* const stages = reinterpret_cast<unsigned char*>(ownV + blockRows * kPitch);
    const int stageBytes =
        of.tile * static_cast<int>(2 * kPitch * sizeof(T) + sizeof(QueryNumbers));
    int head = keyHead * shape.group; // of the tile that is brought next
    int next = firstTile;             // its first query
    const auto bring = [&](int step) {
        T* to = reinterpret_cast<T*>(stages + step % 2 * stageBytes);
        stage<T, D>(to, of.q.at(row, head * shape.headDim), next, of.tile, shape);
        stage<T, D>(to + of.tile * kPitch, of.g.at(row, head * shape.headDim), next, of.tile,
                    shape);
        stageNumbers(reinterpret_cast<QueryNumbers*>(to + 2 * of.tile * kPitch),
                     of.numbers +
                         (static_cast<std::int64_t>(sequence) * shape.heads + head) * shape.tokens,
                     next, of.tile, shape);
        next = after(next);
        head += next == firstTile ? 1 : 0;
    };
    stage<T, D>(ownK, of.k.at(row, keyCol), blockFirst, blockRows, shape);
    stage<T, D>(ownV, of.v.at(row, keyCol), blockFirst, blockRows, shape);
    bring(0);
    awaitCopies();
    __syncthreads();

    const int warpRow = warp * kRows * kPitch;
    KeyGradient<T, D, Own::kKept> gradient(ownK + warpRow, ownV + warpRow, first);
    // From here on every query of the sequence sees all keys of this warp.
    const int open = shape.causal ? first + kRows - 1 : 0;
    for (int step = 0, from = firstTile; step < tiles; ++step, from = after(from)) {
        if (step > 0) {
            awaitCopies();
            __syncthreads();
        }
        if (step + 1 < tiles)
            bring(step + 1);
        if (first >= shape.tokens)
            continue;
        const T* tileQ = reinterpret_cast<const T*>(stages + step % 2 * stageBytes);
        const T* tileG = tileQ + of.tile * kPitch;
        const auto* numbers = reinterpret_cast<const QueryNumbers*>(tileG + of.tile * kPitch);
        const int to = min(of.tile, shape.tokens - from);
        int at = shape.causal ? max(0, (first - from) / 16 * 16) : 0;
        while (at < to) {
            const T* atQ = tileQ + at * kPitch;
            const T* atG = tileG + at * kPitch;
            if (at + Own::kQueries <= to && from + at >= open) {
                gradient.template take<Own::kQueries, false>(atQ, atG, numbers + at, from + at,
                                                             shape);
                at += Own::kQueries;
            } else {
                gradient.template take<16, true>(atQ, atG, numbers + at, from + at, shape);
                at += 16;
            }
        }
    }
    const float scales[2] = {shape.scale, shape.scale};
    const float ones[2] = {1.0f, 1.0f};
    const int count = shape.tokens - first;
    store<T, D>(gradient.keySums, scales, of.dk.at(row + first, keyCol), count, shape);
    store<T, D>(gradient.valueSums, ones, of.dv.at(row + first, keyCol), count, shape);
}

template <typename T, int D>
void launchLong(Queue& queue, const Attention& spec, BackwardOperands<T> of) {
    using Own = GradientSizes<T, D>;
    constexpr std::size_t kRowBytes = Tile<T, D>::kPitch * sizeof(T);
    of.tile = static_cast<int>(std::min<std::int64_t>(Own::kTile, roundUp(spec.tokens, kRows)));
    const std::size_t stages = spec.tokens > of.tile ? 2 : 1;
    const auto tile = static_cast<std::size_t>(of.tile);
    {
        const Cut cut(spec.tokens, spec.batch * spec.heads, Own::kMostWarps);
        of.blocksPerHead = cut.blocks;
        const std::size_t bytes =
            2 * (static_cast<std::size_t>(cut.warps * kRows) + stages * tile) * kRowBytes;
        allowShared<queryGradientKernel<T, D>>(queue, bytes);
        const auto blocks = static_cast<unsigned>(spec.batch * spec.heads * cut.blocks);
        queryGradientKernel<T, D><<<blocks, 32 * cut.warps, bytes, queue.stream()>>>(of);
        INLAY_CUDA_LAUNCHED("queryGradientKernel");
    }
    {
        const Cut cut(spec.tokens, spec.batch * spec.kvHeads, Own::kMostWarps);
        of.blocksPerHead = cut.blocks;
        // Several heads follow each other in the two stages.
        const std::size_t bytes = 2 * static_cast<std::size_t>(cut.warps * kRows) * kRowBytes +
                                  (spec.heads > spec.kvHeads ? 2 : stages) * tile *
                                      (2 * kRowBytes + sizeof(QueryNumbers));
        allowShared<keyGradientKernel<T, D>>(queue, bytes);
        const auto blocks = static_cast<unsigned>(spec.batch * spec.kvHeads * cut.blocks);
        keyGradientKernel<T, D><<<blocks, 32 * cut.warps, bytes, queue.stream()>>>(of);
        INLAY_CUDA_LAUNCHED("keyGradientKernel");
    }
}

} // namespace

void CudaBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                    ConstView out, ConstView logSumExp, ConstView g, View dq,
                                    View dk, View dv, Workspace workspace) {
    checkShapes(spec, q, k, v);
    assert(logSumExp.dtype == DType::F32 && logSumExp.rows == spec.batch * spec.heads);
    assert(workspace.bytes >= attentionBackwardScratch(spec, q.dtype));
    if (spec.batch * spec.heads * spec.tokens * spec.headDim == 0)
        return;
    const bool aligned = alignedHeads(spec, {q, k, v, out, g, dq, dk, dv});
    withFloating(q.dtype, [&](auto zero) {
        using T = decltype(zero);
        BackwardOperands<T> of;
        of.shape = shapeOf(spec, aligned);
        of.q = rowsOf<const T>(q);
        of.k = rowsOf<const T>(k);
        of.v = rowsOf<const T>(v);
        of.out = rowsOf<const T>(out);
        of.g = rowsOf<const T>(g);
        of.dq = rowsOf<T>(dq);
        of.dk = rowsOf<T>(dk);
        of.dv = rowsOf<T>(dv);
        of.logSumExp = logSumExp.as<float>();
        of.logSumExpStride = logSumExp.stride;
        of.numbers = static_cast<QueryNumbers*>(workspace.data);
        if (spec.tokens <= kShortTokens)
            return attentionBackwardShort(*queue_, spec, of);
        withHeadSize(spec.headDim,
                     [&](auto size) { launchLong<T, decltype(size)::value>(*queue_, spec, of); });
    });
}

std::size_t CudaBackend::attentionBackwardScratch(const Attention& spec, DType) const {
    if (spec.tokens <= kShortTokens)
        return 0;
    return static_cast<std::size_t>(spec.batch * spec.heads * spec.tokens) * sizeof(QueryNumbers);
}

} // namespace inlay::kernels
