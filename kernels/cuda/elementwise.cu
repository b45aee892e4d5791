#include <bit>
#include <string>

#include "kernels/bf16.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/elementwise.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

template <typename T>
constexpr bool kFloating = std::is_same_v<T, float> || std::is_same_v<T, bf16>;

template <typename T>
__device__ __forceinline__ float asFloat(T value) {
    if constexpr (kFloating<T>)
        return toFloat(value);
    else
        return static_cast<float>(value);
}

/// Between integers without a detour over f32.
template <typename To, typename From>
__device__ __forceinline__ To converted(From value) {
    if constexpr (std::is_same_v<To, From>)
        return value;
    else if constexpr (kFloating<To>)
        return fromFloat<To>(asFloat(value));
    else if constexpr (kFloating<From>)
        return static_cast<To>(static_cast<std::int32_t>(asFloat(value)));
    else
        return static_cast<To>(value);
}

template <typename From, typename To>
struct ConvertBody {
    Matrix<const From> x;
    Matrix<To> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const Pack<From, N> from = readPack<N>(&x(row, col));
        Pack<To, N> to;
#pragma unroll
        for (int i = 0; i < N; ++i)
            to.value[i] = converted<To>(from.value[i]);
        writePack<N>(&y(row, col), to);
    }
};

template <typename X, typename Y>
struct AxpbyBody {
    float alpha;
    Matrix<const X> x;
    float beta;
    Matrix<Y> y;
    bool reads; // beta is not 0

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const Pack<X, N> from = readPack<N>(&x(row, col));
        Pack<Y, N> old{};
        if (reads)
            old = readPack<N>(&y(row, col));
        Pack<Y, N> to;
#pragma unroll
        for (int i = 0; i < N; ++i) {
            float value = alpha * toFloat(from.value[i]);
            if (reads)
                value = fmaf(beta, toFloat(old.value[i]), value);
            to.value[i] = fromFloat<Y>(value);
        }
        writePack<N>(&y(row, col), to);
    }
};

template <typename T>
struct MultiplyBody {
    Matrix<const T> a;
    Matrix<const T> b;
    Matrix<T> y;
    bool adds;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const Pack<T, N> left = readPack<N>(&a(row, col));
        const Pack<T, N> right = readPack<N>(&b(row, col));
        Pack<T, N> old{};
        if (adds)
            old = readPack<N>(&y(row, col));
        Pack<T, N> to;
#pragma unroll
        for (int i = 0; i < N; ++i) {
            const float factor = toFloat(right.value[i]);
            const float value = toFloat(left.value[i]);
            to.value[i] =
                fromFloat<T>(adds ? fmaf(value, factor, toFloat(old.value[i])) : value * factor);
        }
        writePack<N>(&y(row, col), to);
    }
};

/// Stores the bits of a value, whatever its type.
template <typename Bits>
struct FillBody {
    Matrix<Bits> y;
    Bits value;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        Pack<Bits, N> to;
#pragma unroll
        for (int i = 0; i < N; ++i)
            to.value[i] = value;
        writePack<N>(&y(row, col), to);
    }
};

template <typename A, typename B>
constexpr int kUnitOf = 16 / static_cast<int>(sizeof(A) > sizeof(B) ? sizeof(A) : sizeof(B));

template <typename Body>
void withAny(DType dtype, Body body) {
    switch (dtype) {
    case DType::F32:
        return body(float{});
    case DType::BF16:
        return body(bf16{});
    case DType::I32:
        return body(std::int32_t{});
    case DType::U8:
        return body(std::uint8_t{});
    case DType::F64:
        break;
    }
    throw Error("cuda has no f64; convert on the reference device.");
}

void requireEqual(const char* op, DType a, DType b) {
    if (a != b)
        throw Error(std::string(op) + " on cuda takes operands of one dtype, not " + nameOf(a) +
                    " and " + nameOf(b) + ".");
}

} // namespace

void CudaBackend::convert(ConstView x, View y) {
    assert(x.rows == y.rows && x.cols == y.cols);
    withAny(x.dtype, [&](auto from) {
        withAny(y.dtype, [&](auto to) {
            using From = decltype(from);
            using To = decltype(to);
            // Integers are converted rarely: without a vector form.
            constexpr bool wide = (kFloating<From> && kFloating<To>) || std::is_same_v<From, To>;
            constexpr int unit = wide ? kUnitOf<From, To> : 1;
            forEqualElements<unit>(*queue_, y.rows, y.cols, {x, y},
                                   ConvertBody<From, To>{matrixOf<From>(x), matrixOf<To>(y)});
        });
    });
}

void CudaBackend::axpby(double alpha, ConstView x, double beta, View y) {
    assert(x.rows == y.rows && x.cols == y.cols);
    withFloating(x.dtype, [&](auto from) {
        withFloating(y.dtype, [&](auto to) {
            using X = decltype(from);
            using Y = decltype(to);
            forEqualElements<kUnitOf<X, Y>>(
                *queue_, y.rows, y.cols, {x, y},
                AxpbyBody<X, Y>{static_cast<float>(alpha), matrixOf<X>(x), static_cast<float>(beta),
                                matrixOf<Y>(y), beta != 0.0});
        });
    });
}

void CudaBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    assert(a.rows == y.rows && a.cols == y.cols && b.rows == y.rows && b.cols == y.cols);
    requireEqual("multiply", a.dtype, b.dtype);
    requireEqual("multiply", a.dtype, y.dtype);
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        forEqualElements<kUnitOf<T, T>>(*queue_, y.rows, y.cols, {a, b, y},
                                        MultiplyBody<T>{matrixOf<T>(a), matrixOf<T>(b),
                                                        matrixOf<T>(y),
                                                        accumulate == Accumulate::Yes});
    });
}

void CudaBackend::fill(View y, double value) {
    const auto with = [&](auto bits) {
        using Bits = decltype(bits);
        forEqualElements<kUnitOf<Bits, Bits>>(*queue_, y.rows, y.cols, {y},
                                              FillBody<Bits>{matrixOf<Bits>(y), bits});
    };
    switch (y.dtype) {
    case DType::F32:
        return with(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    case DType::BF16:
        return with(toBf16(static_cast<float>(value)));
    case DType::I32:
        return with(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
    case DType::U8:
        return with(static_cast<std::uint8_t>(value));
    case DType::F64:
        break;
    }
    throw Error("cuda has no f64; fill it on the reference device.");
}

} // namespace inlay::kernels
