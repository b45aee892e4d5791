#include "app/gpu_check/training.h"

#include <utility>

#include "engine/base/random.h"

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
    , loss_(device) {}

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
    optimizer_.zeroGradients();
    const Tensor& values = values_[batch];
    ModuleContextPtr saved;
    const Tensor logits = network_->forward(values, layout_, &saved);
    network_->backward(values, layout_, loss_.gradient(logits, labels_[batch]), *saved,
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
    accumulateGradients(static_cast<std::size_t>(step) % values_.size());
    for (const NamedOperator& layer : network_->operators())
        layer.op->gradientsReady(info);
    optimizer_.step(step, learningRate);
    for (const NamedOperator& layer : network_->operators())
        layer.op->parametersChanged(info, optimizer_);
}

} // namespace inlay::app
