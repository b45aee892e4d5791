// Batch normalization by column. A block of the first kernel sums a stretch of rows for 32 columns;
// the second adds the stretches in their order and makes the statistics.

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/elementwise.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kLanes = 32; // columns of a block
constexpr int kLines = 8;  // rows of a block at a time
constexpr std::int64_t kMostStretches = 64;

std::int64_t stretchRows(std::int64_t rows) {
    const std::int64_t least = 4 * kLines;
    const std::int64_t even = (rows + kMostStretches - 1) / kMostStretches;
    return even > least ? even : least;
}

std::int64_t stretchCount(std::int64_t rows) {
    return (rows + stretchRows(rows) - 1) / stretchRows(rows);
}

/// partial (2 * stretches x cols): sums of body(row, col).first and .second over each stretch.
template <typename Body>
__global__ void __launch_bounds__(kLanes* kLines)
    columnSumsKernel(Body body, std::int64_t rows, std::int64_t cols, std::int64_t stretch,
                     float* partial) {
    __shared__ float2 sums[kLines][kLanes];
    const std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * kLanes + threadIdx.x;
    const std::int64_t begin = static_cast<std::int64_t>(blockIdx.y) * stretch;
    const std::int64_t end = min(rows, begin + stretch);
    float2 own = make_float2(0.0f, 0.0f);
    if (col < cols)
        for (std::int64_t row = begin + threadIdx.y; row < end; row += kLines) {
            const float2 value = body(row, col);
            own.x += value.x;
            own.y += value.y;
        }
    sums[threadIdx.y][threadIdx.x] = own;
    __syncthreads();
    if (threadIdx.y != 0 || col >= cols)
        return;
    for (int line = 1; line < kLines; ++line) {
        own.x += sums[line][threadIdx.x].x;
        own.y += sums[line][threadIdx.x].y;
    }
    partial[static_cast<std::int64_t>(2 * blockIdx.y) * cols + col] = own.x;
    partial[static_cast<std::int64_t>(2 * blockIdx.y + 1) * cols + col] = own.y;
}

/// Moments about the first row: no cancellation for columns far from zero.
template <typename T>
struct MomentsBody {
    Matrix<const T> x;
    __device__ float2 operator()(std::int64_t row, std::int64_t col) const {
        const float d = toFloat(x(row, col)) - toFloat(x(0, col));
        return make_float2(d, d * d);
    }
};

template <typename T>
struct GradientBody {
    Matrix<const T> x;
    Matrix<const T> g;
    Matrix<const float> stats;
    __device__ float2 operator()(std::int64_t row, std::int64_t col) const {
        const float gradient = toFloat(g(row, col));
        return make_float2(gradient,
                           gradient * (toFloat(x(row, col)) - stats(0, col)) * stats(1, col));
    }
};

__device__ float2 joined(const float* partial, std::int64_t stretches, std::int64_t cols,
                         std::int64_t col) {
    double first = 0.0;
    double second = 0.0;
    for (std::int64_t s = 0; s < stretches; ++s) {
        first += partial[2 * s * cols + col];
        second += partial[(2 * s + 1) * cols + col];
    }
    return make_float2(static_cast<float>(first), static_cast<float>(second));
}

template <typename T>
__global__ void statisticsKernel(const float* partial, std::int64_t stretches, Matrix<const T> x,
                                 float epsilon, float momentum, Matrix<float> running,
                                 Matrix<float> stats) {
    const std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (col >= x.cols)
        return;
    const float2 sums = joined(partial, stretches, x.cols, col);
    const auto rows = static_cast<float>(x.rows);
    const float offset = sums.x / rows;
    const float squares = fmaxf(0.0f, sums.y - offset * offset * rows);
    const float mean = toFloat(x(0, col)) + offset;
    stats(0, col) = mean;
    stats(1, col) = 1.0f / sqrtf(squares / rows + epsilon);
    running(0, col) += momentum * (mean - running(0, col));
    running(1, col) += momentum * (squares / fmaxf(1.0f, rows - 1.0f) - running(1, col));
}

/// sums (2 x cols) = what the stretches add to; dgamma and dbeta are added to.
__global__ void gradientKernel(const float* partial, std::int64_t stretches, std::int64_t cols,
                               float* sums, AnyVector dgamma, AnyVector dbeta) {
    const std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (col >= cols)
        return;
    const float2 own = joined(partial, stretches, cols, col);
    sums[col] = own.x;
    sums[cols + col] = own.y;
    dbeta.store(col, dbeta.load(col) + own.x);
    dgamma.store(col, dgamma.load(col) + own.y);
}

/// With stats, or (`epsilon` >= 0) with mean and variance.
template <typename T>
struct NormalizeBody {
    Matrix<const T> x;
    Matrix<const float> stats;
    AnyVector gamma;
    AnyVector beta;
    float epsilon;
    Matrix<T> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const float inverse =
            epsilon < 0.0f ? stats(1, col) : 1.0f / sqrtf(stats(1, col) + epsilon);
        y(row, col) = fromFloat<T>(
            (toFloat(x(row, col)) - stats(0, col)) * inverse * gamma.load(col) + beta.load(col));
    }
};

template <typename T>
struct InputGradientBody {
    Matrix<const T> x;
    Matrix<const T> g;
    Matrix<const float> stats;
    AnyVector gamma;
    const float* sums;
    float scale; // 1 / rows
    Matrix<T> gx;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const float normalized = (toFloat(x(row, col)) - stats(0, col)) * stats(1, col);
        const float centered =
            toFloat(g(row, col)) - sums[col] * scale - normalized * sums[x.cols + col] * scale;
        gx(row, col) = fromFloat<T>(stats(1, col) * gamma.load(col) * centered);
    }
};

template <typename Body>
void sumColumns(Queue& queue, Body body, std::int64_t rows, std::int64_t cols, float* partial) {
    const dim3 blocks(static_cast<unsigned>((cols + kLanes - 1) / kLanes),
                      static_cast<unsigned>(stretchCount(rows)));
    columnSumsKernel<<<blocks, dim3(kLanes, kLines), 0, queue.stream()>>>(
        body, rows, cols, stretchRows(rows), partial);
    INLAY_CUDA_LAUNCHED("columnSumsKernel");
}

unsigned columnBlocks(std::int64_t cols) {
    return static_cast<unsigned>((cols + 127) / 128);
}

} // namespace

std::size_t CudaBackend::batchNormScratch(std::int64_t rows, std::int64_t cols) const {
    return static_cast<std::size_t>((2 * stretchCount(rows) + 2) * cols) * sizeof(float);
}

void CudaBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                            double momentum, View running, View stats, View y,
                            Workspace workspace) {
    assert(workspace.bytes >= batchNormScratch(x.rows, x.cols));
    if (x.size() == 0)
        return;
    auto* partial = static_cast<float*>(workspace.data);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        sumColumns(*queue_, MomentsBody<T>{matrixOf<T>(x)}, x.rows, x.cols, partial);
        statisticsKernel<T><<<columnBlocks(x.cols), 128, 0, queue_->stream()>>>(
            partial, stretchCount(x.rows), matrixOf<T>(x), static_cast<float>(epsilon),
            static_cast<float>(momentum), matrixOf<float>(running), matrixOf<float>(stats));
        INLAY_CUDA_LAUNCHED("statisticsKernel");
        forElements<1>(*queue_, x.rows, x.cols, false,
                       NormalizeBody<T>{matrixOf<T>(x), matrixOf<float>(ConstView(stats)),
                                        anyVector(gamma), anyVector(beta), -1.0f, matrixOf<T>(y)});
    });
}

void CudaBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                     ConstView running, View y) {
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, x.rows, x.cols, false,
                       NormalizeBody<T>{matrixOf<T>(x), matrixOf<float>(running), anyVector(gamma),
                                        anyVector(beta), static_cast<float>(epsilon),
                                        matrixOf<T>(y)});
    });
}

void CudaBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                    View gx, View dgamma, View dbeta, Workspace workspace) {
    assert(workspace.bytes >= batchNormScratch(x.rows, x.cols));
    if (x.size() == 0)
        return;
    auto* partial = static_cast<float*>(workspace.data);
    const std::int64_t stretches = stretchCount(x.rows);
    float* sums = partial + 2 * stretches * x.cols;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        sumColumns(*queue_, GradientBody<T>{matrixOf<T>(x), matrixOf<T>(g), matrixOf<float>(stats)},
                   x.rows, x.cols, partial);
        gradientKernel<<<columnBlocks(x.cols), 128, 0, queue_->stream()>>>(
            partial, stretches, x.cols, sums, anyVector(dgamma), anyVector(dbeta));
        INLAY_CUDA_LAUNCHED("gradientKernel");
        forElements<1>(*queue_, x.rows, x.cols, false,
                       InputGradientBody<T>{matrixOf<T>(x), matrixOf<T>(g), matrixOf<float>(stats),
                                            anyVector(gamma), sums,
                                            1.0f / static_cast<float>(x.rows), matrixOf<T>(gx)});
    });
}

} // namespace inlay::kernels
