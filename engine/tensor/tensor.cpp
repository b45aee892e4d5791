#include "engine/tensor/tensor.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/base/error.h"
#include "kernels/backend.h"
#include "kernels/bf16.h"
#include "kernels/error.h"

namespace inlay::engine {
namespace {

template <typename Target, typename Source>
std::vector<Target> convertedTo(std::span<const Source> values) {
    std::vector<Target> result(values.size());
    std::transform(values.begin(), values.end(), result.begin(),
                   [](Source value) { return static_cast<Target>(value); });
    return result;
}

void upload(const Device& device, void* target, const void* source, std::size_t bytes) {
    try {
        device.backend().copyToDevice(target, source, bytes);
    } catch (const kernels::Error& error) {
        throw Error(error.what());
    }
}

template <typename T>
std::vector<T> download(const Tensor& tensor) {
    std::vector<T> values(static_cast<std::size_t>(tensor.count()));
    try {
        tensor.device().backend().copyToHost(values.data(), tensor.view().data, tensor.bytes());
    } catch (const kernels::Error& error) {
        throw Error(error.what());
    }
    return values;
}

template <typename Source>
Tensor floatingFromHost(const Device& device, Shape shape, DType dtype,
                        std::span<const Source> values) {
    Tensor result(device, std::move(shape), dtype);
    assert(static_cast<std::int64_t>(values.size()) == result.count());
    void* target = result.view().data;
    switch (dtype) {
    case DType::F32:
        upload(device, target, convertedTo<float>(values).data(), result.bytes());
        break;
    case DType::F64:
        upload(device, target, convertedTo<double>(values).data(), result.bytes());
        break;
    case DType::BF16: {
        std::vector<std::uint16_t> bits(values.size());
        std::transform(values.begin(), values.end(), bits.begin(),
                       [](Source value) { return kernels::toBf16(static_cast<float>(value)); });
        upload(device, target, bits.data(), result.bytes());
        break;
    }
    case DType::I32:
    case DType::U8:
        assert(false && "floating values into an integer tensor");
    }
    return result;
}

template <typename Target>
std::vector<Target> floatingToHost(const Tensor& tensor) {
    switch (tensor.dtype()) {
    case DType::F32:
        return convertedTo<Target>(std::span<const float>(download<float>(tensor)));
    case DType::F64:
        return convertedTo<Target>(std::span<const double>(download<double>(tensor)));
    case DType::BF16: {
        const auto bits = download<std::uint16_t>(tensor);
        std::vector<Target> values(bits.size());
        std::transform(bits.begin(), bits.end(), values.begin(), [](std::uint16_t value) {
            return static_cast<Target>(kernels::fromBf16(value));
        });
        return values;
    }
    case DType::I32:
    case DType::U8:
        break;
    }
    assert(false && "an integer tensor has no floating values");
    return {};
}

} // namespace

std::int64_t Shape::count() const {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes_)
        product *= size;
    return product;
}

std::string Shape::text() const {
    std::string result;
    for (const std::int64_t size : sizes_)
        result += (result.empty() ? "" : " x ") + std::to_string(size);
    return result.empty() ? "scalar" : result;
}

Tensor::Tensor(const Device& device, Shape shape, DType dtype)
    : device_(device)
    , shape_(std::move(shape))
    , dtype_(dtype) {
    assert(std::all_of(shape_.sizes().begin(), shape_.sizes().end(),
                       [](std::int64_t size) { return size >= 0; }));
    data_ = device.allocate(bytes());
}

Tensor::Tensor(Tensor&& other) noexcept
    : device_(std::exchange(other.device_, std::nullopt))
    , shape_(std::exchange(other.shape_, Shape()))
    , dtype_(other.dtype_)
    , data_(std::exchange(other.data_, nullptr)) {}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
    if (this != &other) {
        release();
        device_ = std::exchange(other.device_, std::nullopt);
        shape_ = std::exchange(other.shape_, Shape());
        dtype_ = other.dtype_;
        data_ = std::exchange(other.data_, nullptr);
    }
    return *this;
}

Tensor::~Tensor() {
    release();
}

void Tensor::release() {
    if (device_)
        device_->release(data_, bytes());
    data_ = nullptr;
}

Tensor Tensor::zeros(const Device& device, Shape shape, DType dtype) {
    Tensor result(device, std::move(shape), dtype);
    result.zero();
    return result;
}

Tensor Tensor::fromHost(const Device& device, Shape shape, DType dtype,
                        std::span<const float> values) {
    return floatingFromHost(device, std::move(shape), dtype, values);
}

Tensor Tensor::fromHost(const Device& device, Shape shape, DType dtype,
                        std::span<const double> values) {
    return floatingFromHost(device, std::move(shape), dtype, values);
}

Tensor Tensor::fromHost(const Device& device, Shape shape, std::span<const std::int32_t> values) {
    Tensor result(device, std::move(shape), DType::I32);
    assert(static_cast<std::int64_t>(values.size()) == result.count());
    upload(device, result.data_, values.data(), result.bytes());
    return result;
}

Tensor Tensor::fromHost(const Device& device, Shape shape, std::span<const std::uint8_t> values) {
    Tensor result(device, std::move(shape), DType::U8);
    assert(static_cast<std::int64_t>(values.size()) == result.count());
    upload(device, result.data_, values.data(), result.bytes());
    return result;
}

std::int64_t Tensor::cols() const {
    return shape_.dimensions() == 0 ? 1 : shape_.sizes().back();
}

std::int64_t Tensor::rows() const {
    std::int64_t product = 1;
    for (std::size_t i = 0; i + 1 < shape_.dimensions(); ++i)
        product *= shape_[i];
    return product;
}

std::size_t Tensor::bytes() const {
    return static_cast<std::size_t>(shape_.count()) * kernels::sizeOf(dtype_);
}

kernels::View Tensor::view() {
    return {data_, rows(), cols(), cols(), dtype_};
}

kernels::ConstView Tensor::view() const {
    return {data_, rows(), cols(), cols(), dtype_};
}

kernels::View Tensor::viewAs(std::int64_t rows, std::int64_t cols) {
    assert(rows * cols == count());
    return {data_, rows, cols, cols, dtype_};
}

kernels::ConstView Tensor::viewAs(std::int64_t rows, std::int64_t cols) const {
    assert(rows * cols == count());
    return {data_, rows, cols, cols, dtype_};
}

Tensor Tensor::clone() const {
    assert(!empty());
    Tensor result(*device_, shape_, dtype_);
    device_->backend().copy(result.data_, data_, bytes());
    return result;
}

void Tensor::copyFrom(const Tensor& other) {
    assert(!empty() && other.device_ == device_);
    assert(other.shape_ == shape_ && other.dtype_ == dtype_);
    device_->backend().copy(data_, other.data_, bytes());
}

void Tensor::zero() {
    assert(!empty());
    device_->backend().zero(data_, bytes());
}

std::vector<float> Tensor::toFloats() const {
    return floatingToHost<float>(*this);
}

std::vector<double> Tensor::toDoubles() const {
    return floatingToHost<double>(*this);
}

std::vector<std::int32_t> Tensor::toIntegers() const {
    assert(dtype_ == DType::I32);
    return download<std::int32_t>(*this);
}

std::vector<std::uint8_t> Tensor::toBytes() const {
    std::vector<std::uint8_t> raw(bytes());
    try {
        device_->backend().copyToHost(raw.data(), data_, raw.size());
    } catch (const kernels::Error& error) {
        throw Error(error.what());
    }
    return raw;
}

void Tensor::setBytes(std::span<const std::uint8_t> raw) {
    assert(raw.size() == bytes());
    upload(*device_, data_, raw.data(), raw.size());
}

} // namespace inlay::engine
