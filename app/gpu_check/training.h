#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/optimizers/optimizer.h"
#include "engine/tensor/device.h"
#include "engine/tensor/repeated_ops.h"

namespace inlay::app {

/// "f32", "tf32", "bf16".
engine::Precision precisionOf(const std::string& name);

/// The vision transformer of the example projects: 28 x 28 images in patches of 7, width 96, depth
/// 4, 4 heads, MLP ratio 2.
engine::NetworkConfig smallVit();
/// The usual base size: 224 x 224 images in patches of 16, width 768, depth 12, 12 heads, MLP
/// ratio 4.
engine::NetworkConfig baseVit();

/// A network with its optimizer (AdamW) that steps through batches lying on the device. Data and
/// start values depend on nothing but the arguments.
class Training {
public:
    /// `seed`: of the start values.
    Training(const engine::NetworkConfig& config, const engine::NetworkInput& input,
             std::int64_t batch, const engine::Device& device, std::uint64_t seed = 1);

    engine::Network& network() { return *network_; }
    engine::SoftmaxCrossEntropy& loss() { return loss_; }
    const engine::InputRows& inputRows() const { return rows_; }
    std::int64_t batch() const { return layout_.groups; }

    /// values: batch * rowsPerSample x width, labels: one a sample.
    void addBatch(std::span<const float> values, std::span<const std::int32_t> labels);
    /// A batch of standard normal numbers and random labels.
    void addRandomBatch(std::uint64_t seed);

    /// Zeroes the gradients and adds those of a batch (the mean loss of its samples).
    void accumulateGradients(std::size_t batch);
    /// Mean loss of the batches from `first` on, without training on them.
    double meanLoss(std::size_t first);
    /// One step on batch `step` (counted around): gradients, clipping, AdamW. Steps are recorded
    /// and repeated where the device and the operators let them.
    void step(std::int64_t step, std::int64_t totalSteps, double learningRate);
    /// Enqueues every op of every step.
    void forbidRecording() { recording_ = false; }
    bool recorded() const { return steps_.recorded(); }
    /// Why steps could not be recorded; empty otherwise.
    const std::string& refusal() const { return steps_.refusal(); }

private:
    void accumulateGradients(const engine::Tensor& values, const engine::Tensor& labels);

    engine::Device device_;
    engine::InputRows rows_;
    engine::RowLayout layout_;
    std::int64_t classes_;
    std::unique_ptr<engine::Network> network_;
    engine::Optimizer optimizer_;
    engine::SoftmaxCrossEntropy loss_;
    std::vector<engine::Tensor> values_;
    std::vector<engine::Tensor> labels_;
    // Where recorded steps read their batch.
    engine::Tensor batchValues_;
    engine::Tensor batchLabels_;
    bool recording_;
    engine::RepeatedOps steps_;
};

} // namespace inlay::app
