#include "app/gpu_check/training.h"

#include <utility>

#include "engine/base/random.h"
#include "engine/networks/steps_alike.h"
#include "kernels/backend.h"

namespace inlay::app {

using namespace engine;

Precision precisionOf(const std::string& name) {
    if (name == "bf16")
        return Precision::Bf16;
    return name == "tf32" ? Precision::Tf32 : Precision::F32;
}

NetworkConfig smallVit() {
    NetworkConfig config;
    config.model = VitConfig{7, 96, 4, 4, 2.0};
    return config;
}

NetworkConfig baseVit() {
    NetworkConfig config;
    config.model = VitConfig{16, 768, 12, 12, 4.0};
    return config;
}

Training::Training(const NetworkConfig& config, const NetworkInput& input, std::int64_t batch,
                   const Device& device, std::uint64_t seed)
    : device_(device)
    , rows_(engine::inputRows(config, input))
    , layout_{batch, rows_.rowsPerSample, false}
    , classes_(input.classes)
    , network_(makeNetwork(config, input, device, RandomStream(seed, "network")))
    , optimizer_(AdamWConfig{}, network_->parameters(), device)
    , loss_(device)
    , recording_(device.backend().records() && stepsAlike(network_->operators()))
    , steps_(device) {}

void Training::addBatch(std::span<const float> values, std::span<const std::int32_t> labels) {
    values_.push_back(Tensor::fromHost(device_, Shape{layout_.rows(), rows_.width},
                                       device_.computeType(), values));
    labels_.push_back(Tensor::fromHost(device_, Shape{batch(), 1}, labels));
}

void Training::addRandomBatch(std::uint64_t seed) {
    RandomStream random(seed, "gpu_check.data");
    std::vector<float> values(static_cast<std::size_t>(layout_.rows() * rows_.width));
    for (float& value : values)
        value = static_cast<float>(random.normal());
    std::vector<std::int32_t> labels(static_cast<std::size_t>(batch()));
    for (std::int32_t& label : labels)
        label = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes_)));
    addBatch(values, labels);
}

void Training::accumulateGradients(std::size_t batch) {
    accumulateGradients(values_[batch], labels_[batch]);
}

void Training::accumulateGradients(const Tensor& values, const Tensor& labels) {
    optimizer_.zeroGradients();
    ModuleContextPtr saved;
    const Tensor logits = network_->forward(values, layout_, &saved);
    network_->backward(values, layout_, loss_.gradient(logits, labels), *saved,
                       NeedInputGradient::No);
}

double Training::meanLoss(std::size_t first) {
    SoftmaxCrossEntropy loss(device_);
    loss.reset();
    for (std::size_t batch = first; batch < values_.size(); ++batch)
        loss.add(network_->forward(values_[batch], layout_, nullptr), labels_[batch]);
    return loss.read().meanLoss();
}

void Training::step(std::int64_t step, std::int64_t totalSteps, double learningRate) {
    const StepInfo info{step, totalSteps, learningRate};
    optimizer_.setStep(step, learningRate);
    const auto batch = static_cast<std::size_t>(step) % values_.size();
    const auto ops = [&](const Tensor& values, const Tensor& labels) {
        accumulateGradients(values, labels);
        for (const NamedOperator& layer : network_->operators())
            layer.op->gradientsReady(info);
        optimizer_.apply();
        for (const NamedOperator& layer : network_->operators())
            layer.op->parametersChanged(info, optimizer_);
    };
    if (!recording_)
        return ops(values_[batch], labels_[batch]);
    if (batchValues_.empty()) {
        batchValues_ = Tensor(device_, values_[batch].shape(), values_[batch].dtype());
        batchLabels_ = Tensor(device_, labels_[batch].shape(), labels_[batch].dtype());
    }
    batchValues_.copyFrom(values_[batch]);
    batchLabels_.copyFrom(labels_[batch]);
    steps_.run([&] { ops(batchValues_, batchLabels_); },
               [this] {
                   optimizer_.noteChanged();
                   if (steps_.recorded())
                       loss_.addSamples(layout_.groups);
               });
}

} // namespace inlay::app
