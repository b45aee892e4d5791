// Strassen-Tile on the CPU. A chunk of row tiles is gathered in a panel that stays in the first
// level of cache (row a of the panel is element a of every tile); encoding, decoding and the
// gradient of the matrix are small products on it.

#include <array>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

constexpr std::int64_t kMostTile = 8;
constexpr std::int64_t kMostParts = 16;

/// How the row tiles are cut.
struct Chunks {
    std::int64_t rowTiles;
    std::int64_t colTiles;
    std::int64_t size; // row tiles in a panel
    std::int64_t stride;

    explicit Chunks(const TileLayout& layout)
        : rowTiles(layout.rowTiles())
        , colTiles(layout.colTiles())
        , size(std::clamp<std::int64_t>(192 / std::max<std::int64_t>(1, colTiles), 1,
                                        std::max<std::int64_t>(1, rowTiles)))
        , stride(panelStride(size * colTiles)) {}

    /// Whole lines. Rows of the panel, which encoding reads together, must not fall on the same
    /// cache sets.
    static std::int64_t panelStride(std::int64_t tiles) {
        constexpr std::int64_t kLine = 16;
        const std::int64_t whole = (tiles + kLine - 1) / kLine * kLine;
        return whole % (8 * kLine) == 0 ? whole + kLine : whole;
    }
};

template <typename T, typename ViewType>
std::array<T*, kMostTile> tileRows(const TileLayout& layout, const ViewType& x, std::int64_t I) {
    std::array<T*, kMostTile> rows{};
    for (std::int64_t i = 0; i < layout.tile; ++i) {
        const std::int64_t row = layout.row(I, i);
        rows[static_cast<std::size_t>(i)] = row >= 0 ? rowOf(x, row) : nullptr;
    }
    return rows;
}

void gatherPanel(const KernelTable& kernels, const TileLayout& layout, ConstView x,
                 std::int64_t begin, std::int64_t end, std::int64_t stride, float* panel) {
    for (std::int64_t I = begin; I < end; ++I) {
        const auto rows = tileRows<const float>(layout, x, I);
        kernels.gatherTileRow(rows.data(), layout.cols, layout.tile,
                              panel + (I - begin) * layout.colTiles(), stride);
    }
}

[[maybe_unused]] bool fits(const TileLayout& layout, ConstView matrix,
                           const ConstBatchView& planes) {
    return layout.tile >= 1 && layout.tile <= kMostTile &&
           matrix.cols == layout.tile * layout.tile && planes.batch == matrix.rows &&
           planes.first.rows == layout.rowTiles() && planes.first.cols == layout.colTiles() &&
           isF32({matrix, planes.first});
}

/// Calls body(first row tile, number of tiles, offset in a plane, offset in the panel) so that the
/// tiles are adjacent in the planes.
template <typename Body>
void overPlaneRuns(const Chunks& chunks, std::int64_t planeStride, std::int64_t begin,
                   std::int64_t end, Body&& body) {
    if (planeStride == chunks.colTiles)
        return body((end - begin) * chunks.colTiles, begin * planeStride, std::int64_t{0});
    for (std::int64_t I = begin; I < end; ++I)
        body(chunks.colTiles, I * planeStride, (I - begin) * chunks.colTiles);
}

} // namespace

void CpuBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols && isF32({x, tiles}));
    assert(layout.tile >= 1 && layout.tile <= kMostTile);
    const std::int64_t colTiles = layout.colTiles();
    if (tiles.size() == 0)
        return;
    parallelFor(layout.rowTiles(), rowGrain(layout.cols * layout.tile),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t I = begin; I < end; ++I) {
                        const auto rows = tileRows<const float>(layout, x, I);
                        for (std::int64_t J = 0; J < colTiles; ++J) {
                            float* to = rowOf(tiles, I * colTiles + J);
                            const std::int64_t col = J * layout.tile;
                            const std::int64_t width = std::min(layout.tile, layout.cols - col);
                            for (std::int64_t i = 0; i < layout.tile; ++i, to += layout.tile) {
                                const float* from = rows[static_cast<std::size_t>(i)];
                                for (std::int64_t j = 0; j < layout.tile; ++j)
                                    to[j] = from != nullptr && j < width ? from[col + j] : 0.0f;
                            }
                        }
                    }
                });
}

void CpuBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols && isF32({x, tiles}));
    assert(layout.tile >= 1 && layout.tile <= kMostTile);
    const std::int64_t colTiles = layout.colTiles();
    if (x.size() == 0)
        return;
    parallelFor(layout.rowTiles(), rowGrain(layout.cols * layout.tile),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t I = begin; I < end; ++I) {
                        const auto rows = tileRows<float>(layout, x, I);
                        for (std::int64_t J = 0; J < colTiles; ++J) {
                            const float* from = rowOf(tiles, I * colTiles + J);
                            const std::int64_t col = J * layout.tile;
                            const std::int64_t width = std::min(layout.tile, layout.cols - col);
                            for (std::int64_t i = 0; i < layout.tile; ++i, from += layout.tile)
                                if (float* to = rows[static_cast<std::size_t>(i)]; to != nullptr)
                                    std::copy_n(from, width, to + col);
                        }
                    }
                });
}

void CpuBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                           BatchView planes, Workspace) {
    assert(fits(layout, matrix, planes) && isF32({x}));
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols);
    const Chunks chunks(layout);
    if (chunks.rowTiles * chunks.colTiles * planes.batch == 0)
        return;
    parallelFor(chunks.rowTiles, chunks.size, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        float* panel = scratch.floats(layout.tile * layout.tile * chunks.stride);
        gatherPanel(kernels_, layout, x, begin, end, chunks.stride, panel);
        Product p;
        p.m = matrix.rows;
        p.k = matrix.cols;
        p.a = matrix.as<float>();
        p.aRow = matrix.stride;
        p.bStride = chunks.stride;
        p.cStride = planes.batchStride;
        overPlaneRuns(chunks, planes.first.stride, begin, end,
                      [&](std::int64_t tiles, std::int64_t inPlane, std::int64_t inPanel) {
                          p.n = tiles;
                          p.b = panel + inPanel;
                          p.c = planes.first.as<float>() + inPlane;
                          kernels_.productShort(p);
                      });
    });
}

void CpuBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                           View y, Accumulate accumulate, const Epilogue& epilogue, Workspace) {
    assert(fits(layout, matrix, planes) &&
           isF32({y, epilogue.bias, epilogue.pre, epilogue.residual}));
    assert(y.rows == layout.rows.rows() && y.cols == layout.cols);
    const Chunks chunks(layout);
    const RowEpilogue rows = rowEpilogue(epilogue);
    if (y.size() == 0)
        return;
    parallelFor(chunks.rowTiles, chunks.size, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        float* panel = scratch.floats(layout.tile * layout.tile * chunks.stride);
        Product p;
        p.m = matrix.cols;
        p.k = matrix.rows;
        p.a = matrix.as<float>();
        p.aRow = 1;
        p.aInner = matrix.stride;
        p.bStride = planes.batchStride;
        p.cStride = chunks.stride;
        overPlaneRuns(chunks, planes.first.stride, begin, end,
                      [&](std::int64_t tiles, std::int64_t inPlane, std::int64_t inPanel) {
                          p.n = tiles;
                          p.b = planes.first.as<float>() + inPlane;
                          p.c = panel + inPanel;
                          kernels_.productShort(p);
                      });
        for (std::int64_t I = begin; I < end; ++I) {
            const auto targets = tileRows<float>(layout, y, I);
            kernels_.scatterTileRow(targets.data(), layout.cols, layout.tile,
                                    panel + (I - begin) * chunks.colTiles, chunks.stride,
                                    accumulate == Accumulate::Yes);
            if (!rows.any())
                continue;
            for (std::int64_t i = 0; i < layout.tile; ++i)
                if (const std::int64_t row = layout.row(I, i); row >= 0)
                    kernels_.epilogue(fromRow(rows, row), rowOf(y, row), y.stride, 1, y.cols);
        }
    });
}

namespace {

/// Row tiles of one partial sum of the matrix gradient, whole panels of them.
std::int64_t partTiles(const Chunks& chunks) {
    const std::int64_t panels = (chunks.rowTiles + chunks.size - 1) / chunks.size;
    return (panels + kMostParts - 1) / kMostParts * chunks.size;
}

} // namespace

std::size_t CpuBackend::stlScratch(const TileLayout& layout, std::int64_t rank, DType) const {
    const std::int64_t sums = rank * layout.tile * layout.tile;
    return static_cast<std::size_t>(kMostParts * sums) * sizeof(float);
}

void CpuBackend::stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                                   View gradient, Workspace workspace) {
    assert(fits(layout, gradient, planes) && isF32({x}));
    assert(workspace.bytes >= stlScratch(layout, gradient.rows, gradient.dtype));
    const Chunks chunks(layout);
    if (chunks.rowTiles * chunks.colTiles * planes.batch == 0)
        return;
    const std::int64_t size = gradient.rows * gradient.cols;
    const std::int64_t grain = partTiles(chunks);
    const std::int64_t parts = (chunks.rowTiles + grain - 1) / grain;
    auto* sums = static_cast<float*>(workspace.data);
    parallelFor(chunks.rowTiles, grain, [&](std::int64_t first, std::int64_t last) {
        ScratchScope scratch;
        const std::int64_t area = layout.tile * layout.tile;
        float* panel = scratch.floats(area * chunks.stride);
        float* tiles = scratch.floats(area * chunks.stride);
        Product p;
        p.m = gradient.rows;
        p.n = area;
        p.aRow = planes.batchStride;
        p.bStride = area;
        p.c = sums + first / grain * size;
        p.cStride = area;
        for (std::int64_t begin = first; begin < last; begin += chunks.size) {
            const std::int64_t end = std::min(last, begin + chunks.size);
            gatherPanel(kernels_, layout, x, begin, end, chunks.stride, panel);
            kernels_.transpose(panel, chunks.stride, tiles, area, area,
                               (end - begin) * chunks.colTiles);
            overPlaneRuns(chunks, planes.first.stride, begin, end,
                          [&](std::int64_t count, std::int64_t inPlane, std::int64_t inPanel) {
                              p.k = count;
                              p.a = planes.first.as<float>() + inPlane;
                              p.b = tiles + inPanel * area;
                              kernels_.productPlain(p);
                              p.beta = 1.0f;
                          });
        }
    });
    for (std::int64_t part = 1; part < parts; ++part)
        kernels_.add(sums, sums + part * size, sums, size);
    for (std::int64_t l = 0; l < gradient.rows; ++l)
        kernels_.add(rowOf(gradient, l), sums + l * gradient.cols, rowOf(gradient, l),
                     gradient.cols);
}

} // namespace inlay::kernels
