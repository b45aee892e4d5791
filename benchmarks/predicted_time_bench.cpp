// Predicted against measured time for every operator family in the vision transformer of the
// sample project: forward with loss, forward and backward, whole training step. One JSON line
// each; the last line has the worst ratio. The machine is measured first.
//
//     predicted_time_bench [threads, 0 = all] [steps, 1 or more]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/analysis/machine_profile.h"
#include "engine/analysis/predicted_time.h"
#include "engine/base/json.h"
#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/operators/catalog.h"
#include "engine/optimizers/optimizer.h"
#include "engine/optimizers/optimizer_plan.h"
#include "kernels/parallel.h"

namespace {

using namespace inlay::engine;

constexpr std::int64_t kBatch = 128;
const NetworkInput kImages{28, 28, 1, 10};

/// How far a step goes.
enum class Extent { Forward, ForwardBackward, Step };
constexpr std::pair<Extent, const char*> kExtents[] = {
    {Extent::Forward, "forward"},
    {Extent::ForwardBackward, "forward_backward"},
    {Extent::Step, "step"}};

double predicted(const MachineProfile& profile, const NetworkPlan& plan, Extent extent) {
    double seconds = predictSeconds(profile, forwardCalls(plan));
    if (extent == Extent::Forward)
        return seconds;
    seconds += predictSeconds(profile, backwardCalls(plan));
    if (extent == Extent::Step)
        seconds += predictSeconds(profile, planOptimizerStep(AdamWConfig{}, plan.parameters));
    return seconds;
}

class Training {
public:
    Training(const NetworkConfig& config, const Device& device)
        : device_(device)
        , layout_{kBatch, inputRows(config, kImages).rowsPerSample, false}
        , network_(makeNetwork(config, kImages, device, RandomStream(1, "network")))
        , optimizer_(AdamWConfig{}, network_->parameters(), device)
        , loss_(device) {
        const std::int64_t width = inputRows(config, kImages).width;
        RandomStream random(2, "bench.data");
        std::vector<float> values(static_cast<std::size_t>(layout_.rows() * width));
        for (float& value : values)
            value = static_cast<float>(random.uniform());
        std::vector<std::int32_t> labels(static_cast<std::size_t>(kBatch));
        for (std::int32_t& label : labels)
            label = static_cast<std::int32_t>(random.below(10));
        input_ =
            Tensor::fromHost(device, Shape{layout_.rows(), width}, device.computeType(), values);
        labels_ = Tensor::fromHost(device, Shape{kBatch, 1}, labels);
    }

    double secondsOf(Extent extent) {
        const auto begin = std::chrono::steady_clock::now();
        const StepInfo info{steps_, 1000, 1e-3};
        if (extent == Extent::Step)
            optimizer_.zeroGradients();
        ModuleContextPtr saved;
        const Tensor logits = network_->forward(input_, layout_, &saved);
        Tensor gradient = loss_.gradient(logits, labels_);
        if (extent != Extent::Forward) {
            network_->backward(input_, layout_, std::move(gradient), *saved, NeedInputGradient::No);
            for (const NamedOperator& layer : network_->operators())
                layer.op->gradientsReady(info);
            if (extent == Extent::Step)
                optimizer_.step(steps_, info.learningRate);
            for (const NamedOperator& layer : network_->operators())
                layer.op->parametersChanged(info, optimizer_);
            ++steps_;
        }
        device_.synchronize();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }

    double median(Extent extent, int steps) {
        for (int i = 0; i < 3; ++i)
            secondsOf(extent);
        std::vector<double> seconds;
        for (int i = 0; i < steps; ++i)
            seconds.push_back(secondsOf(extent));
        std::sort(seconds.begin(), seconds.end());
        return seconds[seconds.size() / 2];
    }

private:
    Device device_;
    RowLayout layout_;
    std::unique_ptr<Network> network_;
    Optimizer optimizer_;
    SoftmaxCrossEntropy loss_;
    Tensor input_;
    Tensor labels_;
    std::int64_t steps_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
    const int steps = argc > 2 ? std::atoi(argv[2]) : 30;
    if (threads < 0 || steps < 1) {
        std::fprintf(stderr, "usage: predicted_time_bench [threads, 0 = all] [steps, 1 or more]\n");
        return 2;
    }
    inlay::kernels::setThreadCount(threads);
    const Device device = Device::open("cpu");
    const MachineProfile profile = measureMachine(device);
    double worst = 1;
    for (const OperatorFamily& family : operatorCatalog()) {
        NetworkConfig config;
        config.model = VitConfig{};
        config.op = family.defaults;
        const NetworkPlan plan = planNetwork(config, kImages, kBatch);
        Training training(config, device);
        for (const auto& [extent, name] : kExtents) {
            const double expected = predicted(profile, plan, extent);
            const double found = training.median(extent, steps);
            worst = std::max({worst, expected / found, found / expected});
            std::puts(dumpJson({{"family", family.id},
                                {"what", name},
                                {"predicted_seconds", expected},
                                {"measured_seconds", found},
                                {"ratio", expected / found}})
                          .c_str());
            std::fflush(stdout);
        }
    }
    std::puts(dumpJson({{"backend", profile.backend},
                        {"threads", profile.threads},
                        {"steps", steps},
                        {"worst_ratio", worst}})
                  .c_str());
    return 0;
}
