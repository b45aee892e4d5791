// Strassen-Tile on CUDA, systems/stl-and-24.md 1.2 and 1.3: vec of a tile is its row-major
// flattening. This file chooses the kernels.

#include <cassert>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

/// `planes` with its own constness; `matrix` may be written when it is a gradient.
template <typename X, typename P, typename XView, typename Planes>
StlOperands<X, P> operandsOf(const TileLayout& layout, const XView& x, const Planes& planes,
                             ConstView matrix) {
    assert(x.rows == layout.rows.rows() && x.cols == layout.cols);
    assert(x.dtype == planes.first.dtype);
    assert(matrix.cols == layout.tile * layout.tile && planes.batch == matrix.rows);
    assert(planes.first.rows == layout.rowTiles() && planes.first.cols == layout.colTiles());
    StlOperands<X, P> operands;
    operands.map = tileMap(layout);
    operands.x = x.template as<std::remove_const_t<X>>();
    operands.xStride = x.stride;
    operands.planes = planes.first.template as<std::remove_const_t<P>>();
    operands.planeStride = planes.first.stride;
    operands.batchStride = planes.batchStride;
    operands.matrix = anyVector(matrix);
    operands.matrixStride = matrix.stride;
    operands.rank = static_cast<std::uint32_t>(matrix.rows);
    return operands;
}

/// What the kernels for 4 x 4 tiles hold in 48 KB of shared memory.
constexpr std::uint32_t kMostFourRank = 512;

/// Whether the kernels for 4 x 4 tiles fit.
template <typename X, typename P>
bool isFour(const StlOperands<X, P>& operands) {
    if (operands.map.tile != 4 || operands.rank > kMostFourRank ||
        !wideRows(operands.x, operands.xStride, sizeof(X)))
        return false;
    if constexpr (sizeof(X) == sizeof(float))
        return operands.map.cols % 4 == 0;
    return operands.map.cols % 32 == 0 &&
           wideRows(operands.planes, operands.planeStride, sizeof(P)) &&
           operands.batchStride % 8 == 0;
}

/// Whether they can apply this epilogue.
template <typename T>
bool isWide(const DeviceEpilogue<T>& epilogue) {
    if (sizeof(T) == sizeof(float) && epilogue.bias.half)
        return false;
    return wideRows(epilogue.bias.data, 0, 1) &&
           wideRows(epilogue.pre, epilogue.preStride, sizeof(T)) &&
           wideRows(epilogue.residual, epilogue.residualStride, sizeof(T));
}

/// Numbers of the partial sums of a gradient, whichever kernel makes them.
std::int64_t partialNumbers(const TileMap& map, std::uint32_t rank) {
    std::uint32_t parts = anyGradientParts(map, rank);
    if (map.tile == 4)
        parts = std::max(
            {parts, fourGradientParts(map, rank, bf16{}), fourGradientParts(map, rank, float{})});
    return std::int64_t{parts} * rank * map.area();
}

} // namespace

void CudaBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                            BatchView planes, Workspace) {
    if (layout.rowTiles() * layout.colTiles() * planes.batch == 0)
        return;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto operands = operandsOf<const T, T>(layout, x, planes, matrix);
        if (isFour(operands))
            encodeFour(*queue_, operands);
        else
            encodeAny<T>(*queue_, operands);
    });
}

void CudaBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                            View y, Accumulate accumulate, const Epilogue& epilogue, Workspace) {
    if (y.size() == 0)
        return;
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto operands = operandsOf<T, const T>(layout, y, planes, matrix);
        const DecodeFinish<T> finish{accumulate == Accumulate::Yes, deviceEpilogue<T>(epilogue)};
        if (isFour(operands) && isWide(finish.epilogue))
            decodeFour(*queue_, operands, finish);
        else
            decodeAny<T>(*queue_, operands, finish);
    });
}

void CudaBackend::stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                                    View gradient, Workspace workspace) {
    if (layout.rowTiles() * layout.colTiles() * planes.batch == 0)
        return;
    assert(workspace.bytes >= stlScratch(layout, gradient.rows, x.dtype));
    auto* partial = static_cast<float*>(workspace.data);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto operands = operandsOf<const T, const T>(layout, x, planes, gradient);
        const TileMap& map = operands.map;
        const bool four = isFour(operands);
        if (four)
            gradientFour(*queue_, operands, partial);
        else
            gradientAny<T>(*queue_, operands, partial);
        addGradientParts(*queue_, operands.matrix, operands.matrixStride, operands.rank, map.area(),
                         partial,
                         four ? fourGradientParts(map, operands.rank, T{})
                              : anyGradientParts(map, operands.rank));
    });
}

/// The same for every dtype: tied weights ask for one and encode in the other.
std::size_t CudaBackend::stlScratch(const TileLayout& layout, std::int64_t rank, DType) const {
    const TileMap map = tileMap(layout);
    return static_cast<std::size_t>(partialNumbers(map, static_cast<std::uint32_t>(rank))) *
           sizeof(float);
}

} // namespace inlay::kernels
