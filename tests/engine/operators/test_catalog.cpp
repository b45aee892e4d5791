#include <QtTest>

#include <set>

#include "engine/operators/catalog.h"
#include "engine/schema/schema.h"

using namespace inlay::engine;

namespace {

struct Holder {
    OperatorConfig op;
};

Schema<Holder> holderSchema() {
    Schema<Holder> schema;
    schema.variant("operator", &Holder::op, operatorVariant());
    return schema;
}

} // namespace

class TestCatalog : public QObject {
    Q_OBJECT

private slots:
    void rowsFollowTheVariant() {
        const auto& catalog = operatorCatalog();
        QCOMPARE(catalog.size(), std::variant_size_v<OperatorConfig>);
        for (std::size_t i = 0; i < catalog.size(); ++i) {
            QCOMPARE(catalog[i].defaults.index(), i);
            QCOMPARE(catalog[i].id, std::string(familyOf(catalog[i].defaults)));
            QCOMPARE(findOperatorFamily(catalog[i].id), &catalog[i]);
            QVERIFY(!catalog[i].title.empty() && !catalog[i].summary.empty());
        }
        QVERIFY(!findOperatorFamily("kaleidoscope"));
    }

    void schemasRoundTrip() {
        for (const OperatorFamily& row : operatorCatalog()) {
            const Json defaults = row.schema->defaults();
            QVERIFY2(row.schema->validate(defaults).empty(), row.id.c_str());
            QCOMPARE(row.schema->reduce(defaults), Json::object());
            QVERIFY(row.read(*row.schema, defaults) == row.defaults);
            for (const FieldInfo& field : row.schema->allFields()) {
                QVERIFY2(!field.title.empty() && !field.help.empty(), field.key.c_str());
                for (const Choice& choice : field.choices)
                    QVERIFY2(!choice.title.empty(), choice.id.c_str());
            }
        }
    }

    void keysAreThoseOfProjectFiles() {
        const Json stl = {{"kind", "stl"},
                          {"tile", 4},
                          {"rank", 32},
                          {"weights", "tied"},
                          {"start", "random"},
                          {"triple", ""},
                          {"grouping", "across"},
                          {"group", "mlp"},
                          {"train_encoders", true},
                          {"encoder_learning_rate_factor", 0.1},
                          {"rebalance_every", 0}};
        const Json gadget = {{"kind", "butterfly"}, {"form", "gadget"},  {"k_rule", "custom"},
                             {"k_in", 5},           {"k_out", 7},        {"order", "decreasing"},
                             {"start", "ortho"},    {"scaling", "paper"}};
        const Json sparse = {{"kind", "two_four"},       {"training", "sr_ste"},
                             {"scores", "magnitude"},    {"lambda", 1e-3},
                             {"lambda_on", "decoupled"}, {"transposable", true}};
        const auto schema = holderSchema();
        for (const Json& op : {stl, gadget, sparse}) {
            const Json config = {{"operator", op}};
            const auto issues = schema.validate(config);
            QVERIFY2(issues.empty(), joinMessages(issues).c_str());
            QCOMPARE(schema.write(schema.read(config)), config);
        }
        const auto read = std::get<StlConfig>(schema.read({{"operator", stl}}).op);
        QCOMPARE(read.rank, 32);
        QVERIFY(read.weights == StlWeights::Tied && read.grouping == StlGrouping::Across);
    }

    void wrongValuesNameTheirKey_data() {
        QTest::addColumn<QString>("op");
        QTest::addColumn<QString>("key");
        const auto row = [](const char* name, const char* op, const char* key) {
            QTest::newRow(name) << QString(op) << QString(key);
        };
        row("tile", R"({"kind": "stl", "tile": 9})", "operator.tile");
        row("rank above", R"({"kind": "stl", "tile": 2, "rank": 9, "start": "random"})",
            "operator.rank");
        row("exact", R"({"kind": "stl", "rank": 24, "start": "exact"})", "operator.start");
        row("strassen", R"({"kind": "stl", "tile": 3, "rank": 5})", "operator.start");
        row("rank below", R"({"kind": "low_rank", "rank": 0})", "operator.rank");
        row("blocks", R"({"kind": "block_diagonal", "blocks": 0})", "operator.blocks");
        row("monarch blocks", R"({"kind": "monarch", "blocks": 0})", "operator.blocks");
        row("btt rank", R"({"kind": "btt", "rank": 0})", "operator.rank");
        row("lambda", R"({"kind": "two_four", "lambda": -1})", "operator.lambda");
        row("unknown", R"({"kind": "stl", "rnak": 3})", "operator.rnak");
        row("kind", R"({"kind": "kaleidoscope"})", "operator.kind");
    }
    void wrongValuesNameTheirKey() {
        QFETCH(QString, op);
        QFETCH(QString, key);
        const Json config = {{"operator", Json::parse(op.toStdString())}};
        const auto issues = holderSchema().validate(config);
        QCOMPARE(issues.size(), 1u);
        QCOMPARE(QString::fromStdString(issues[0].key), key);
    }

    void plansRefuseWhatDoesNotFitTheLayer() {
        const auto messageOf = [](const OperatorConfig& config, std::int64_t in, std::int64_t out) {
            const auto issues = planOperator(config, in, out, {}).issues;
            return issues.empty() ? QString() : QString::fromStdString(issues[0].message);
        };
        QCOMPARE(messageOf(LowRankConfig{65}, 96, 64),
                 QString("rank = 65 does not fit a layer of 96 inputs and 64 outputs; allowed: 1 "
                         "to 64"));
        QCOMPARE(messageOf(BlockDiagonalConfig{4}, 96, 10),
                 QString("blocks = 4 must divide both widths of the layer, 96 inputs and 10 "
                         "outputs"));
        QCOMPARE(messageOf(MonarchConfig{4}, 96, 10),
                 QString("blocks = 4 must divide both widths of the layer, 96 inputs and 10 "
                         "outputs"));
        QCOMPARE(messageOf(BttConfig{.rank = 13}, 96, 192),
                 QString("rank = 13 does not fit the 12 x 16 blocks of a layer of 96 inputs and "
                         "192 outputs; allowed: 1 to 12"));
        for (const OperatorFamily& row : operatorCatalog())
            QVERIFY2(row.plan(row.defaults, 96, 192, {128, 16}).issues.empty(), row.id.c_str());
    }
};

QTEST_GUILESS_MAIN(TestCatalog)
#include "test_catalog.moc"
