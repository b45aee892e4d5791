#include "kernels/reference/array.h"

#include "kernels/bf16.h"

namespace inlay::kernels::reference {

double load(const void* data, DType dtype, std::int64_t index) {
    switch (dtype) {
    case DType::F32:
        return static_cast<const float*>(data)[index];
    case DType::BF16:
        return fromBf16(static_cast<const std::uint16_t*>(data)[index]);
    case DType::F64:
        return static_cast<const double*>(data)[index];
    case DType::I32:
        return static_cast<const std::int32_t*>(data)[index];
    case DType::U8:
        return static_cast<const std::uint8_t*>(data)[index];
    }
    return 0.0;
}

void store(void* data, DType dtype, std::int64_t index, double value) {
    switch (dtype) {
    case DType::F32:
        static_cast<float*>(data)[index] = static_cast<float>(value);
        break;
    case DType::BF16:
        static_cast<std::uint16_t*>(data)[index] = toBf16(static_cast<float>(value));
        break;
    case DType::F64:
        static_cast<double*>(data)[index] = value;
        break;
    case DType::I32:
        static_cast<std::int32_t*>(data)[index] = static_cast<std::int32_t>(value);
        break;
    case DType::U8:
        static_cast<std::uint8_t*>(data)[index] = static_cast<std::uint8_t>(value);
        break;
    }
}

Array read(ConstView view) {
    Array array(view.rows, view.cols);
    for (std::int64_t i = 0; i < view.rows; ++i)
        for (std::int64_t j = 0; j < view.cols; ++j)
            array(i, j) = load(view.data, view.dtype, i * view.stride + j);
    return array;
}

void write(const Array& array, View view) {
    assert(array.rows == view.rows && array.cols == view.cols);
    for (std::int64_t i = 0; i < view.rows; ++i)
        for (std::int64_t j = 0; j < view.cols; ++j)
            store(view.data, view.dtype, i * view.stride + j, array(i, j));
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
