#include <algorithm>
#include <map>
#include <tuple>

#include <QtTest>

#include "engine/networks/layers.h"
#include "engine/networks/network.h"
#include "engine/networks/softmax_cross_entropy.h"
#include "kernels/check/observed_backend.h"
#include "kernels/devices.h"

using namespace inlay::engine;
namespace kernels = inlay::kernels;

namespace {

NetworkConfig vitConfig() {
    NetworkConfig config;
    config.model = VitConfig{7, 96, 4, 4, 2.0};
    return config;
}

const NetworkInput kDigits{28, 28, 1, 10};
const RandomStream kStream(1, "test");

std::string keyAndMessage(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += issue.key + ": " + issue.message + "\n";
    return text;
}

/// Families of the layers as one line: "embed dense, blocks.0 stl, …", dense ones left out.
std::string replaced(const NetworkConfig& config) {
    std::string text;
    for (const LayerShape& layer : layerShapes(config, kDigits, 1)) {
        const OperatorConfig chosen = chooseOperator(config, layer).config;
        if (!std::holds_alternative<DenseConfig>(chosen))
            text += (text.empty() ? "" : " ") + layer.name;
    }
    return text;
}

using CallKey = std::tuple<std::string, std::int64_t, std::int64_t>;
using Calls = std::map<CallKey, int>;

/// Ops whose first result does not tell their size.
bool namedOnly(const std::string& op) {
    return op == "attention" || op == "attentionBackward" || op == "softmaxCrossEntropy";
}

void count(Calls& calls, const std::string& op, std::int64_t rows, std::int64_t cols) {
    ++calls[namedOnly(op) ? CallKey{op, 0, 0} : CallKey{op, rows, cols}];
}

void count(Calls& calls, const std::vector<KernelCall>& planned) {
    for (const KernelCall& call : planned)
        count(calls, call.op, call.m, call.n);
}

std::string difference(const Calls& actual, const Calls& expected) {
    std::string text;
    const auto list = [&text](const char* what, const Calls& calls, const Calls& others) {
        for (const auto& [key, number] : calls) {
            const auto other = others.find(key);
            const int more = number - (other == others.end() ? 0 : other->second);
            if (more > 0)
                text += std::string(what) + " " + std::to_string(more) + " " + std::get<0>(key) +
                        " " + std::to_string(std::get<1>(key)) + " x " +
                        std::to_string(std::get<2>(key)) + "\n";
        }
    };
    list("made but not planned:", actual, expected);
    list("planned but not made:", expected, actual);
    return text;
}

} // namespace

class TestNetworkPlans : public QObject {
    Q_OBJECT

private slots:
    void patterns_data() {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char* pattern, const char* name, bool matches) {
            QTest::addRow("%s, %s", pattern, name)
                << QByteArray(pattern) << QByteArray(name) << matches;
        };
        row("head", "head", true);
        row("head", "heads", false);
        row("*", "head", true);
        row("*", "blocks.0", false);
        row("blocks.*", "blocks.0", true);
        row("blocks.*", "blocks.0.mlp.in", false);
        row("blocks.*.mlp.*", "blocks.3.mlp.out", true);
        row("blocks.*.mlp.*", "blocks.3.attention.q", false);
        row("blocks.1.*.*", "blocks.1.attention.q", true);
        row("**", "blocks.0.mlp.in", true);
        row("**", "head", true);
        row("**.in", "blocks.0.mlp.in", true);
        row("**.in", "blocks.0.mlp.out", false);
        row("blocks.**", "blocks.0.mlp.in", true);
        row("blocks.0.mlp.in.**", "blocks.0.mlp.in", true);
        row("blocks.**.q", "blocks.0.attention.q", true);
        row("**.attention.**", "blocks.0.attention.q", true);
        row("blocks.1*", "blocks.10", false);
        row("", "head", false);
    }
    void patterns() {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, name);
        QFETCH(bool, matches);
        QCOMPARE(matchesLayer(pattern.toStdString(), name.toStdString()), matches);
    }

    void targets_data() {
        QTest::addColumn<bool>("vit");
        QTest::addColumn<int>("target");
        QTest::addColumn<QByteArray>("layers");
        const auto row = [](const char* name, bool vit, OperatorTarget target, const char* layers) {
            QTest::newRow(name) << vit << int(target) << QByteArray(layers);
        };
        using T = OperatorTarget;
        row("vit blocks", true, T::Blocks,
            "blocks.0.attention.q blocks.0.attention.k blocks.0.attention.v blocks.0.attention.o "
            "blocks.0.mlp.in blocks.0.mlp.out");
        row("vit mlp", true, T::Mlp, "blocks.0.mlp.in blocks.0.mlp.out");
        row("vit attention", true, T::Attention,
            "blocks.0.attention.q blocks.0.attention.k blocks.0.attention.v blocks.0.attention.o");
        row("vit head", true, T::Head, "head");
        row("vit all", true, T::All,
            "embed blocks.0.attention.q blocks.0.attention.k blocks.0.attention.v "
            "blocks.0.attention.o blocks.0.mlp.in blocks.0.mlp.out head");
        row("vit none", true, T::None, "");
        row("mlp blocks", false, T::Blocks, "blocks.0 blocks.1");
        row("mlp mlp", false, T::Mlp, "blocks.0 blocks.1");
        row("mlp head", false, T::Head, "head");
        row("mlp all", false, T::All, "blocks.0 blocks.1 head");
        row("mlp none", false, T::None, "");
    }
    void targets() {
        QFETCH(bool, vit);
        QFETCH(int, target);
        QFETCH(QByteArray, layers);
        NetworkConfig config;
        if (vit)
            config.model = VitConfig{7, 96, 1, 4, 2.0};
        else
            config.model = MlpConfig{{32, 16}, NetworkActivation::Relu};
        config.op = LowRankConfig{4};
        config.apply = OperatorTarget(target);
        QCOMPARE(replaced(config), layers.toStdString());
    }

    void lastMatchingRuleWins() {
        NetworkConfig config = vitConfig();
        config.op = LowRankConfig{8};
        config.layers = {{"blocks.*.mlp.*", LowRankConfig{4}},
                         {"blocks.2.**", DenseConfig{}},
                         {"**.out", LowRankConfig{2}},
                         {"head", LowRankConfig{1}}};
        const NetworkPlan plan = planNetwork(config, kDigits, 1);
        QVERIFY2(plan.issues.empty(), keyAndMessage(plan.issues).c_str());
        std::map<std::string, OperatorConfig> chosen;
        for (const LayerPlan& layer : plan.layers)
            chosen[layer.name] = layer.config;
        QCOMPARE(chosen["embed"], OperatorConfig(DenseConfig{}));
        QCOMPARE(chosen["blocks.0.attention.q"], OperatorConfig(LowRankConfig{8}));
        QCOMPARE(chosen["blocks.0.mlp.in"], OperatorConfig(LowRankConfig{4}));
        QCOMPARE(chosen["blocks.0.mlp.out"], OperatorConfig(LowRankConfig{2}));
        QCOMPARE(chosen["blocks.2.attention.q"], OperatorConfig(DenseConfig{}));
        QCOMPARE(chosen["blocks.2.mlp.in"], OperatorConfig(DenseConfig{}));
        QCOMPARE(chosen["blocks.2.mlp.out"], OperatorConfig(LowRankConfig{2}));
        QCOMPARE(chosen["head"], OperatorConfig(LowRankConfig{1}));
    }

    void vitLayers() {
        const auto layers = layerShapes(vitConfig(), kDigits, 128);
        QCOMPARE(layers.size(), std::size_t(26));
        QCOMPARE(layers[0].name, std::string("embed"));
        QCOMPARE(layers[0].in, std::int64_t(49));
        QVERIFY((layers[0].rows == RowLayout{128, 16, false}));
        QCOMPARE(layers[6].name, std::string("blocks.0.mlp.out"));
        QCOMPARE(layers[6].title, std::string("Block 1, MLP out"));
        QCOMPARE(layers[6].in, std::int64_t(192));
        QCOMPARE(layers[25].name, std::string("head"));
        QVERIFY((layers[25].rows == RowLayout{128, 1, false}));
        const InputRows rows = inputRows(vitConfig(), kDigits);
        QCOMPARE(rows.rowsPerSample, std::int64_t(16));
        QCOMPARE(rows.width, std::int64_t(49));
        QCOMPARE(rows.patch, std::int64_t(7));
        const InputRows flat = inputRows(NetworkConfig{}, kDigits);
        QCOMPARE(flat.rowsPerSample, std::int64_t(1));
        QCOMPARE(flat.width, std::int64_t(784));
        QCOMPARE(flat.patch, std::int64_t(0));
    }

    void denseVitByHand() {
        const NetworkPlan plan = planNetwork(vitConfig(), kDigits, 128);
        // Embedding 49 x 96, positions 16 x 96; a block has four 96 x 96, 96 x 192 and 192 x 96
        // with biases and two norms; a norm and the head 96 x 10.
        const std::int64_t block = 4 * (96 * 96 + 96) + (96 * 192 + 192) + (192 * 96 + 96) + 4 * 96;
        QCOMPARE(plan.parameters, (49 * 96 + 96) + 16 * 96 + 4 * block + 2 * 96 + (96 * 10 + 10));
        const double rows = 128.0 * 16.0;
        const double products = rows * (49 * 96 + 4 * (4 * 96 * 96 + 2 * 96 * 192)) + 128.0 * 960;
        const double attention = 4 * 2.0 * rows * 16 * 96;
        QCOMPARE(plan.multiplyAddsForward, products + attention);
        QVERIFY(plan.flags.empty());
    }

    void parametersAreThoseOfTheNetwork_data() {
        QTest::addColumn<int>("family");
        QTest::addColumn<bool>("vit");
        for (int family = 0; family < 5; ++family) {
            QTest::addRow("mlp, %d", family) << family << false;
            QTest::addRow("vit, %d", family) << family << true;
        }
    }
    void parametersAreThoseOfTheNetwork() {
        QFETCH(int, family);
        QFETCH(bool, vit);
        StlConfig stl;
        StlConfig shared = stl;
        shared.group = "all";
        StlConfig frozen = shared;
        frozen.trainEncoders = false;
        const std::vector<OperatorConfig> families{DenseConfig{}, LowRankConfig{3}, stl, shared,
                                                   frozen};
        NetworkConfig config;
        const NetworkInput input{8, 8, 1, 3};
        if (vit)
            config.model = VitConfig{4, 16, 2, 2, 2.0};
        else
            config.model = MlpConfig{{16, 8}, NetworkActivation::Relu};
        config.op = families[static_cast<std::size_t>(family)];
        const Device device = Device::open("reference");
        const auto network = makeNetwork(config, input, device, kStream);
        std::int64_t trainable = 0;
        std::vector<std::string> names;
        for (const ParameterPtr& parameter : network->parameters()) {
            names.push_back(parameter->name);
            if (parameter->trainable)
                trainable += parameter->value.count();
        }
        QCOMPARE(planNetwork(config, input, 4).parameters, trainable);
        std::sort(names.begin(), names.end());
        QVERIFY(std::adjacent_find(names.begin(), names.end()) == names.end());
        if (family == 0)
            QVERIFY(std::find(names.begin(), names.end(),
                              vit ? "blocks.1.attention.q/weight" : "blocks.1/weight") !=
                    names.end());
    }

    void plannedCallsAreThoseMade_data() {
        QTest::addColumn<bool>("vit");
        QTest::addColumn<OperatorConfig>("family");
        QTest::newRow("mlp") << false << OperatorConfig(DenseConfig{});
        QTest::newRow("vit") << true << OperatorConfig(DenseConfig{});
        QTest::newRow("vit low rank") << true << OperatorConfig(LowRankConfig{3});
        QTest::newRow("vit block diagonal") << true << OperatorConfig(BlockDiagonalConfig{4});
        QTest::newRow("vit monarch") << true << OperatorConfig(MonarchConfig{2});
        QTest::newRow("vit btt") << true << OperatorConfig(BttConfig{});
        QTest::newRow("vit butterfly") << true << OperatorConfig(ButterflyConfig{});
    }
    void plannedCallsAreThoseMade() {
        QFETCH(bool, vit);
        QFETCH(OperatorConfig, family);
        NetworkConfig config;
        config.op = family;
        const NetworkInput input{8, 4, 1, 3};
        if (vit)
            config.model = VitConfig{2, 8, 2, 2, 2.0};
        else
            config.model = MlpConfig{{6, 5}, NetworkActivation::Relu};
        Calls made;
        const Device device(std::make_unique<kernels::ObservedBackend>(
            kernels::makeReferenceBackend(), [&made](const kernels::ObservedCall& call) {
                count(made, call.op, call.rows, call.cols);
            }));
        const auto network = makeNetwork(config, input, device, kStream);
        const InputRows rows = inputRows(config, input);
        const std::int64_t batch = 3;
        const Tensor x = Tensor::zeros(device, Shape{batch * rows.rowsPerSample, rows.width},
                                       device.computeType());
        const Tensor labels = Tensor::zeros(device, Shape{batch, 1}, DType::I32);
        SoftmaxCrossEntropy loss(device);
        const RowLayout layout{batch, rows.rowsPerSample, false};

        made.clear();
        ModuleContextPtr saved;
        const Tensor logits = network->forward(x, layout, &saved);
        Tensor g = loss.gradient(logits, labels);
        const Calls forward = made;
        made.clear();
        network->backward(x, layout, std::move(g), *saved, NeedInputGradient::No);

        const NetworkPlan plan = planNetwork(config, input, batch);
        Calls plannedForward;
        Calls plannedBackward;
        count(plannedForward, plan.fixedForward);
        count(plannedBackward, plan.fixedBackward);
        for (const LayerPlan& layer : plan.layers) {
            count(plannedForward, layer.plan.forward);
            count(plannedBackward, layer.plan.backward);
        }
        const std::string forwardDifference = difference(forward, plannedForward);
        QVERIFY2(forwardDifference.empty(), forwardDifference.c_str());
        const std::string backwardDifference = difference(made, plannedBackward);
        QVERIFY2(backwardDifference.empty(), backwardDifference.c_str());
    }

    void issues_data() {
        QTest::addColumn<NetworkConfig>("config");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const NetworkConfig& config, const char* expected) {
            QTest::newRow(name) << config << QByteArray(expected);
        };
        NetworkConfig config = vitConfig();
        row("good", config, "");
        config.layers = {{"blocks.*.mlp.in", DenseConfig{}}, {"blocks.9.mlp.*", DenseConfig{}}};
        row("rule without a layer", config,
            "layers[1].match: \"blocks.9.mlp.*\" matches no layer; layers are embed, "
            "blocks.N.attention.q|k|v|o and blocks.N.mlp.in|out (N = 0 to 3), head.\n");
        config = NetworkConfig{};
        config.model = MlpConfig{{8, 8}, NetworkActivation::Relu};
        config.layers = {{"blocks.*.mlp.*", DenseConfig{}}};
        row("rule of the other kind", config,
            "layers[0].match: \"blocks.*.mlp.*\" matches no layer; layers are blocks.0 to "
            "blocks.1, head.\n");
        config.layers.clear();
        config.apply = OperatorTarget::Attention;
        row("attention of an mlp", config,
            "apply: An mlp has no attention layers; use blocks, mlp, head, all or none.\n");
        config.apply = OperatorTarget::Blocks;
        config.model = MlpConfig{{8, 0}, NetworkActivation::Relu};
        row("empty hidden layer", config, "hidden[1]: 0 is too small; it must be at least 1.\n");
        config = vitConfig();
        std::get<VitConfig>(config.model).heads = 5;
        row("heads", config,
            "heads: 5 heads do not divide width 96; use 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48 or "
            "96.\n");
        std::get<VitConfig>(config.model).patch = 5;
        row("heads and patch", config,
            "patch: Patches of 5 do not divide images of 28 x 28; use 1, 2, 4, 7, 14 or 28.\n"
            "heads: 5 heads do not divide width 96; use 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48 or "
            "96.\n");
        config = vitConfig();
        std::get<VitConfig>(config.model).depth = 0;
        std::get<VitConfig>(config.model).mlpRatio = 0.001;
        row("nothing in the blocks", config,
            "depth: 0 is too small; it must be at least 1.\n"
            "mlp_ratio: The ratio leaves no hidden unit at width 96; it must be at least 1 / "
            "96.\n");
    }
    void issues() {
        QFETCH(NetworkConfig, config);
        QFETCH(QByteArray, expected);
        QCOMPARE(keyAndMessage(planNetwork(config, kDigits, 1).issues), expected.toStdString());
    }

    void issuesOfOperatorsNameTheirKey() {
        NetworkConfig config = vitConfig();
        StlConfig bad;
        bad.tile = 9;
        config.op = bad;
        config.layers = {{"head", bad}};
        const auto issues = planNetwork(config, kDigits, 1).issues;
        QCOMPARE(issues.size(), std::size_t(2));
        QCOMPARE(issues[0].key, std::string("operator.tile"));
        QCOMPARE(issues[1].key, std::string("layers[0].operator.tile"));
    }

    void groupsNeedOneShape() {
        NetworkConfig config = vitConfig();
        StlConfig stl;
        stl.group = "all";
        config.op = stl;
        stl.rank = 16;
        config.layers = {{"blocks.1.mlp.in", stl}};
        QCOMPARE(keyAndMessage(planNetwork(config, kDigits, 1).issues),
                 std::string("layers[0].operator.group: Group \"all\" has tile 4, rank 16, start "
                             "strassen, encoder rate factor 1 here and tile 4, rank 24, start "
                             "strassen, encoder rate factor 1 in "
                             "blocks.0.attention.q; layers of one group need the same.\n"));
    }

    void flagsComeFromTheLayers() {
        NetworkConfig config = vitConfig();
        StlConfig stl;
        stl.grouping = StlGrouping::Across;
        config.op = stl;
        QCOMPARE(planNetwork(config, kDigits, 8).flags, std::vector<std::string>{"mixes_samples"});
        config.apply = OperatorTarget::None;
        QVERIFY(planNetwork(config, kDigits, 8).flags.empty());
    }

    void startsDoNotDependOnOtherLayers() {
        const Device device = Device::open("reference");
        NetworkConfig config;
        config.model = VitConfig{4, 16, 2, 2, 2.0};
        const NetworkInput input{8, 8, 1, 3};
        const auto values = [&] {
            std::map<std::string, std::vector<double>> all;
            for (const auto& parameter : makeNetwork(config, input, device, kStream)->parameters())
                all[parameter->name] = parameter->value.toDoubles();
            return all;
        };
        const auto dense = values();
        config.layers = {{"blocks.0.attention.k", LowRankConfig{2}}};
        const auto changed = values();
        for (const auto& [name, start] : dense) {
            if (name == "blocks.0.attention.k/weight")
                QVERIFY(!changed.contains(name));
            else
                QVERIFY2(changed.at(name) == start, name.c_str());
        }
        QVERIFY(dense.at("blocks.0.attention.k/weight") != dense.at("blocks.1.attention.k/weight"));
    }
};

QTEST_GUILESS_MAIN(TestNetworkPlans)
#include "test_network_plans.moc"
