#include "engine/networks/batch_feed.h"

#include "kernels/backend.h"

namespace inlay::engine {

BatchFeed::BatchFeed(const Dataset& data, const Normalization& normalization, const InputRows& rows,
                     const Device& device, std::int64_t largestBatch)
    : assembler_(data, normalization, static_cast<int>(rows.patch))
    , rows_(rows)
    , device_(device)
    , largestBatch_(largestBatch) {
    values_.resize(static_cast<std::size_t>(assembler_.size(largestBatch)));
    labels_.resize(static_cast<std::size_t>(largestBatch));
}

// The last batch of an epoch is shorter: its tensors have their own shape.
BatchFeed::Tensors& BatchFeed::tensorsFor(std::int64_t samples) {
    Tensors& tensors = samples == largestBatch_ ? largest_ : other_;
    if (tensors.samples == samples)
        return tensors;
    const Shape shape{samples * rows_.rowsPerSample, rows_.width};
    tensors.samples = 0; // until all are there
    tensors.values = Tensor(device_, shape, device_.computeType());
    if (device_.computeType() == DType::BF16)
        tensors.wide = Tensor(device_, shape, DType::F32);
    tensors.labels = Tensor(device_, {samples, 1}, DType::I32);
    tensors.samples = samples;
    return tensors;
}

Batch BatchFeed::load(std::span<const std::int64_t> samples, const ShiftAugmentation* shift) {
    const auto count = static_cast<std::int64_t>(samples.size());
    Tensors& on = tensorsFor(count);
    assembler_.assemble(samples, shift, values_.data(), labels_.data());
    kernels::Backend& backend = device_.backend();
    const auto size = static_cast<std::size_t>(assembler_.size(count));
    if (device_.computeType() == DType::F64) {
        doubles_.assign(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(size));
        backend.copyToDevice(on.values.view().data, doubles_.data(), size * sizeof(double));
    } else {
        Tensor& target = on.wide.empty() ? on.values : on.wide;
        backend.copyToDevice(target.view().data, values_.data(), size * sizeof(float));
        if (!on.wide.empty())
            backend.convert(on.wide.view(), on.values.view());
    }
    backend.copyToDevice(on.labels.view().data, labels_.data(),
                         static_cast<std::size_t>(count) * sizeof(std::int32_t));
    return {&on.values, &on.labels, RowLayout{count, rows_.rowsPerSample, false}};
}

} // namespace inlay::engine
