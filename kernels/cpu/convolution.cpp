// A dense convolution a few images at a time: their columns, the product and the pooling follow
// each other in the second-level cache of one core. Images are divided among the threads; the
// weight's gradient is summed in a fixed number of parts, added in their order.

#include <optional>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/image_windows.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Floats of columns that are worked on at a time: half a megabyte or less of L2.
constexpr std::int64_t kTileFloats = 48 * 1024;
/// Inner length of one pass, as in gemm.cpp.
constexpr std::int64_t kInner = 384;

/// A weight matrix k x n, packed for products whose left operand has rows of k floats.
class PackedRight {
public:
    PackedRight(const KernelTable& kernels, ScratchScope& scratch, const float* b,
                std::int64_t inner, std::int64_t col, std::int64_t k, std::int64_t n)
        : kernels_(kernels)
        , k_(k)
        , n_(n)
        , panels_((n + kernels.panelWidth - 1) / kernels.panelWidth * kernels.panelWidth)
        , passes_(std::max<std::int64_t>(1, (k + kInner - 1) / kInner))
        , length_((k + passes_ - 1) / passes_)
        , data_(scratch.floats(panels_ * k)) {
        for (std::int64_t pass = 0; pass < passes_; ++pass)
            kernels.packB(b + pass * length_ * inner, inner, col, size(pass), n,
                          data_ + panels_ * pass * length_);
    }

    /// c (m x n) = a (m x k) times the weight, then the epilogue.
    void multiply(const float* a, std::int64_t m, float* c, std::int64_t cStride,
                  const RowEpilogue& epilogue) const {
        Product p;
        p.m = m;
        p.n = n_;
        p.aRow = k_;
        p.aInner = 1;
        p.c = c;
        p.cStride = cStride;
        for (std::int64_t pass = 0; pass < passes_; ++pass) {
            p.k = size(pass);
            p.a = a + pass * length_;
            p.b = data_ + panels_ * pass * length_;
            p.beta = pass == 0 ? 0.0f : 1.0f;
            if (pass + 1 == passes_)
                p.epilogue = epilogue;
            kernels_.productPacked(p);
        }
    }

private:
    std::int64_t size(std::int64_t pass) const { return std::min(length_, k_ - pass * length_); }

    const KernelTable& kernels_;
    std::int64_t k_;
    std::int64_t n_;
    std::int64_t panels_; // columns, padded
    std::int64_t passes_;
    std::int64_t length_;
    float* data_;
};

/// How the images of a convolution are cut: whole images in a tile, or lines of one.
struct Tiling {
    std::int64_t pixels;    // of an input image
    std::int64_t outPixels; // of the product's map
    std::int64_t finalPixels;
    std::int64_t images; // of a tile, at most
    std::int64_t lines;  // output lines whose columns are made at a time

    explicit Tiling(const Convolution& spec) {
        const Windows& w = spec.windows;
        pixels = w.height * w.width;
        outPixels = w.outHeight * w.outWidth;
        finalPixels = spec.pooled() ? spec.pool.outHeight * spec.pool.outWidth : outPixels;
        const std::int64_t line = w.outWidth * w.columns();
        images = std::clamp<std::int64_t>(kTileFloats / (w.outHeight * line), 1, 16);
        lines =
            images > 1 ? w.outHeight : std::clamp<std::int64_t>(kTileFloats / line, 1, w.outHeight);
    }
    /// Floats of the columns of a tile.
    std::int64_t columns(const Windows& w) const {
        return images * lines * w.outWidth * w.columns();
    }
};

/// Parts of the weight's gradient, from the shape alone.
std::int64_t gradientParts(const Convolution& spec) {
    const std::int64_t numbers = spec.windows.columns() * spec.outChannels;
    return std::min<std::int64_t>(spec.windows.batch, numbers > 65536 ? 8 : 16);
}

[[maybe_unused]] bool shapesFit(const Convolution& spec, ConstView x, ConstView w, ConstView y) {
    return x.rows == spec.windows.inputRows() && x.cols == spec.windows.channels &&
           w.rows == spec.windows.columns() && w.cols == spec.outChannels &&
           y.rows == spec.outputRows() && y.cols == spec.outChannels &&
           (!spec.pooled() || spec.pool.inputRows() == spec.windows.outputRows());
}

} // namespace

void CpuBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias, View y,
                          View argmax, Workspace) {
    assert(shapesFit(spec, x, w, y) && isF32({x, w, bias, y}));
    if (y.size() == 0)
        return;
    const Windows& windows = spec.windows;
    const ImageWindows image = imageWindows(windows, x.stride);
    const Tiling tiling(spec);
    const std::int64_t n = spec.outChannels;
    ScratchScope shared;
    const PackedRight weight(kernels_, shared, w.as<float>(), w.stride, 1, windows.columns(), n);
    RowEpilogue epilogue;
    epilogue.bias = bias.as<float>();
    epilogue.act = actOf(spec.activation);
    const RowEpilogue direct = spec.pooled() ? RowEpilogue{} : epilogue;

    parallelFor(windows.batch, tiling.images, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        float* columns = scratch.floats(tiling.columns(windows));
        float* map = spec.pooled() ? scratch.floats((end - begin) * tiling.outPixels * n) : nullptr;
        const std::int64_t mapStride = spec.pooled() ? n : y.stride;
        float* result = spec.pooled() ? map : rowOf(y, begin * tiling.outPixels);
        if (tiling.images > 1) {
            for (std::int64_t i = begin; i < end; ++i)
                kernels_.im2col(image, rowOf(x, i * tiling.pixels), 0, windows.outHeight,
                                columns + (i - begin) * tiling.outPixels * windows.columns(),
                                windows.columns());
            weight.multiply(columns, (end - begin) * tiling.outPixels, result, mapStride, direct);
        } else {
            for (std::int64_t oy = 0; oy < windows.outHeight; oy += tiling.lines) {
                const std::int64_t last = std::min(windows.outHeight, oy + tiling.lines);
                kernels_.im2col(image, rowOf(x, begin * tiling.pixels), oy, last, columns,
                                windows.columns());
                weight.multiply(columns, (last - oy) * windows.outWidth,
                                result + oy * windows.outWidth * mapStride, mapStride, direct);
            }
        }
        if (!spec.pooled())
            return;
        const ImageWindows pool = imageWindows(spec.pool, n);
        for (std::int64_t i = begin; i < end; ++i)
            kernels_.maxPool(pool, map + (i - begin) * tiling.outPixels * n,
                             rowOf(y, i * tiling.finalPixels), y.stride,
                             argmax.given() ? argmax.as<std::uint8_t>() +
                                                  i * tiling.finalPixels * argmax.stride
                                            : nullptr,
                             argmax.stride);
        kernels_.epilogue(epilogue, rowOf(y, begin * tiling.finalPixels), y.stride,
                          (end - begin) * tiling.finalPixels, n);
    });
}

void CpuBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w, ConstView y,
                                  ConstView argmax, ConstView g, View gx, View dw, View dbias,
                                  Workspace) {
    assert(shapesFit(spec, x, w, y) && sameShape(y, g) && isF32({x, w, y, g, gx, dw, dbias}));
    assert(!spec.pooled() || (argmax.given() && sameShape(argmax, g)));
    if (y.size() == 0) {
        if (gx.given())
            fill(gx, 0.0);
        return;
    }
    const Windows& windows = spec.windows;
    const ImageWindows image = imageWindows(windows, x.stride);
    const ImageWindows target = imageWindows(windows, gx.stride);
    const ImageWindows pool = imageWindows(spec.pool, spec.outChannels);
    const Tiling tiling(spec);
    const std::int64_t n = spec.outChannels;
    const std::int64_t k = windows.columns();
    const std::int64_t parts = gradientParts(spec);
    const std::int64_t grain = (windows.batch + parts - 1) / parts;
    const std::int64_t partSize = (k * n + n + 15) / 16 * 16; // dw, then dbias
    ScratchScope shared;
    float* sums = shared.floats(parts * partSize);
    // op(w) = w^T: element (p, j) at w[j * stride + p].
    const PackedRight* transposed = nullptr;
    std::optional<PackedRight> packed;
    if (gx.given()) {
        packed.emplace(kernels_, shared, w.as<float>(), std::int64_t{1}, w.stride, n, k);
        transposed = &*packed;
    }

    // Gradient of the product's map for images [first, last), rows of n floats.
    const auto mapGradient = [&](std::int64_t first, std::int64_t last, float* pooled, float* map) {
        const std::int64_t rows = (last - first) * tiling.finalPixels;
        float* slopes = spec.pooled() ? pooled : map;
        for (std::int64_t i = 0; i < rows; ++i) {
            const std::int64_t row = first * tiling.finalPixels + i;
            kernels_.activateBackward(actOf(spec.activation), rowOf(y, row), rowOf(g, row),
                                      slopes + i * n, n);
        }
        if (spec.pooled())
            for (std::int64_t i = first; i < last; ++i)
                kernels_.maxPoolBackward(
                    pool, argmax.as<std::uint8_t>() + i * tiling.finalPixels * argmax.stride,
                    argmax.stride, pooled + (i - first) * tiling.finalPixels * n, n,
                    map + (i - first) * tiling.outPixels * n);
        return slopes;
    };

    parallelFor(windows.batch, grain, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        float* columns = scratch.floats(tiling.columns(windows));
        float* columnGradient =
            transposed != nullptr ? scratch.floats(tiling.columns(windows)) : nullptr;
        float* map = scratch.floats(tiling.images * tiling.outPixels * n);
        float* pooled =
            spec.pooled() ? scratch.floats(tiling.images * tiling.finalPixels * n) : nullptr;
        float* own = sums + begin / grain * partSize;
        float* ownBias = own + k * n;
        std::fill_n(own, partSize, 0.0f);

        const auto addProducts = [&](const float* left, const float* right, std::int64_t rows) {
            Product p;
            p.m = k;
            p.n = n;
            p.k = rows;
            p.a = left;
            p.aRow = 1;
            p.aInner = k;
            p.b = right;
            p.bStride = n;
            p.c = own;
            p.cStride = n;
            p.beta = 1.0f;
            kernels_.productPlain(p);
            if (transposed != nullptr)
                transposed->multiply(right, rows, columnGradient, k, {});
        };

        for (std::int64_t first = begin; first < end; first += tiling.images) {
            const std::int64_t last = std::min(end, first + tiling.images);
            const float* slopes = mapGradient(first, last, pooled, map);
            for (std::int64_t i = 0; i < (last - first) * tiling.finalPixels; ++i)
                kernels_.add(ownBias, slopes + i * n, ownBias, n);
            if (gx.given())
                for (std::int64_t p = first * tiling.pixels; p < last * tiling.pixels; ++p)
                    std::fill_n(rowOf(gx, p), gx.cols, 0.0f);
            if (tiling.images > 1) {
                for (std::int64_t i = first; i < last; ++i)
                    kernels_.im2col(image, rowOf(x, i * tiling.pixels), 0, windows.outHeight,
                                    columns + (i - first) * tiling.outPixels * k, k);
                addProducts(columns, map, (last - first) * tiling.outPixels);
                if (gx.given())
                    for (std::int64_t i = first; i < last; ++i)
                        kernels_.col2im(target, columnGradient + (i - first) * tiling.outPixels * k,
                                        k, 0, windows.outHeight, rowOf(gx, i * tiling.pixels));
                continue;
            }
            for (std::int64_t oy = 0; oy < windows.outHeight; oy += tiling.lines) {
                const std::int64_t until = std::min(windows.outHeight, oy + tiling.lines);
                kernels_.im2col(image, rowOf(x, first * tiling.pixels), oy, until, columns, k);
                addProducts(columns, map + oy * windows.outWidth * n,
                            (until - oy) * windows.outWidth);
                if (gx.given())
                    kernels_.col2im(target, columnGradient, k, oy, until,
                                    rowOf(gx, first * tiling.pixels));
            }
        }
    });

    const std::int64_t used = (windows.batch + grain - 1) / grain;
    parallelFor(k, rowGrain(n, 4096), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            kernels_.sumParts(sums + i * n, used, partSize, 1.0f, 1.0f, rowOf(dw, i), n);
    });
    if (dbias.given())
        kernels_.sumParts(sums + k * n, used, partSize, 1.0f, 1.0f, dbias.as<float>(), n);
}

std::size_t CpuBackend::convolveScratch(const Convolution&, DType) const {
    return 0; // the tiles of the threads lie in their own memory
}

} // namespace inlay::kernels
