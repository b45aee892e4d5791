// Attention without its probabilities: a warp has 16 queries of one head and goes over the keys in
// tiles, which its block brings to shared memory while the previous tile is computed. Scores,
// probabilities and sums stay in registers; the largest score and the sum of exponentials are
// corrected as larger scores appear (Milakov and Gimelshein, "Online normalizer calculation for
// softmax", 2018; Dao et al., "FlashAttention", 2022, algorithm 1).

#include "kernels/cuda/attention_launch.h"
#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

using namespace cuda::attention;

/// Numbers of a kernel for elements T and heads of up to D columns.
template <typename T, int D>
struct Sizes {
    static constexpr bool kWide = D * sizeof(T) > 256;
    static constexpr int kMostWarps = kWide ? 4 : 7;
    static constexpr int kTile = kWide ? 32 : 64; // keys in shared memory at a time
    static constexpr int kKeys = sizeof(T) == 2 && D <= 64 ? 64 : 32; // of one step
    static constexpr bool kKept = sizeof(T) == 2;                     // queries in registers
    static constexpr int kBlocks = D <= 64 ? 2 : 1; // at least, of a multiprocessor
};

template <typename T>
struct Operands {
    Shape shape;
    Rows<const T> q, k, v;
    Rows<T> out;
    float* logSumExp;
    std::int64_t logSumExpStride;
    int blocksPerHead;
    int tile; // keys in shared memory
};

/// What a warp has of its 16 queries; each lane keeps two rows, resultRow(lane, 0) and (lane, 2).
template <int D>
struct Running {
    float sums[D / 8][4] = {};
    /// The largest score so far in units of log2(e); -infinity at first.
    float top[2] = {-INFINITY, -INFINITY};
    /// This lane's part of the sum of 2^(score - top).
    float total[2] = {};
};

/// Takes kKeys keys. With kMasked only those below `keys` (and, where causal, not after the query)
/// count; `key` is the first one, `query` this lane's first row.
template <int kKeys, bool kMasked, typename T, int D, bool kKept>
__device__ __forceinline__ void takeKeys(Running<D>& running, const LeftRows<T, D, kKept>& q,
                                         const T* k, const T* v, int key, int query,
                                         const Shape& shape) {
    float scores[kKeys / 8][4] = {};
    addScores<T, D, kKept, kKeys>(scores, q, k);
    if (shape.scale < 0.0f) // the largest score is sought below: a negative factor would turn it
#pragma unroll
        for (auto& four : scores)
#pragma unroll
            for (float& score : four)
                score = -score;
    if (kMasked) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int group = 0; group < kKeys / 8; ++group)
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int at = key + 8 * group + resultCol(lane, i);
                if (at >= shape.tokens || (shape.causal && at > query + 8 * (i / 2)))
                    scores[group][i] = -INFINITY;
            }
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        float largest = fmaxf(scores[0][2 * half], scores[0][2 * half + 1]);
#pragma unroll
        for (int group = 1; group < kKeys / 8; ++group)
            largest = fmaxf(largest, fmaxf(scores[group][2 * half], scores[group][2 * half + 1]));
        largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFFu, largest, 1));
        largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFFu, largest, 2));
        const float top = fmaxf(running.top[half], largest * shape.factor);
        // A row without a number yet must not subtract -infinity from itself.
        const float shift = top == -INFINITY ? 0.0f : top;
        const float correction = powerOfTwo(running.top[half] - shift);
        running.top[half] = top;
        float total = 0.0f;
#pragma unroll
        for (int group = 0; group < kKeys / 8; ++group)
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                float& score = scores[group][2 * half + i];
                score = powerOfTwo(fmaf(score, shape.factor, -shift));
                total += score;
            }
        running.total[half] = running.total[half] * correction + total;
#pragma unroll
        for (auto& sums : running.sums) {
            sums[2 * half] *= correction;
            sums[2 * half + 1] *= correction;
        }
    }
#pragma unroll
    for (int pair = 0; pair < kKeys / 16; ++pair)
        addSums<D>(running.sums, scores[2 * pair], scores[2 * pair + 1],
                   v + pair * 16 * Tile<T, D>::kPitch);
}

template <typename T, int D>
__global__ void __launch_bounds__(32 * Sizes<T, D>::kMostWarps, Sizes<T, D>::kBlocks)
    attentionKernel(const __grid_constant__ Operands<T> of) {
    constexpr int kPitch = Tile<T, D>::kPitch;
    constexpr int kKeys = Sizes<T, D>::kKeys;
    const Shape& shape = of.shape;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int blockRows = static_cast<int>(blockDim.x) / 32 * kRows;

    const int pair = static_cast<int>(blockIdx.x) / of.blocksPerHead;
    // Where causal, the last queries have the most keys: they go first.
    const int part = of.blocksPerHead - 1 - static_cast<int>(blockIdx.x) % of.blocksPerHead;
    const int head = pair % shape.heads;
    const std::int64_t row = static_cast<std::int64_t>(pair / shape.heads) * shape.tokens;
    const int keyCol = head / shape.group * shape.headDim;
    const Rows<const T> k = of.k.at(row, keyCol);
    const Rows<const T> v = of.v.at(row, keyCol);
    const int blockFirst = part * blockRows;
    const int first = blockFirst + warp * kRows;
    const int blockKeys = shape.causal ? min(shape.tokens, blockFirst + blockRows) : shape.tokens;

    T* const own = reinterpret_cast<T*>(dynamicShared());
    T* const tiles = own + blockRows * kPitch;
    const auto bring = [&](int tile) {
        T* to = tiles + tile % 2 * 2 * of.tile * kPitch;
        stage<T, D>(to, k, tile * of.tile, of.tile, shape);
        stage<T, D>(to + of.tile * kPitch, v, tile * of.tile, of.tile, shape);
    };
    stage<T, D>(own, of.q.at(row, head * shape.headDim), blockFirst, blockRows, shape);
    bring(0);
    awaitCopies();
    __syncthreads();
    const LeftRows<T, D, Sizes<T, D>::kKept> q(own + warp * kRows * kPitch);

    Running<D> running;
    const int query = first + resultRow(lane, 0);
    // Keys that some row of this warp sees, and those that all of them see.
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
            if (at + kKeys <= of.tile && from + at + kKeys <= open) {
                takeKeys<kKeys, false>(running, q, tileK + at * kPitch, tileV + at * kPitch,
                                       from + at, query, shape);
                at += kKeys;
            } else {
                takeKeys<16, true>(running, q, tileK + at * kPitch, tileV + at * kPitch, from + at,
                                   query, shape);
                at += 16;
            }
        }
    }

    float inverse[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        float total = running.total[half];
        total += __shfl_xor_sync(0xFFFFFFFFu, total, 1);
        total += __shfl_xor_sync(0xFFFFFFFFu, total, 2);
        inverse[half] = 1.0f / total;
        const int token = query + 8 * half;
        if (lane % 4 == 0 && token < shape.tokens)
            of.logSumExp[pair * of.logSumExpStride + token] =
                fmaf(running.top[half], 0.69314718055994531f, logf(total));
    }
    store<T, D>(running.sums, inverse, of.out.at(row + first, head * shape.headDim),
                shape.tokens - first, shape);
}

template <typename T, int D>
void launch(Queue& queue, const Attention& spec, Operands<T> of) {
    using Own = Sizes<T, D>;
    const Cut cut(spec.tokens, spec.batch * spec.heads, Own::kMostWarps);
    of.blocksPerHead = cut.blocks;
    of.tile = static_cast<int>(std::min<std::int64_t>(Own::kTile, roundUp(spec.tokens, kRows)));
    const int stages = spec.tokens > of.tile ? 2 : 1;
    const std::size_t bytes = static_cast<std::size_t>(cut.warps * kRows + stages * 2 * of.tile) *
                              Tile<T, D>::kPitch * sizeof(T);
    allowShared<attentionKernel<T, D>>(queue, bytes);
    const auto blocks = static_cast<unsigned>(spec.batch * spec.heads * cut.blocks);
    attentionKernel<T, D><<<blocks, 32 * cut.warps, bytes, queue.stream()>>>(of);
    INLAY_CUDA_LAUNCHED("attentionKernel");
}

} // namespace

void CudaBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v, View out,
                            View logSumExp, Workspace) {
    checkShapes(spec, q, k, v);
    assert(logSumExp.dtype == DType::F32 && logSumExp.rows == spec.batch * spec.heads);
    if (spec.batch * spec.heads * spec.tokens * spec.headDim == 0)
        return;
    const bool aligned = alignedHeads(spec, {q, k, v, out});
    withFloating(q.dtype, [&](auto zero) {
        using T = decltype(zero);
        Operands<T> of;
        of.shape = shapeOf(spec, aligned);
        // A score that is masked must come out as -infinity even where the scale is zero.
        of.shape.factor = std::max(std::abs(of.shape.factor), FLT_MIN);
        of.q = rowsOf<const T>(q);
        of.k = rowsOf<const T>(k);
        of.v = rowsOf<const T>(v);
        of.out = rowsOf<T>(out);
        of.logSumExp = logSumExp.as<float>();
        of.logSumExpStride = logSumExp.stride;
        withHeadSize(spec.headDim,
                     [&](auto size) { launch<T, decltype(size)::value>(*queue_, spec, of); });
    });
}

std::size_t CudaBackend::attentionScratch(const Attention&, DType) const {
    return 0;
}

} // namespace inlay::kernels
