// The backward pass of layer normalization. A block takes a share of the rows, each warp some of
// them one after the other: gx in one pass, and sums for dgamma and dbeta, which the block leaves
// in the workspace. The shares are added in order, by the last block when they are few, otherwise
// by a launch of their own.

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/norm_rows.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kThreads = 256;

/// Warps of a block whose lanes hold `pieces` pieces of a row: long rows need many registers, and
/// small blocks leave fewer of them unused.
constexpr int warpsFor(int pieces) {
    return pieces > 4 ? 4 : 8;
}
constexpr int blocksFor(int pieces) {
    return pieces > 6 ? 2 : pieces > 4 ? 3 : 2;
}

/// How the rows are cut: a matter of the shape alone.
struct Shares {
    std::int64_t rowsPerShare = 0;
    std::int64_t count = 0;
    std::int64_t pitch = 0; // floats of one of the two sums of a share, a multiple of 4

    Shares(std::int64_t rows, std::int64_t cols) {
        constexpr std::int64_t kLeastRows = 32;
        constexpr std::int64_t kMostShares = 384;
        constexpr std::int64_t kWarps = 8;
        const std::int64_t fair = (rows + kMostShares - 1) / kMostShares;
        rowsPerShare = std::max(kLeastRows, (fair + kWarps - 1) / kWarps * kWarps);
        count = (rows + rowsPerShare - 1) / rowsPerShare;
        pitch = (cols + 3) / 4 * 4;
    }
    std::int64_t floats() const { return count * 2 * pitch; }
    /// So few that one block adds them in less time than a launch takes.
    bool few() const { return floats() <= 16384; }
};

/// Where the sums go.
struct Targets {
    AnyVector dgamma;
    AnyVector dbeta;
    int cols;
};

/// Adds columns tile * 128 … of the shares, which are rows of 2 pitch floats: dgamma's, dbeta's.
template <int kBlock>
__device__ void addShares(const float* shares, int count, int pitch, int tile,
                          const Targets& targets) {
    constexpr int kLanes = 32;
    constexpr int kLines = kBlock / kLanes;
    const int line = static_cast<int>(threadIdx.x) / kLanes;
    const int col = (tile * kLanes + static_cast<int>(threadIdx.x) % kLanes) * 4;
    float sums[4] = {};
    if (col < 2 * pitch) {
#pragma unroll 4
        for (int share = line; share < count; share += kLines) {
            const float4 word = __ldcg(reinterpret_cast<const float4*>(
                shares + static_cast<std::int64_t>(share) * 2 * pitch + col));
            sums[0] += word.x;
            sums[1] += word.y;
            sums[2] += word.z;
            sums[3] += word.w;
        }
    }
    addDown<kBlock>(sums, kLanes);
    if (line != 0 || col >= 2 * pitch)
        return;
    // A piece of 4 belongs to one of the two, as the pitch is a multiple of 4.
    const bool ofGamma = col < pitch;
    const AnyVector target{ofGamma ? targets.dgamma.data : targets.dbeta.data,
                           ofGamma ? targets.dgamma.half : targets.dbeta.half};
    const int first = ofGamma ? col : col - pitch;
#pragma unroll
    for (int i = 0; i < 4; ++i)
        if (first + i < targets.cols)
            target.store(first + i, target.load(first + i) + sums[i]);
}

constexpr int tilesOf(std::int64_t pitch) {
    return static_cast<int>((2 * pitch + 127) / 128);
}

__global__ void __launch_bounds__(kThreads)
    addSharesKernel(const float* shares, int count, int pitch, Targets targets) {
    addShares<kThreads>(shares, count, pitch, static_cast<int>(blockIdx.x), targets);
}

template <typename T>
struct Operands {
    Matrix<const T> x;
    AnyVector gamma;
    Matrix<const float> stats;
    Matrix<const T> g;
    Matrix<T> gx;
    bool accumulate;
    bool packed;
};

/// One row's part of a lane.
template <int kPieces>
struct RowPair {
    float x[kPieces][kPiece];
    float g[kPieces][kPiece];
    float mean;
    float factor;

    template <typename T>
    __device__ __forceinline__ void load(const Operands<T>& of, const RowPieces<kPieces>& pieces,
                                         std::int64_t row) {
        pieces.load(&of.x(row, 0), x);
        pieces.load(&of.g(row, 0), g);
        mean = of.stats(row, 0);
        factor = of.stats(row, 1);
    }
};

/// Adds the warps' sums and leaves them for the launch's end.
template <int kWarps, int kPieces>
__device__ __forceinline__ void leaveSums(const RowPieces<kPieces>& pieces,
                                          const float (&sums)[kPieces][kPiece], float* share) {
    constexpr int kCols = kPieces * 32 * kPiece;
    __shared__ __align__(16) float parts[kWarps * kCols];
    float* own = parts + static_cast<int>(threadIdx.x) / 32 * kCols;
    __syncthreads();
#pragma unroll
    for (int p = 0; p < kPieces; ++p)
        storePack(own + pieces.col(p), sums[p]);
    __syncthreads();
    for (int col = static_cast<int>(threadIdx.x); col < pieces.cols; col += 32 * kWarps) {
        float total = 0.0f;
#pragma unroll
        for (int warp = 0; warp < kWarps; ++warp)
            total += parts[warp * kCols + col];
        share[col] = total;
    }
}

template <typename T, int kPieces>
__global__ void __launch_bounds__(32 * warpsFor(kPieces), blocksFor(kPieces))
    warpSlopeKernel(Operands<T> of, int rowsPerShare, int pitch, float* shares, Targets targets,
                    unsigned* ticket) {
    constexpr int kWarps = warpsFor(kPieces);
    // Short rows are a wait for memory each: the next one is fetched in the meantime.
    constexpr bool kAhead = kPieces <= 2;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const RowPieces<kPieces> pieces{lane, static_cast<int>(of.x.cols), of.packed};
    const float inverse = 1.0f / static_cast<float>(pieces.cols);
    float scaleSums[kPieces][kPiece] = {};
    float shiftSums[kPieces][kPiece] = {};
    const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * rowsPerShare;
    const std::int64_t end = min(begin + rowsPerShare, of.x.rows);
    RowPair<kPieces> next;
    std::int64_t row = begin + static_cast<int>(threadIdx.x) / 32;
    if (kAhead && row < end)
        next.load(of, pieces, row);
    for (; row < end; row += kWarps) {
        if (!kAhead)
            next.load(of, pieces, row);
        RowPair<kPieces> now = next;
        if (kAhead && row + kWarps < end)
            next.load(of, pieces, row + kWarps);
        float meanOf = 0.0f;
        float correlation = 0.0f;
#pragma unroll
        for (int p = 0; p < kPieces; ++p) {
            float scale[kPiece];
            loadSome(of.gamma, pieces.col(p), pieces.count(p), of.packed, scale);
#pragma unroll
            for (int i = 0; i < kPiece; ++i) {
                // After the end of the row g is zero and adds nothing.
                const float normalized = (now.x[p][i] - now.mean) * now.factor;
                const float g = now.g[p][i];
                scaleSums[p][i] += g * normalized;
                shiftSums[p][i] += g;
                now.x[p][i] = normalized;
                now.g[p][i] = g * scale[i];
                meanOf += now.g[p][i];
                correlation += now.g[p][i] * normalized;
            }
        }
        meanOf = joinLanes<Sum>(meanOf) * inverse;
        correlation = joinLanes<Sum>(correlation) * inverse;
#pragma unroll
        for (int p = 0; p < kPieces; ++p) {
            T* to = &of.gx(row, pieces.col(p));
            float result[kPiece] = {};
            if (of.accumulate)
                loadSome(to, pieces.count(p), of.packed, result);
#pragma unroll
            for (int i = 0; i < kPiece; ++i)
                result[i] += now.factor * (now.g[p][i] - meanOf - now.x[p][i] * correlation);
            storeSome(to, pieces.count(p), of.packed, result);
        }
    }
    float* own = shares + static_cast<std::int64_t>(blockIdx.x) * 2 * pitch;
    leaveSums<kWarps>(pieces, scaleSums, own);
    leaveSums<kWarps>(pieces, shiftSums, own + pitch);
    if (ticket == nullptr || !isLastOf(ticket, gridDim.x))
        return;
    for (int tile = 0; tile < tilesOf(pitch); ++tile)
        addShares<32 * kWarps>(shares, static_cast<int>(gridDim.x), pitch, tile, targets);
}

/// Long rows: the sums of a share, a thread a column.
template <typename T>
__global__ void __launch_bounds__(kThreads)
    longSumsKernel(Operands<T> of, int rowsPerShare, int pitch, int columnBlocks, float* shares) {
    const int share = static_cast<int>(blockIdx.x) / columnBlocks;
    const int col =
        static_cast<int>(blockIdx.x) % columnBlocks * kThreads + static_cast<int>(threadIdx.x);
    if (col >= of.x.cols)
        return;
    const std::int64_t begin = static_cast<std::int64_t>(share) * rowsPerShare;
    const std::int64_t end = min(begin + rowsPerShare, of.x.rows);
    float scaleSum = 0.0f;
    float shiftSum = 0.0f;
#pragma unroll 4
    for (std::int64_t row = begin; row < end; ++row) {
        const float g = toFloat(of.g(row, col));
        scaleSum += g * (toFloat(of.x(row, col)) - of.stats(row, 0)) * of.stats(row, 1);
        shiftSum += g;
    }
    float* own = shares + static_cast<std::int64_t>(share) * 2 * pitch;
    own[col] = scaleSum;
    own[pitch + col] = shiftSum;
}

/// Long rows: gx, a block a row.
template <typename T>
__global__ void __launch_bounds__(kThreads) longSlopeKernel(Operands<T> of) {
    const std::int64_t row = blockIdx.x;
    const float mean = of.stats(row, 0);
    const float factor = of.stats(row, 1);
    const float inverse = 1.0f / static_cast<float>(of.x.cols);
    const auto at = [&](std::int64_t j, float& h, float& normalized) {
        h = toFloat(of.g(row, j)) * of.gamma.load(j);
        normalized = (toFloat(of.x(row, j)) - mean) * factor;
    };
    float meanOf = 0.0f;
    float correlation = 0.0f;
    float h;
    float normalized;
    for (std::int64_t j = threadIdx.x; j < of.x.cols; j += kThreads) {
        at(j, h, normalized);
        meanOf += h;
        correlation += h * normalized;
    }
    meanOf = joinBlock<Sum, kThreads>(meanOf) * inverse;
    correlation = joinBlock<Sum, kThreads>(correlation) * inverse;
    for (std::int64_t j = threadIdx.x; j < of.x.cols; j += kThreads) {
        at(j, h, normalized);
        const float old = of.accumulate ? toFloat(of.gx(row, j)) : 0.0f;
        of.gx(row, j) = fromFloat<T>(old + factor * (h - meanOf - normalized * correlation));
    }
}

} // namespace

void CudaBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                    View gx, Accumulate accumulate, View dgamma, View dbeta,
                                    Workspace workspace) {
    assert(x.rows == g.rows && x.cols == g.cols && x.rows == gx.rows && x.cols == gx.cols);
    assert(stats.rows == x.rows && stats.cols == 2 && stats.dtype == DType::F32);
    assert(dgamma.cols == x.cols && dbeta.cols == x.cols);
    if (x.size() == 0)
        return;
    const Shares shares(x.rows, x.cols);
    assert(workspace.bytes >= layerNormBackwardScratch(x.rows, x.cols, x.dtype));
    auto* sums = static_cast<float*>(workspace.data);
    const Targets targets{anyVector(dgamma), anyVector(dbeta), static_cast<int>(x.cols)};
    const auto count = static_cast<unsigned>(shares.count);
    const auto rowsPerShare = static_cast<int>(shares.rowsPerShare);
    const auto pitch = static_cast<int>(shares.pitch);
    const cudaStream_t stream = queue_->stream();
    bool added = false;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const Operands<T> of{matrixOf<T>(x),
                             anyVector(gamma),
                             matrixOf<float>(stats),
                             matrixOf<T>(g),
                             matrixOf<T>(gx),
                             accumulate == Accumulate::Yes,
                             startsPacked(x) && startsPacked(g) && startsPacked(gx) &&
                                 startsPacked(gamma)};
        if (x.cols > kWarpCols) {
            const int across = static_cast<int>((x.cols + kThreads - 1) / kThreads);
            longSumsKernel<T><<<count* static_cast<unsigned>(across), kThreads, 0, stream>>>(
                of, rowsPerShare, pitch, across, sums);
            INLAY_CUDA_LAUNCHED("longSumsKernel");
            longSlopeKernel<T><<<static_cast<unsigned>(x.rows), kThreads, 0, stream>>>(of);
            INLAY_CUDA_LAUNCHED("longSlopeKernel");
        } else {
            added = shares.few();
            withPieces(x.cols, [&](auto pieces) {
                warpSlopeKernel<T, decltype(pieces)::value>
                    <<<count, 32 * warpsFor(decltype(pieces)::value), 0, stream>>>(
                        of, rowsPerShare, pitch, sums, targets,
                        added ? queue_->tickets() : nullptr);
            });
            INLAY_CUDA_LAUNCHED("warpSlopeKernel");
        }
    });
    if (added)
        return;
    addSharesKernel<<<static_cast<unsigned>(tilesOf(pitch)), kThreads, 0, stream>>>(
        sums, static_cast<int>(count), pitch, targets);
    INLAY_CUDA_LAUNCHED("addSharesKernel");
}

std::size_t CudaBackend::layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                  DType) const {
    return static_cast<std::size_t>(Shares(rows, cols).floats()) * sizeof(float);
}

} // namespace inlay::kernels
