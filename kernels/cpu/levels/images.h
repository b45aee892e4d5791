#pragma once

// Sliding windows over one image, and batch normalization by columns. A tap row of a window is one
// stretch of adjacent floats wherever the pixels of the image lie next to each other.

#include "kernels/cpu/levels/elementwise.h"

namespace inlay::kernels {
namespace {

using cpu::BatchNormOp;
using cpu::ImageWindows;

typedef std::uint8_t Bytes __attribute__((vector_size(INLAY_SIMD_WIDTH)));
typedef std::uint8_t UnalignedBytes
    __attribute__((vector_size(INLAY_SIMD_WIDTH), aligned(1), may_alias));

inline void copyFloats(float* to, const float* from, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) { store(to + i, load(from + i, lanes), lanes); });
}

inline void zeroFloats(float* to, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) { store(to + i, Vec{}, lanes); });
}

inline void addFloats(float* to, const float* from, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) {
        store(to + i, load(to + i, lanes) + load(from + i, lanes), lanes);
    });
}

/// The taps of one row of a window that lie inside the image.
struct TapRow {
    std::int64_t first; // tap
    std::int64_t count;
    std::int64_t pixel; // of the first
};

inline TapRow tapRow(const ImageWindows& w, std::int64_t oy, std::int64_t ox, std::int64_t ky) {
    const std::int64_t y = oy * w.stride - w.padTop + ky;
    if (y < 0 || y >= w.height)
        return {0, 0, 0};
    const std::int64_t x = ox * w.stride - w.padLeft;
    const std::int64_t first = x < 0 ? -x : 0;
    const std::int64_t end = w.width - x < w.kernelWidth ? w.width - x : w.kernelWidth;
    if (end <= first)
        return {0, 0, 0};
    return {first, end - first, y * w.width + x + first};
}

/// Windows that never leave the image, pixels adjacent: line by line of the window, so that the
/// copies of a line of output pixels differ in their addresses only.
inline void im2colInside(const ImageWindows& w, const float* x, std::int64_t begin,
                         std::int64_t end, float* columns, std::int64_t columnsStride) {
    const std::int64_t line = w.kernelWidth * w.channels;
    const std::int64_t step = w.stride * w.channels;
    const Part part{static_cast<int>(line)};
    for (std::int64_t oy = begin; oy < end; ++oy, columns += w.outWidth * columnsStride)
        for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
            const float* from = x + (oy * w.stride + ky) * w.width * w.channels;
            float* to = columns + ky * line;
            if (line < kWidth)
                for (std::int64_t ox = 0; ox < w.outWidth; ++ox)
                    store(to + ox * columnsStride, load(from + ox * step, part), part);
            else
                for (std::int64_t ox = 0; ox < w.outWidth; ++ox)
                    copyFloats(to + ox * columnsStride, from + ox * step, line);
        }
}

inline bool staysInside(const ImageWindows& w) {
    return w.padTop == 0 && w.padLeft == 0 && w.pixelStride == w.channels &&
           (w.outHeight - 1) * w.stride + w.kernelHeight <= w.height &&
           (w.outWidth - 1) * w.stride + w.kernelWidth <= w.width;
}

void im2colImage(const ImageWindows& w, const float* x, std::int64_t begin, std::int64_t end,
                 float* columns, std::int64_t columnsStride) {
    if (staysInside(w))
        return im2colInside(w, x, begin, end, columns, columnsStride);
    const std::int64_t c = w.channels;
    const std::int64_t line = w.kernelWidth * c;
    const bool tight = w.pixelStride == c;
    for (std::int64_t oy = begin; oy < end; ++oy)
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox, columns += columnsStride)
            for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
                float* to = columns + ky * line;
                const TapRow taps = tapRow(w, oy, ox, ky);
                if (taps.count < w.kernelWidth)
                    zeroFloats(to, line);
                to += taps.first * c;
                const float* from = x + taps.pixel * w.pixelStride;
                if (tight) {
                    copyFloats(to, from, taps.count * c);
                    continue;
                }
                for (std::int64_t kx = 0; kx < taps.count; ++kx)
                    copyFloats(to + kx * c, from + kx * w.pixelStride, c);
            }
}

void col2imImage(const ImageWindows& w, const float* columns, std::int64_t columnsStride,
                 std::int64_t begin, std::int64_t end, float* x) {
    const std::int64_t c = w.channels;
    const bool tight = w.pixelStride == c;
    for (std::int64_t oy = begin; oy < end; ++oy)
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox, columns += columnsStride)
            for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
                const TapRow taps = tapRow(w, oy, ox, ky);
                const float* from = columns + (ky * w.kernelWidth + taps.first) * c;
                float* to = x + taps.pixel * w.pixelStride;
                if (tight) {
                    addFloats(to, from, taps.count * c);
                    continue;
                }
                for (std::int64_t kx = 0; kx < taps.count; ++kx)
                    addFloats(to + kx * w.pixelStride, from + kx * c, c);
            }
}

inline void storeBytes(std::uint8_t* to, IVec values, Full) {
    *reinterpret_cast<UnalignedBytes*>(to) = __builtin_convertvector(values, Bytes);
}
inline void storeBytes(std::uint8_t* to, IVec values, Part part) {
    for (int i = 0; i < part.count; ++i)
        to[i] = static_cast<std::uint8_t>(values[i]);
}
inline IVec loadBytes(const std::uint8_t* from, Full) {
    return __builtin_convertvector(*reinterpret_cast<const UnalignedBytes*>(from), IVec);
}
inline IVec loadBytes(const std::uint8_t* from, Part part) {
    IVec values{};
    for (int i = 0; i < part.count; ++i)
        values[i] = from[i];
    return values;
}

/// A value takes the place of the best so far unless it is not larger; NaN stays.
void maxPoolImage(const ImageWindows& w, const float* x, float* y, std::int64_t yStride,
                  std::uint8_t* argmax, std::int64_t argmaxStride) {
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy)
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const std::int64_t row = oy * w.outWidth + ox;
            float* out = y + row * yStride;
            std::uint8_t* chosen = argmax == nullptr ? nullptr : argmax + row * argmaxStride;
            overLanes(w.channels, [&](std::int64_t c, auto lanes) {
                Vec best{};
                IVec tap{};
                bool first = true;
                for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
                    const TapRow taps = tapRow(w, oy, ox, ky);
                    for (std::int64_t k = 0; k < taps.count; ++k) {
                        const Vec value = load(x + (taps.pixel + k) * w.pixelStride + c, lanes);
                        const auto index =
                            static_cast<std::int32_t>(ky * w.kernelWidth + taps.first + k);
                        if (first) {
                            best = value;
                            tap = IVec{} + index;
                            first = false;
                            continue;
                        }
                        const IVec better = ~(value <= best) & (best == best);
                        best = better ? value : best;
                        tap = better ? IVec{} + index : tap;
                    }
                }
                store(out + c, best, lanes);
                if (chosen != nullptr)
                    storeBytes(chosen + c, tap, lanes);
            });
        }
}

void maxPoolBackwardImage(const ImageWindows& w, const std::uint8_t* argmax,
                          std::int64_t argmaxStride, const float* g, std::int64_t gStride,
                          float* gx) {
    if (w.pixelStride == w.channels)
        zeroFloats(gx, w.height * w.width * w.channels);
    else
        for (std::int64_t pixel = 0; pixel < w.height * w.width; ++pixel)
            zeroFloats(gx + pixel * w.pixelStride, w.channels);
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy)
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const std::int64_t row = oy * w.outWidth + ox;
            for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
                const TapRow taps = tapRow(w, oy, ox, ky);
                for (std::int64_t k = 0; k < taps.count; ++k) {
                    const auto index =
                        static_cast<std::int32_t>(ky * w.kernelWidth + taps.first + k);
                    float* to = gx + (taps.pixel + k) * w.pixelStride;
                    overLanes(w.channels, [&](std::int64_t c, auto lanes) {
                        const IVec tap = loadBytes(argmax + row * argmaxStride + c, lanes);
                        const Vec value = load(g + row * gStride + c, lanes);
                        const Vec kept = tap == index ? value : Vec{};
                        store(to + c, load(to + c, lanes) + kept, lanes);
                    });
                }
            }
        }
}

void columnMoments(const BatchNormOp& op, const float* shift, std::int64_t begin, std::int64_t end,
                   float* sums, float* squares) {
    for (std::int64_t i = begin; i < end; ++i) {
        const float* x = op.x + i * op.xStride;
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec d = load(x + j, lanes) - load(shift + j, lanes);
            store(sums + j, load(sums + j, lanes) + d, lanes);
            store(squares + j, fma(d, d, load(squares + j, lanes)), lanes);
        });
    }
}

void scaleColumns(const BatchNormOp& op, const float* mean, const float* factor,
                  const float* offset, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
        const float* x = op.x + i * op.xStride;
        float* y = op.y + i * op.yStride;
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec centered = load(x + j, lanes) - load(mean + j, lanes);
            store(y + j, fma(centered, load(factor + j, lanes), load(offset + j, lanes)), lanes);
        });
    }
}

void columnGradients(const BatchNormOp& op, const float* mean, const float* inverse,
                     std::int64_t begin, std::int64_t end, float* sums, float* products) {
    for (std::int64_t i = begin; i < end; ++i) {
        const float* x = op.x + i * op.xStride;
        const float* g = op.g + i * op.gStride;
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec gradient = load(g + j, lanes);
            const Vec normalized =
                (load(x + j, lanes) - load(mean + j, lanes)) * load(inverse + j, lanes);
            store(sums + j, load(sums + j, lanes) + gradient, lanes);
            store(products + j, fma(gradient, normalized, load(products + j, lanes)), lanes);
        });
    }
}

void combineColumns(const BatchNormOp& op, const float* a, const float* b, const float* c,
                    std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
        const float* x = op.x + i * op.xStride;
        const float* g = op.g + i * op.gStride;
        float* y = op.y + i * op.yStride;
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec offset = fma(load(x + j, lanes), load(b + j, lanes), load(c + j, lanes));
            store(y + j, fma(load(g + j, lanes), load(a + j, lanes), offset), lanes);
        });
    }
}

} // namespace
} // namespace inlay::kernels
