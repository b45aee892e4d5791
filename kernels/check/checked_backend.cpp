#include "kernels/check/checked_backend.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "kernels/check/comparison.h"
#include "kernels/devices.h"
#include "kernels/elements.h"
#include "kernels/error.h"

namespace inlay::kernels {
namespace {

// One unit in the last place of bf16 is 2^-8 of the value, and the two sides may round apart.
constexpr double kBf16Tolerance = 2e-5;
/// Relative to the sum of the terms' magnitudes: 16 roundings of f32.
constexpr double kSumRounding = 1.0 / (1 << 20);

/// The bytes from the first to the last element of a batch of matrices.
std::size_t spanBytes(const BatchView& batch) {
    const View& view = batch.first;
    if (batch.batch == 0 || view.size() == 0)
        return 0;
    const std::int64_t elements =
        (batch.batch - 1) * batch.batchStride + (view.rows - 1) * view.stride + view.cols;
    return static_cast<std::size_t>(elements) * sizeOf(view.dtype);
}

/// Calls visit(element offset, matrix, row) for the start of every row.
template <typename Visit>
void forEachRow(const BatchView& batch, Visit visit) {
    for (std::int64_t l = 0; l < batch.batch; ++l)
        for (std::int64_t i = 0; i < batch.first.rows; ++i)
            visit(l * batch.batchStride + i * batch.first.stride);
}

} // namespace

CheckedBackend::CheckedBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second,
                               double tolerance)
    : first_(std::move(first))
    , second_(std::move(second))
    , tolerance_(tolerance) {}

CheckedBackend::~CheckedBackend() {
    while (!memory_.empty())
        release(memory_.front());
}

std::string CheckedBackend::name() const {
    const bool usual = first_->name() == "reference" && second_->name() == "cpu";
    return usual ? "check" : "check:" + second_->name();
}

bool CheckedBackend::computes(DType dtype) const {
    return first_->computes(dtype) && second_->computes(dtype);
}

void CheckedBackend::allowTf32(bool) {
    // A check compares in full precision.
}

std::string CheckedBackend::description() const {
    return first_->name() + " against " + second_->name() + " (" + second_->description() + ")";
}

void* CheckedBackend::allocate(std::size_t bytes) {
    void* first = first_->allocate(bytes);
    void* second = nullptr;
    try {
        second = second_->allocate(bytes);
    } catch (...) {
        first_->release(first);
        throw;
    }
    memory_.add(first, second, bytes);
    return second;
}

void CheckedBackend::release(void* memory) {
    if (memory == nullptr)
        return;
    first_->release(memory_.remove(memory));
    second_->release(memory);
}

void CheckedBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    first_->copyToDevice(memory_.firstOf(device), host, bytes);
    second_->copyToDevice(device, host, bytes);
}

void CheckedBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    second_->copyToHost(host, device, bytes);
}

void CheckedBackend::copy(void* target, const void* source, std::size_t bytes) {
    first_->copy(memory_.firstOf(target), memory_.firstOf(source), bytes);
    second_->copy(target, source, bytes);
}

void CheckedBackend::zero(void* memory, std::size_t bytes) {
    first_->zero(memory_.firstOf(memory), bytes);
    second_->zero(memory, bytes);
}

void CheckedBackend::synchronize() {
    first_->synchronize();
    second_->synchronize();
}

std::int64_t CheckedBackend::mark() {
    return second_->mark();
}

double CheckedBackend::elapsed(std::int64_t from, std::int64_t to) {
    return second_->elapsed(from, to);
}

ConstView CheckedBackend::atFirst(ConstView view) const {
    view.data = memory_.firstOf(view.data);
    return view;
}

View CheckedBackend::atFirst(View view) const {
    view.data = memory_.firstOf(view.data);
    return view;
}

ConstBatchView CheckedBackend::atFirst(ConstBatchView batch) const {
    batch.first = atFirst(batch.first);
    return batch;
}

BatchView CheckedBackend::atFirst(BatchView batch) const {
    batch.first = atFirst(batch.first);
    return batch;
}

Epilogue CheckedBackend::atFirst(const Epilogue& epilogue) const {
    return {atFirst(epilogue.bias), epilogue.activation, atFirst(epilogue.pre),
            atFirst(epilogue.residual)};
}

Workspace CheckedBackend::atFirst(Workspace workspace) const {
    workspace.data = memory_.firstOf(workspace.data);
    return workspace;
}

StepScalars CheckedBackend::atFirst(StepScalars scalars) const {
    return {atFirst(scalars.learningRate), atFirst(scalars.step), atFirst(scalars.gradientScale)};
}

std::vector<ConstView> CheckedBackend::atFirst(std::span<const ConstView> views) const {
    std::vector<ConstView> moved;
    for (const ConstView& view : views)
        moved.push_back(atFirst(view));
    return moved;
}

std::vector<OptimizerSlot> CheckedBackend::atFirst(std::span<const OptimizerSlot> slots) const {
    std::vector<OptimizerSlot> moved(slots.begin(), slots.end());
    for (OptimizerSlot& slot : moved) {
        slot.weight = memory_.firstOf(slot.weight);
        slot.gradient = memory_.firstOf(slot.gradient);
        slot.first = memory_.firstOf(slot.first);
        slot.second = memory_.firstOf(slot.second);
        slot.decayMask = static_cast<const std::uint8_t*>(memory_.firstOf(slot.decayMask));
    }
    return moved;
}

void CheckedBackend::compare(const char* op, std::initializer_list<Result> results) {
    for (const Result& result : results)
        if (result.view.first.given())
            compare(op, result);
}

void CheckedBackend::adopt(const BatchView& view) {
    const std::size_t bytes = spanBytes(view);
    if (bytes == 0)
        return;
    std::vector<std::byte> host(bytes);
    second_->copyToHost(host.data(), view.first.data, bytes);
    first_->copyToDevice(memory_.firstOf(view.first.data), host.data(), bytes);
}

void CheckedBackend::compareSlots(const char* op, std::span<const OptimizerSlot> slots) {
    for (const OptimizerSlot& slot : slots) {
        const auto view = [&](void* data) {
            return View{data, 1, slot.count, slot.count, slot.dtype};
        };
        compare(op, {result("weight", view(slot.weight)), result("first", view(slot.first)),
                     result("second", view(slot.second))});
    }
}

double CheckedBackend::noiseOfSums(ConstView x, std::int64_t period) const {
    const std::size_t bytes =
        spanBytes({{const_cast<void*>(x.data), x.rows, x.cols, x.stride, x.dtype}, 1, 0});
    if (bytes == 0)
        return 0.0;
    std::vector<std::byte> host(bytes);
    first_->copyToHost(host.data(), memory_.firstOf(x.data), bytes);
    std::vector<double> magnitudes(static_cast<std::size_t>(period * x.cols), 0.0);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j) {
            const double value = loadElement(host.data(), x.dtype, i * x.stride + j);
            if (std::isfinite(value))
                magnitudes[static_cast<std::size_t>(i % period * x.cols + j)] += std::abs(value);
        }
    double squares = 0.0;
    for (const double magnitude : magnitudes)
        squares += std::pow(kSumRounding * magnitude, 2.0);
    return squares;
}

void CheckedBackend::compare(const char* op, const Result& result) {
    const View& view = result.view.first;
    const std::size_t bytes = spanBytes(result.view);
    if (bytes == 0)
        return;
    void* firstMemory = memory_.firstOf(view.data);
    std::vector<std::byte> first(bytes);
    std::vector<std::byte> second(bytes);
    first_->copyToHost(first.data(), firstMemory, bytes);
    second_->copyToHost(second.data(), view.data, bytes);

    Comparison comparison;
    const std::size_t rowBytes = static_cast<std::size_t>(view.cols) * sizeOf(view.dtype);
    forEachRow(result.view, [&](std::int64_t start) {
        for (std::int64_t j = 0; j < view.cols; ++j)
            comparison.add(loadElement(first.data(), view.dtype, start + j),
                           loadElement(second.data(), view.dtype, start + j));
        const std::size_t offset = static_cast<std::size_t>(start) * sizeOf(view.dtype);
        std::memcpy(first.data() + offset, second.data() + offset, rowBytes);
    });
    const bool integer = view.dtype == DType::I32 || view.dtype == DType::U8;
    const double limit = integer                     ? 0.0
                         : view.dtype == DType::BF16 ? std::max(tolerance_, kBf16Tolerance)
                                                     : tolerance_;
    // Written so that an error that is not a number fails too.
    if (!(comparison.error() <= limit) && !(comparison.squares() <= result.noiseSquares)) {
        const std::int64_t row = comparison.worst() / view.cols;
        std::ostringstream message;
        message.precision(9);
        message << op << ": " << first_->name() << " and " << second_->name()
                << " disagree in result \"" << result.name << "\" (";
        if (result.view.batch > 1)
            message << result.view.batch << " x ";
        message << view.rows << " x " << view.cols << ' ' << nameOf(view.dtype) << "): ";
        if (result.view.batch > 1)
            message << "matrix " << row / view.rows << ", ";
        message << "row " << row % view.rows << ", column " << comparison.worst() % view.cols
                << " is " << comparison.worstTruth() << " and " << comparison.worstCandidate();
        if (integer)
            message << "; " << comparison.different() << " of " << comparison.count()
                    << " integers differ";
        else
            message << "; normalized mean square error " << comparison.error() << ", limit "
                    << limit;
        throw Error(message.str());
    }
    first_->copyToDevice(firstMemory, first.data(), bytes);
}

std::unique_ptr<Backend> makeCheckedBackend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second, double tolerance) {
    return std::make_unique<CheckedBackend>(std::move(first), std::move(second), tolerance);
}

} // namespace inlay::kernels
