// Times whole training steps (zeroing, forward, loss, backward, clipping, AdamW) of the two
// networks that the bars name, with data in memory, and says where the time goes.
//
//     train_bench [device] [threads] [steps]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/optimizers/optimizer.h"
#include "kernels/backend.h"
#include "kernels/check/observed_backend.h"
#include "kernels/devices.h"
#include "kernels/parallel.h"

namespace {

using namespace inlay::engine;
namespace kernels = inlay::kernels;

constexpr int kBatches = 8;

struct Case {
    std::string name;
    NetworkConfig config;
    std::int64_t batch = 0;
};

const NetworkInput kImages{28, 28, 1, 10};

std::vector<Case> cases() {
    const auto vit = [](const char* name, OperatorConfig op) {
        NetworkConfig config;
        config.model = VitConfig{7, 96, 4, 4, 2.0};
        config.op = std::move(op);
        return Case{name, config, 128};
    };
    NetworkConfig mlp;
    mlp.model = MlpConfig{{1024, 1024}, NetworkActivation::Relu};
    return {vit("vit dense", DenseConfig{}),         {"mlp dense", mlp, 256},
            vit("vit low_rank", LowRankConfig{}),    vit("vit stl r=24", StlConfig{}),
            vit("vit butterfly", ButterflyConfig{}), vit("vit two_four", TwoFourConfig{})};
}

/// A network with its data and optimizer, ready to step.
class Training {
public:
    Training(const Case& testCase, const Device& device)
        : layout_{testCase.batch, inputRows(testCase.config, kImages).rowsPerSample, false}
        , network_(makeNetwork(testCase.config, kImages, device, RandomStream(1, "network")))
        , optimizer_(AdamWConfig{}, network_->parameters(), device)
        , loss_(device) {
        const InputRows rows = inputRows(testCase.config, kImages);
        RandomStream random(2, "bench.data");
        std::vector<float> values(static_cast<std::size_t>(layout_.rows() * rows.width));
        std::vector<std::int32_t> labels(static_cast<std::size_t>(testCase.batch));
        for (int i = 0; i < kBatches; ++i) {
            for (float& value : values)
                value = static_cast<float>(random.uniform());
            for (std::int32_t& label : labels)
                label = static_cast<std::int32_t>(random.below(10));
            inputs_.push_back(Tensor::fromHost(device, Shape{layout_.rows(), rows.width},
                                               device.computeType(), values));
            labels_.push_back(Tensor::fromHost(device, Shape{testCase.batch, 1}, labels));
        }
    }

    void step() {
        const auto batch = static_cast<std::size_t>(steps_ % kBatches);
        const StepInfo info{steps_, 1000, 1e-3};
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

double secondsOf(Training& training, const Device& device) {
    const auto begin = std::chrono::steady_clock::now();
    training.step();
    device.synchronize();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double quantile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void report(const Case& testCase, const std::string& deviceName, int steps) {
    struct Spent {
        double seconds = 0;
        int calls = 0;
    };
    std::map<std::string, Spent> spent;
    bool watching = false;
    const Device device(std::make_unique<kernels::ObservedBackend>(
        kernels::openDevice(deviceName), [&](const kernels::ObservedCall& call) {
            if (!watching)
                return;
            Spent& op = spent[call.op];
            op.seconds += call.seconds;
            ++op.calls;
        }));
    Training training(testCase, device);
    for (int i = 0; i < 5; ++i)
        training.step();
    watching = true;
    std::vector<double> seconds;
    const std::clock_t processorBegin = std::clock();
    for (int i = 0; i < steps; ++i)
        seconds.push_back(secondsOf(training, device));
    const double processor =
        static_cast<double>(std::clock() - processorBegin) / CLOCKS_PER_SEC / steps;
    const double median = quantile(seconds, 0.5);
    const NetworkPlan plan = planNetwork(testCase.config, kImages, testCase.batch);
    const double flops = 2.0 * (plan.multiplyAddsForward + plan.multiplyAddsBackward);
    std::printf("%-14s %8.2f ms a step (quartiles %.2f to %.2f; %.2f ms of processor time), "
                "%.0f samples/s, %.1f GFLOP/s\n",
                testCase.name.c_str(), 1e3 * median, 1e3 * quantile(seconds, 0.25),
                1e3 * quantile(seconds, 0.75), 1e3 * processor,
                static_cast<double>(testCase.batch) / median, 1e-9 * flops / median);

    double total = 0;
    for (const double s : seconds)
        total += s;
    std::vector<std::pair<std::string, Spent>> ops(spent.begin(), spent.end());
    std::sort(ops.begin(), ops.end(),
              [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    double rest = total;
    for (std::size_t i = 0; i < ops.size(); ++i) {
        rest -= ops[i].second.seconds;
        if (i < 10)
            std::printf("    %-22s %5.1f %%  %7.3f ms  %4d calls\n", ops[i].first.c_str(),
                        100.0 * ops[i].second.seconds / total, 1e3 * ops[i].second.seconds / steps,
                        ops[i].second.calls / steps);
    }
    std::printf("    %-22s %5.1f %%\n", "outside of ops", 100.0 * rest / total);
}

} // namespace

int main(int argc, char** argv) {
    const std::string device = argc > 1 ? argv[1] : "cpu";
    const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
    const int steps = argc > 3 ? std::atoi(argv[3]) : 30;
    if (threads < 0 || steps < 1) {
        std::fprintf(stderr, "usage: train_bench [device] [threads, 0 = all] [steps, 1 or more]\n");
        return 2;
    }
    kernels::setThreadCount(threads);
    for (const Case& testCase : cases())
        report(testCase, device, steps);
    return 0;
}
