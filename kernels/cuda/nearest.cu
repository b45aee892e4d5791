// Nearest centers. A thread has one row; a block goes over the centers in tiles, and over the
// dimensions in pieces that all its threads share: rows through shared memory, so that global
// memory is read in whole lines, centers as broadcasts. Distances are sums of squared differences,
// which lose nothing far from the origin, at three instructions a pair where |c|^2 - 2 x.c takes
// one.

#include <cfloat>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/elements.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kNearestThreads = 128;
constexpr int kNearestCenters = 32;
constexpr int kNearestDims = 16;

/// Rows [first, first + count) and columns [column, column + kNearestDims) of a matrix, zero beyond
/// its edges.
template <int count, int pitch>
__device__ void loadTile(const Matrix<const float>& from, std::int64_t first, std::int64_t column,
                         float (&tile)[count * pitch]) {
    for (int e = static_cast<int>(threadIdx.x); e < count * kNearestDims; e += kNearestThreads) {
        const int i = e / kNearestDims;
        const int j = e % kNearestDims;
        const bool inside = first + i < from.rows && column + j < from.cols;
        tile[i * pitch + j] = inside ? from(first + i, column + j) : 0.0f;
    }
}

__global__ void __launch_bounds__(kNearestThreads)
    nearestKernel(Matrix<const float> x, Matrix<const float> centers, std::int32_t* index,
                  std::int64_t indexStride, float* squared, std::int64_t squaredStride) {
    // An odd pitch: the threads of a warp read their rows from different banks.
    constexpr int pitch = kNearestDims + 1;
    __shared__ float rows[kNearestThreads * pitch];
    __shared__ alignas(16) float tile[kNearestCenters * kNearestDims];
    const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kNearestThreads;
    const std::int64_t row = first + threadIdx.x;
    float best = FLT_MAX;
    std::int32_t nearest = 0;
    for (std::int64_t center = 0; center < centers.rows; center += kNearestCenters) {
        float sums[kNearestCenters] = {};
        for (std::int64_t column = 0; column < x.cols; column += kNearestDims) {
            __syncthreads();
            loadTile<kNearestThreads, pitch>(x, first, column, rows);
            loadTile<kNearestCenters, kNearestDims>(centers, center, column, tile);
            __syncthreads();
            float own[kNearestDims];
#pragma unroll
            for (int j = 0; j < kNearestDims; ++j)
                own[j] = rows[threadIdx.x * pitch + j];
#pragma unroll
            for (int c = 0; c < kNearestCenters; ++c)
#pragma unroll
                for (int j = 0; j < kNearestDims; j += 4) {
                    const float4 four =
                        *reinterpret_cast<const float4*>(tile + c * kNearestDims + j);
                    const float a = own[j] - four.x;
                    const float b = own[j + 1] - four.y;
                    const float d = own[j + 2] - four.z;
                    const float e = own[j + 3] - four.w;
                    sums[c] = fmaf(a, a, sums[c]);
                    sums[c] = fmaf(b, b, sums[c]);
                    sums[c] = fmaf(d, d, sums[c]);
                    sums[c] = fmaf(e, e, sums[c]);
                }
        }
        // Ascending and by "less": the first of equals stays.
#pragma unroll
        for (int c = 0; c < kNearestCenters; ++c)
            if (center + c < centers.rows && sums[c] < best) {
                best = sums[c];
                nearest = static_cast<std::int32_t>(center + c);
            }
    }
    if (row >= x.rows)
        return;
    index[row * indexStride] = nearest;
    squared[row * squaredStride] = best;
}

} // namespace

void CudaBackend::nearestRows(ConstView x, ConstView centers, View index, View squared) {
    assert(x.dtype == DType::F32 && centers.dtype == DType::F32 && squared.dtype == DType::F32);
    assert(x.cols == centers.cols && centers.rows >= 1 && index.dtype == DType::I32);
    assert(index.rows == x.rows && squared.rows == x.rows && index.cols == 1 && squared.cols == 1);
    if (x.rows == 0)
        return;
    const std::int64_t blocks = (x.rows + kNearestThreads - 1) / kNearestThreads;
    nearestKernel<<<static_cast<unsigned>(blocks), kNearestThreads, 0, queue_->stream()>>>(
        matrixOf<float>(x), matrixOf<float>(centers), index.as<std::int32_t>(), index.stride,
        squared.as<float>(), squared.stride);
    INLAY_CUDA_LAUNCHED("nearestKernel");
}

} // namespace inlay::kernels
