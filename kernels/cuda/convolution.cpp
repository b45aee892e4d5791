// A dense convolution as im2col, cuBLAS and pooling, as many images at a time as the scratch has
// room for.

#include <algorithm>
#include <cassert>

#include "kernels/cuda/cuda_backend.h"

namespace inlay::kernels {

namespace {

/// Columns that are made at a time, in elements.
constexpr std::int64_t kTileElements = std::int64_t{1} << 24;

std::size_t aligned(std::int64_t elements, DType dtype) {
    return (static_cast<std::size_t>(elements) * sizeOf(dtype) + 255) / 256 * 256;
}

/// The scratch of a tile of images: the columns and their gradient, the map and its pooled form.
struct Tile {
    Tile(const Convolution& spec, DType dtype)
        : type(dtype)
        , mapRows(spec.windows.outHeight * spec.windows.outWidth)
        , finalRows(spec.pooled() ? spec.pool.outHeight * spec.pool.outWidth : mapRows)
        , k(spec.windows.columns())
        , n(spec.outChannels)
        , images(std::clamp<std::int64_t>(kTileElements / std::max<std::int64_t>(1, mapRows * k), 1,
                                          std::max<std::int64_t>(1, spec.windows.batch))) {}

    std::size_t columnBytes() const { return aligned(images * mapRows * k, type); }
    std::size_t mapBytes() const { return aligned(images * mapRows * n, type); }
    std::size_t finalBytes() const { return aligned(images * finalRows * n, type); }
    std::size_t bytes() const { return 2 * columnBytes() + mapBytes() + finalBytes(); }

    View columns(Workspace w, std::int64_t count) const { return at(w, 0, count * mapRows, k); }
    View columnGradient(Workspace w, std::int64_t count) const {
        return at(w, columnBytes(), count * mapRows, k);
    }
    View map(Workspace w, std::int64_t count) const {
        return at(w, 2 * columnBytes(), count * mapRows, n);
    }
    View slopes(Workspace w, std::int64_t count) const {
        return at(w, 2 * columnBytes() + mapBytes(), count * finalRows, n);
    }

    DType type;
    std::int64_t mapRows;   // of an image
    std::int64_t finalRows; // of an image, after the pooling
    std::int64_t k;
    std::int64_t n;
    std::int64_t images;

private:
    View at(Workspace w, std::size_t offset, std::int64_t rows, std::int64_t cols) const {
        return {static_cast<std::byte*>(w.data) + offset, rows, cols, cols, type};
    }
};

template <typename AnyView>
AnyView rowsOf(AnyView view, std::int64_t begin, std::int64_t count) {
    if (!view.given())
        return view;
    const auto bytes = begin * view.stride * static_cast<std::int64_t>(sizeOf(view.dtype));
    using Bytes = std::conditional_t<std::is_same_v<AnyView, View>, std::byte, const std::byte>;
    view.data = static_cast<Bytes*>(view.data) + bytes;
    view.rows = count;
    return view;
}

} // namespace

void CudaBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias,
                           View y, View argmax, Workspace workspace) {
    const Tile tile(spec, x.dtype);
    assert(workspace.bytes >= tile.bytes());
    const std::int64_t pixels = spec.windows.height * spec.windows.width;
    const Epilogue epilogue{bias, spec.activation, {}};
    for (std::int64_t first = 0; first < spec.windows.batch; first += tile.images) {
        const std::int64_t count = std::min(tile.images, spec.windows.batch - first);
        const View columns = tile.columns(workspace, count);
        const View out = rowsOf(y, first * tile.finalRows, count * tile.finalRows);
        im2col(spec.windows.withBatch(count), rowsOf(x, first * pixels, count * pixels), columns);
        if (!spec.pooled()) {
            gemm({}, columns, w, out, epilogue);
            continue;
        }
        const View map = tile.map(workspace, count);
        gemm({}, columns, w, map, {});
        maxPool(spec.pool.withBatch(count), map, out,
                rowsOf(argmax, first * tile.finalRows, count * tile.finalRows));
        applyEpilogue(out, epilogue);
    }
}

void CudaBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w, ConstView y,
                                   ConstView argmax, ConstView g, View gx, View dw, View dbias,
                                   Workspace workspace) {
    const Tile tile(spec, x.dtype);
    assert(workspace.bytes >= tile.bytes());
    const std::int64_t pixels = spec.windows.height * spec.windows.width;
    for (std::int64_t first = 0; first < spec.windows.batch; first += tile.images) {
        const std::int64_t count = std::min(tile.images, spec.windows.batch - first);
        const std::int64_t at = first * tile.finalRows;
        const std::int64_t rows = count * tile.finalRows;
        const Windows windows = spec.windows.withBatch(count);
        View slopes = tile.slopes(workspace, count);
        activateBackward(spec.activation, rowsOf(y, at, rows), rowsOf(g, at, rows), slopes);
        if (dbias.given())
            sumRows(slopes, dbias, Accumulate::Yes);
        if (spec.pooled()) {
            const View map = tile.map(workspace, count);
            maxPoolBackward(spec.pool.withBatch(count), rowsOf(argmax, at, rows), slopes, map);
            slopes = map;
        }
        const View columns = tile.columns(workspace, count);
        im2col(windows, rowsOf(x, first * pixels, count * pixels), columns);
        gemm({Transpose::Yes, Transpose::No, 1.0, 1.0}, columns, slopes, dw, {});
        if (!gx.given())
            continue;
        const View gradient = tile.columnGradient(workspace, count);
        gemm({Transpose::No, Transpose::Yes}, slopes, w, gradient, {});
        col2im(windows, gradient, rowsOf(gx, first * pixels, count * pixels), Accumulate::No);
    }
}

std::size_t CudaBackend::convolveScratch(const Convolution& spec, DType dtype) const {
    return Tile(spec, dtype).bytes();
}

} // namespace inlay::kernels
