// Layer normalization by row. Rows of up to kWarpCols columns stay in the registers of one warp;
// longer ones are a block's, which reads them again for each pass (they are in its cache by then).
// Mean first, then the variance about it: no cancellation for rows far from zero.

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/norm_rows.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kWarps = 8;
constexpr int kThreads = kWarps * 32;

template <typename T, int kPieces>
__global__ void __launch_bounds__(kThreads)
    warpNormKernel(Matrix<const T> x, AnyVector gamma, AnyVector beta, float epsilon, Matrix<T> y,
                   Matrix<float> stats, bool packed) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const std::int64_t row =
        static_cast<std::int64_t>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
    if (row >= x.rows)
        return;
    const RowPieces<kPieces> pieces{lane, static_cast<int>(x.cols), packed};
    float values[kPieces][kPiece];
    pieces.load(&x(row, 0), values);
    const float inverse = 1.0f / static_cast<float>(x.cols);
    const float mean = joinLanes<Sum>(pieces.sum(values)) * inverse;
    float squares = 0.0f;
    pieces.each([&](int p, int i) {
        const float centered = values[p][i] - mean;
        squares += centered * centered;
    });
    const float factor = 1.0f / sqrtf(joinLanes<Sum>(squares) * inverse + epsilon);
    if (lane == 0) {
        stats(row, 0) = mean;
        stats(row, 1) = factor;
    }
#pragma unroll
    for (int p = 0; p < kPieces; ++p) {
        const int count = pieces.count(p);
        if (count <= 0)
            break;
        float scale[kPiece];
        float shift[kPiece];
        loadSome(gamma, pieces.col(p), count, packed, scale);
        loadSome(beta, pieces.col(p), count, packed, shift);
#pragma unroll
        for (int i = 0; i < kPiece; ++i)
            values[p][i] = (values[p][i] - mean) * factor * scale[i] + shift[i];
        storeSome(&y(row, pieces.col(p)), count, packed, values[p]);
    }
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    blockNormKernel(Matrix<const T> x, AnyVector gamma, AnyVector beta, float epsilon, Matrix<T> y,
                    Matrix<float> stats) {
    const T* from = &x(blockIdx.x, 0);
    T* to = &y(blockIdx.x, 0);
    const float inverse = 1.0f / static_cast<float>(x.cols);
    float sum = 0.0f;
    for (std::int64_t j = threadIdx.x; j < x.cols; j += kThreads)
        sum += toFloat(from[j]);
    const float mean = joinBlock<Sum, kThreads>(sum) * inverse;
    float squares = 0.0f;
    for (std::int64_t j = threadIdx.x; j < x.cols; j += kThreads) {
        const float centered = toFloat(from[j]) - mean;
        squares += centered * centered;
    }
    const float factor = 1.0f / sqrtf(joinBlock<Sum, kThreads>(squares) * inverse + epsilon);
    if (threadIdx.x == 0) {
        stats(blockIdx.x, 0) = mean;
        stats(blockIdx.x, 1) = factor;
    }
    for (std::int64_t j = threadIdx.x; j < x.cols; j += kThreads)
        to[j] = fromFloat<T>((toFloat(from[j]) - mean) * factor * gamma.load(j) + beta.load(j));
}

} // namespace

void CudaBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, View y,
                            View stats) {
    assert(x.rows == y.rows && x.cols == y.cols && stats.rows == x.rows && stats.cols == 2);
    assert(stats.dtype == DType::F32 && gamma.cols == x.cols && beta.cols == x.cols);
    if (x.size() == 0)
        return;
    const auto least = static_cast<float>(epsilon);
    const bool packed =
        startsPacked(x) && startsPacked(y) && startsPacked(gamma) && startsPacked(beta);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        if (x.cols > kWarpCols) {
            blockNormKernel<T><<<static_cast<unsigned>(x.rows), kThreads, 0, queue_->stream()>>>(
                matrixOf<T>(x), anyVector(gamma), anyVector(beta), least, matrixOf<T>(y),
                matrixOf<float>(stats));
        } else {
            withPieces(x.cols, [&](auto pieces) {
                const auto blocks = static_cast<unsigned>((x.rows + kWarps - 1) / kWarps);
                warpNormKernel<T, decltype(pieces)::value>
                    <<<blocks, kThreads, 0, queue_->stream()>>>(
                        matrixOf<T>(x), anyVector(gamma), anyVector(beta), least, matrixOf<T>(y),
                        matrixOf<float>(stats), packed);
            });
        }
        INLAY_CUDA_LAUNCHED("layerNorm");
    });
}

} // namespace inlay::kernels
