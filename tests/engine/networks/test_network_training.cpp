#include <cmath>

#include <QtTest>

#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/optimizers/optimizer.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
namespace kernels = inlay::kernels;

namespace {

struct Batch {
    std::vector<double> features;
    std::vector<std::int32_t> labels;
};

/// Classes are directions in feature space, seen through noise.
Batch makeBatch(std::int64_t samples, std::int64_t features, std::int64_t classes) {
    RandomStream stream(21, "test.batch");
    std::vector<double> centers(static_cast<std::size_t>(classes * features));
    for (double& value : centers)
        value = stream.normal();
    Batch batch;
    for (std::int64_t i = 0; i < samples; ++i) {
        const auto label = static_cast<std::int32_t>(stream.below(std::uint64_t(classes)));
        batch.labels.push_back(label);
        for (std::int64_t j = 0; j < features; ++j)
            // Rounded to f32, so that every device sees the same numbers.
            batch.features.push_back(static_cast<float>(
                centers[static_cast<std::size_t>(label * features + j)] + 0.8 * stream.normal()));
    }
    return batch;
}

struct Trained {
    std::vector<double> losses;
    std::vector<std::uint8_t> bytes; // of all parameters
};

Trained train(const Device& device, const NetworkConfig& config, const NetworkInput& input,
              const OptimizerConfig& optimizerConfig, std::int64_t samples, int steps) {
    const InputRows rows = inputRows(config, input);
    const RowLayout layout{samples, rows.rowsPerSample, false};
    const Batch batch = makeBatch(samples, rows.rowsPerSample * rows.width, input.classes);
    const Tensor x =
        Tensor::fromHost(device, Shape{layout.rows(), rows.width}, device.computeType(),
                         std::span<const double>(batch.features));
    const Tensor labels = Tensor::fromHost(device, Shape{samples, 1}, batch.labels);
    const auto network = makeNetwork(config, input, device, RandomStream(4, "network"));
    Optimizer optimizer(optimizerConfig, network->parameters(), device);
    SoftmaxCrossEntropy loss(device);
    Trained result;
    for (int step = 0; step < steps; ++step) {
        const StepInfo info{step, steps, 0.01};
        optimizer.zeroGradients();
        loss.reset();
        ModuleContextPtr saved;
        const Tensor logits = network->forward(x, layout, &saved);
        network->backward(x, layout, loss.gradient(logits, labels), *saved, NeedInputGradient::No);
        for (const NamedOperator& layer : network->operators())
            layer.op->gradientsReady(info);
        optimizer.step(step, info.learningRate);
        for (const NamedOperator& layer : network->operators())
            layer.op->parametersChanged(info, optimizer);
        result.losses.push_back(loss.read().meanLoss());
    }
    for (const ParameterPtr& parameter : network->parameters()) {
        const auto bytes = parameter->value.toBytes();
        result.bytes.insert(result.bytes.end(), bytes.begin(), bytes.end());
    }
    return result;
}

void compareLosses(const std::vector<double>& actual, const std::vector<double>& expected,
                   double tolerance) {
    QString text;
    for (const double loss : actual)
        text += QString::number(loss, 'f', 9) + ", ";
    QVERIFY2(actual.size() == expected.size(), qPrintable(text));
    for (std::size_t i = 0; i < actual.size(); ++i)
        QVERIFY2(std::abs(actual[i] - expected[i]) <= tolerance, qPrintable(text));
}

NetworkConfig smallMlp() {
    NetworkConfig config;
    config.model = MlpConfig{{8}, NetworkActivation::Relu};
    return config;
}

} // namespace

class TestNetworkTraining : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { kernels::setThreadCount(0); }

    void pinnedLosses_data() {
        QTest::addColumn<QByteArray>("device");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("reference") << QByteArray("reference") << 1e-6;
        // f32 against double: rounding of 1e-7 a step, through ten steps of AdamW.
        QTest::newRow("cpu") << QByteArray("cpu") << 1e-5;
    }
    void pinnedLosses() {
        QFETCH(QByteArray, device);
        QFETCH(double, tolerance);
        const Trained trained = train(Device::open(device.toStdString()), smallMlp(), {1, 6, 1, 3},
                                      AdamWConfig{}, 48, 10);
        compareLosses(trained.losses,
                      {1.231705696, 1.186745047, 1.145102389, 1.106717250, 1.071513330, 1.038905009,
                       1.008391112, 0.979635130, 0.952113692, 0.925291537},
                      tolerance);
    }

    void everyFamilyLearns_data() {
        QTest::addColumn<int>("family");
        QTest::addColumn<bool>("vit");
        const char* names[] = {"dense", "low rank",  "block diagonal",
                               "stl",   "butterfly", "two four"};
        for (int family = 0; family < 6; ++family) {
            QTest::addRow("mlp, %s", names[family]) << family << false;
            QTest::addRow("vit, %s", names[family]) << family << true;
        }
    }
    void everyFamilyLearns() {
        QFETCH(int, family);
        QFETCH(bool, vit);
        const std::vector<OperatorConfig> families{DenseConfig{},          LowRankConfig{4},
                                                   BlockDiagonalConfig{2}, StlConfig{},
                                                   ButterflyConfig{},      TwoFourConfig{}};
        NetworkConfig config;
        if (vit)
            config.model = VitConfig{2, 16, 2, 2, 2.0};
        else
            config.model = MlpConfig{{16, 16}, NetworkActivation::Relu};
        config.op = families[static_cast<std::size_t>(family)];
        const Trained trained =
            train(Device::open("cpu"), config, {4, 4, 1, 3}, AdamWConfig{}, 32, 60);
        QVERIFY2(
            trained.losses.back() < 0.5 * trained.losses.front(),
            qPrintable(QString("%1 to %2").arg(trained.losses.front()).arg(trained.losses.back())));
    }

    void sameThreadsSameBits_data() {
        QTest::addColumn<bool>("vit");
        QTest::addColumn<int>("threads");
        for (const int threads : {1, 2}) {
            QTest::addRow("mlp, %d threads", threads) << false << threads;
            QTest::addRow("vit, %d threads", threads) << true << threads;
        }
    }
    void sameThreadsSameBits() {
        QFETCH(bool, vit);
        QFETCH(int, threads);
        kernels::setThreadCount(threads);
        NetworkConfig config;
        if (vit)
            config.model = VitConfig{7, 48, 2, 4, 2.0};
        else
            config.model = MlpConfig{{200, 100}, NetworkActivation::Gelu};
        const auto run = [&] {
            return train(Device::open("cpu"), config, {28, 28, 1, 10}, AdamWConfig{}, 67, 4);
        };
        const Trained first = run();
        const Trained second = run();
        QCOMPARE(first.losses, second.losses);
        QVERIFY(first.bytes == second.bytes);
        QVERIFY(std::isfinite(first.losses.back()));
    }

    void memoryIsReused() {
        const Device device = Device::open("cpu");
        NetworkConfig config;
        config.model = VitConfig{7, 48, 2, 4, 2.0};
        // Scratch comes with the first backward call, when most memory has been in use already.
        train(device, config, {28, 28, 1, 10}, AdamWConfig{}, 32, 1);
        train(device, config, {28, 28, 1, 10}, AdamWConfig{}, 32, 1);
        const std::size_t scratch = device.bytesInUse();
        const std::size_t peak = device.peakBytes();
        train(device, config, {28, 28, 1, 10}, AdamWConfig{}, 32, 5);
        QCOMPARE(device.bytesInUse(), scratch);
        QCOMPARE(device.peakBytes(), peak);
    }
};

QTEST_GUILESS_MAIN(TestNetworkTraining)
#include "test_network_training.moc"
