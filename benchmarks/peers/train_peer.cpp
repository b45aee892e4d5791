// Inlay's side of the comparison with other libraries (throughput.py): trains one of the
// networks of the bars on batches that lie in memory, a block of steps each time it is told to.
//
//     train_peer vit|mlp|convnet FOLDER [threads]
//
// FOLDER gets what the peers need to train the very same network on the very same batches:
// parameters.safetensors and batches.safetensors. Then each line of standard input, a number of
// steps, is answered by one JSON line: seconds, mean loss and share of right answers of the block.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/datasets/batches.h"
#include "engine/datasets/digits/digits.h"
#include "engine/interop/safetensors.h"
#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/optimizers/optimizer.h"
#include "kernels/devices.h"
#include "kernels/parallel.h"

namespace {

using namespace inlay::engine;
namespace kernels = inlay::kernels;

constexpr int kBatches = 64;
constexpr double kLearningRate = 1e-3;
const NetworkInput kImages{28, 28, 1, 10};

struct Batch {
    std::vector<float> values;
    std::vector<std::int32_t> labels;
};

template <typename T>
std::span<const std::byte> bytesOf(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

NetworkConfig networkConfig(const std::string& name) {
    NetworkConfig config;
    if (name == "vit")
        config.model = VitConfig{7, 96, 4, 4, 2.0};
    else if (name == "convnet")
        config.model = ConvNetConfig{};
    else
        config.model = MlpConfig{{1024, 1024}, NetworkActivation::Relu};
    return config;
}

std::vector<Batch> makeBatches(const InputRows& rows, std::int64_t size) {
    const Dataset data = makeDigits(DigitsConfig{}, "training", 0, kBatches * size);
    BatchAssembler assembler(data, measureNormalization(data), static_cast<int>(rows.patch));
    std::vector<std::int64_t> samples(static_cast<std::size_t>(size));
    std::vector<Batch> batches(kBatches);
    for (std::int64_t i = 0; i < kBatches; ++i) {
        Batch& batch = batches[static_cast<std::size_t>(i)];
        std::iota(samples.begin(), samples.end(), i * size);
        batch.values.resize(static_cast<std::size_t>(assembler.size(size)));
        batch.labels.resize(static_cast<std::size_t>(size));
        assembler.assemble(samples, nullptr, batch.values.data(), batch.labels.data());
    }
    return batches;
}

void writeBatches(const std::string& path, const std::vector<Batch>& batches,
                  const InputRows& rows) {
    std::vector<SafetensorsTensor> tensors;
    for (std::size_t i = 0; i < batches.size(); ++i) {
        const std::int64_t count = std::ssize(batches[i].labels);
        const std::string number = std::to_string(i);
        tensors.push_back({"values." + number,
                           SafetensorsType::F32,
                           {count, rows.rowsPerSample, rows.width},
                           bytesOf(batches[i].values)});
        tensors.push_back(
            {"labels." + number, SafetensorsType::I32, {count}, bytesOf(batches[i].labels)});
    }
    writeSafetensors(path, tensors);
}

void writeParameters(const std::string& path, const Network& network) {
    std::vector<std::vector<float>> values;
    std::vector<SafetensorsTensor> tensors;
    for (const ParameterPtr& parameter : network.parameters()) {
        values.push_back(parameter->value.toFloats());
        tensors.push_back(
            {parameter->name, SafetensorsType::F32, parameter->value.shape().sizes(), {}});
    }
    for (std::size_t i = 0; i < tensors.size(); ++i)
        tensors[i].data = bytesOf(values[i]);
    writeSafetensors(path, tensors);
}

class Training {
public:
    Training(const NetworkConfig& config, std::int64_t batch, const Device& device)
        : layout_{batch, inputRows(config, kImages).rowsPerSample, false}
        , network_(makeNetwork(config, kImages, device, RandomStream(1, "network")))
        , optimizer_(AdamWConfig{}, network_->parameters(), device)
        , loss_(device) {}

    const Network& network() const { return *network_; }
    SoftmaxCrossEntropy& loss() { return loss_; }

    void addBatch(const Batch& batch, const Device& device) {
        const std::int64_t width = std::ssize(batch.values) / layout_.rows();
        inputs_.push_back(Tensor::fromHost(device, Shape{layout_.rows(), width},
                                           device.computeType(), batch.values));
        labels_.push_back(
            Tensor::fromHost(device, Shape{std::ssize(batch.labels), 1}, batch.labels));
    }

    void step() {
        const auto batch = static_cast<std::size_t>(steps_) % inputs_.size();
        const StepInfo info{steps_, 1000, kLearningRate};
        optimizer_.zeroGradients();
        ModuleContextPtr saved;
        const Tensor logits = network_->forward(inputs_[batch], layout_, &saved);
        network_->backward(inputs_[batch], layout_, loss_.gradient(logits, labels_[batch]), *saved,
                           NeedInputGradient::No);
        for (const NamedOperator& layer : network_->operators())
            layer.op->gradientsReady(info);
        optimizer_.step(steps_, info.learningRate);
        for (const NamedOperator& layer : network_->operators())
            layer.op->parametersChanged(info, optimizer_);
        ++steps_;
    }

private:
    RowLayout layout_;
    std::unique_ptr<Network> network_;
    Optimizer optimizer_;
    SoftmaxCrossEntropy loss_;
    std::vector<Tensor> inputs_;
    std::vector<Tensor> labels_;
    std::int64_t steps_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    const std::string name = argc > 1 ? argv[1] : "";
    const int threads = argc > 3 ? std::atoi(argv[3]) : 2;
    if (argc < 3 || (name != "vit" && name != "mlp" && name != "convnet") || threads < 1) {
        std::fprintf(stderr, "usage: train_peer vit|mlp|convnet FOLDER [threads, 1 or more]\n");
        return 2;
    }
    const std::string folder = argv[2];
    kernels::setThreadCount(threads);
    const Device device(kernels::openDevice("cpu"));
    const NetworkConfig config = networkConfig(name);
    const InputRows rows = inputRows(config, kImages);
    const std::int64_t size = name == "mlp" ? 256 : 128;
    Training training(config, size, device);
    const std::vector<Batch> batches = makeBatches(rows, size);
    for (const Batch& batch : batches)
        training.addBatch(batch, device);
    writeBatches(folder + "/batches.safetensors", batches, rows);
    writeParameters(folder + "/parameters.safetensors", training.network());

    std::printf("{\"ready\": \"Inlay\", \"threads\": %d}\n", threads);
    std::fflush(stdout);
    int steps = 0;
    while (std::cin >> steps) {
        training.loss().reset();
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < steps; ++i)
            training.step();
        device.synchronize();
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const ClassificationSums sums = training.loss().read();
        std::printf("{\"seconds\": %.6f, \"loss\": %.6f, \"accuracy\": %.6f}\n", seconds,
                    sums.meanLoss(), sums.accuracy());
        std::fflush(stdout);
    }
    return 0;
}
