#pragma once

// Elements on the device: activations are f32 or bf16 and computed in f32. A kernel is a template
// over the type of its activations; vectors of parameters and gradients, of either type whatever
// the activations are, are read and written through AnyVector.

#include <cstdint>

#include <cuda_bf16.h>

#include "kernels/error.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

using bf16 = __nv_bfloat16;

__device__ __forceinline__ float toFloat(float value) {
    return value;
}
__device__ __forceinline__ float toFloat(bf16 value) {
    return __bfloat162float(value);
}

/// Rounds to nearest even.
template <typename T>
__device__ __forceinline__ T fromFloat(float value);
template <>
__device__ __forceinline__ float fromFloat<float>(float value) {
    return value;
}
template <>
__device__ __forceinline__ bf16 fromFloat<bf16>(float value) {
    return __float2bfloat16_rn(value);
}

/// A row-major matrix as a kernel sees it; `stride` in elements.
template <typename T>
struct Matrix {
    T* data;
    std::int64_t rows;
    std::int64_t cols;
    std::int64_t stride;

    __device__ T& operator()(std::int64_t i, std::int64_t j) const { return data[i * stride + j]; }
};

template <typename T>
Matrix<T> matrixOf(View view) {
    return {view.as<T>(), view.rows, view.cols, view.stride};
}
template <typename T>
Matrix<const T> matrixOf(ConstView view) {
    return {view.as<T>(), view.rows, view.cols, view.stride};
}

/// A small operand whose dtype is known at run time only: a bias, gamma, an encoder, a gradient of
/// a parameter. A null `data` stands for an operand that is not given.
struct AnyVector {
    void* data = nullptr;
    bool half = false; // bf16, otherwise f32

    __device__ bool given() const { return data != nullptr; }
    __device__ float load(std::int64_t i) const {
        return half ? __bfloat162float(static_cast<const bf16*>(data)[i])
                    : static_cast<const float*>(data)[i];
    }
    __device__ void store(std::int64_t i, float value) const {
        if (half)
            static_cast<bf16*>(data)[i] = __float2bfloat16_rn(value);
        else
            static_cast<float*>(data)[i] = value;
    }
};

inline AnyVector anyVector(ConstView view) {
    return {const_cast<void*>(view.data), view.dtype == DType::BF16};
}

/// Calls body(T{}) with the element type of `dtype`. Throws Error for what the device does not
/// compute in.
template <typename Body>
void withFloating(DType dtype, Body body) {
    switch (dtype) {
    case DType::F32:
        return body(float{});
    case DType::BF16:
        return body(bf16{});
    default:
        throw Error(std::string("cuda computes in f32 and bf16, not in ") + nameOf(dtype) + ".");
    }
}

} // namespace inlay::kernels::cuda
