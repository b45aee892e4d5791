// Bias, activation and residual in place, activations and their derivatives: one pass over the
// rows, 16 bytes a thread where the addresses allow it.

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/packs.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kActivationThreads = 256;

/// A block for every kActivationThreads packs, as many as a launch may have.
unsigned blocksFor(std::int64_t items) {
    constexpr std::int64_t kMost = 0x7FFFFFFF;
    return static_cast<unsigned>(
        std::min((items + kActivationThreads - 1) / kActivationThreads, kMost));
}

/// Calls body(row, first column, elements) for each pack of a rows x cols matrix.
template <int kWidth, typename Body>
__device__ __forceinline__ void overPacks(std::int64_t rows, std::int64_t cols, Body body) {
    const std::int64_t perRow = (cols + kWidth - 1) / kWidth;
    const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * kActivationThreads;
    for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kActivationThreads + threadIdx.x;
         i < rows * perRow; i += step) {
        const Place place = placeOf(i, perRow);
        const std::int64_t col = place.item * kWidth;
        body(place.row, col, static_cast<int>(min(cols - col, std::int64_t{kWidth})));
    }
}

/// Phi(x) and exp(-x^2 / 2), good to 2e-7, for results that are rounded to bf16: there erff and
/// expf take longer than the memory. Abramowitz and Stegun 7.1.26: for z >= 0, erfc(z) = (a1 t + …
/// + a5 t^5) exp(-z^2) with t = 1 / (1 + p z); at z = |x| / sqrt 2 the exponential serves twice.
struct Normal {
    float below;
    float bell;
};
__device__ __forceinline__ Normal normalOf(float x) {
    const float z = fabsf(x) * 0.70710678118654752f;
    const float t = __fdividef(1.0f, fmaf(0.3275911f, z, 1.0f));
    float series = fmaf(1.061405429f, t, -1.453152027f);
    series = fmaf(series, t, 1.421413741f);
    series = fmaf(series, t, -0.284496736f);
    series = fmaf(series, t, 0.254829592f) * t;
    const float bell = __expf(-z * z);
    const float tail = 0.5f * series * bell;
    return {x < 0.0f ? tail : 1.0f - tail, bell};
}

template <typename T>
__device__ __forceinline__ float gelu(float x) {
    if constexpr (sizeof(T) == 2)
        return x * normalOf(x).below;
    else
        return activated(Activation::Gelu, x);
}

template <typename T>
__device__ __forceinline__ float geluSlope(float x) {
    if constexpr (sizeof(T) == 2) {
        const Normal normal = normalOf(x);
        return fmaf(x * 0.39894228040143268f, normal.bell, normal.below);
    } else {
        return activationSlope(Activation::Gelu, x);
    }
}

/// kind is known at compile time inside: one test for a pack, not one for an element.
template <typename T, int kWidth>
__device__ __forceinline__ void activateAll(Activation kind, float (&values)[kWidth]) {
    const auto all = [&](auto function) {
#pragma unroll
        for (float& value : values)
            value = function(value);
    };
    if (kind == Activation::Gelu)
        all([](float x) { return gelu<T>(x); });
    else if (kind == Activation::Relu)
        all([](float x) { return activated(Activation::Relu, x); });
    else if (kind == Activation::Silu)
        all([](float x) { return activated(Activation::Silu, x); });
    else if (kind == Activation::LeakyRelu)
        all([](float x) { return activated(Activation::LeakyRelu, x); });
}

template <typename T, int kWidth>
__device__ __forceinline__ void multiplyBySlopes(Activation kind, const float (&pre)[kWidth],
                                                 float (&g)[kWidth]) {
    const auto all = [&](auto slope) {
#pragma unroll
        for (int i = 0; i < kWidth; ++i)
            g[i] *= slope(pre[i]);
    };
    if (kind == Activation::Gelu)
        all([](float x) { return geluSlope<T>(x); });
    else if (kind == Activation::Relu)
        all([](float x) { return activationSlope(Activation::Relu, x); });
    else if (kind == Activation::Silu)
        all([](float x) { return activationSlope(Activation::Silu, x); });
    else if (kind == Activation::LeakyRelu)
        all([](float x) { return activationSlope(Activation::LeakyRelu, x); });
}

template <typename T, int kWidth>
__global__ void __launch_bounds__(kActivationThreads)
    activateKernel(Activation kind, Matrix<const T> x, Matrix<T> y) {
    overPacks<kWidth>(x.rows, x.cols, [&](std::int64_t row, std::int64_t col, int count) {
        float values[kWidth];
        loadSome(&x(row, col), count, kWidth > 1, values);
        activateAll<T>(kind, values);
        storeSome(&y(row, col), count, kWidth > 1, values);
    });
}

template <typename T, int kWidth>
__global__ void __launch_bounds__(kActivationThreads)
    slopeKernel(Activation kind, Matrix<const T> pre, Matrix<const T> g, Matrix<T> gx) {
    overPacks<kWidth>(g.rows, g.cols, [&](std::int64_t row, std::int64_t col, int count) {
        float at[kWidth];
        float values[kWidth];
        loadSome(&pre(row, col), count, kWidth > 1, at);
        loadSome(&g(row, col), count, kWidth > 1, values);
        multiplyBySlopes<T>(kind, at, values);
        storeSome(&gx(row, col), count, kWidth > 1, values);
    });
}

template <typename T, int kWidth>
__global__ void __launch_bounds__(kActivationThreads)
    epilogueKernel(Matrix<T> y, DeviceEpilogue<T> epilogue) {
    overPacks<kWidth>(y.rows, y.cols, [&](std::int64_t row, std::int64_t col, int count) {
        float values[kWidth];
        loadSome(&y(row, col), count, kWidth > 1, values);
        if (epilogue.bias.given()) {
            float bias[kWidth];
            loadSome(epilogue.bias, col, count, kWidth > 1, bias);
#pragma unroll
            for (int i = 0; i < kWidth; ++i)
                values[i] += bias[i];
        }
        if (epilogue.pre != nullptr)
            storeSome(epilogue.pre + row * epilogue.preStride + col, count, kWidth > 1, values);
        activateAll<T>(epilogue.activation, values);
        if (epilogue.residual != nullptr) {
            float residual[kWidth];
            loadSome(epilogue.residual + row * epilogue.residualStride + col, count, kWidth > 1,
                     residual);
#pragma unroll
            for (int i = 0; i < kWidth; ++i)
                values[i] += residual[i];
        }
        storeSome(&y(row, col), count, kWidth > 1, values);
    });
}

template <typename V>
bool sameShape(ConstView a, const V& b) {
    return a.rows == b.rows && a.cols == b.cols;
}

/// The elements as a single row, so that a kernel need not divide.
template <typename V>
V flat(V view) {
    return {view.data, 1, view.size(), view.size(), view.dtype};
}

} // namespace

void CudaBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    assert(!epilogue.bias.given() || (epilogue.bias.rows == 1 && epilogue.bias.cols == y.cols));
    if (y.size() == 0)
        return;
    const bool packed = startsPacked(y) && startsPacked(epilogue.bias) &&
                        startsPacked(epilogue.pre) && startsPacked(epilogue.residual);
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const DeviceEpilogue<T> device = deviceEpilogue<T>(epilogue);
        if (device.trivial())
            return;
        if (packed)
            epilogueKernel<T, kPack<T>>
                <<<blocksFor(y.rows * ((y.cols + kPack<T> - 1) / kPack<T>)), kActivationThreads, 0,
                   queue_->stream()>>>(matrixOf<T>(y), device);
        else
            epilogueKernel<T, 1><<<blocksFor(y.size()), kActivationThreads, 0, queue_->stream()>>>(
                matrixOf<T>(y), device);
        INLAY_CUDA_LAUNCHED("epilogueKernel");
    });
}

void CudaBackend::activate(Activation activation, ConstView x, View y) {
    assert(sameShape(x, y));
    if (x.size() == 0)
        return;
    if (x.contiguous() && y.contiguous()) {
        x = flat(x);
        y = flat(y);
    }
    const bool packed = startsPacked(x) && startsPacked(y);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        if (packed)
            activateKernel<T, kPack<T>>
                <<<blocksFor(x.rows * ((x.cols + kPack<T> - 1) / kPack<T>)), kActivationThreads, 0,
                   queue_->stream()>>>(activation, matrixOf<T>(x), matrixOf<T>(y));
        else
            activateKernel<T, 1><<<blocksFor(x.size()), kActivationThreads, 0, queue_->stream()>>>(
                activation, matrixOf<T>(x), matrixOf<T>(y));
        INLAY_CUDA_LAUNCHED("activateKernel");
    });
}

void CudaBackend::activateBackward(Activation activation, ConstView pre, ConstView g, View gx) {
    assert(sameShape(pre, g) && sameShape(pre, gx));
    if (g.size() == 0)
        return;
    if (pre.contiguous() && g.contiguous() && gx.contiguous()) {
        pre = flat(pre);
        g = flat(g);
        gx = flat(gx);
    }
    const bool packed = startsPacked(pre) && startsPacked(g) && startsPacked(gx);
    withFloating(g.dtype, [&](auto zero) {
        using T = decltype(zero);
        if (packed)
            slopeKernel<T, kPack<T>><<<blocksFor(g.rows * ((g.cols + kPack<T> - 1) / kPack<T>)),
                                       kActivationThreads, 0, queue_->stream()>>>(
                activation, matrixOf<T>(pre), matrixOf<T>(g), matrixOf<T>(gx));
        else
            slopeKernel<T, 1><<<blocksFor(g.size()), kActivationThreads, 0, queue_->stream()>>>(
                activation, matrixOf<T>(pre), matrixOf<T>(g), matrixOf<T>(gx));
        INLAY_CUDA_LAUNCHED("slopeKernel");
    });
}

} // namespace inlay::kernels
