// Sliding windows over images and dropout. Every output element is one thread's, which gathers what
// it needs: sums are taken in a fixed order and nothing is added atomically.

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/philox.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

/// Windows as a kernel's argument, and the places of a pixel.
struct DeviceWindows {
    int height, width, channels, kernelHeight, kernelWidth, stride, padTop, padLeft, outHeight,
        outWidth;

    explicit DeviceWindows(const Windows& w)
        : height(static_cast<int>(w.height))
        , width(static_cast<int>(w.width))
        , channels(static_cast<int>(w.channels))
        , kernelHeight(static_cast<int>(w.kernelHeight))
        , kernelWidth(static_cast<int>(w.kernelWidth))
        , stride(static_cast<int>(w.stride))
        , padTop(static_cast<int>(w.padTop))
        , padLeft(static_cast<int>(w.padLeft))
        , outHeight(static_cast<int>(w.outHeight))
        , outWidth(static_cast<int>(w.outWidth)) {}

    /// Input row that output row `row` sees through (ky, kx), or -1 outside the image.
    __device__ std::int64_t seen(std::int64_t row, int ky, int kx) const {
        const std::int64_t line = row / outWidth;
        const int ox = static_cast<int>(row - line * outWidth);
        const std::int64_t image = line / outHeight;
        const int oy = static_cast<int>(line - image * outHeight);
        const int y = oy * stride - padTop + ky;
        const int x = ox * stride - padLeft + kx;
        if (y < 0 || y >= height || x < 0 || x >= width)
            return -1;
        return (image * height + y) * width + x;
    }

    /// Calls body(output row, tap) for the windows that see input row `row`, in their order.
    template <typename Body>
    __device__ void seers(std::int64_t row, Body body) const {
        const std::int64_t line = row / width;
        const int x = static_cast<int>(row - line * width) + padLeft;
        const std::int64_t image = line / height;
        const int y = static_cast<int>(line - image * height) + padTop;
        const int firstY = y < kernelHeight ? 0 : (y - kernelHeight) / stride + 1;
        const int firstX = x < kernelWidth ? 0 : (x - kernelWidth) / stride + 1;
        for (int oy = firstY; oy < outHeight && oy * stride <= y; ++oy)
            for (int ox = firstX; ox < outWidth && ox * stride <= x; ++ox)
                body((image * outHeight + oy) * outWidth + ox,
                     (y - oy * stride) * kernelWidth + x - ox * stride);
    }
};

template <typename T>
struct Im2colBody {
    DeviceWindows w;
    Matrix<const T> x;
    Matrix<T> columns;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const int tap = static_cast<int>(col / w.channels);
        const std::int64_t channel = col - static_cast<std::int64_t>(tap) * w.channels;
        const std::int64_t from = w.seen(row, tap / w.kernelWidth, tap % w.kernelWidth);
        columns(row, col) = from < 0 ? fromFloat<T>(0.0f) : x(from, channel);
    }
};

template <typename T>
struct Col2imBody {
    DeviceWindows w;
    Matrix<const T> columns;
    Matrix<T> x;
    bool accumulate;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        float sum = accumulate ? toFloat(x(row, col)) : 0.0f;
        w.seers(row, [&](std::int64_t out, int tap) {
            sum += toFloat(columns(out, static_cast<std::int64_t>(tap) * w.channels + col));
        });
        x(row, col) = fromFloat<T>(sum);
    }
};

template <typename T>
struct MaxPoolBody {
    DeviceWindows w;
    Matrix<const T> x;
    Matrix<T> y;
    Matrix<std::uint8_t> argmax;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        float best = 0.0f;
        int chosen = -1;
        for (int ky = 0; ky < w.kernelHeight; ++ky)
            for (int kx = 0; kx < w.kernelWidth; ++kx) {
                const std::int64_t from = w.seen(row, ky, kx);
                if (from < 0)
                    continue;
                const float value = toFloat(x(from, col));
                if (chosen < 0 || (!isnan(best) && !(value <= best))) {
                    best = value;
                    chosen = ky * w.kernelWidth + kx;
                }
            }
        y(row, col) = fromFloat<T>(best);
        if (argmax.data != nullptr)
            argmax(row, col) = static_cast<std::uint8_t>(chosen < 0 ? 0 : chosen);
    }
};

template <typename T>
struct UnpoolBody {
    DeviceWindows w;
    Matrix<const std::uint8_t> argmax;
    Matrix<const T> g;
    Matrix<T> gx;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        float sum = 0.0f;
        w.seers(row, [&](std::int64_t out, int tap) {
            if (argmax(out, col) == tap)
                sum += toFloat(g(out, col));
        });
        gx(row, col) = fromFloat<T>(sum);
    }
};

template <typename T>
struct DropoutBody {
    Matrix<const T> x;
    Matrix<T> y;
    PhiloxState state;
    const std::int32_t* counter;
    float rate;
    float scale;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const std::uint64_t stream =
            counter == nullptr
                ? state.stream
                : state.stream + static_cast<std::uint64_t>(static_cast<std::int64_t>(*counter));
        const auto index = static_cast<std::uint64_t>(row * y.cols + col);
        const PhiloxBlock block = philox(state.key, stream, state.counter + index / 4);
        const bool kept = unitInterval(block.word[index % 4]) > rate;
        y(row, col) = fromFloat<T>(kept ? toFloat(x(row, col)) * scale : 0.0f);
    }
};

} // namespace

void CudaBackend::im2col(const Windows& spec, ConstView x, View columns) {
    assert(x.rows == spec.inputRows() && columns.rows == spec.outputRows());
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, columns.rows, columns.cols, false,
                       Im2colBody<T>{DeviceWindows(spec), matrixOf<T>(x), matrixOf<T>(columns)});
    });
}

void CudaBackend::col2im(const Windows& spec, ConstView columns, View x, Accumulate accumulate) {
    assert(x.rows == spec.inputRows() && columns.rows == spec.outputRows());
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, x.rows, x.cols, false,
                       Col2imBody<T>{DeviceWindows(spec), matrixOf<T>(columns), matrixOf<T>(x),
                                     accumulate == Accumulate::Yes});
    });
}

void CudaBackend::maxPool(const Windows& spec, ConstView x, View y, View argmax) {
    assert(x.rows == spec.inputRows() && y.rows == spec.outputRows() && spec.taps() <= 256);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, y.rows, y.cols, false,
                       MaxPoolBody<T>{DeviceWindows(spec), matrixOf<T>(x), matrixOf<T>(y),
                                      matrixOf<std::uint8_t>(argmax)});
    });
}

void CudaBackend::maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) {
    assert(gx.rows == spec.inputRows() && g.rows == spec.outputRows());
    withFloating(g.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, gx.rows, gx.cols, false,
                       UnpoolBody<T>{DeviceWindows(spec), matrixOf<std::uint8_t>(argmax),
                                     matrixOf<T>(g), matrixOf<T>(gx)});
    });
}

void CudaBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter, View y) {
    assert(x.rows == y.rows && x.cols == y.cols && rate >= 0.0 && rate < 1.0);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        forElements<1>(*queue_, y.rows, y.cols, false,
                       DropoutBody<T>{matrixOf<T>(x), matrixOf<T>(y), state,
                                      counter.as<std::int32_t>(), static_cast<float>(rate),
                                      static_cast<float>(1.0 / (1.0 - rate))});
    });
}

} // namespace inlay::kernels
