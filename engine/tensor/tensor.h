#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/tensor/device.h"

namespace inlay::engine {

/// Sizes of a dense row-major array, outermost first.
class Shape {
public:
    Shape() = default;
    Shape(std::initializer_list<std::int64_t> sizes)
        : sizes_(sizes) {}
    explicit Shape(std::vector<std::int64_t> sizes)
        : sizes_(std::move(sizes)) {}

    std::size_t dimensions() const { return sizes_.size(); }
    std::int64_t operator[](std::size_t i) const { return sizes_[i]; }
    /// Product of the sizes (1 for no dimension).
    std::int64_t count() const;
    const std::vector<std::int64_t>& sizes() const { return sizes_; }
    bool operator==(const Shape&) const = default;
    /// "2048 x 96"
    std::string text() const;

private:
    std::vector<std::int64_t> sizes_;
};

/// An owning, row-major array on a device. Movable; copies are explicit (clone). A matrix view
/// takes the last dimension as columns and all others together as rows.
class Tensor {
public:
    Tensor() = default;
    /// Uninitialized memory.
    Tensor(const Device& device, Shape shape, DType dtype);
    Tensor(Tensor&& other) noexcept;
    Tensor& operator=(Tensor&& other) noexcept;
    Tensor(const Tensor&) = delete;
    Tensor& operator=(const Tensor&) = delete;
    ~Tensor();

    static Tensor zeros(const Device& device, Shape shape, DType dtype);
    /// Converts to `dtype` (f32, f64 or bf16); values.size() == shape.count().
    static Tensor fromHost(const Device& device, Shape shape, DType dtype,
                           std::span<const float> values);
    static Tensor fromHost(const Device& device, Shape shape, DType dtype,
                           std::span<const double> values);
    static Tensor fromHost(const Device& device, Shape shape, std::span<const std::int32_t> values);
    static Tensor fromHost(const Device& device, Shape shape, std::span<const std::uint8_t> values);

    bool empty() const { return !device_.has_value(); }
    const Device& device() const { return *device_; }
    const Shape& shape() const { return shape_; }
    DType dtype() const { return dtype_; }
    std::int64_t count() const { return shape_.count(); }
    std::int64_t rows() const;
    std::int64_t cols() const;
    std::size_t bytes() const;

    kernels::View view();
    kernels::ConstView view() const;
    /// The same memory as another matrix; rows * cols == count().
    kernels::View viewAs(std::int64_t rows, std::int64_t cols);
    kernels::ConstView viewAs(std::int64_t rows, std::int64_t cols) const;

    Tensor clone() const;
    /// Copies the content of a tensor of the same shape and dtype, on the same device.
    void copyFrom(const Tensor& other);
    void zero();

    /// Waits for the device. Floating dtypes only / i32 only / u8 only / raw bytes.
    std::vector<float> toFloats() const;
    std::vector<double> toDoubles() const;
    std::vector<std::int32_t> toIntegers() const;
    std::vector<std::uint8_t> toBytes() const;
    void setBytes(std::span<const std::uint8_t> raw);

private:
    void release();

    std::optional<Device> device_;
    Shape shape_;
    DType dtype_{};
    void* data_ = nullptr;
};

} // namespace inlay::engine
