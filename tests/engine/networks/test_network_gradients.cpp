#include <cmath>
#include <set>

#include <QtTest>

#include "engine/networks/layer_norm.h"
#include "engine/networks/linear.h"
#include "engine/networks/mean_pooling.h"
#include "engine/networks/network.h"
#include "engine/networks/patch_embedding.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "engine/networks/vit_block.h"
#include "engine/operators/make.h"
#include "gradient_check.h"
#include "kernels/backend.h"

using namespace inlay::engine;
using namespace inlay::engine::testing;
using inlay::kernels::Activation;

namespace {

const RandomStream kStream(7, "test");

/// One configuration of each family and of its forms that differ in how they compute.
std::vector<std::pair<std::string, OperatorConfig>> families() {
    std::vector<std::pair<std::string, OperatorConfig>> rows;
    rows.emplace_back("dense", DenseConfig{});
    rows.emplace_back("low rank", LowRankConfig{3});
    rows.emplace_back("block diagonal", BlockDiagonalConfig{2});
    rows.emplace_back("monarch", MonarchConfig{2});
    rows.emplace_back("btt", BttConfig{});
    StlConfig stl;
    stl.tile = 2;
    stl.rank = 6;
    stl.start = StlStart::Random;
    rows.emplace_back("stl", stl);
    stl.weights = StlWeights::Tied;
    rows.emplace_back("stl, tied", stl);
    stl.group = "all";
    rows.emplace_back("stl, shared encoders", stl);
    StlConfig frozen;
    frozen.tile = 4;
    frozen.rank = 24;
    frozen.trainEncoders = false;
    rows.emplace_back("stl, strassen start, frozen", frozen);
    rows.emplace_back("butterfly", ButterflyConfig{});
    ButterflyConfig gadget;
    gadget.form = ButterflyForm::Gadget;
    gadget.start = ButterflyStart::Randn;
    rows.emplace_back("butterfly gadget", gadget);
    TwoFourConfig twoFour;
    twoFour.lambda = 0.0;
    rows.emplace_back("two four, sr-ste", twoFour);
    twoFour.training = TwoFourTraining::Fixed;
    rows.emplace_back("two four, fixed", twoFour);
    return rows;
}

bool isTwoFour(const Parameter& parameter) {
    return parameter.name.ends_with("/weight");
}

std::unique_ptr<Linear> linear(const Device& device, const std::string& name, std::int64_t in,
                               std::int64_t out, Activation activation = Activation::None) {
    SharedParameters shared;
    const RandomStream own = kStream.split(name);
    OperatorBuild build;
    build.name = name;
    build.in = in;
    build.out = out;
    build.device = &device;
    build.stream = &own;
    build.shared = &shared;
    return std::make_unique<Linear>(name, makeOperator(DenseConfig{}, build), activation, device);
}

/// Moves what starts at zero or one, so that its gradient is tested in general position.
void disturb(const std::vector<ParameterPtr>& parameters) {
    // Shared parameters come more than once.
    for (const auto& parameter : std::set<ParameterPtr>(parameters.begin(), parameters.end())) {
        if (parameter->decay != 0.0)
            continue;
        std::vector<double> values = parameter->value.toDoubles();
        const std::vector<double> noise =
            normals(parameter->name, static_cast<std::int64_t>(values.size()));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += 0.1 * noise[i];
        parameter->value.copyFrom(
            tensorOf(parameter->value.device(), parameter->value.shape(), values));
        ++parameter->version;
    }
}

void check(Module& module, const Device& device, const RowLayout& rows, std::int64_t in,
           bool twoFour = false) {
    std::vector<ParameterPtr> parameters;
    module.collectParameters(parameters);
    disturb(parameters);
    GradientCase testCase{&module, device, rows, in};
    if (twoFour)
        testCase.straightThrough = isTwoFour;
    const auto complaints = checkGradients(testCase);
    std::string all;
    for (const std::string& complaint : complaints)
        all += complaint + "\n";
    QVERIFY2(complaints.empty(), all.c_str());
}

} // namespace

class TestNetworkGradients : public QObject {
    Q_OBJECT

private slots:
    void linearLayer_data() {
        QTest::addColumn<int>("activation");
        QTest::newRow("none") << int(Activation::None);
        QTest::newRow("relu") << int(Activation::Relu);
        QTest::newRow("gelu") << int(Activation::Gelu);
        QTest::newRow("silu") << int(Activation::Silu);
    }
    void linearLayer() {
        QFETCH(int, activation);
        const Device device = Device::open("reference");
        const auto layer = linear(device, "layer", 5, 7, Activation(activation));
        check(*layer, device, {4, 1, false}, 5);
    }

    void layerNorm() {
        const Device device = Device::open("reference");
        LayerNorm norm("norm", 6, device);
        check(norm, device, {2, 3, false}, 6);
    }

    void meanPooling() {
        const Device device = Device::open("reference");
        MeanPooling pooling(device);
        check(pooling, device, {3, 4, false}, 5);
    }

    void patchEmbedding() {
        const Device device = Device::open("reference");
        PatchEmbedding embedding(linear(device, "embed", 9, 8), 4, device, kStream);
        check(embedding, device, {3, 4, false}, 9);
    }

    void vitBlock_data() {
        QTest::addColumn<int>("heads");
        QTest::addColumn<bool>("causal");
        QTest::newRow("one head") << 1 << false;
        QTest::newRow("four heads") << 4 << false;
        QTest::newRow("causal") << 2 << true;
    }
    void vitBlock() {
        QFETCH(int, heads);
        QFETCH(bool, causal);
        const Device device = Device::open("reference");
        VitBlockLayers layers;
        layers.q = linear(device, "q", 8, 8);
        layers.k = linear(device, "k", 8, 8);
        layers.v = linear(device, "v", 8, 8);
        layers.o = linear(device, "o", 8, 8);
        layers.mlpIn = linear(device, "in", 8, 12, Activation::Gelu);
        layers.mlpOut = linear(device, "out", 12, 8);
        VitBlock block("block", std::move(layers), heads, device);
        check(block, device, {2, 5, causal}, 8);
    }

    void networks_data() {
        QTest::addColumn<bool>("vit");
        QTest::addColumn<int>("family");
        const auto rows = families();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            QTest::addRow("mlp, %s", rows[i].first.c_str()) << false << int(i);
            QTest::addRow("vit, %s", rows[i].first.c_str()) << true << int(i);
        }
    }
    void networks() {
        QFETCH(bool, vit);
        QFETCH(int, family);
        const Device device = Device::open("reference");
        NetworkConfig config;
        NetworkInput input{6, 4, 1, 3};
        if (vit)
            config.model = VitConfig{2, 8, 2, 2, 1.5};
        else
            config.model = MlpConfig{{8, 12}, NetworkActivation::Gelu};
        config.op = families()[static_cast<std::size_t>(family)].second;
        const NetworkPlan plan = planNetwork(config, input, 3);
        QVERIFY2(plan.issues.empty(),
                 plan.issues.empty() ? "" : plan.issues.front().message.c_str());
        const auto network = makeNetwork(config, input, device, kStream);
        const InputRows rows = inputRows(config, input);
        const bool twoFour = std::holds_alternative<TwoFourConfig>(config.op);
        check(*network, device, {3, rows.rowsPerSample, false}, rows.width, twoFour);
    }

    void reluAndSiluMlp_data() {
        QTest::addColumn<int>("activation");
        QTest::newRow("relu") << int(NetworkActivation::Relu);
        QTest::newRow("silu") << int(NetworkActivation::Silu);
    }
    void reluAndSiluMlp() {
        QFETCH(int, activation);
        const Device device = Device::open("reference");
        NetworkConfig config;
        config.model = MlpConfig{{6, 5}, NetworkActivation(activation)};
        const auto network = makeNetwork(config, {1, 4, 1, 3}, device, kStream);
        check(*network, device, {5, 1, false}, 4);
    }

    void crossEntropy() {
        const Device device = Device::open("reference");
        const std::int64_t batch = 4;
        const std::int64_t classes = 5;
        const std::vector<double> start = normals("logits", batch * classes);
        const Tensor labels =
            Tensor::fromHost(device, Shape{batch, 1}, std::vector<std::int32_t>{0, 4, 2, 2});
        SoftmaxCrossEntropy loss(device);
        const auto meanLoss = [&](const std::vector<double>& logits) {
            loss.reset();
            loss.add(tensorOf(device, Shape{batch, classes}, logits), labels);
            return loss.read().meanLoss();
        };
        const std::vector<double> g =
            loss.gradient(tensorOf(device, Shape{batch, classes}, start), labels).toDoubles();
        for (std::size_t i = 0; i < start.size(); ++i) {
            std::vector<double> moved = start;
            constexpr double kStep = 1e-5;
            moved[i] = start[i] + kStep;
            const double up = meanLoss(moved);
            moved[i] = start[i] - kStep;
            const double numeric = (up - meanLoss(moved)) / (2.0 * kStep);
            QVERIFY(std::abs(numeric - g[i]) < 1e-9);
        }
    }

    void crossEntropySums() {
        const Device device = Device::open("reference");
        SoftmaxCrossEntropy loss(device);
        const Tensor logits = tensorOf(device, Shape{2, 2}, {0.0, 0.0, 3.0, 1.0});
        const Tensor labels =
            Tensor::fromHost(device, Shape{2, 1}, std::vector<std::int32_t>{1, 0});
        loss.add(logits, labels);
        loss.gradient(logits, labels);
        const ClassificationSums sums = loss.read();
        QCOMPARE(sums.count, std::int64_t(4));
        // Equal logits: the first class is the guess, so the first row is wrong.
        QCOMPARE(sums.correct, std::int64_t(2));
        const double expected = 2.0 * (std::log(2.0) + std::log1p(std::exp(-2.0)));
        QVERIFY(std::abs(sums.loss - expected) < 1e-12);
        QCOMPARE(sums.accuracy(), 0.5);
        loss.reset();
        QCOMPARE(loss.read().count, std::int64_t(0));
        QCOMPARE(loss.read().meanLoss(), 0.0);
    }
};

QTEST_GUILESS_MAIN(TestNetworkGradients)
#include "test_network_gradients.moc"
