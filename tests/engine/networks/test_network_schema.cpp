#include <QtTest>

#include "engine/networks/network_schema.h"

using namespace inlay::engine;

namespace {

std::string sentences(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += issue.key + ": " + issue.message + "\n";
    return text;
}

} // namespace

class TestNetworkSchema : public QObject {
    Q_OBJECT

private slots:
    void defaultsAreTheInitializers() {
        const auto schema = networkSchema();
        const auto issues = schema.validate(schema.defaults());
        QVERIFY2(issues.empty(), sentences(issues).c_str());
        QVERIFY(schema.read(Json::object()) == NetworkConfig{});
        const NetworkConfig vit = schema.read(Json{{"kind", "vit"}});
        QVERIFY(std::get<VitConfig>(vit.model) == VitConfig{});
    }

    void everyKeyMakesTheRoundTrip() {
        NetworkConfig config;
        config.model = VitConfig{4, 64, 2, 8, 3.5};
        StlConfig stl;
        stl.rank = 16;
        stl.group = "all";
        config.op = stl;
        config.apply = OperatorTarget::All;
        config.layers = {{"blocks.*.mlp.*", LowRankConfig{8}}, {"head", DenseConfig{}}};
        const auto schema = networkSchema();
        const Json full = schema.write(config);
        QVERIFY(schema.read(full) == config);
        QVERIFY(schema.read(schema.reduce(full)) == config);
        const auto issues = schema.validate(full);
        QVERIFY2(issues.empty(), sentences(issues).c_str());
        for (const char* key : {"kind", "patch", "width", "depth", "heads", "mlp_ratio", "operator",
                                "apply", "layers"})
            QVERIFY2(full.contains(key), key);
        QCOMPARE(full.at("operator").at("kind"), Json("stl"));
        QCOMPARE(full.at("layers").at(0).at("operator").at("rank"), Json(8));
        config.model = MlpConfig{{32, 16}, NetworkActivation::Silu};
        config.apply = OperatorTarget::Head;
        config.layers.clear();
        QVERIFY(schema.read(schema.write(config)) == config);
        QCOMPARE(schema.write(config).at("hidden"), Json({32, 16}));
    }

    void badConfigs_data() {
        QTest::addColumn<QByteArray>("values");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const char* values, const char* expected) {
            QTest::newRow(name) << QByteArray(values) << QByteArray(expected);
        };
        row("unknown kind", R"({"kind": "vitt"})",
            "kind: kind is \"vitt\", allowed is mlp, vit, convnet; the nearest is vit\n");
        row("key of the other kind", R"({"heads": 4})",
            "heads: heads is not a parameter here; it is one when kind is vit\n");
        row("misspelled key", R"({"kind": "vit", "dept": 4})",
            "dept: dept is not a parameter; the nearest is depth\n");
        row("out of range", R"({"kind": "vit", "depth": 0})",
            "depth: depth is 0, allowed is 1 to 256\n");
        row("heads", R"({"kind": "vit", "width": 12, "heads": 5})",
            "heads: 5 heads do not divide width 12; use 1, 2, 3, 4, 6 or 12.\n");
        row("rule without a layer",
            R"({"layers": [{"match": "blocks.0"}, {"match": "blocks.*.mlp.*"}]})",
            "layers[1].match: \"blocks.*.mlp.*\" matches no layer; layers are blocks.0, head.\n");
        row("attention of an mlp", R"({"apply": "attention"})",
            "apply: An mlp has no attention layers; use blocks, mlp, head, all or none.\n");
    }
    void badConfigs() {
        QFETCH(QByteArray, values);
        QFETCH(QByteArray, expected);
        QCOMPARE(sentences(networkSchema().validate(Json::parse(values.constData()))),
                 expected.toStdString());
    }
};

QTEST_GUILESS_MAIN(TestNetworkSchema)
#include "test_network_schema.moc"
