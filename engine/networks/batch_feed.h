#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/datasets/batches.h"
#include "engine/networks/network.h"
#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// A batch on the device; the tensors belong to the feed and hold until its next load().
struct Batch {
    const Tensor* values = nullptr; // samples * rowsPerSample x width
    const Tensor* labels = nullptr; // samples x 1
    RowLayout rows;
};

/// Assembles batches on the host and brings them to the device.
class BatchFeed {
public:
    BatchFeed(const Dataset& data, const Normalization& normalization, const InputRows& rows,
              const Device& device, std::int64_t largestBatch);

    Batch load(std::span<const std::int64_t> samples, const ShiftAugmentation* shift);

private:
    struct Tensors {
        std::int64_t samples = 0;
        Tensor values;
        Tensor wide; // f32, where the device computes in bf16
        Tensor labels;
    };
    Tensors& tensorsFor(std::int64_t samples);

    BatchAssembler assembler_;
    InputRows rows_;
    Device device_;
    std::vector<float> values_;
    std::vector<std::int32_t> labels_;
    std::vector<double> doubles_; // where the device computes in f64
    std::int64_t largestBatch_;
    Tensors largest_; // stay where they are: recorded ops read them
    Tensors other_;
};

} // namespace inlay::engine
