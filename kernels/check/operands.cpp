#include "kernels/check/operands.h"

#include <cassert>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

#include "kernels/elements.h"

namespace inlay::kernels {
namespace {

std::uint32_t word(const PhiloxState& state, std::int64_t index) {
    const auto position = static_cast<std::uint64_t>(index);
    return philox(state.key, state.stream, position / 4).word[position % 4];
}

/// From words 2 index and 2 index + 1, which lie in one block.
double normalNumber(const PhiloxState& state, std::int64_t index) {
    const auto position = static_cast<std::uint64_t>(index);
    const PhiloxBlock block = philox(state.key, state.stream, position / 2);
    const std::uint32_t* words = block.word + 2 * (position % 2);
    const double radius = std::sqrt(-2.0 * std::log(unitInterval(words[0])));
    return radius * std::cos(2.0 * std::numbers::pi * unitInterval(words[1]));
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

Operands::Operands(Backend& backend, OperandStyle style)
    : backend_(backend)
    , style_(style) {}

Operands::Operands(Backend& backend, OperandStyle style, OperandContents contents)
    : backend_(backend)
    , style_(style)
    , given_(std::move(contents)) {}

Operands::~Operands() {
    for (const Buffer& buffer : buffers_)
        backend_.release(buffer.batch.first.data);
}

DType Operands::summaryType() const {
    return style_.dtype == DType::BF16 ? DType::F32 : style_.dtype;
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
    const std::size_t bytes = static_cast<std::size_t>(batch * batchStride) * sizeOf(dtype);
    void* memory = backend_.allocate(bytes > 0 ? bytes : 1);
    buffers_.push_back({role, {{memory, rows, cols, stride, dtype}, batch, batchStride}, bytes});
    const Buffer& buffer = buffers_.back();
    std::vector<std::byte>& before = before_.emplace_back();
    const std::size_t number = before_.size() - 1;
    if (role == Role::Scratch) {
        before.assign(bytes, std::byte{0xFF});
    } else if (number < given_.size()) {
        assert(given_[number].size() == bytes);
        before = std::move(given_[number]);
    } else {
        before.resize(bytes);
        fill(before, buffer.batch, source);
    }
    backend_.copyToDevice(memory, before.data(), bytes);
    return buffer.batch;
}

void Operands::fill(std::vector<std::byte>& bytes, const BatchView& batch,
                    const Source& source) const {
    const DType dtype = batch.first.dtype;
    for (std::int64_t i = 0; i < batch.batch * batch.batchStride; ++i)
        storeElement(bytes.data(), dtype, i, dtype == DType::U8 ? 77.0 : -12345.0);
    forEachElement(batch, [&](std::int64_t index, std::int64_t number) {
        storeElement(bytes.data(), dtype, index, source(number));
    });
}

View Operands::normal(std::int64_t rows, std::int64_t cols, double mean, double deviation) {
    return add(Role::Operand, 1, rows, cols, style_.dtype, style_.spacing,
               normalSource(mean, deviation))
        .first;
}

View Operands::parameter(std::int64_t rows, std::int64_t cols, double mean, double deviation) {
    return add(Role::Operand, 1, rows, cols, style_.parameters, style_.spacing,
               normalSource(mean, deviation))
        .first;
}

View Operands::values(std::int64_t rows, std::int64_t cols,
                      const std::function<double(std::int64_t, std::int64_t)>& at) {
    const auto source = [&](std::int64_t position) {
        return at(position / cols, position % cols);
    };
    return add(Role::Operand, 1, rows, cols, style_.dtype, style_.spacing, source).first;
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
    return add(Role::Operand, 1, rows, cols, DType::U8, style_.spacing, source).first;
}

BatchView Operands::normalBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols) {
    return add(Role::Operand, batch, rows, cols, style_.dtype, style_.spacing,
               normalSource(0.0, 1.0));
}

View Operands::result(std::int64_t rows, std::int64_t cols) {
    return result(rows, cols, style_.dtype);
}

View Operands::gradient(std::int64_t rows, std::int64_t cols) {
    return result(rows, cols, style_.parameters);
}

View Operands::summary(std::int64_t rows, std::int64_t cols) {
    return result(rows, cols, summaryType());
}

View Operands::result(std::int64_t rows, std::int64_t cols, DType dtype) {
    if (dtype == DType::I32 || dtype == DType::U8)
        return add(Role::Result, 1, rows, cols, dtype, style_.spacing,
                   [](std::int64_t i) { return static_cast<double>(i % 5); })
            .first;
    return add(Role::Result, 1, rows, cols, dtype, style_.spacing, normalSource(0.0, 1.0)).first;
}

BatchView Operands::resultBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols) {
    return add(Role::Result, batch, rows, cols, style_.dtype, style_.spacing,
               normalSource(0.0, 1.0));
}

BatchView Operands::gradientBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols) {
    return add(Role::Result, batch, rows, cols, style_.parameters, style_.spacing,
               normalSource(0.0, 1.0));
}

View Operands::positiveResult(std::int64_t rows, std::int64_t cols) {
    const auto source = [start = state()](std::int64_t position) {
        const double value = normalNumber(start, position);
        return value * value;
    };
    return add(Role::Result, 1, rows, cols, style_.parameters, Spacing::Tight, source).first;
}

View Operands::vector(std::int64_t count) {
    return add(Role::Operand, 1, 1, count, style_.parameters, Spacing::Tight,
               normalSource(0.0, 1.0))
        .first;
}

View Operands::vectorResult(std::int64_t count) {
    return add(Role::Result, 1, 1, count, style_.parameters, Spacing::Tight, normalSource(0.0, 1.0))
        .first;
}

Workspace Operands::workspace(std::size_t bytes) {
    const BatchView memory =
        add(Role::Scratch, 1, 1, static_cast<std::int64_t>(bytes), DType::U8, Spacing::Tight, {});
    return {memory.first.data, bytes};
}

Operands::Outcome Operands::collect() {
    Outcome outcome;
    backend_.synchronize();
    for (std::size_t n = 0; n < buffers_.size(); ++n) {
        const Buffer& buffer = buffers_[n];
        std::vector<std::byte>& before = before_[n];
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
                std::memcpy(after.data() + offset, before.data() + offset, sizeOf(dtype));
            });
        }
        if (after != before)
            outcome.note = backend_.name() +
                           (buffer.role == Role::Result ? " wrote outside the result, buffer "
                                                        : " changed an operand, buffer ") +
                           std::to_string(n) + ".";
    }
    outcome.contents = std::move(before_);
    return outcome;
}

} // namespace inlay::kernels
