#include <cmath>
#include <map>

#include <QtTest>

#include "engine/networks/batch_norm.h"
#include "engine/networks/conv_stack.h"
#include "engine/networks/convolution.h"
#include "engine/networks/image_modules.h"
#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/operators/make.h"
#include "gradient_check.h"
#include "kernels/backend.h"
#include "kernels/check/observed_backend.h"
#include "kernels/devices.h"

using namespace inlay::engine;
using namespace inlay::engine::testing;
namespace kernels = inlay::kernels;

namespace {

const RandomStream kStream(7, "test");

ConvLayer layerOf(ConvLayerKind kind, std::int64_t size = 3, std::int64_t stride = 1,
                  std::int64_t channels = 4) {
    ConvLayer layer;
    layer.kind = kind;
    layer.size = size;
    layer.stride = stride;
    layer.channels = channels;
    return layer;
}

NetworkConfig custom(std::vector<ConvLayer> stack) {
    NetworkConfig config;
    config.model = ConvNetConfig{ConvPreset::Custom, 0.0, std::move(stack)};
    return config;
}

NetworkConfig presetOf(ConvPreset preset, double dropout = 0.0) {
    NetworkConfig config;
    config.model = ConvNetConfig{preset, dropout, {}};
    return config;
}

/// Moves what starts at zero or one.
void disturb(Module& module) {
    std::vector<ParameterPtr> parameters;
    module.collectParameters(parameters);
    for (const ParameterPtr& parameter : parameters) {
        if (parameter->decay != 0.0)
            continue;
        std::vector<double> values = parameter->value.toDoubles();
        const auto noise = normals(parameter->name, static_cast<std::int64_t>(values.size()));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += 0.1 * noise[i];
        parameter->value.copyFrom(
            tensorOf(parameter->value.device(), parameter->value.shape(), values));
        ++parameter->version;
    }
}

void check(Module& module, const Device& device, const RowLayout& rows, std::int64_t in,
           bool trainsOnly, bool twoFour = false) {
    disturb(module);
    GradientCase testCase{&module, device, rows, in};
    testCase.trainsOnly = trainsOnly;
    if (twoFour)
        testCase.straightThrough = [](const Parameter& parameter) {
            return parameter.name.ends_with("/weight");
        };
    std::string all;
    for (const std::string& complaint : checkGradients(testCase))
        all += complaint + "\n";
    QVERIFY2(all.empty(), all.c_str());
}

std::string keyAndMessage(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += issue.key + ": " + issue.message + "\n";
    return text;
}

/// The definition: y(oy, ox, o) = b(o) + sum x(oy s - top + ky, ox s - left + kx, c) w(ky, kx, c,
/// o).
std::vector<double> naive(const kernels::Windows& w, const std::vector<double>& x,
                          const std::vector<double>& weight, const std::vector<double>& bias) {
    const auto out = static_cast<std::int64_t>(bias.size());
    std::vector<double> y;
    for (std::int64_t n = 0; n < w.batch; ++n)
        for (std::int64_t oy = 0; oy < w.outHeight; ++oy)
            for (std::int64_t ox = 0; ox < w.outWidth; ++ox)
                for (std::int64_t o = 0; o < out; ++o) {
                    double sum = bias[static_cast<std::size_t>(o)];
                    for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky)
                        for (std::int64_t kx = 0; kx < w.kernelWidth; ++kx)
                            for (std::int64_t c = 0; c < w.channels; ++c) {
                                const std::int64_t iy = oy * w.stride - w.padTop + ky;
                                const std::int64_t ix = ox * w.stride - w.padLeft + kx;
                                if (iy < 0 || iy >= w.height || ix < 0 || ix >= w.width)
                                    continue;
                                sum += x[static_cast<std::size_t>(
                                           ((n * w.height + iy) * w.width + ix) * w.channels + c)] *
                                       weight[static_cast<std::size_t>(
                                           ((ky * w.kernelWidth + kx) * w.channels + c) * out + o)];
                            }
                    y.push_back(sum);
                }
    return y;
}

} // namespace

class TestConvNet : public QObject {
    Q_OBJECT

private slots:
    void convolutionIsTheNaiveLoop_data() {
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("stride");
        QTest::addColumn<bool>("same");
        QTest::newRow("odd") << 7 << 9 << 3 << 1 << false;
        QTest::newRow("stride 3") << 13 << 11 << 5 << 3 << false;
        QTest::newRow("same, stride 2") << 7 << 5 << 3 << 2 << true;
        QTest::newRow("whole image") << 5 << 5 << 5 << 1 << false;
        QTest::newRow("one pixel") << 4 << 3 << 1 << 1 << false;
    }
    void convolutionIsTheNaiveLoop() {
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(int, size);
        QFETCH(int, stride);
        QFETCH(bool, same);
        ConvLayer layer = layerOf(ConvLayerKind::Convolution, size, stride, 6);
        layer.activation = ConvActivation::None;
        layer.padding = same ? ConvPadding::Same : ConvPadding::Valid;
        const NetworkInput input{height, width, 3, 0};
        const NetworkConfig config = custom({layer});
        const ConvStage stage = convStages(std::get<ConvNetConfig>(config.model), input).front();
        for (const char* name : {"reference", "cpu"}) {
            const Device device = Device::open(name);
            const auto network = makeNetwork(config, input, device, kStream);
            disturb(*network);
            const std::vector<double> x = normals("x", 2 * height * width * 3);
            const Tensor y = network->forward(tensorOf(device, Shape{2 * height * width, 3}, x),
                                              {2, std::int64_t(height) * width, false}, nullptr);
            const auto parameters = network->parameters();
            const std::vector<double> expected =
                naive(stage.windows.withBatch(2), x, parameters[0]->value.toDoubles(),
                      parameters[1]->value.toDoubles());
            const std::vector<double> actual = y.toDoubles();
            QCOMPARE(actual.size(), expected.size());
            const double limit = device.name() == "cpu" ? 1e-4 : 1e-12;
            for (std::size_t i = 0; i < actual.size(); ++i)
                QVERIFY(std::abs(actual[i] - expected[i]) < limit);
        }
    }

    void modules() {
        const Device device = Device::open("reference");
        BatchNorm norm("norm", 5, kernels::Activation::LeakyRelu, device);
        check(norm, device, {3, 4, false}, 5, true);
        MaxPooling pooling(kernels::slidingWindows(1, 5, 4, 3, 3, 2, kernels::Padding::Same),
                           device);
        check(pooling, device, {2, 20, false}, 3, false);
        Flatten flatten(device);
        check(flatten, device, {3, 4, false}, 2, false);
        Dropout dropout(0.4, kStream, device);
        dropout.setStep(17);
        check(dropout, device, {3, 4, false}, 5, true);
    }

    void gradients_data() {
        QTest::addColumn<OperatorConfig>("family");
        QTest::newRow("dense") << OperatorConfig(DenseConfig{});
        QTest::newRow("low rank") << OperatorConfig(LowRankConfig{2});
        QTest::newRow("block diagonal") << OperatorConfig(BlockDiagonalConfig{2});
        StlConfig stl;
        stl.tile = 2;
        stl.rank = 6;
        stl.start = StlStart::Random;
        QTest::newRow("stl") << OperatorConfig(stl);
        QTest::newRow("butterfly") << OperatorConfig(ButterflyConfig{});
        TwoFourConfig twoFour;
        twoFour.lambda = 0.0;
        QTest::newRow("two four") << OperatorConfig(twoFour);
    }
    // Everything a layer list may hold, with each family in every layer.
    void gradients() {
        QFETCH(OperatorConfig, family);
        const Device device = Device::open("reference");
        std::vector<ConvLayer> stack;
        stack.push_back(layerOf(ConvLayerKind::Convolution, 3, 1, 4));
        stack.push_back(layerOf(ConvLayerKind::MaxPool, 2, 2));
        stack.push_back(layerOf(ConvLayerKind::Convolution, 3, 2, 6));
        stack.back().padding = ConvPadding::Same;
        stack.back().batchNorm = true;
        stack.back().activation = ConvActivation::LeakyRelu;
        stack.push_back(layerOf(ConvLayerKind::Dropout));
        stack.push_back(layerOf(ConvLayerKind::Linear, 0, 0, 8));
        NetworkConfig config = custom(stack);
        config.op = family;
        config.apply = OperatorTarget::All;
        const NetworkInput input{9, 8, 2, 4};
        const NetworkPlan plan = planNetwork(config, input, 3);
        QVERIFY2(plan.issues.empty(), keyAndMessage(plan.issues).c_str());
        const auto network = makeNetwork(config, input, device, kStream);
        network->setStep(3);
        check(*network, device, {3, 72, false}, 2, true,
              std::holds_alternative<TwoFourConfig>(family));
    }

    void meanPoolingAndNoHead() {
        const Device device = Device::open("reference");
        const NetworkConfig config = custom(
            {layerOf(ConvLayerKind::Convolution, 3, 1, 5), layerOf(ConvLayerKind::MeanPool)});
        const auto network = makeNetwork(config, {6, 5, 1, 0}, device, kStream);
        check(*network, device, {2, 30, false}, 1, false);
        QVERIFY((network->outputLayout({2, 30, false}) == RowLayout{2, 1, false}));
    }

    // Section 1.2 of the design's page: parameters and forward multiply-adds.
    void presets_data() {
        QTest::addColumn<int>("preset");
        QTest::addColumn<int>("side");
        QTest::addColumn<int>("channels");
        QTest::addColumn<qint64>("parameters");
        QTest::addColumn<double>("megaMacs");
        QTest::addColumn<int>("width");
        const auto row = [](const char* name, ConvPreset preset, int side, int channels,
                            qint64 parameters, double macs, int width) {
            QTest::newRow(name) << int(preset) << side << channels << parameters << macs << width;
        };
        row("small", ConvPreset::Small, 28, 1, 23552, 0.857, 64);
        row("mnist", ConvPreset::PaperMnist, 28, 1, 93184, 2.97, 128);
        row("cifar", ConvPreset::PaperCifar, 32, 3, 505088, 19.23, 128);
        row("stl", ConvPreset::PaperStl, 96, 3, 505088, 21.92, 128);
        // By hand from the layer list: 32 x 32 > 15 x 15 > 7 x 7 > 1 x 1.
        row("nin", ConvPreset::PaperNin, 32, 3, 1002112, 202.07, 192);
    }
    void presets() {
        QFETCH(int, preset);
        QFETCH(int, side);
        QFETCH(int, channels);
        QFETCH(qint64, parameters);
        QFETCH(double, megaMacs);
        QFETCH(int, width);
        const NetworkConfig config = presetOf(ConvPreset(preset));
        const NetworkInput input{side, side, channels, 0};
        const NetworkPlan plan = planNetwork(config, input, 4);
        QVERIFY2(plan.issues.empty(), keyAndMessage(plan.issues).c_str());
        QCOMPARE(plan.parameters, std::int64_t(parameters));
        QVERIFY2(std::abs(plan.multiplyAddsForward / 4e6 - megaMacs) < 0.006,
                 qPrintable(QString::number(plan.multiplyAddsForward / 4e6)));
        const auto stages = convStages(std::get<ConvNetConfig>(config.model), input);
        QVERIFY((stages.back().out == MapSize{1, 1, width}));
    }

    void spatialContrastingPreset() {
        const auto stages =
            convStages(ConvNetConfig{ConvPreset::SpatialContrasting, 0.0, {}}, {32, 32, 3, 10});
        // Three convolutions and a pooling twice, two convolutions, the mean, the head.
        QCOMPARE(stages.size(), std::size_t(12));
        QVERIFY((stages[7].out == MapSize{8, 8, 192}));
        QCOMPARE(stages[10].name, std::string("mean"));
        QCOMPARE(stages[11].name, std::string("head"));
    }

    void dropoutFollowsThePoolings() {
        const auto layers = convLayers(ConvNetConfig{ConvPreset::PaperCifar, 0.25, {}});
        QCOMPARE(layers.size(), std::size_t(10));
        QVERIFY(layers[2].kind == ConvLayerKind::Dropout);
        QCOMPARE(layers[2].rate, 0.25);
    }

    // A pooling of its own and one joined to its convolution give the same numbers.
    void joinedPoolingChangesNothing() {
        const Device device = Device::open("cpu");
        const NetworkInput input{12, 12, 1, 0};
        std::vector<ConvLayer> joined{layerOf(ConvLayerKind::Convolution, 3, 1, 8),
                                      layerOf(ConvLayerKind::MaxPool, 2, 2)};
        std::vector<ConvLayer> apart = joined;
        apart.insert(apart.begin() + 1, layerOf(ConvLayerKind::Dropout));
        const Tensor x = tensorOf(device, Shape{2 * 144, 1}, normals("x", 2 * 144));
        const auto run = [&](const std::vector<ConvLayer>& stack) {
            return makeNetwork(custom(stack), input, device, kStream)
                ->forward(x, {2, 144, false}, nullptr)
                .toDoubles();
        };
        QCOMPARE(run(joined), run(apart));
    }

    void issues_data() {
        QTest::addColumn<NetworkConfig>("config");
        QTest::addColumn<int>("side");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("empty list")
            << custom({}) << 28
            << QByteArray("stack: The layer list is empty; it needs at least one layer.\n");
        QTest::newRow("too small, pooling")
            << custom({layerOf(ConvLayerKind::Convolution), layerOf(ConvLayerKind::MaxPool, 2, 2)})
            << 3
            << QByteArray(
                   "stack: The max pooling 2 x 2 behind blocks.0 has a window larger than its "
                   "map of 1 x 1, so that nothing is left of it; images of 3 x 3 are too "
                   "small for this network.\n");
        QTest::newRow("too small, preset")
            << presetOf(ConvPreset::Small) << 12
            << QByteArray(
                   "preset: blocks.2 (convolution 3 x 3) has a window larger than its map of "
                   "1 x 1, so that nothing is left of it; images of 12 x 12 are too small "
                   "for this network.\n");
        QTest::newRow("too small, convolution")
            << custom({layerOf(ConvLayerKind::Convolution, 5)}) << 4
            << QByteArray("stack: blocks.0 (convolution 5 x 5) has a window larger than its map of "
                          "4 x 4, so that nothing is left of it; images of 4 x 4 are too small for "
                          "this network.\n");
        QTest::newRow("large pooling")
            << custom({layerOf(ConvLayerKind::MaxPool, 17)}) << 28
            << QByteArray("stack[0].size: 17 is too large for a pooling; allowed is 1 to 16.\n");
        NetworkConfig attention = presetOf(ConvPreset::Small);
        attention.apply = OperatorTarget::Attention;
        QTest::newRow("attention") << attention << 28
                                   << QByteArray("apply: A convnet has no attention layers; use "
                                                 "blocks, mlp, head, all or none.\n");
    }
    void issues() {
        QFETCH(NetworkConfig, config);
        QFETCH(int, side);
        QFETCH(QByteArray, expected);
        QCOMPARE(keyAndMessage(planNetwork(config, {side, side, 1, 10}, 1).issues),
                 expected.toStdString());
    }

    // The first convolution stays dense under the usual target, and says so.
    void firstLayerStaysDense() {
        NetworkConfig config = presetOf(ConvPreset::Small);
        config.op = TwoFourConfig{};
        const NetworkPlan plan = planNetwork(config, {28, 28, 1, 0}, 8);
        QVERIFY(std::holds_alternative<DenseConfig>(plan.layers[0].config));
        QVERIFY(plan.layers[0].plan.note.find("Stays dense") == 0);
        QVERIFY(std::holds_alternative<TwoFourConfig>(plan.layers[1].config));
        QVERIFY(std::holds_alternative<TwoFourConfig>(plan.layers[2].config));
    }

    void plannedCallsAreThoseMade_data() {
        QTest::addColumn<OperatorConfig>("family");
        QTest::newRow("dense") << OperatorConfig(DenseConfig{});
        QTest::newRow("low rank") << OperatorConfig(LowRankConfig{2});
    }
    void plannedCallsAreThoseMade() {
        QFETCH(OperatorConfig, family);
        std::vector<ConvLayer> stack;
        stack.push_back(layerOf(ConvLayerKind::Convolution, 3, 1, 4));
        stack.push_back(layerOf(ConvLayerKind::MaxPool, 2, 2));
        stack.push_back(layerOf(ConvLayerKind::Convolution, 3, 1, 6));
        stack.back().batchNorm = true;
        stack.push_back(layerOf(ConvLayerKind::MaxPool, 2, 1));
        stack.push_back(layerOf(ConvLayerKind::Dropout));
        stack.push_back(layerOf(ConvLayerKind::Linear, 0, 0, 8));
        NetworkConfig config = custom(stack);
        config.op = family;
        const NetworkInput input{13, 13, 1, 3};
        using Calls = std::map<std::tuple<std::string, std::int64_t, std::int64_t>, int>;
        Calls made;
        const auto add = [](Calls& calls, const std::string& op, std::int64_t m, std::int64_t n) {
            if (op == "softmaxCrossEntropy")
                m = n = 0;
            ++calls[{op, m, n}];
        };
        const Device device(std::make_unique<kernels::ObservedBackend>(
            kernels::makeReferenceBackend(),
            [&](const kernels::ObservedCall& call) { add(made, call.op, call.rows, call.cols); }));
        const auto network = makeNetwork(config, input, device, kStream);
        const RowLayout layout{3, 169, false};
        const Tensor x = Tensor::zeros(device, Shape{3 * 169, 1}, device.computeType());
        const Tensor labels = Tensor::zeros(device, Shape{3, 1}, kernels::DType::I32);
        SoftmaxCrossEntropy loss(device);
        made.clear();
        ModuleContextPtr saved;
        const Tensor logits = network->forward(x, layout, &saved);
        Tensor g = loss.gradient(logits, labels);
        network->backward(x, layout, std::move(g), *saved, NeedInputGradient::No);
        const NetworkPlan plan = planNetwork(config, input, 3);
        Calls planned;
        const auto addAll = [&](const std::vector<KernelCall>& calls) {
            for (const KernelCall& call : calls)
                add(planned, call.op, call.m, call.n);
        };
        addAll(plan.fixedForward);
        addAll(plan.fixedBackward);
        for (const LayerPlan& layer : plan.layers) {
            addAll(layer.plan.forward);
            addAll(layer.plan.backward);
        }
        for (const auto& [key, number] : made)
            QVERIFY2(planned[key] == number,
                     qPrintable(QString("made: %1 %2 x %3, %4 times, planned %5")
                                    .arg(QString::fromStdString(std::get<0>(key)))
                                    .arg(std::get<1>(key))
                                    .arg(std::get<2>(key))
                                    .arg(number)
                                    .arg(planned[key])));
        for (const auto& [key, number] : planned)
            QVERIFY2(made[key] == number,
                     qPrintable(QString("planned only: %1 %2 x %3")
                                    .arg(QString::fromStdString(std::get<0>(key)))
                                    .arg(std::get<1>(key))
                                    .arg(std::get<2>(key))));
    }

    // Same step, same mask; another step, another; inference leaves all as it is.
    void dropoutFollowsTheStep() {
        const Device device = Device::open("cpu");
        Dropout dropout(0.5, kStream, device);
        const Tensor x = tensorOf(device, Shape{8, 16}, std::vector<double>(128, 1.0));
        const auto mask = [&](std::int64_t step) {
            dropout.setStep(step);
            ModuleContextPtr saved;
            return dropout.forward(x, {8, 1, false}, &saved).toDoubles();
        };
        QCOMPARE(mask(4), mask(4));
        QVERIFY(mask(4) != mask(5));
        QCOMPARE(dropout.forward(x, {8, 1, false}, nullptr).toDoubles(), x.toDoubles());
    }
};

QTEST_GUILESS_MAIN(TestConvNet)
#include "test_conv_net.moc"
