// Windows over whole batches, image by image.

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/image_windows.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Images of a chunk that touches `floatsOfImage` numbers each.
std::int64_t imageGrain(std::int64_t floatsOfImage) {
    return rowGrain(floatsOfImage);
}

} // namespace

void CpuBackend::im2col(const Windows& w, ConstView x, View columns) {
    assert(x.rows == w.inputRows() && x.cols == w.channels && isF32({x, columns}));
    assert(columns.rows == w.outputRows() && columns.cols == w.columns());
    if (columns.size() == 0)
        return;
    const ImageWindows image = imageWindows(w, x.stride);
    const std::int64_t rows = w.batch * w.outHeight; // lines of output pixels
    parallelFor(rows, rowGrain(w.outWidth * w.columns()),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t line = begin; line < end; ++line) {
                        const std::int64_t i = line / w.outHeight;
                        const std::int64_t oy = line % w.outHeight;
                        kernels_.im2col(image, rowOf(x, i * w.height * w.width), oy, oy + 1,
                                        rowOf(columns, line * w.outWidth), columns.stride);
                    }
                });
}

void CpuBackend::col2im(const Windows& w, ConstView columns, View x, Accumulate accumulate) {
    assert(x.rows == w.inputRows() && x.cols == w.channels && isF32({x, columns}));
    assert(columns.rows == w.outputRows() && columns.cols == w.columns());
    if (x.size() == 0)
        return;
    const ImageWindows image = imageWindows(w, x.stride);
    const std::int64_t pixels = w.height * w.width;
    const std::int64_t outPixels = w.outHeight * w.outWidth;
    parallelFor(w.batch, imageGrain(outPixels * w.columns()),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) {
                        if (accumulate == Accumulate::No)
                            for (std::int64_t p = 0; p < pixels; ++p)
                                std::fill_n(rowOf(x, i * pixels + p), w.channels, 0.0f);
                        kernels_.col2im(image, rowOf(columns, i * outPixels), columns.stride, 0,
                                        w.outHeight, rowOf(x, i * pixels));
                    }
                });
}

void CpuBackend::maxPool(const Windows& w, ConstView x, View y, View argmax) {
    assert(x.rows == w.inputRows() && x.cols == w.channels && isF32({x, y}) && w.taps() <= 256);
    assert(y.rows == w.outputRows() && y.cols == w.channels);
    if (y.size() == 0)
        return;
    const ImageWindows image = imageWindows(w, x.stride);
    const std::int64_t pixels = w.height * w.width;
    const std::int64_t outPixels = w.outHeight * w.outWidth;
    parallelFor(
        w.batch, imageGrain(pixels * w.channels), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                kernels_.maxPool(image, rowOf(x, i * pixels), rowOf(y, i * outPixels), y.stride,
                                 argmax.given()
                                     ? argmax.as<std::uint8_t>() + i * outPixels * argmax.stride
                                     : nullptr,
                                 argmax.stride);
        });
}

void CpuBackend::maxPoolBackward(const Windows& w, ConstView argmax, ConstView g, View gx) {
    assert(gx.rows == w.inputRows() && gx.cols == w.channels && isF32({g, gx}));
    assert(g.rows == w.outputRows() && sameShape(g, argmax) && argmax.dtype == DType::U8);
    if (gx.size() == 0)
        return;
    const ImageWindows image = imageWindows(w, gx.stride);
    const std::int64_t pixels = w.height * w.width;
    const std::int64_t outPixels = w.outHeight * w.outWidth;
    parallelFor(
        w.batch, imageGrain(pixels * w.channels), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                kernels_.maxPoolBackward(
                    image, argmax.as<std::uint8_t>() + i * outPixels * argmax.stride, argmax.stride,
                    rowOf(g, i * outPixels), g.stride, rowOf(gx, i * pixels));
        });
}

} // namespace inlay::kernels
