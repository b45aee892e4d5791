// y = x W from the plain 2:4 form: which kernel a product takes.

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/two_four_products.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

/// Dense f32 weights that are made at a time.
constexpr std::int64_t kSliceBytes = std::int64_t{32} << 20;

ConstView rowsOf(ConstView view, std::int64_t begin, std::int64_t count) {
    const auto offset = begin * view.stride * static_cast<std::int64_t>(sizeOf(view.dtype));
    return {static_cast<const std::byte*>(view.data) + offset, count, view.cols, view.stride,
            view.dtype};
}

/// The part of an epilogue that belongs to columns [begin, begin + count) of y.
Epilogue columnsOf(const Epilogue& epilogue, std::int64_t begin, std::int64_t count) {
    Epilogue part = epilogue;
    if (epilogue.bias.given())
        part.bias = columns(epilogue.bias, begin, count);
    if (epilogue.pre.given())
        part.pre = columns(epilogue.pre, begin, count);
    if (epilogue.residual.given())
        part.residual = columns(epilogue.residual, begin, count);
    return part;
}

/// f32: no tensor instruction takes this pattern in more than bf16, and cuBLAS on the dense matrix
/// is faster than ours on the stored half. The dense matrix is made in slices of outputs.
void multiplyExpanded(Queue& queue, Backend& backend, ConstView x, ConstView values, ConstView meta,
                      View y, const Epilogue& epilogue) {
    const std::int64_t in = x.cols;
    const std::int64_t rowBytes = in * static_cast<std::int64_t>(sizeOf(values.dtype));
    const std::int64_t slice =
        std::min(y.cols, std::max<std::int64_t>(256, kSliceBytes / rowBytes / 256 * 256));
    void* memory = queue.scratch(static_cast<std::size_t>(slice * rowBytes));
    for (std::int64_t begin = 0; begin < y.cols; begin += slice) {
        const std::int64_t count = std::min(slice, y.cols - begin);
        const View dense{memory, count, in, in, values.dtype};
        expandRows(queue, rowsOf(values, begin, count), rowsOf(meta, begin, count), dense);
        backend.gemm({.b = Transpose::Yes}, x, dense, columns(y, begin, count),
                     columnsOf(epilogue, begin, count));
    }
}

std::size_t alignedBytes(ConstView view) {
    const std::int64_t stride = roundedUp(view.cols, 8);
    return static_cast<std::size_t>(roundedUp(2 * view.rows * stride, 256));
}

/// A bf16 matrix whose rows start at multiples of 16 bytes: itself or a copy in `memory`.
ConstView aligned(Queue& queue, ConstView view, void* memory) {
    if (rowsAligned(view))
        return view;
    const std::int64_t stride = roundedUp(view.cols, 8);
    INLAY_CUDA(cudaMemcpy2DAsync(memory, static_cast<std::size_t>(2 * stride), view.data,
                                 static_cast<std::size_t>(2 * std::max(view.stride, view.cols)),
                                 static_cast<std::size_t>(2 * view.cols),
                                 static_cast<std::size_t>(view.rows), cudaMemcpyDeviceToDevice,
                                 queue.stream()));
    return {memory, view.rows, view.cols, stride, view.dtype};
}

/// bf16: the sparse tensor instruction. Its metadata are packed for each call, which reads a byte
/// for four weights.
void multiplyPacked(Queue& queue, ConstView x, ConstView values, ConstView meta, View y,
                    const Epilogue& epilogue) {
    const MetaExtent extent = metaExtent(y.cols, x.cols);
    const auto metaBytes = static_cast<std::size_t>(roundedUp(4 * extent.words(), 256));
    const std::size_t inputBytes = rowsAligned(x) ? 0 : alignedBytes(x);
    const std::size_t valueBytes = rowsAligned(values) ? 0 : alignedBytes(values);
    auto* memory = static_cast<std::byte*>(queue.scratch(metaBytes + inputBytes + valueBytes));
    auto* words = reinterpret_cast<std::uint32_t*>(memory);
    packMeta(queue, meta, x.cols, words);
    const ConstView input = aligned(queue, x, memory + metaBytes);
    const ConstView kept = aligned(queue, values, memory + metaBytes + inputBytes);
    multiplyMma(queue, input, {kept, words}, y, epilogue);
}

} // namespace

void CudaBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                  const Epilogue& epilogue) {
    assert(values.cols * 2 == x.cols && meta.cols * 4 == x.cols && meta.dtype == DType::U8);
    assert(values.rows == y.cols && meta.rows == y.cols && x.rows == y.rows);
    assert(values.dtype == x.dtype && y.dtype == x.dtype);
    if (y.size() == 0)
        return;
    if (y.rows <= kFewRows)
        return multiplyFewRows(*queue_, x, values, meta, y, epilogue);
    if (x.cols * y.size() <= kSmallProduct)
        return multiplyTiled(*queue_, x, values, meta, y, epilogue);
    if (x.dtype == DType::BF16)
        return multiplyPacked(*queue_, x, values, meta, y, epilogue);
    multiplyExpanded(*queue_, *this, x, values, meta, y, epilogue);
}

} // namespace inlay::kernels
