#include <cmath>

#include <QtTest>

#include "engine/base/random.h"
#include "engine/optimizers/optimizer.h"
#include "engine/optimizers/optimizer_plan.h"
#include "kernels/backend.h"
#include "kernels/check/observed_backend.h"
#include "kernels/devices.h"

using namespace inlay::engine;
namespace kernels = inlay::kernels;

namespace {

Tensor doubles(const Device& device, Shape shape, const std::vector<double>& values) {
    return Tensor::fromHost(device, std::move(shape), device.computeType(),
                            std::span<const double>(values));
}

ParameterPtr parameterOf(const Device& device, const std::string& name, Shape shape,
                         const std::vector<double>& values) {
    auto parameter = std::make_shared<Parameter>();
    parameter->name = name;
    parameter->value = doubles(device, shape, values);
    parameter->grad = Tensor::zeros(device, shape, device.computeType());
    return parameter;
}

void setGradient(Parameter& parameter, const std::vector<double>& values) {
    parameter.grad.copyFrom(doubles(parameter.grad.device(), parameter.grad.shape(), values));
}

void compare(const Tensor& tensor, const std::vector<double>& expected, double tolerance) {
    const std::vector<double> actual = tensor.toDoubles();
    QCOMPARE(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i)
        QVERIFY2(std::abs(actual[i] - expected[i]) <= tolerance,
                 qPrintable(QString("element %1: %2, expected %3")
                                .arg(i)
                                .arg(actual[i], 0, 'g', 17)
                                .arg(expected[i], 0, 'g', 17)));
}

/// AdamW as algorithm 2 of Loshchilov and Hutter 2019 with the learning rate as its multiplier, and
/// clipping by the global norm, in plain doubles.
struct PlainAdamW {
    AdamWConfig config;
    std::vector<std::vector<double>> weights;
    std::vector<double> decay;
    std::vector<double> factor;
    std::vector<std::vector<double>> first = weights;
    std::vector<std::vector<double>> second = weights;

    PlainAdamW(AdamWConfig adamw, std::vector<std::vector<double>> start,
               std::vector<double> decays, std::vector<double> factors)
        : config(adamw)
        , weights(std::move(start))
        , decay(std::move(decays))
        , factor(std::move(factors)) {
        for (auto* moments : {&first, &second}) {
            *moments = weights;
            for (auto& one : *moments)
                std::fill(one.begin(), one.end(), 0.0);
        }
    }

    void step(int t, double rate, const std::vector<std::vector<double>>& gradients) {
        double squares = 0.0;
        for (const auto& gradient : gradients)
            for (const double g : gradient)
                squares += g * g;
        const double norm = std::sqrt(squares);
        const double scale = config.clip > 0.0 && norm > config.clip ? config.clip / norm : 1.0;
        for (std::size_t p = 0; p < weights.size(); ++p)
            for (std::size_t i = 0; i < weights[p].size(); ++i) {
                const double g = scale * gradients[p][i];
                double& m = first[p][i];
                double& v = second[p][i];
                m = config.beta1 * m + (1 - config.beta1) * g;
                v = config.beta2 * v + (1 - config.beta2) * g * g;
                const double mHat = m / (1 - std::pow(config.beta1, t));
                const double vHat = v / (1 - std::pow(config.beta2, t));
                const double w = weights[p][i];
                weights[p][i] =
                    w - rate * factor[p] *
                            (mHat / (std::sqrt(vHat) + 1e-8) + config.weightDecay * decay[p] * w);
            }
    }
};

} // namespace

class TestOptimizers : public QObject {
    Q_OBJECT

private slots:
    void sgdByHand() {
        const Device device = Device::open("reference");
        const auto w = parameterOf(device, "w", Shape{2}, {1.0, -2.0});
        const auto b = parameterOf(device, "b", Shape{1}, {0.5});
        b->decay = 0.0;
        b->learningRate = 0.5;
        Optimizer optimizer(SgdConfig{0.9, 0.1, 0.0}, {w, b}, device);
        setGradient(*w, {0.5, 1.0});
        setGradient(*b, {2.0});
        optimizer.step(0, 0.1);
        // v = g + 0.1 w = {0.6, 0.8}, {2}; w -= 0.1 v; b -= 0.05 v
        compare(w->value, {0.94, -2.08}, 1e-15);
        compare(b->value, {0.4}, 1e-15);
        QCOMPARE(w->version, std::uint64_t(1));
        setGradient(*w, {0.0, 0.0});
        setGradient(*b, {0.0});
        optimizer.step(1, 0.1);
        // v = 0.9 v + 0.1 w = {0.634, 0.512}, {1.8}
        compare(w->value, {0.8766, -2.1312}, 1e-15);
        compare(b->value, {0.31}, 1e-15);
        QCOMPARE(w->version, std::uint64_t(2));
    }

    void clippingByGlobalNorm() {
        const Device device = Device::open("reference");
        const auto a = parameterOf(device, "a", Shape{1}, {0.0});
        const auto b = parameterOf(device, "b", Shape{1}, {0.0});
        Optimizer optimizer(SgdConfig{0.0, 0.0, 1.0}, {a, b}, device);
        setGradient(*a, {3.0});
        setGradient(*b, {4.0});
        optimizer.step(0, 1.0);
        compare(a->value, {-0.6}, 1e-15);
        compare(b->value, {-0.8}, 1e-15);
        QCOMPARE(optimizer.gradientNorm(), 5.0);
        QCOMPARE(optimizer.gradientNorms(), (std::vector<double>{3.0, 4.0}));
        setGradient(*a, {0.3});
        setGradient(*b, {0.4});
        optimizer.step(1, 1.0);
        compare(a->value, {-0.9}, 1e-15);
        compare(b->value, {-1.2}, 1e-15);
        QVERIFY(optimizer.state().empty());
        optimizer.zeroGradients();
        QCOMPARE(optimizer.gradientNorm(), 0.0);
    }

    void adamwAgainstPlainDoubles_data() {
        QTest::addColumn<double>("clip");
        QTest::addColumn<double>("decay");
        QTest::newRow("clipped, decayed") << 0.5 << 0.1;
        QTest::newRow("no clip") << 0.0 << 0.01;
        QTest::newRow("no decay") << 1.0 << 0.0;
    }
    void adamwAgainstPlainDoubles() {
        QFETCH(double, clip);
        QFETCH(double, decay);
        const Device device = Device::open("reference");
        const AdamWConfig config{0.9, 0.99, decay, clip};
        const std::vector<double> start{0.3, -1.2, 2.0, 0.0, 0.7, -0.1};
        const std::vector<double> bias{0.1, 0.2};
        const auto w = parameterOf(device, "w", Shape{2, 3}, start);
        const auto b = parameterOf(device, "b", Shape{2}, bias);
        b->decay = 0.0;
        b->learningRate = 0.1;
        Optimizer optimizer(config, {w, b}, device);
        PlainAdamW plain(config, {start, bias}, {1.0, 0.0}, {1.0, 0.1});
        RandomStream random(3, "test.gradients");
        for (int step = 0; step < 20; ++step) {
            std::vector<std::vector<double>> gradients(2);
            for (int i = 0; i < 6; ++i)
                gradients[0].push_back(random.normal());
            for (int i = 0; i < 2; ++i)
                gradients[1].push_back(random.normal());
            setGradient(*w, gradients[0]);
            setGradient(*b, gradients[1]);
            const double rate = 0.01 / (1 + step);
            optimizer.step(step, rate);
            plain.step(step + 1, rate, gradients);
            compare(w->value, plain.weights[0], 1e-12);
            compare(b->value, plain.weights[1], 1e-12);
        }
        const auto state = optimizer.state();
        QCOMPARE(state.size(), std::size_t(4));
        QCOMPARE(state[0].name, std::string("optimizer/w/first"));
        QCOMPARE(state[3].name, std::string("optimizer/b/second"));
        compare(*state[0].tensor, plain.first[0], 1e-12);
        compare(*state[3].tensor, plain.second[1], 1e-12);
    }

    void adamwOnCpuIsReference() {
        const Device reference = Device::open("reference");
        const Device cpu = Device::open("cpu");
        const std::int64_t n = 1031;
        std::vector<double> start;
        std::vector<std::uint8_t> mask;
        RandomStream random(5, "test.start");
        for (std::int64_t i = 0; i < n; ++i) {
            start.push_back(static_cast<float>(random.normal()));
            mask.push_back(i % 3 != 0);
        }
        std::vector<ParameterPtr> parameters;
        std::vector<std::unique_ptr<Optimizer>> optimizers;
        for (const Device& device : {reference, cpu}) {
            parameters.push_back(parameterOf(device, "w", Shape{n}, start));
            parameters.back()->decayMask = Tensor::fromHost(device, Shape{n}, mask);
            optimizers.push_back(std::make_unique<Optimizer>(
                AdamWConfig{}, std::vector<ParameterPtr>{parameters.back()}, device));
        }
        for (int step = 0; step < 5; ++step) {
            std::vector<double> gradient;
            for (std::int64_t i = 0; i < n; ++i)
                gradient.push_back(static_cast<float>(random.normal()));
            for (std::size_t d = 0; d < 2; ++d) {
                setGradient(*parameters[d], gradient);
                optimizers[d]->step(step, 1e-2);
            }
        }
        compare(parameters[1]->value, parameters[0]->value.toDoubles(), 2e-6);
    }

    void decayMaskExcludesElements() {
        const Device device = Device::open("reference");
        const auto w = parameterOf(device, "w", Shape{2}, {1.0, 1.0});
        w->decayMask = Tensor::fromHost(device, Shape{2}, std::vector<std::uint8_t>{1, 0});
        Optimizer optimizer(AdamWConfig{0.9, 0.999, 0.5, 0.0}, {w}, device);
        optimizer.step(0, 0.1);
        compare(w->value, {0.95, 1.0}, 1e-15);
    }

    void frozenParametersStay() {
        const Device device = Device::open("reference");
        const auto w = parameterOf(device, "w", Shape{1}, {1.0});
        const auto frozen = parameterOf(device, "frozen", Shape{1}, {1.0});
        frozen->trainable = false;
        Optimizer optimizer(AdamWConfig{}, {w, frozen}, device);
        setGradient(*w, {1.0});
        setGradient(*frozen, {1.0});
        optimizer.step(0, 0.1);
        compare(frozen->value, {1.0}, 0.0);
        QCOMPARE(frozen->version, std::uint64_t(0));
        QCOMPARE(optimizer.parameters().size(), std::size_t(1));
        optimizer.scaleRow(*frozen, 0, 2.0);
    }

    void scaleRowScalesMoments() {
        const Device device = Device::open("reference");
        const auto w = parameterOf(device, "w", Shape{2, 2}, {1, 1, 1, 1});
        Optimizer optimizer(AdamWConfig{0.5, 0.5, 0.0, 0.0}, {w}, device);
        setGradient(*w, {1, 2, 3, 4});
        optimizer.step(0, 0.1);
        optimizer.scaleRow(*w, 1, 3.0);
        const auto state = optimizer.state();
        compare(*state[0].tensor, {0.5, 1.0, 4.5, 6.0}, 1e-15);
        compare(*state[1].tensor, {0.5, 2.0, 40.5, 72.0}, 1e-14);
    }

    void divergenceIsSeen() {
        const Device device = Device::open("reference");
        const auto w = parameterOf(device, "w", Shape{1}, {1.0});
        Optimizer optimizer(AdamWConfig{}, {w}, device);
        setGradient(*w, {std::nan("")});
        optimizer.step(0, 0.1);
        QVERIFY(std::isnan(w->value.toDoubles().front()));
    }

    void schedules_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<double>("warmup");
        QTest::addColumn<int>("step");
        QTest::addColumn<double>("expected");
        const int constant = int(ScheduleKind::Constant);
        const int stepped = int(ScheduleKind::Step);
        const int cosine = int(ScheduleKind::Cosine);
        QTest::newRow("constant") << constant << 0.0 << 57 << 2.0;
        QTest::newRow("constant, first warm-up step") << constant << 0.1 << 0 << 0.2;
        QTest::newRow("constant, last warm-up step") << constant << 0.1 << 9 << 2.0;
        QTest::newRow("constant, behind the warm-up") << constant << 0.1 << 10 << 2.0;
        QTest::newRow("step, before the drop") << stepped << 0.0 << 29 << 2.0;
        QTest::newRow("step, at the drop") << stepped << 0.0 << 30 << 0.2;
        QTest::newRow("step, second drop") << stepped << 0.0 << 60 << 0.02;
        QTest::newRow("step, last") << stepped << 0.0 << 99 << 0.002;
        QTest::newRow("cosine, start") << cosine << 0.0 << 0 << 2.0;
        QTest::newRow("cosine, quarter") << cosine << 0.0 << 25 << 1.0 + std::sqrt(0.5);
        QTest::newRow("cosine, half") << cosine << 0.0 << 50 << 1.0;
        QTest::newRow("cosine, warm-up") << cosine << 0.2 << 4 << 0.5;
        QTest::newRow("cosine, half behind the warm-up") << cosine << 0.2 << 60 << 1.0;
        QTest::newRow("cosine, behind the end") << cosine << 0.0 << 120 << 0.0;
        const int cycle = int(ScheduleKind::OneCycle);
        QTest::newRow("one cycle, start") << cycle << 0.3 << 0 << 0.08;
        QTest::newRow("one cycle, peak") << cycle << 0.3 << 29 << 2.0;
        QTest::newRow("one cycle, half way down") << cycle << 0.3 << 64 << 0.5 * (2.0 + 8e-6);
        QTest::newRow("one cycle, last") << cycle << 0.3 << 99 << 8e-6;
    }
    void schedules() {
        QFETCH(int, kind);
        QFETCH(double, warmup);
        QFETCH(int, step);
        QFETCH(double, expected);
        ScheduleConfig config;
        config.kind = ScheduleKind(kind);
        config.warmup = warmup;
        const double rate = scheduledRate(config, 2.0, step, 100);
        QVERIFY2(std::abs(rate - expected) < 1e-12, qPrintable(QString::number(rate, 'g', 17)));
    }

    // Mean losses of epochs with patience 2: 5, 4, 4 (1), 4.5 (2: drop), 4.2 (1), 3, 3 (1), 3 (2).
    void plateauDropsWithoutALowerLoss() {
        Plateau plateau;
        std::vector<bool> drops;
        for (const double loss : {5.0, 4.0, 4.0, 4.5, 4.2, 3.0, 3.0, 3.0})
            drops.push_back(plateau.add(loss, 2, 0.1));
        QVERIFY((drops == std::vector<bool>{false, false, false, true, false, false, false, true}));
        QVERIFY(std::abs(plateau.factor - 0.01) < 1e-15);
        Plateau never;
        for (int epoch = 0; epoch < 20; ++epoch)
            QVERIFY(!never.add(1.0, 0, 0.1));
        QCOMPARE(never.factor, 1.0);
        ScheduleConfig config;
        config.kind = ScheduleKind::Plateau;
        config.warmup = 0.1;
        QCOMPARE(scheduledRate(config, 2.0, 4, 100), 1.0);
        QCOMPARE(scheduledRate(config, 2.0, 99, 100), 2.0);
    }

    void cosineEndsAtItsFraction() {
        ScheduleConfig config;
        config.warmup = 0.0;
        config.finalFraction = 0.25;
        QCOMPARE(scheduledRate(config, 2.0, 100, 100), 0.5);
        QCOMPARE(scheduledRate(config, 2.0, 50, 100), 1.25);
    }

    void planNamesTheCallsOfAStep_data() {
        QTest::addColumn<bool>("adamw");
        QTest::addColumn<double>("clip");
        QTest::newRow("sgd") << false << 0.0;
        QTest::newRow("sgd, clipped") << false << 1.0;
        QTest::newRow("adamw, clipped") << true << 1.0;
    }
    void planNamesTheCallsOfAStep() {
        QFETCH(bool, adamw);
        QFETCH(double, clip);
        OptimizerConfig config = SgdConfig{0.9, 0.0, clip};
        if (adamw)
            config = AdamWConfig{0.9, 0.999, 0.0, clip};
        std::vector<std::string> recorded;
        const Device device(std::make_unique<kernels::ObservedBackend>(
            kernels::makeReferenceBackend(),
            [&recorded](const kernels::ObservedCall& call) { recorded.push_back(call.op); }));
        const auto w = parameterOf(device, "w", Shape{5}, {1, 2, 3, 4, 5});
        Optimizer optimizer(config, {w}, device);
        recorded.clear();
        optimizer.zeroGradients();
        optimizer.step(0, 0.1);
        // One-element fills and factors are no cost of their own.
        std::erase_if(recorded,
                      [](const std::string& op) { return op == "fill" || op == "clipFactor"; });
        std::vector<std::string> planned;
        for (const KernelCall& call : planOptimizerStep(config, 5)) {
            planned.push_back(call.op);
            QCOMPARE(call.n, std::int64_t(5));
        }
        QCOMPARE(recorded, planned);
    }
};

QTEST_GUILESS_MAIN(TestOptimizers)
#include "test_optimizers.moc"
