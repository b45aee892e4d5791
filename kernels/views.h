#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace inlay::kernels {

enum class DType : std::uint8_t { F32, BF16, F64, I32, U8 };

/// Bytes of one element.
constexpr std::size_t sizeOf(DType dtype) {
    switch (dtype) {
    case DType::F64:
        return 8;
    case DType::F32:
    case DType::I32:
        return 4;
    case DType::BF16:
        return 2;
    case DType::U8:
        return 1;
    }
    return 0;
}

/// "f32", "bf16", "f64", "i32", "u8".
const char* nameOf(DType dtype);

/// A row-major matrix in device memory that somebody else owns. `stride` is the distance between
/// the starts of two rows, in elements; the elements of a row are adjacent. An empty view (null
/// data) stands for an optional operand that is not given.
struct ConstView {
    const void* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;
    DType dtype = DType::F32;

    bool given() const { return data != nullptr; }
    std::int64_t size() const { return rows * cols; }
    bool contiguous() const { return stride == cols || rows <= 1; }

    template <typename T>
    const T* as() const {
        assert(data == nullptr || sizeof(T) == sizeOf(dtype));
        return static_cast<const T*>(data);
    }
};

/// The same, writable.
struct View {
    void* data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;
    DType dtype = DType::F32;

    bool given() const { return data != nullptr; }
    std::int64_t size() const { return rows * cols; }
    bool contiguous() const { return stride == cols || rows <= 1; }
    operator ConstView() const { return {data, rows, cols, stride, dtype}; }

    template <typename T>
    T* as() const {
        assert(data == nullptr || sizeof(T) == sizeOf(dtype));
        return static_cast<T*>(data);
    }
};

/// `batch` matrices of one shape, `batchStride` elements apart.
struct ConstBatchView {
    ConstView first;
    std::int64_t batch = 0;
    std::int64_t batchStride = 0;
};

struct BatchView {
    View first;
    std::int64_t batch = 0;
    std::int64_t batchStride = 0;
    operator ConstBatchView() const { return {first, batch, batchStride}; }
};

/// Columns [begin, begin + count) of a view.
inline ConstView columns(ConstView v, std::int64_t begin, std::int64_t count) {
    assert(begin >= 0 && begin + count <= v.cols);
    const auto* bytes = static_cast<const std::byte*>(v.data);
    return {bytes + static_cast<std::size_t>(begin) * sizeOf(v.dtype), v.rows, count, v.stride,
            v.dtype};
}

inline View columns(View v, std::int64_t begin, std::int64_t count) {
    assert(begin >= 0 && begin + count <= v.cols);
    auto* bytes = static_cast<std::byte*>(v.data);
    return {bytes + static_cast<std::size_t>(begin) * sizeOf(v.dtype), v.rows, count, v.stride,
            v.dtype};
}

} // namespace inlay::kernels
