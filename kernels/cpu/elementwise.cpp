#include <cstring>

#include "kernels/bf16.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

template <typename T>
T fromDouble(double value) {
    return static_cast<T>(value);
}

/// A bf16 element.
struct Bf16 {
    std::uint16_t bits;
};

double asDouble(Bf16 x) {
    return static_cast<double>(fromBf16(x.bits));
}
template <typename T>
double asDouble(T x) {
    return static_cast<double>(x);
}
template <>
Bf16 fromDouble<Bf16>(double value) {
    return {toBf16(static_cast<float>(value))};
}

/// Calls body with a null pointer of the element type of `dtype`.
template <typename Body>
void withType(DType dtype, Body&& body) {
    switch (dtype) {
    case DType::F32:
        return body(static_cast<float*>(nullptr));
    case DType::BF16:
        return body(static_cast<Bf16*>(nullptr));
    case DType::F64:
        return body(static_cast<double*>(nullptr));
    case DType::I32:
        return body(static_cast<std::int32_t*>(nullptr));
    case DType::U8:
        return body(static_cast<std::uint8_t*>(nullptr));
    }
}

template <typename From, typename To>
void convertSpan(const From* x, To* y, std::int64_t n) {
    if constexpr (std::is_same_v<From, To>)
        std::memmove(y, x, static_cast<std::size_t>(n) * sizeof(To));
    else
        for (std::int64_t i = 0; i < n; ++i)
            y[i] = fromDouble<To>(asDouble(x[i]));
}

} // namespace

void CpuBackend::convert(ConstView x, View y) {
    assert(sameShape(x, y));
    withType(x.dtype, [&]<typename From>(From*) {
        withType(y.dtype, [&]<typename To>(To*) {
            overSpans({x, y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
                convertSpan(x.as<From>() + i * x.stride + j, y.as<To>() + i * y.stride + j, n);
            });
        });
    });
}

void CpuBackend::axpby(double alpha, ConstView x, double beta, View y) {
    assert(sameShape(x, y) && isF32({x, y}));
    overSpans({x, y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        kernels_.axpby(static_cast<float>(alpha), rowOf(x, i) + j, static_cast<float>(beta),
                       rowOf(y, i) + j, n);
    });
}

void CpuBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    assert(sameShape(a, b) && sameShape(a, y) && isF32({a, b, y}));
    overSpans({a, b, y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        kernels_.multiply(rowOf(a, i) + j, rowOf(b, i) + j, rowOf(y, i) + j,
                          accumulate == Accumulate::Yes, n);
    });
}

void CpuBackend::fill(View y, double value) {
    withType(y.dtype, [&]<typename T>(T*) {
        overSpans({y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
            std::fill_n(y.as<T>() + i * y.stride + j, n, fromDouble<T>(value));
        });
    });
}

void CpuBackend::gatherRows(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == y.rows && x.cols == y.cols);
    assert(x.dtype == y.dtype);
    const std::size_t size = sizeOf(x.dtype);
    const auto* from = static_cast<const std::byte*>(x.data);
    auto* to = static_cast<std::byte*>(y.data);
    if (y.size() == 0)
        return;
    parallelFor(y.rows, rowGrain(y.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t source = index.as<std::int32_t>()[i * index.stride];
            assert(source >= 0 && source < x.rows);
            std::memcpy(to + static_cast<std::size_t>(i * y.stride) * size,
                        from + static_cast<std::size_t>(source * x.stride) * size,
                        static_cast<std::size_t>(y.cols) * size);
        }
    });
}

void CpuBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == x.rows && x.cols == y.cols);
    assert(isF32({x, y}));
    if (x.size() == 0)
        return;
    // Rows may meet in one target, so the columns are divided.
    parallelFor(x.cols, 64, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = 0; i < x.rows; ++i) {
            const std::int64_t target = index.as<std::int32_t>()[i * index.stride];
            assert(target >= 0 && target < y.rows);
            float* to = rowOf(y, target) + begin;
            kernels_.add(to, rowOf(x, i) + begin, to, end - begin);
        }
    });
}

void CpuBackend::gatherColumns(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == y.cols && x.rows == y.rows);
    assert(isF32({x, y}));
    if (y.size() == 0)
        return;
    parallelFor(y.rows, rowGrain(y.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < y.cols; ++j) {
                const std::int64_t source = index.as<std::int32_t>()[j * index.stride];
                assert(source >= 0 && source < x.cols);
                rowOf(y, i)[j] = rowOf(x, i)[source];
            }
    });
}

void CpuBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == x.cols && x.rows == y.rows);
    assert(isF32({x, y}));
    if (x.size() == 0)
        return;
    parallelFor(x.rows, rowGrain(x.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < x.cols; ++j) {
                const std::int64_t target = index.as<std::int32_t>()[j * index.stride];
                assert(target >= 0 && target < y.cols);
                rowOf(y, i)[target] += rowOf(x, i)[j];
            }
    });
}

void CpuBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                              std::int64_t patch, View patches) {
    assert(patch > 0 && height % patch == 0 && width % patch == 0);
    assert(images.dtype == patches.dtype);
    if (images.size() == 0)
        return;
    const std::int64_t channels = images.cols / (height * width);
    const std::int64_t down = height / patch;
    const std::int64_t across = width / patch;
    assert(patches.rows == images.rows * down * across);
    assert(patches.cols == patch * patch * channels);
    const auto size = static_cast<std::int64_t>(sizeOf(images.dtype));
    const std::int64_t line = patch * channels; // adjacent in both
    const auto* from = static_cast<const std::byte*>(images.data);
    auto* to = static_cast<std::byte*>(patches.data);
    parallelFor(images.rows, rowGrain(images.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t image = begin; image < end; ++image)
            for (std::int64_t y = 0; y < height; ++y)
                for (std::int64_t block = 0; block < across; ++block) {
                    const std::int64_t row = (image * down + y / patch) * across + block;
                    const std::int64_t target = row * patches.stride + y % patch * line;
                    const std::int64_t source =
                        image * images.stride + y * width * channels + block * line;
                    std::memcpy(to + target * size, from + source * size,
                                static_cast<std::size_t>(line * size));
                }
    });
}

void CpuBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    assert(isF32({y, epilogue.bias, epilogue.pre, epilogue.residual}));
    const RowEpilogue rows = rowEpilogue(epilogue);
    if (y.size() == 0 || !rows.any())
        return;
    parallelFor(y.rows, rowGrain(y.cols), [&](std::int64_t begin, std::int64_t end) {
        kernels_.epilogue(fromRow(rows, begin), rowOf(y, begin), y.stride, end - begin, y.cols);
    });
}

void CpuBackend::activate(Activation activation, ConstView x, View y) {
    assert(sameShape(x, y) && isF32({x, y}));
    overSpans({x, y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        kernels_.activate(actOf(activation), rowOf(x, i) + j, rowOf(y, i) + j, n);
    });
}

void CpuBackend::activateBackward(Activation activation, ConstView pre, ConstView g, View gx) {
    assert(sameShape(pre, g) && sameShape(g, gx) && isF32({pre, g, gx}));
    overSpans({pre, g, gx}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        kernels_.activateBackward(actOf(activation), rowOf(pre, i) + j, rowOf(g, i) + j,
                                  rowOf(gx, i) + j, n);
    });
}

} // namespace inlay::kernels
