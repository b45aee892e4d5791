// Strassen-Tile, systems/stl-and-24.md 1.2 and 1.3: vec of a tile is its row-major flattening.

#include "kernels/reference/epilogue.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// The tiles of x, one a row (rowTiles * colTiles x tile^2), padding zero.
Array tilesOf(const TileLayout& layout, ConstView x) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols);
    const Array input = read(x);
    const std::int64_t t = layout.tile;
    Array tiles(layout.rowTiles() * layout.colTiles(), t * t);
    for (std::int64_t I = 0; I < layout.rowTiles(); ++I)
        for (std::int64_t J = 0; J < layout.colTiles(); ++J)
            for (std::int64_t i = 0; i < t; ++i)
                for (std::int64_t j = 0; j < t; ++j) {
                    const std::int64_t row = layout.row(I, i);
                    const std::int64_t col = J * t + j;
                    if (row >= 0 && col < layout.cols)
                        tiles(I * layout.colTiles() + J, i * t + j) = input(row, col);
                }
    return tiles;
}

Array matrixFrom(const TileLayout& layout, const Array& tiles) {
    const std::int64_t t = layout.tile;
    Array x(layout.rows.rows(), layout.cols);
    for (std::int64_t I = 0; I < layout.rowTiles(); ++I)
        for (std::int64_t J = 0; J < layout.colTiles(); ++J)
            for (std::int64_t i = 0; i < t; ++i)
                for (std::int64_t j = 0; j < t; ++j) {
                    const std::int64_t row = layout.row(I, i);
                    const std::int64_t col = J * t + j;
                    if (row >= 0 && col < layout.cols)
                        x(row, col) = tiles(I * layout.colTiles() + J, i * t + j);
                }
    return x;
}

[[maybe_unused]] bool fits(const TileLayout& layout, ConstView matrix,
                           const ConstBatchView& planes) {
    return matrix.cols == layout.tile * layout.tile && planes.batch == matrix.rows &&
           planes.first.rows == layout.rowTiles() && planes.first.cols == layout.colTiles();
}

} // namespace

void ReferenceBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    write(tilesOf(layout, x), tiles);
}

void ReferenceBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols);
    write(matrixFrom(layout, read(tiles)), x);
}

void ReferenceBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                                 BatchView planes, Workspace) {
    assert(fits(layout, matrix, planes));
    const Array tiles = tilesOf(layout, x);
    const Array encoder = read(matrix);
    for (std::int64_t l = 0; l < planes.batch; ++l) {
        Array plane(planes.first.rows, planes.first.cols);
        for (std::int64_t k = 0; k < tiles.rows; ++k)
            for (std::int64_t a = 0; a < tiles.cols; ++a)
                plane.values[static_cast<std::size_t>(k)] += encoder(l, a) * tiles(k, a);
        write(plane, matrixOf(planes, l));
    }
}

void ReferenceBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                                 View y, Accumulate accumulate, const Epilogue& epilogue,
                                 Workspace) {
    assert(fits(layout, matrix, planes));
    assert(y.rows == layout.rows.rows() && y.cols == layout.cols);
    const Array decoder = read(matrix);
    Array tiles(layout.rowTiles() * layout.colTiles(), layout.tile * layout.tile);
    for (std::int64_t l = 0; l < planes.batch; ++l) {
        const Array plane = read(matrixOf(planes, l));
        for (std::int64_t k = 0; k < tiles.rows; ++k)
            for (std::int64_t c = 0; c < tiles.cols; ++c)
                tiles(k, c) += decoder(l, c) * plane.values[static_cast<std::size_t>(k)];
    }
    Array result = matrixFrom(layout, tiles);
    if (accumulate == Accumulate::Yes) {
        const Array old = read(y);
        for (std::size_t i = 0; i < result.values.size(); ++i)
            result.values[i] += old.values[i];
    }
    applyTo(result, epilogue);
    write(result, y);
}

void ReferenceBackend::stlMatrixGradient(const TileLayout& layout, ConstView x,
                                         ConstBatchView planes, View gradient, Workspace) {
    assert(fits(layout, gradient, planes));
    const Array tiles = tilesOf(layout, x);
    Array result(gradient.rows, gradient.cols);
    for (std::int64_t l = 0; l < planes.batch; ++l) {
        const Array plane = read(matrixOf(planes, l));
        for (std::int64_t k = 0; k < tiles.rows; ++k)
            for (std::int64_t a = 0; a < tiles.cols; ++a)
                result(l, a) += plane.values[static_cast<std::size_t>(k)] * tiles(k, a);
    }
    write(result, gradient, Accumulate::Yes);
}

std::size_t ReferenceBackend::stlScratch(const TileLayout&, std::int64_t, DType) const {
    return 0;
}

} // namespace inlay::kernels
