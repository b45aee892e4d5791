#include "kernels/check/operands.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "kernels/elements.h"

namespace inlay::kernels {
namespace {

std::uint32_t word(const PhiloxState& state, std::int64_t index) {
    const auto position = static_cast<std::uint64_t>(index);
    return philox(state.key, state.stream, position / 4).word[position % 4];
}

double normalNumber(const PhiloxState& state, std::int64_t index) {
    const double radius = std::sqrt(-2.0 * std::log(unitInterval(word(state, 2 * index))));
    return radius * std::cos(2.0 * std::numbers::pi * unitInterval(word(state, 2 * index + 1)));
}

/// Calls visit(element index in memory, number in reading order) for every element of the batch.
template <typename Visit>
void forEachElement(const BatchView& batch, Visit visit) {
    std::int64_t number = 0;
    for (std::int64_t l = 0; l < batch.batch; ++l)
        for (std::int64_t i = 0; i < batch.first.rows; ++i)
            for (std::int64_t j = 0; j < batch.first.cols; ++j)
                visit(l * batch.batchStride + i * batch.first.stride + j, number++);
}

} // namespace

Operands::Operands(Backend& backend, DType dtype, Spacing spacing)
    : backend_(backend)
    , dtype_(dtype)
    , spacing_(spacing) {}

Operands::~Operands() {
    for (const Buffer& buffer : buffers_)
        backend_.release(buffer.batch.first.data);
}

PhiloxState Operands::state() const {
    return {0x5E1FC4EC, buffers_.size(), 0};
}

Operands::Source Operands::normalSource(double mean, double deviation) const {
    return [start = state(), mean, deviation](std::int64_t position) {
        return mean + deviation * normalNumber(start, position);
    };
}

BatchView Operands::add(Role role, std::int64_t batch, std::int64_t rows, std::int64_t cols,
                        DType dtype, Spacing spacing, const Source& source) {
    // Each buffer has a gap of its own, so that a stride taken from another operand shows.
    const auto gap = static_cast<std::int64_t>(buffers_.size()) % 3 + 1;
    const bool strided = spacing == Spacing::Strided;
    const std::int64_t stride = strided ? cols + gap : cols;
    const std::int64_t batchStride = rows * stride + (strided ? 2 * gap : 0);
    const std::int64_t elements = batch * batchStride;
    const std::size_t bytes = static_cast<std::size_t>(elements) * sizeOf(dtype);

    Buffer buffer{role, {}, bytes, std::vector<std::byte>(bytes)};
    for (std::int64_t i = 0; i < elements; ++i)
        storeElement(buffer.before.data(), dtype, i, dtype == DType::U8 ? 77.0 : -12345.0);
    void* memory = backend_.allocate(bytes > 0 ? bytes : 1);
    buffer.batch = {{memory, rows, cols, stride, dtype}, batch, batchStride};
    forEachElement(buffer.batch, [&](std::int64_t index, std::int64_t number) {
        storeElement(buffer.before.data(), dtype, index, source(number));
    });
    backend_.copyToDevice(memory, buffer.before.data(), bytes);
    buffers_.push_back(std::move(buffer));
    return buffers_.back().batch;
}

View Operands::normal(std::int64_t rows, std::int64_t cols, double mean, double deviation) {
    return add(Role::Operand, 1, rows, cols, dtype_, spacing_, normalSource(mean, deviation)).first;
}

View Operands::values(std::int64_t rows, std::int64_t cols,
                      const std::function<double(std::int64_t, std::int64_t)>& at) {
    const auto source = [&](std::int64_t position) {
        return at(position / cols, position % cols);
    };
    return add(Role::Operand, 1, rows, cols, dtype_, spacing_, source).first;
}

View Operands::scalar(double value, DType dtype) {
    const auto source = [value](std::int64_t) {
        return value;
    };
    return add(Role::Operand, 1, 1, 1, dtype, Spacing::Tight, source).first;
}

View Operands::indices(std::int64_t rows, std::int64_t bound) {
    const auto source = [start = state(), bound](std::int64_t position) {
        return static_cast<double>(word(start, position) % static_cast<std::uint32_t>(bound));
    };
    return add(Role::Operand, 1, rows, 1, DType::I32, Spacing::Tight, source).first;
}

View Operands::bytes(std::int64_t rows, std::int64_t cols) {
    const auto source = [start = state()](std::int64_t position) {
        return static_cast<double>(word(start, position) >> 31);
    };
    return add(Role::Operand, 1, rows, cols, DType::U8, spacing_, source).first;
}

BatchView Operands::normalBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols) {
    return add(Role::Operand, batch, rows, cols, dtype_, spacing_, normalSource(0.0, 1.0));
}

View Operands::result(std::int64_t rows, std::int64_t cols) {
    return result(rows, cols, dtype_);
}

View Operands::result(std::int64_t rows, std::int64_t cols, DType dtype) {
    if (dtype == DType::I32 || dtype == DType::U8)
        return add(Role::Result, 1, rows, cols, dtype, spacing_,
                   [](std::int64_t i) { return static_cast<double>(i % 5); })
            .first;
    return add(Role::Result, 1, rows, cols, dtype, spacing_, normalSource(0.0, 1.0)).first;
}

BatchView Operands::resultBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols) {
    return add(Role::Result, batch, rows, cols, dtype_, spacing_, normalSource(0.0, 1.0));
}

View Operands::positiveResult(std::int64_t rows, std::int64_t cols) {
    const auto source = [start = state()](std::int64_t position) {
        const double value = normalNumber(start, position);
        return value * value;
    };
    return add(Role::Result, 1, rows, cols, dtype_, Spacing::Tight, source).first;
}

View Operands::vector(std::int64_t count) {
    return add(Role::Operand, 1, 1, count, dtype_, Spacing::Tight, normalSource(0.0, 1.0)).first;
}

View Operands::vectorResult(std::int64_t count) {
    return add(Role::Result, 1, 1, count, dtype_, Spacing::Tight, normalSource(0.0, 1.0)).first;
}

Workspace Operands::workspace(std::size_t bytes) {
    const auto source = [](std::int64_t) {
        return 255.0;
    };
    const BatchView memory = add(Role::Scratch, 1, 1, static_cast<std::int64_t>(bytes), DType::U8,
                                 Spacing::Tight, source);
    return {memory.first.data, bytes};
}

Operands::Outcome Operands::collect() {
    Outcome outcome;
    backend_.synchronize();
    for (std::size_t n = 0; n < buffers_.size(); ++n) {
        Buffer& buffer = buffers_[n];
        if (buffer.role == Role::Scratch)
            continue;
        std::vector<std::byte> after(buffer.bytes);
        backend_.copyToHost(after.data(), buffer.batch.first.data, buffer.bytes);
        const DType dtype = buffer.batch.first.dtype;
        if (buffer.role == Role::Result) {
            std::vector<double>& values =
                outcome.results.emplace_back(ResultValues{dtype, {}}).values;
            // After this only what lies outside the result can still differ.
            forEachElement(buffer.batch, [&](std::int64_t index, std::int64_t) {
                values.push_back(loadElement(after.data(), dtype, index));
                const std::size_t offset = static_cast<std::size_t>(index) * sizeOf(dtype);
                std::memcpy(after.data() + offset, buffer.before.data() + offset, sizeOf(dtype));
            });
        }
        if (after != buffer.before)
            outcome.note = backend_.name() +
                           (buffer.role == Role::Result ? " wrote outside the result, buffer "
                                                        : " changed an operand, buffer ") +
                           std::to_string(n) + ".";
    }
    return outcome;
}

} // namespace inlay::kernels
