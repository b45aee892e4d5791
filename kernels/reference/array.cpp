#include "kernels/reference/array.h"

#include "kernels/elements.h"

namespace inlay::kernels::reference {

Array read(ConstView view) {
    Array array(view.rows, view.cols);
    for (std::int64_t i = 0; i < view.rows; ++i)
        for (std::int64_t j = 0; j < view.cols; ++j)
            array(i, j) = loadElement(view.data, view.dtype, i * view.stride + j);
    return array;
}

void write(const Array& array, View view) {
    assert(array.rows == view.rows && array.cols == view.cols);
    for (std::int64_t i = 0; i < view.rows; ++i)
        for (std::int64_t j = 0; j < view.cols; ++j)
            storeElement(view.data, view.dtype, i * view.stride + j, array(i, j));
}

void write(const Array& array, View view, Accumulate accumulate) {
    if (accumulate == Accumulate::No)
        return write(array, view);
    Array total = read(view);
    for (std::size_t i = 0; i < total.values.size(); ++i)
        total.values[i] += array.values[i];
    write(total, view);
}

ConstView matrixOf(const ConstBatchView& batch, std::int64_t l) {
    ConstView view = batch.first;
    const std::int64_t offset =
        l * batch.batchStride * static_cast<std::int64_t>(sizeOf(view.dtype));
    view.data = static_cast<const std::byte*>(view.data) + offset;
    return view;
}

View matrixOf(const BatchView& batch, std::int64_t l) {
    View view = batch.first;
    const std::int64_t offset =
        l * batch.batchStride * static_cast<std::int64_t>(sizeOf(view.dtype));
    view.data = static_cast<std::byte*>(view.data) + offset;
    return view;
}

} // namespace inlay::kernels::reference
