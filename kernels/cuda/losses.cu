// Softmax and cross entropy by row. Narrow rows are a group of lanes' each, wide rows a block's;
// either way the largest entry and the sum of exponentials are found in one pass. The losses of the
// rows are added in an order that depends on the shape alone.

#include <algorithm>
#include <cmath>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/reduce.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kLossThreads = 256;
/// Rows up to here are narrow.
constexpr std::int64_t kNarrowCols = 512;

/// The largest number so far and the sum of exp(x - largest). A NaN makes the sum NaN.
struct Exponentials {
    float largest = -INFINITY;
    float sum = 0.0f;

    __device__ __forceinline__ void add(float x) {
        if (x > largest) {
            sum *= expf(largest - x);
            largest = x;
        }
        // Without the test, -infinity before any other number would be taken from itself.
        sum += x == -INFINITY ? 0.0f : expf(x - largest);
    }
    /// Of an empty part, largest is -infinity and sum zero.
    __device__ __forceinline__ void join(float otherLargest, float otherSum) {
        const float top = fmaxf(largest, otherLargest);
        const float own = sum == 0.0f ? 0.0f : sum * expf(largest - top);
        const float other = otherSum == 0.0f ? 0.0f : otherSum * expf(otherLargest - top);
        largest = top;
        sum = own + other;
    }
    __device__ __forceinline__ void joinNeighbors(int lanes) {
        for (int offset = lanes / 2; offset > 0; offset /= 2) {
            const float otherLargest = __shfl_xor_sync(kAllLanes, largest, offset);
            const float otherSum = __shfl_xor_sync(kAllLanes, sum, offset);
            join(otherLargest, otherSum);
        }
    }
};

template <typename T>
struct Cross {
    Matrix<const T> logits;
    const std::int32_t* labels;
    std::int64_t labelStride;
    float scale;
    T* gradient; // null: not wanted
    std::int64_t gradientStride;
};

/// Where the sums over rows go; `losses` and `rights` are one number a block.
struct Totals {
    float* loss;
    std::int32_t* correct;
    float* losses;
    std::int32_t* rights;
    unsigned* ticket;
};

/// Adds what the threads of the block bring, then what the blocks bring.
__device__ void addTotals(float loss, int correct, const Totals& totals) {
    __shared__ std::int32_t right;
    const auto countBlock = [&](int own) {
        __syncthreads();
        if (threadIdx.x == 0)
            right = 0;
        __syncthreads();
        if (own != 0)
            atomicAdd(&right, own);
        __syncthreads();
    };
    loss = joinBlock<Sum, kLossThreads>(loss);
    countBlock(correct);
    if (gridDim.x > 1) {
        if (threadIdx.x == 0) {
            totals.losses[blockIdx.x] = loss;
            totals.rights[blockIdx.x] = right;
        }
        if (!isLastOf(totals.ticket, gridDim.x))
            return;
        loss = 0.0f;
        correct = 0;
        for (unsigned i = threadIdx.x; i < gridDim.x; i += kLossThreads) {
            loss += __ldcg(totals.losses + i);
            correct += __ldcg(totals.rights + i);
        }
        loss = joinBlock<Sum, kLossThreads>(loss);
        countBlock(correct);
    }
    if (threadIdx.x == 0) {
        *totals.loss += loss;
        *totals.correct += right;
    }
}

/// Whether x(label) is beaten by x(j): NaN and an earlier equal one do so too.
__device__ __forceinline__ bool beats(float x, std::int64_t j, float target, std::int64_t label) {
    return isnan(x) || x > target || (j < label && x == target);
}

/// `lanes` lanes a row. A block takes `passes` times as many rows as it has groups of lanes.
template <typename T>
__global__ void __launch_bounds__(kLossThreads)
    narrowCrossKernel(Cross<T> of, int lanes, int passes, Totals totals) {
    const int lane = static_cast<int>(threadIdx.x) % lanes;
    const std::int64_t groups = kLossThreads / lanes;
    float loss = 0.0f;
    int correct = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const std::int64_t row = (static_cast<std::int64_t>(blockIdx.x) * passes + pass) * groups +
                                 static_cast<int>(threadIdx.x) / lanes;
        // All lanes of a warp take part in the exchanges; rows after the end are empty.
        const std::int64_t cols = row < of.logits.rows ? of.logits.cols : 0;
        const T* x = of.logits.data + row * of.logits.stride;
        const std::int64_t label = cols > 0 ? of.labels[row * of.labelStride] : 0;
        const float target = cols > 0 ? toFloat(x[label]) : 0.0f;
        Exponentials all;
        bool beaten = false;
        for (std::int64_t j = lane; j < cols; j += lanes) {
            const float value = toFloat(x[j]);
            all.add(value);
            beaten = beaten || beats(value, j, target, label);
        }
        all.joinNeighbors(lanes);
        for (int offset = lanes / 2; offset > 0; offset /= 2)
            beaten = __shfl_xor_sync(kAllLanes, beaten ? 1 : 0, offset) != 0 || beaten;
        if (lane == 0 && cols > 0) {
            loss += logf(all.sum) + (all.largest - target);
            correct += beaten ? 0 : 1;
        }
        if (of.gradient == nullptr)
            continue;
        const float inverse = 1.0f / all.sum;
        T* gradient = of.gradient + row * of.gradientStride;
        for (std::int64_t j = lane; j < cols; j += lanes) {
            const float p = expf(toFloat(x[j]) - all.largest) * inverse;
            gradient[j] = fromFloat<T>((p - (j == label ? 1.0f : 0.0f)) * of.scale);
        }
    }
    addTotals(loss, correct, totals);
}

/// Calls body(first column, elements, values) for the packs of a row that are this thread's.
template <typename T, typename Body>
__device__ __forceinline__ void overRow(const T* row, std::int64_t cols, bool packed, Body body) {
    constexpr int kWidth = kPack<T>;
    for (std::int64_t col = static_cast<std::int64_t>(threadIdx.x) * kWidth; col < cols;
         col += kLossThreads * kWidth) {
        const int count = static_cast<int>(min(cols - col, std::int64_t{kWidth}));
        float values[kWidth];
        loadSome(row + col, count, packed, values);
        body(col, count, values);
    }
}

/// Of the whole block.
__device__ Exponentials joinThreads(Exponentials own) {
    constexpr int kWarps = kLossThreads / 32;
    __shared__ float largest[kWarps];
    __shared__ float sums[kWarps];
    own.joinNeighbors(32);
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
        largest[threadIdx.x / 32] = own.largest;
        sums[threadIdx.x / 32] = own.sum;
    }
    __syncthreads();
    Exponentials all;
    for (int warp = 0; warp < kWarps; ++warp)
        all.join(largest[warp], sums[warp]);
    return all;
}

template <typename T>
__global__ void __launch_bounds__(kLossThreads)
    wideCrossKernel(Cross<T> of, bool packed, Totals totals) {
    const std::int64_t row = blockIdx.x;
    const std::int64_t cols = of.logits.cols;
    const T* x = &of.logits(row, 0);
    const std::int64_t label = of.labels[row * of.labelStride];
    const float target = toFloat(x[label]);
    Exponentials own;
    bool beaten = false;
    overRow(x, cols, packed, [&](std::int64_t col, int count, const auto& values) {
#pragma unroll
        for (int i = 0; i < kPack<T>; ++i)
            if (i < count) {
                own.add(values[i]);
                beaten = beaten || beats(values[i], col + i, target, label);
            }
    });
    const Exponentials all = joinThreads(own);
    const bool wrong = __syncthreads_or(beaten ? 1 : 0) != 0;
    if (of.gradient != nullptr) {
        const float inverse = 1.0f / all.sum;
        T* gradient = of.gradient + row * of.gradientStride;
        overRow(x, cols, packed, [&](std::int64_t col, int count, auto& values) {
#pragma unroll
            for (int i = 0; i < kPack<T>; ++i)
                values[i] =
                    (expf(values[i] - all.largest) * inverse - (col + i == label ? 1.0f : 0.0f)) *
                    of.scale;
            storeSome(gradient + col, count, packed, values);
        });
    }
    const bool first = threadIdx.x == 0;
    addTotals(first ? logf(all.sum) + (all.largest - target) : 0.0f, first && !wrong ? 1 : 0,
              totals);
}

template <typename T>
__global__ void __launch_bounds__(kLossThreads)
    narrowSoftmaxKernel(Matrix<const T> x, int lanes, Matrix<T> y) {
    const int lane = static_cast<int>(threadIdx.x) % lanes;
    const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * (kLossThreads / lanes) +
                             static_cast<int>(threadIdx.x) / lanes;
    const std::int64_t cols = row < x.rows ? x.cols : 0;
    const T* from = x.data + row * x.stride;
    T* to = y.data + row * y.stride;
    Exponentials all;
    for (std::int64_t j = lane; j < cols; j += lanes)
        all.add(toFloat(from[j]));
    all.joinNeighbors(lanes);
    const float inverse = 1.0f / all.sum;
    for (std::int64_t j = lane; j < cols; j += lanes)
        to[j] = fromFloat<T>(expf(toFloat(from[j]) - all.largest) * inverse);
}

template <typename T>
__global__ void __launch_bounds__(kLossThreads)
    wideSoftmaxKernel(Matrix<const T> x, bool packed, Matrix<T> y) {
    const T* from = &x(blockIdx.x, 0);
    T* to = &y(blockIdx.x, 0);
    Exponentials own;
    overRow(from, x.cols, packed, [&](std::int64_t, int count, const auto& values) {
#pragma unroll
        for (int i = 0; i < kPack<T>; ++i)
            if (i < count)
                own.add(values[i]);
    });
    const Exponentials all = joinThreads(own);
    const float inverse = 1.0f / all.sum;
    overRow(from, x.cols, packed, [&](std::int64_t col, int count, auto& values) {
#pragma unroll
        for (float& value : values)
            value = expf(value - all.largest) * inverse;
        storeSome(to + col, count, packed, values);
    });
}

/// Lanes for a narrow row: enough to read it side by side, no more.
int lanesFor(std::int64_t cols) {
    int lanes = 1;
    while (lanes < 32 && lanes * 2 <= cols)
        lanes *= 2;
    return lanes;
}

} // namespace

void CudaBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                      View loss, View correct, View gradient) {
    assert(labels.dtype == DType::I32 && labels.rows == logits.rows);
    assert(loss.dtype == DType::F32 && correct.dtype == DType::I32);
    if (logits.size() == 0)
        return;
    withFloating(logits.dtype, [&](auto zero) {
        using T = decltype(zero);
        const Cross<T> of{matrixOf<T>(logits), labels.as<std::int32_t>(),
                          labels.stride,       static_cast<float>(gradientScale),
                          gradient.as<T>(),    gradient.stride};
        const bool narrow = logits.cols <= kNarrowCols;
        const int lanes = lanesFor(logits.cols);
        const std::int64_t groups = kLossThreads / lanes;
        // Few blocks for the last one to add, but never more than four rows one after the other
        // before the GPU is full.
        const std::int64_t lines = (logits.rows + groups - 1) / groups;
        const std::int64_t passes = std::clamp<std::int64_t>(lines / 256, 1, 4);
        const std::int64_t blocks = narrow ? (lines + passes - 1) / passes : logits.rows;
        auto* losses = static_cast<float*>(
            queue_->scratch(static_cast<std::size_t>(blocks) * 2 * sizeof(float)));
        const Totals totals{loss.as<float>(), correct.as<std::int32_t>(), losses,
                            reinterpret_cast<std::int32_t*>(losses + blocks), queue_->tickets()};
        if (narrow)
            narrowCrossKernel<<<static_cast<unsigned>(blocks), kLossThreads, 0, queue_->stream()>>>(
                of, lanes, static_cast<int>(passes), totals);
        else
            wideCrossKernel<<<static_cast<unsigned>(blocks), kLossThreads, 0, queue_->stream()>>>(
                of, startsPacked(logits) && startsPacked(gradient), totals);
        INLAY_CUDA_LAUNCHED("softmaxCrossEntropy");
    });
}

void CudaBackend::softmax(ConstView x, View y) {
    assert(x.rows == y.rows && x.cols == y.cols);
    if (x.size() == 0)
        return;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        if (x.cols <= kNarrowCols) {
            const int lanes = lanesFor(x.cols);
            const std::int64_t groups = kLossThreads / lanes;
            const auto blocks = static_cast<unsigned>((x.rows + groups - 1) / groups);
            narrowSoftmaxKernel<<<blocks, kLossThreads, 0, queue_->stream()>>>(
                matrixOf<T>(x), lanes, matrixOf<T>(y));
        } else {
            wideSoftmaxKernel<<<static_cast<unsigned>(x.rows), kLossThreads, 0, queue_->stream()>>>(
                matrixOf<T>(x), startsPacked(x) && startsPacked(y), matrixOf<T>(y));
        }
        INLAY_CUDA_LAUNCHED("softmax");
    });
}

} // namespace inlay::kernels
