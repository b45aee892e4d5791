#pragma once

// The epilogue on one element, for kernels that apply it while a value is still in a register.

#include "kernels/cuda/elements.cuh"
#include "kernels/op_types.h"

namespace inlay::kernels::cuda {

/// activation(x); GELU is the exact one, with the error function.
__device__ __forceinline__ float activated(Activation activation, float x) {
    switch (activation) {
    case Activation::Relu:
        // NaN stays NaN so that divergence is seen.
        return x < 0.0f ? 0.0f : x;
    case Activation::Gelu:
        // By the complement: 1 + erf would lose the left tail to cancellation.
        return 0.5f * x * erfcf(x * -0.70710678118654752f);
    case Activation::Silu:
        return x / (1.0f + expf(-x));
    case Activation::LeakyRelu:
        return x < 0.0f ? static_cast<float>(kLeakySlope) * x : x;
    case Activation::None:
        break;
    }
    return x;
}

/// The derivative of `activation` at x.
__device__ __forceinline__ float activationSlope(Activation activation, float x) {
    switch (activation) {
    case Activation::Relu:
        return x > 0.0f ? 1.0f : 0.0f;
    case Activation::Gelu:
        return 0.5f * erfcf(x * -0.70710678118654752f) +
               x * 0.39894228040143268f * expf(-0.5f * x * x);
    case Activation::Silu: {
        const float s = 1.0f / (1.0f + expf(-x));
        return s * (1.0f + x * (1.0f - s));
    }
    case Activation::LeakyRelu:
        return x > 0.0f ? 1.0f : static_cast<float>(kLeakySlope);
    case Activation::None:
        break;
    }
    return 1.0f;
}

/// Epilogue as a kernel's argument. `pre` has the dtype T of the result.
template <typename T>
struct DeviceEpilogue {
    AnyVector bias;
    Activation activation;
    T* pre;
    std::int64_t preStride;
    const T* residual;
    std::int64_t residualStride;

    __host__ __device__ bool trivial() const {
        return bias.data == nullptr && activation == Activation::None && pre == nullptr &&
               residual == nullptr;
    }
    /// Takes the product at (row, column), keeps `pre`, returns the value to store.
    __device__ __forceinline__ float apply(float product, std::int64_t row,
                                           std::int64_t col) const {
        if (bias.given())
            product += bias.load(col);
        if (pre != nullptr)
            pre[row * preStride + col] = fromFloat<T>(product);
        const float y = activated(activation, product);
        return residual == nullptr ? y : y + toFloat(residual[row * residualStride + col]);
    }
};

template <typename T>
DeviceEpilogue<T> deviceEpilogue(const Epilogue& epilogue) {
    return {anyVector(epilogue.bias), epilogue.activation,       epilogue.pre.as<T>(),
            epilogue.pre.stride,      epilogue.residual.as<T>(), epilogue.residual.stride};
}

} // namespace inlay::kernels::cuda
