#pragma once

#include <cstdint>

#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// Sums over the samples seen since the last reset.
struct ClassificationSums {
    double loss = 0; // nats
    std::int64_t correct = 0;
    std::int64_t count = 0;

    double meanLoss() const { return count > 0 ? loss / static_cast<double>(count) : 0.0; }
    double accuracy() const {
        return count > 0 ? static_cast<double>(correct) / static_cast<double>(count) : 0.0;
    }
};

/// Mean cross-entropy of softmax(logits) against labels. Loss and hits are summed on the device,
/// so that a step never waits; read() does.
class SoftmaxCrossEntropy {
public:
    explicit SoftmaxCrossEntropy(const Device& device);

    void reset();
    /// Adds a batch to the sums and returns the gradient of the batch's mean loss. logits: batch x
    /// classes; labels: batch x 1 i32 in 0 … classes - 1.
    Tensor gradient(const Tensor& logits, const Tensor& labels);
    /// Adds a batch to the sums.
    void add(const Tensor& logits, const Tensor& labels);
    /// Counts samples that a repetition of recorded ops has added to the sums.
    void addSamples(std::int64_t count) { count_ += count; }
    /// Waits for the device.
    ClassificationSums read() const;

private:
    Device device_;
    Tensor loss_;
    Tensor correct_;
    std::int64_t count_ = 0;
};

} // namespace inlay::engine
