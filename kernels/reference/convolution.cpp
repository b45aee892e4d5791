// Sliding windows as their definition reads: output pixel (oy, ox) of an image sees input pixel
// (oy stride - padTop + ky, ox stride - padLeft + kx) through tap (ky, kx).

#include <cmath>

#include "kernels/reference/epilogue.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

using namespace reference;

namespace {

/// Calls body(output row, tap, input row) for every tap that lies inside its image, taps in order.
template <typename Body>
void forEachTap(const Windows& w, Body&& body) {
    for (std::int64_t image = 0; image < w.batch; ++image)
        for (std::int64_t oy = 0; oy < w.outHeight; ++oy)
            for (std::int64_t ox = 0; ox < w.outWidth; ++ox)
                for (std::int64_t tap = 0; tap < w.taps(); ++tap) {
                    const std::int64_t y = oy * w.stride - w.padTop + tap / w.kernelWidth;
                    const std::int64_t x = ox * w.stride - w.padLeft + tap % w.kernelWidth;
                    if (y >= 0 && y < w.height && x >= 0 && x < w.width)
                        body((image * w.outHeight + oy) * w.outWidth + ox, tap,
                             (image * w.height + y) * w.width + x);
                }
}

Array pooled(const Windows& w, const Array& x, Array& argmax) {
    Array y(w.outputRows(), w.channels);
    argmax = Array(y.rows, y.cols);
    std::vector<bool> seen(static_cast<std::size_t>(y.rows));
    forEachTap(w, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        const bool first = !seen[static_cast<std::size_t>(out)];
        seen[static_cast<std::size_t>(out)] = true;
        for (std::int64_t c = 0; c < w.channels; ++c) {
            const double best = y(out, c);
            if (first || (!std::isnan(best) && !(x(in, c) <= best))) {
                y(out, c) = x(in, c);
                argmax(out, c) = static_cast<double>(tap);
            }
        }
    });
    return y;
}

Array unpooled(const Windows& w, const Array& argmax, const Array& g) {
    Array gx(w.inputRows(), w.channels);
    forEachTap(w, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        for (std::int64_t c = 0; c < w.channels; ++c)
            if (argmax(out, c) == static_cast<double>(tap))
                gx(in, c) += g(out, c);
    });
    return gx;
}

} // namespace

void ReferenceBackend::im2col(const Windows& w, ConstView x, View columns) {
    assert(x.rows == w.inputRows() && x.cols == w.channels);
    assert(columns.rows == w.outputRows() && columns.cols == w.columns());
    const Array input = read(x);
    Array result(columns.rows, columns.cols);
    forEachTap(w, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        for (std::int64_t c = 0; c < w.channels; ++c)
            result(out, tap * w.channels + c) = input(in, c);
    });
    write(result, columns);
}

void ReferenceBackend::col2im(const Windows& w, ConstView columns, View x, Accumulate accumulate) {
    assert(x.rows == w.inputRows() && x.cols == w.channels);
    assert(columns.rows == w.outputRows() && columns.cols == w.columns());
    const Array input = read(columns);
    Array result(x.rows, x.cols);
    forEachTap(w, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        for (std::int64_t c = 0; c < w.channels; ++c)
            result(in, c) += input(out, tap * w.channels + c);
    });
    write(result, x, accumulate);
}

void ReferenceBackend::maxPool(const Windows& w, ConstView x, View y, View argmax) {
    assert(x.rows == w.inputRows() && x.cols == w.channels && w.taps() <= 256);
    assert(y.rows == w.outputRows() && y.cols == w.channels);
    Array taps;
    write(pooled(w, read(x), taps), y);
    if (argmax.given())
        write(taps, argmax);
}

void ReferenceBackend::maxPoolBackward(const Windows& w, ConstView argmax, ConstView g, View gx) {
    assert(gx.rows == w.inputRows() && g.rows == w.outputRows() && sameShape(g, argmax));
    write(unpooled(w, read(argmax), read(g)), gx);
}

void ReferenceBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias,
                                View y, View argmax, Workspace) {
    const Windows& windows = spec.windows;
    assert(x.rows == windows.inputRows() && x.cols == windows.channels);
    assert(w.rows == windows.columns() && w.cols == spec.outChannels);
    assert(y.rows == spec.outputRows() && y.cols == spec.outChannels);
    const Array input = read(x);
    const Array weight = read(w);
    Array map(windows.outputRows(), spec.outChannels);
    forEachTap(windows, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        for (std::int64_t c = 0; c < windows.channels; ++c)
            for (std::int64_t o = 0; o < spec.outChannels; ++o)
                map(out, o) += input(in, c) * weight(tap * windows.channels + c, o);
    });
    if (spec.pooled()) {
        Array taps;
        map = pooled(spec.pool, map, taps);
        if (argmax.given())
            write(taps, argmax);
    }
    applyTo(map, {bias, spec.activation, {}});
    write(map, y);
}

void ReferenceBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w,
                                        ConstView y, ConstView argmax, ConstView g, View gx,
                                        View dw, View dbias, Workspace) {
    const Windows& windows = spec.windows;
    const Array input = read(x);
    const Array weight = read(w);
    const Array output = read(y);
    Array gradient = read(g);
    Array biasGradient(1, spec.outChannels);
    for (std::int64_t i = 0; i < gradient.rows; ++i)
        for (std::int64_t o = 0; o < spec.outChannels; ++o) {
            gradient(i, o) *= activationSlope(spec.activation, output(i, o));
            biasGradient(0, o) += gradient(i, o);
        }
    if (spec.pooled())
        gradient = unpooled(spec.pool, read(argmax), gradient);
    Array weightGradient(w.rows, w.cols);
    Array inputGradient(x.rows, x.cols);
    forEachTap(windows, [&](std::int64_t out, std::int64_t tap, std::int64_t in) {
        for (std::int64_t c = 0; c < windows.channels; ++c)
            for (std::int64_t o = 0; o < spec.outChannels; ++o) {
                const std::int64_t k = tap * windows.channels + c;
                weightGradient(k, o) += input(in, c) * gradient(out, o);
                inputGradient(in, c) += gradient(out, o) * weight(k, o);
            }
    });
    write(weightGradient, dw, Accumulate::Yes);
    write(biasGradient, dbias, Accumulate::Yes);
    if (gx.given())
        write(inputGradient, gx);
}

std::size_t ReferenceBackend::convolveScratch(const Convolution&, DType) const {
    return 0;
}

} // namespace inlay::kernels
