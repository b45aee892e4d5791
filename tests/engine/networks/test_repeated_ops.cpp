#include <QtTest>

#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/networks/steps_alike.h"
#include "engine/optimizers/optimizer.h"
#include "engine/tensor/out_of_memory.h"
#include "engine/tensor/repeated_ops.h"
#include "kernels/backend.h"
#include "kernels/check/observed_backend.h"
#include "kernels/devices.h"
#include "tests/engine/networks/small_device.h"

using namespace inlay::engine;
namespace kernels = inlay::kernels;

namespace {

using Counts = std::map<std::string, int>;

/// The cpu, which keeps the calls of recorded ops and makes them again.
Device recordingCpu(Counts* counts = nullptr) {
    return Device(std::make_unique<kernels::ObservedBackend>(
        kernels::makeCpuBackend(),
        [counts](const kernels::ObservedCall& call) {
            if (counts != nullptr)
                ++(*counts)[call.op];
        },
        kernels::Records::Yes));
}

Device plainCpu() {
    return Device(std::make_unique<kernels::ObservedBackend>(kernels::makeCpuBackend(),
                                                             [](const kernels::ObservedCall&) {}));
}

std::vector<float> normals(std::int64_t count, std::uint64_t seed) {
    RandomStream stream(seed, "test");
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = static_cast<float>(stream.normal());
    return values;
}

struct Trained {
    std::vector<std::uint8_t> parameters;
    std::vector<double> losses;
    bool recorded = false;
    std::string refusal;
};

/// Steps on changing batches and rates, with a look at the network in between as evaluations and
/// diagnostics take it, and memory that comes and goes.
Trained train(const Device& device, const NetworkConfig& config, const NetworkInput& input) {
    constexpr int kSteps = 9;
    constexpr std::int64_t kBatch = 6;
    const InputRows rows = inputRows(config, input);
    const RowLayout layout{kBatch, rows.rowsPerSample, false};
    const auto network = makeNetwork(config, input, device, RandomStream(4, "network"));
    Optimizer optimizer(AdamWConfig{}, network->parameters(), device);
    Tensor x(device, Shape{layout.rows(), rows.width}, device.computeType());
    Tensor labels = Tensor::zeros(device, Shape{kBatch, 1}, kernels::DType::I32);
    SoftmaxCrossEntropy loss(device);
    RepeatedOps steps(device);
    Trained result;
    std::vector<Tensor> kept;
    for (int step = 0; step < kSteps; ++step) {
        const StepInfo info{step, kSteps, 0.02 / (step + 1)};
        x.copyFrom(Tensor::fromHost(device, x.shape(), x.dtype(),
                                    std::span<const float>(normals(x.count(), 100 + step))));
        std::vector<std::int32_t> classes(kBatch);
        for (std::int64_t i = 0; i < kBatch; ++i)
            classes[static_cast<std::size_t>(i)] =
                static_cast<std::int32_t>((i * 7 + step) % input.classes);
        labels.copyFrom(Tensor::fromHost(device, labels.shape(), classes));
        network->setStep(step);
        optimizer.setStep(step, info.learningRate);
        loss.reset();
        steps.run(
            [&] {
                optimizer.zeroGradients();
                ModuleContextPtr saved;
                const Tensor logits = network->forward(x, layout, &saved);
                network->backward(x, layout, loss.gradient(logits, labels), *saved,
                                  NeedInputGradient::No);
                for (const NamedOperator& layer : network->operators())
                    layer.op->gradientsReady(info);
                optimizer.apply();
                for (const NamedOperator& layer : network->operators())
                    layer.op->parametersChanged(info, optimizer);
            },
            [&] {
                optimizer.noteChanged();
                if (steps.recorded())
                    loss.addSamples(kBatch);
            });
        result.losses.push_back(loss.read().meanLoss());
        // Whatever is free now is taken, filled and kept over the next steps.
        for (const std::int64_t size : {64, 256, 576, 1024, 4096})
            kept.push_back(Tensor::fromHost(device, Shape{size}, kernels::DType::F32,
                                            std::span<const float>(normals(size, 1000 + step))));
        if (step == 1 || step == 3 || step == 6) {
            const Tensor logits = network->forward(x, layout, nullptr);
            result.losses.push_back(logits.toDoubles()[0]);
        }
    }
    for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i].toFloats() != normals(kept[i].count(), 1000 + i / 5))
            throw inlay::engine::Error("a tensor was written over by a repeated step");
    for (const ParameterPtr& parameter : network->parameters()) {
        const auto bytes = parameter->value.toBytes();
        result.parameters.insert(result.parameters.end(), bytes.begin(), bytes.end());
    }
    result.recorded = steps.recorded();
    result.refusal = steps.refusal();
    return result;
}

struct Case {
    const char* name;
    NetworkConfig config;
    NetworkInput input;
};

std::vector<Case> cases() {
    StlConfig tied;
    tied.weights = StlWeights::Tied;
    const std::vector<std::pair<const char*, OperatorConfig>> families{
        {"dense", DenseConfig{}},          {"low rank", LowRankConfig{}},
        {"blocks", BlockDiagonalConfig{}}, {"stl", StlConfig{}},
        {"stl with tied weights", tied},   {"butterfly", ButterflyConfig{}},
        {"monarch", MonarchConfig{}},      {"btt", BttConfig{}},
    };
    std::vector<Case> all;
    for (const auto& [name, op] : families) {
        NetworkConfig mlp;
        mlp.model = MlpConfig{{48, 36}, NetworkActivation::Gelu};
        mlp.op = op;
        all.push_back({name, mlp, {1, 32, 1, 3}});
        NetworkConfig vit;
        vit.model = VitConfig{2, 32, 2, 2, 2.0};
        vit.op = op;
        all.push_back({name, vit, {8, 8, 1, 3}});
    }
    NetworkConfig conv;
    conv.model = ConvNetConfig{};
    std::get<ConvNetConfig>(conv.model).dropout = 0.25;
    all.push_back({"convolutional with dropout", conv, {28, 28, 1, 10}});
    ConvNetConfig normalized;
    normalized.preset = ConvPreset::Custom;
    ConvLayer layer;
    layer.channels = 8;
    layer.batchNorm = true;
    normalized.stack = {layer};
    conv.model = normalized;
    all.push_back({"convolutional with batch norm", conv, {10, 10, 1, 4}});
    return all;
}

} // namespace

// Steps that a device records and repeats, engine/tensor/repeated_ops.h.
class TestRepeatedOps : public QObject {
    Q_OBJECT

private slots:
    void repeatedStepsTrainAsPlainOnes() {
        for (const Case& c : cases()) {
            const Trained plain = train(plainCpu(), c.config, c.input);
            const Trained repeated = train(recordingCpu(), c.config, c.input);
            QVERIFY(!plain.recorded);
            QVERIFY2(repeated.recorded, (std::string(c.name) + ": " + repeated.refusal).c_str());
            QVERIFY2(repeated.losses == plain.losses, c.name);
            QVERIFY2(repeated.parameters == plain.parameters, c.name);
        }
    }

    void familiesThatChangeTheirStepsSaySo() {
        const Device device = plainCpu();
        const auto alike = [&](const OperatorConfig& op) {
            NetworkConfig config;
            config.model = MlpConfig{{48}, NetworkActivation::Relu};
            config.op = op;
            const auto network =
                makeNetwork(config, {1, 32, 1, 3}, device, RandomStream(1, "network"));
            return stepsAlike(network->operators());
        };
        QVERIFY(alike(StlConfig{}));
        StlConfig rebalanced;
        rebalanced.rebalanceEvery = 5;
        QVERIFY(!alike(rebalanced));
        QVERIFY(!alike(TwoFourConfig{}));
    }

    void everyOpIsRepeatedOnce() {
        Counts counts;
        const Device device = recordingCpu(&counts);
        Tensor x = Tensor::zeros(device, Shape{1, 4}, kernels::DType::F32);
        RepeatedOps ops(device);
        int calls = 0;
        int changes = 0;
        for (int i = 0; i < 6; ++i)
            ops.run(
                [&] {
                    ++calls;
                    device.backend().axpby(1.0, x.view(), 1.0, x.view());
                    const Tensor one = Tensor::zeros(device, Shape{1, 4}, kernels::DType::F32);
                    device.backend().axpby(1.0, one.view(), 1.0, x.view());
                },
                [&] { ++changes; });
        QVERIFY(ops.recorded());
        QCOMPARE(calls, 3);
        QCOMPARE(changes, 4); // before the recording, after each of three repetitions
        QCOMPARE(counts["axpby"], 12);
    }

    void opsThatCannotBeRecordedGoOnPlainly() {
        const Device device = recordingCpu();
        Tensor x = Tensor::fromHost(device, Shape{1, 1}, kernels::DType::F32,
                                    std::span<const float>(std::vector<float>{1}));
        RepeatedOps ops(device);
        double seen = 0;
        for (int i = 0; i < 5; ++i)
            ops.run(
                [&] {
                    device.backend().axpby(1.0, x.view(), 1.0, x.view());
                    seen = x.toDoubles()[0];
                },
                [] {});
        QVERIFY(!ops.recorded());
        QVERIFY(QString::fromStdString(ops.refusal()).contains("cannot be recorded"));
        QCOMPARE(seen, 32.0);
    }

    /// What recorded ops keep goes to others before these are refused, and the ops are recorded
    /// anew.
    void aDeviceWithoutMemoryForgetsRecordings() {
        const std::size_t most = 150000; // bytes; a block is 80,000
        const Device device(std::make_unique<kernels::ObservedBackend>(
            std::make_unique<SmallDevice>(most), [](const kernels::ObservedCall&) {},
            kernels::Records::Yes));
        Tensor x = Tensor::zeros(device, Shape{1, 100}, kernels::DType::F32);
        RepeatedOps ops(device);
        const auto add = [&] {
            const Tensor large(device, Shape{200, 100}, kernels::DType::F32);
            device.backend().fill(kernels::columns(x.view(), 0, 1), 1.0);
            device.backend().axpby(1.0, kernels::columns(x.view(), 0, 1), 1.0,
                                   kernels::columns(x.view(), 1, 1));
        };
        for (int i = 0; i < 4; ++i)
            ops.run(add, [] {});
        QVERIFY(ops.recorded());
        {
            const Tensor other(device, Shape{200, 100}, kernels::DType::F32);
            QVERIFY(!ops.recorded());
        }
        for (int i = 0; i < 4; ++i)
            ops.run(add, [] {});
        QVERIFY2(ops.recorded(), ops.refusal().c_str());
        QCOMPARE(x.toFloats()[1], 8.0F);
        // What cannot be given at all is refused as ever.
        QVERIFY_THROWS_EXCEPTION(inlay::engine::OutOfMemory,
                                 Tensor(device, Shape{400, 100}, kernels::DType::F32));
    }

    void arenasGiveTheirMemoryBack() {
        Counts counts;
        const Device device = recordingCpu(&counts);
        Tensor alive;
        const void* place = nullptr;
        {
            MemoryArena arena(device);
            arena.run([&] {
                alive = Tensor(device, Shape{1, 100}, kernels::DType::F32);
                const Tensor temporary(device, Shape{1, 200}, kernels::DType::F32);
                place = std::as_const(temporary).view().data;
                device.scratch(5000);
            });
            const Tensor other(device, Shape{1, 200}, kernels::DType::F32);
            QVERIFY(other.view().data != place);
        }
        const void* own = std::as_const(alive).view().data;
        alive = Tensor();
        const Tensor again(device, Shape{1, 100}, kernels::DType::F32);
        QCOMPARE(again.view().data, own);
        QCOMPARE(device.bytesInUse(), std::size_t{512});
    }
};

QTEST_GUILESS_MAIN(TestRepeatedOps)
#include "test_repeated_ops.moc"
