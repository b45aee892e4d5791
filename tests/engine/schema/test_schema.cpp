#include <QtTest>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/random.h"
#include "engine/schema/config_hash.h"
#include "engine/schema/nearest.h"
#include "engine/schema/parameters_doc.h"
#include "sample.h"

using namespace inlay::engine;

namespace {

struct TwoVariants {
    sample::OperatorConfig op;
    std::vector<sample::LayerRule> layers;
};

Json json(const char* text) {
    return parseJson(text, "the test's text");
}

std::vector<std::string> keys(const std::vector<FieldInfo>& fields) {
    std::vector<std::string> out;
    for (const FieldInfo& field : fields)
        out.push_back(field.key);
    return out;
}

bool has(const std::vector<FieldInfo>& fields, const std::string& key) {
    const auto all = keys(fields);
    return std::find(all.begin(), all.end(), key) != all.end();
}

double randomNumber(const FieldInfo& field, RandomStream& random) {
    const double low = field.minimum.value_or(-1000);
    const double high = field.maximum.value_or(low + 1000);
    // Three decimals, so that a float member holds the number as well.
    return std::round(1000 * (low + (0.01 + 0.98 * random.uniform()) * (high - low))) / 1000;
}

Json randomObject(const AnySchema& schema, RandomStream& random);

/// A right value for the field.
Json randomValue(const FieldInfo& field, RandomStream& random) {
    switch (field.type) {
    case FieldType::Boolean:
        return random.below(2) == 1;
    case FieldType::Integer:
        return std::int64_t(std::ceil(randomNumber(field, random)));
    case FieldType::Real:
        return randomNumber(field, random);
    case FieldType::Text:
    case FieldType::Path:
        return "text " + std::to_string(random.below(5));
    case FieldType::Choice:
        return field.choices[random.below(field.choices.size())].id;
    case FieldType::IntegerList:
    case FieldType::RealList: {
        FieldInfo single = field;
        single.type = field.type == FieldType::IntegerList ? FieldType::Integer : FieldType::Real;
        Json list = Json::array();
        const std::size_t count = std::max<std::size_t>(field.minimumLength, random.below(4));
        for (std::size_t i = 0; i < count; ++i)
            list.push_back(randomValue(single, random));
        return list;
    }
    case FieldType::Rules: {
        Json list = Json::array();
        for (std::uint64_t i = random.below(3); i > 0; --i)
            list.push_back(randomObject(*field.item, random));
        return list;
    }
    }
    return {};
}

/// A partial config of right types; later fields are chosen given the earlier ones.
Json randomObject(const AnySchema& schema, RandomStream& random) {
    Json values = Json::object();
    for (std::size_t i = 0;; ++i) {
        const auto fields = schema.fields(values);
        if (i >= fields.size())
            return values;
        if (random.below(2) == 1 || fields[i].required)
            setPath(values, fields[i].key, randomValue(fields[i], random));
    }
}

} // namespace

class TestSchema : public QObject {
    Q_OBJECT

private slots:
    void defaultsValidate() {
        const auto schema = sample::schema();
        const auto issues = schema.validate(schema.defaults());
        QVERIFY2(issues.empty(), joinMessages(issues).c_str());
        QCOMPARE(schema.reduce(schema.defaults()), Json::object());
        QCOMPARE(schema.complete(Json::object()), schema.defaults());
        QCOMPARE(schema.complete(Json(3)), schema.defaults());
    }

    void defaultsComeFromTheInitializers() {
        const Json all = sample::schema().defaults();
        QCOMPARE(*findPath(all, "learning_rate"), Json(1e-3));
        QCOMPARE(*findPath(all, "network.hidden"), json("[256, 128]"));
        // The enclosing struct's initializer counts, not that of the alternative.
        QCOMPARE(*findPath(all, "network.operator"), json(R"({"kind": "low_rank", "rank": 12})"));
        QCOMPARE(*findPath(all, "optimizer.kind"), Json("adamw"));
        QCOMPARE(dumpJson(*findPath(all, "dataset")),
                 std::string(R"({"kind":"blobs","count":1000})"));
    }

    void everyTypeMakesTheRoundTrip() {
        const auto schema = sample::schema();
        sample::Config config;
        config.learningRate = 0.3;
        config.epochs = 7;
        config.big = std::numeric_limits<std::int64_t>::min();
        config.dropout = 0.25;
        config.title = "ein \"Titel\" ³";
        config.mode = "exact";
        config.folder = "/data";
        config.shares = {0.25, 1};
        config.early = true;
        config.patience = 9;
        config.optimizer = {sample::Rule::Sgd, 0.5, 0, 5};
        config.network.hidden = {3};
        config.network.op = sample::StlConfig{2, 7, sample::Start::Strassen, "g", true, 0.7F};
        config.network.layers = {{"head", sample::LowRankConfig{3}}, {"blocks.*", {}}};
        config.dataset = sample::FileConfig{"/data/mnist", 65535};

        const Json written = schema.write(config);
        QCOMPARE(joinMessages(schema.validate(written)), std::string());
        const sample::Config read = schema.read(parseJson(dumpJson(written), "a copy"));
        QCOMPARE(schema.write(read), written);
        QCOMPARE(read.big, config.big);
        QCOMPARE(read.title, config.title);
        QCOMPARE(read.shares, config.shares);
        QCOMPARE(read.optimizer.momentum, 0.5);
        const auto& stl = std::get<sample::StlConfig>(read.network.op);
        QCOMPARE(stl.tile, 2);
        QVERIFY(stl.start == sample::Start::Strassen);
        QCOMPARE(stl.factor, 0.7F);
        QCOMPARE(*findPath(written, "network.operator.factor"), Json(0.7));
        QCOMPARE(read.network.layers.size(), std::size_t(2));
        QCOMPARE(std::get<sample::LowRankConfig>(read.network.layers[0].op).rank, 3);
        QCOMPARE(std::get<sample::FileConfig>(read.dataset).path,
                 std::filesystem::path("/data/mnist"));
        QCOMPARE(std::get<sample::FileConfig>(read.dataset).port, std::uint16_t(65535));
        // reduce leaves exactly what a reader needs.
        QCOMPARE(schema.write(schema.read(schema.reduce(written))), written);
    }

    void badInput_data() {
        QTest::addColumn<QString>("values");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* values, const char* key, const char* message) {
            QTest::newRow(values) << values << key << message;
        };
        row(R"({"learning_rate": 20})", "learning_rate",
            "learning_rate is 20, allowed is 1e-07 to 10");
        row(R"({"learning_rate": "0.1"})", "learning_rate",
            R"(learning_rate is "0.1", a number is expected (1e-07 to 10))");
        row(R"({"learning_rate": null})", "learning_rate",
            "learning_rate is null, a number is expected (1e-07 to 10)");
        row(R"({"learning_rate": "NaN"})", "learning_rate",
            "learning_rate is NaN, a finite number is expected");
        row(R"({"learning_rate": "-Infinity"})", "learning_rate",
            "learning_rate is -Infinity, a finite number is expected");
        row(R"({"epochs": 3.5})", "epochs",
            "epochs is 3.5, a whole number is expected (1 to 1000)");
        row(R"({"epochs": true})", "epochs",
            "epochs is true, a whole number is expected (1 to 1000)");
        row(R"({"epochs": 0})", "epochs", "epochs is 0, allowed is 1 to 1000");
        row(R"({"epochs": 1e300})", "epochs", "epochs is 1e+300, allowed is 1 to 1000");
        row(R"({"big": 9223372036854775808})", "big",
            "big is 9223372036854775808, allowed is -9223372036854775808 to "
            "9223372036854775807");
        row(R"({"big": -1e19})", "big",
            "big is -1e+19, allowed is -9223372036854775808 to 9223372036854775807");
        row(R"({"dropout": 1})", "dropout", "dropout is 1, allowed is 0 to less than 1");
        row(R"({"title": 3})", "title", R"(title is 3, a text is expected: "3")");
        row(R"({"folder": ["a"]})", "folder", R"(folder is ["a"], a path is expected)");
        row(R"({"early": 1})", "early", "early is 1, true or false is expected");
        row(R"({"mode": "fsat"})", "mode",
            R"(mode is "fsat", allowed is fast, exact; the nearest is fast)");
        row(R"({"optimizer": {"kind": "sdg"}})", "optimizer.kind",
            R"(optimizer.kind is "sdg", allowed is sgd, adamw; the nearest is sgd)");
        row(R"({"optimizer": {"kind": 1}})", "optimizer.kind",
            "optimizer.kind is 1, allowed is sgd, adamw");
        row(R"({"optimizer": "sgd"})", "optimizer", R"(optimizer is "sgd", an object is expected)");
        row(R"({"optimizer": {"weight_decay": -1}})", "optimizer.weight_decay",
            "optimizer.weight_decay is -1, allowed is 0 or more");
        row(R"({"network": {"width": 5000}})", "network.width",
            "network.width is 5000, allowed is 1 to 4096 px");
        row(R"({"network": {"width": 98}})", "network.width",
            "network.width is 98, allowed are multiples of heads (4)");
        row(R"({"network": {"hidden": [8, 0]}})", "network.hidden[1]",
            "network.hidden[1] is 0, allowed is 1 to 9999");
        row(R"({"network": {"hidden": [8, "x"]}})", "network.hidden[1]",
            R"(network.hidden[1] is "x", a whole number is expected (1 to 9999))");
        row(R"({"network": {"hidden": []}})", "network.hidden",
            "network.hidden has 0 elements, allowed is 1 to 4");
        row(R"({"network": {"hidden": 8}})", "network.hidden",
            "network.hidden is 8, a list of whole numbers is expected (1 to 9999)");
        row(R"({"network": {"operator": "stl"}})", "network.operator",
            R"(network.operator is "stl", an object with "kind" is expected (dense, low_rank, stl))");
        row(R"({"network": {"operator": {"kind": "slt"}}})", "network.operator.kind",
            R"(network.operator.kind is "slt", allowed is dense, low_rank, stl; the nearest is stl)");
        row(R"({"network": {"operator": {"kind": "stl", "rank": 100}}})", "network.operator.rank",
            "network.operator.rank is 100, allowed is 1 to 64 (tile³)");
        row(R"({"network": {"operator": {"kind": "stl", "tile": 9}}})", "network.operator.tile",
            "network.operator.tile is 9, allowed is 1 to 8");
        row(R"({"network": {"operator": {"kind": "stl", "factor": 0}}})", "network.operator.factor",
            "network.operator.factor is 0, allowed is more than 0 to 10");
        row(R"({"network": {"operator": {"kind": "dense", "rank": 4}}})", "network.operator.rank",
            "network.operator.rank is not a parameter here; it is one when network.operator.kind "
            "is low_rank or stl");
        row(R"({"network": {"layers": [{}, {"operator": {"tile": 4}}]}})",
            "network.layers[1].operator.tile",
            "network.layers[1].operator.tile is not a parameter here; it is one when "
            "network.layers[1].operator.kind is stl");
        row(R"({"network": {"layers": {}}})", "network.layers",
            "network.layers is {}, a list of objects is expected");
        row(R"({"network": {"layers": [3]}})", "network.layers[0]",
            "network.layers[0] is 3, an object is expected");
        row(R"({"network": {"layers": [{}, {"operator": {"kind": "stl", "tile": 2, "rank": 9}}]}})",
            "network.layers[1].operator.rank",
            "network.layers[1].operator.rank is 9, allowed is 1 to 8 (tile³)");
        row(R"({"network": {"layers": [{"match": ""}]}})", "network.layers[0].match",
            "network.layers[0].match is empty, a text is needed");
        row(R"({"network": {"layers": [{"mtach": "x"}]}})", "network.layers[0].mtach",
            "network.layers[0].mtach is not a parameter; the nearest is network.layers[0].match");
        row(R"({"dataset": {"kind": "idx"}})", "dataset.path",
            "dataset.path is empty, a path is needed");
        row(R"({"dataset": {"kind": "idx", "path": "a", "port": 65536}})", "dataset.port",
            "dataset.port is 65536, allowed is 0 to 65535");
        row(R"({"optimizer": {"warmup": 4e9}})", "optimizer.warmup",
            "optimizer.warmup is 4000000000, allowed is 0 to 2147483647");
        row(R"({"learning_rat": 1})", "learning_rat",
            "learning_rat is not a parameter; the nearest is learning_rate");
        row(R"({"optimiser": {}})", "optimiser",
            "optimiser is not a parameter; the nearest is optimizer");
        row(R"({"weight_decay": 0})", "weight_decay",
            "weight_decay is not a parameter; the nearest is optimizer.weight_decay");
        row(R"({"network.width": 8})", "network.width",
            R"(network.width is written as one key, nested objects are expected here: {"network": {…}})");
        row("[1]", "", "the configuration is [1], an object is expected");
    }

    void badInput() {
        QFETCH(QString, values);
        QFETCH(QString, key);
        QFETCH(QString, message);
        const auto schema = sample::schema();
        const Json given = json(values.toUtf8().constData());
        const auto issues = schema.validate(given);
        QCOMPARE(QString::fromStdString(joinMessages(issues)), message);
        QCOMPARE(QString::fromStdString(issues.at(0).key), key);
        // A form may complete and show wrong values without losing the issues.
        if (given.is_object())
            QCOMPARE(QString::fromStdString(joinMessages(schema.validate(schema.complete(given)))),
                     message);
    }

    void nonFiniteNumbersFromCodeAreRefused() {
        const auto issues =
            sample::schema().validate({{"learning_rate", std::numeric_limits<double>::infinity()},
                                       {"epochs", std::numeric_limits<double>::quiet_NaN()}});
        QCOMPARE(joinMessages(issues),
                 std::string("learning_rate is Infinity, a finite number is expected\n"
                             "epochs is NaN, a finite number is expected"));
    }

    void allIssuesComeAtOnce() {
        const auto issues = sample::schema().validate(json(R"({
            "epochs": 0, "typo": 1, "network": {"width": 97, "operator": {"rank": 0}},
            "optimizer": {"momentun": 1}, "dataset": {"kind": "idx"}})"));
        std::vector<std::string> found;
        for (const Issue& issue : issues)
            found.push_back(issue.key);
        const std::vector<std::string> wanted = {"epochs", "typo", "network.operator.rank",
                                                 "optimizer.momentun", "dataset.path"};
        QCOMPARE(found, wanted);
    }

    void wholeRealsAreIntegers() {
        const auto schema = sample::schema();
        const Json given =
            json(R"({"epochs": 3.0, "learning_rate": 1, "network": {"hidden": [8.0]}})");
        QCOMPARE(joinMessages(schema.validate(given)), std::string());
        const Json full = schema.complete(given);
        QVERIFY(full.at("epochs").is_number_integer());
        QVERIFY(full.at("learning_rate").is_number_float());
        QVERIFY(findPath(full, "network.hidden")->at(0).is_number_integer());
        QCOMPARE(schema.read(given).epochs, 3);
        QCOMPARE(schema.read(given).learningRate, 1.0);
    }

    void variantsChangeTheFields() {
        const auto schema = sample::schema();
        const auto before = schema.fields(Json::object());
        QVERIFY(has(before, "network.operator.kind"));
        QVERIFY(has(before, "network.operator.rank"));
        QVERIFY(!has(before, "network.operator.tile"));
        const auto after = schema.fields(json(R"({"network": {"operator": {"kind": "stl"}}})"));
        QVERIFY(has(after, "network.operator.tile"));
        QVERIFY(!has(schema.fields(json(R"({"network": {"operator": {"kind": "dense"}}})")),
                     "network.operator.rank"));
        const auto rank = schema.activeField(Json::object(), "network.operator.rank");
        QVERIFY(rank);
        QCOMPARE(rank->defaultValue, Json(12));
        QCOMPARE(*rank->maximum, 4096.0);
        QCOMPARE(rank->title, std::string("Rank"));
        const std::vector<std::string> groups = {"Network", "Operator"};
        QCOMPARE(rank->groups, groups);
        const auto kind = schema.activeField(Json::object(), "network.operator.kind");
        QVERIFY(kind->discriminator);
        QCOMPARE(kind->choices.at(2).id, std::string("stl"));
        QCOMPARE(kind->choices.at(2).title, std::string("STL"));
        // Wrong kinds leave the rest of the form standing.
        QVERIFY(has(schema.fields(json(R"({"network": {"operator": {"kind": "?"}}})")),
                    "network.layers"));
        QVERIFY(has(schema.fields(json(R"({"network": 3})")), "network.width"));
    }

    void inactiveFieldsKeepTheirDefaults() {
        const auto schema = sample::schema();
        QVERIFY(!has(schema.fields(Json::object()), "patience"));
        QVERIFY(has(schema.fields({{"early", true}}), "patience"));
        QVERIFY(!has(schema.fields(Json::object()), "optimizer.momentum"));
        QVERIFY(
            has(schema.fields(json(R"({"optimizer": {"kind": "sgd"}})")), "optimizer.momentum"));
        const Json given = {{"patience", "nonsense"}};
        QCOMPARE(joinMessages(schema.validate(given)), std::string());
        QCOMPARE(schema.complete(given).at("patience"), Json(3));
        QCOMPARE(schema.reduce({{"patience", 9}}), Json::object());
        QCOMPARE(schema.reduce({{"early", true}, {"patience", 9}}),
                 Json({{"early", true}, {"patience", 9}}));
        // A condition inside an alternative.
        QVERIFY(!has(schema.fields(json(
                         R"({"network": {"operator": {"kind": "stl", "train_encoders": false}}})")),
                     "network.operator.factor"));
    }

    void allFieldsNameTheirConditions() {
        const auto schema = sample::schema();
        std::map<std::string, std::string> conditions;
        for (const FieldInfo& field : schema.allFields())
            conditions[field.key] = conditionText(field);
        QCOMPARE(conditions.at("network.width"), std::string());
        QCOMPARE(conditions.at("network.operator.factor"),
                 std::string(
                     "network.operator.kind is stl and network.operator.train_encoders is true"));
        QCOMPARE(conditions.at("network.layers[].match"), std::string());
        QCOMPARE(conditions.at("network.layers[].operator.tile"),
                 std::string("network.layers[].operator.kind is stl"));
        for (const char* key : {"network", "network.width", "network.operator",
                                "network.operator.kind", "network.operator.tile", "network.layers"})
            QVERIFY2(schema.knows(key), key);
        for (const char* key : {"", "net", "network.layers.match", "network.layers[0].match",
                                "network.operator.kind.x", "network.width.x", "network."})
            QVERIFY2(!schema.knows(key), key);
    }

    void reduceAndCompleteAreInverse() {
        const auto schema = sample::schema();
        RandomStream random(1, "test.schema");
        int valid = 0;
        std::set<std::string> seen;
        for (int i = 0; i < 1000; ++i) {
            const Json values = randomObject(schema, random);
            const Json full = schema.complete(values);
            const Json reduced = schema.reduce(values);
            QCOMPARE(schema.complete(full), full);
            QCOMPARE(schema.complete(reduced), full);
            QCOMPARE(schema.reduce(schema.complete(reduced)), reduced);
            QCOMPARE(dumpJson(schema.complete(reduced)), dumpJson(full));
            const auto issues = schema.validate(values);
            QCOMPARE(schema.validate(full), issues);
            if (!issues.empty())
                continue;
            ++valid;
            QCOMPARE(dumpJson(schema.write(schema.read(reduced))), dumpJson(full));
            seen.insert(configHash("k", 1, schema, full));
        }
        QVERIFY2(valid > 100, qPrintable(QString::number(valid)));
        QCOMPARE(int(seen.size()), valid);
    }

    void hashIsStable() {
        const auto schema = sample::schema();
        const auto hash = [&schema](const char* text) {
            return configHash("train", 1, schema, json(text));
        };
        // Stored in every run: these digits must never change.
        QCOMPARE(hash("{}"), std::string("52bc6755475e85de"));
        const std::string one = hash(R"({"epochs": 3, "network": {"width": 8, "heads": 2}})");
        QCOMPARE(one, std::string("bf1effc9efc14574"));
        QCOMPARE(hash(R"({"network": {"heads": 2.0, "width": 8}, "epochs": 3.0, "patience": 7})"),
                 one);
        QVERIFY(hash(R"({"epochs": 4, "network": {"width": 8, "heads": 2}})") != one);
        QVERIFY(configHash("train", 2, schema, Json::object()) != hash("{}"));
        QVERIFY(configHash("puzzle", 1, schema, Json::object()) != hash("{}"));
        QCOMPARE(configHash("train", 1, schema, schema.defaults()), hash("{}"));
        QCOMPARE(hash(R"({"dropout": -0.0})"), hash("{}"));
    }

    void distances() {
        QCOMPARE(editDistance("", "abc"), std::size_t(3));
        QCOMPARE(editDistance("kitten", "sitting"), std::size_t(3));
        QCOMPARE(editDistance("sdg", "sgd"), std::size_t(1));
        QCOMPARE(nearestKey("x", {}), std::string());
        QCOMPARE(nearestKey("b.rnk", {"a.rank", "b.rank"}), std::string("b.rank"));
        QCOMPARE(nearestKey("rank", {"network.operator.rank", "band"}),
                 std::string("network.operator.rank"));
    }

    void prefixesReachTheSentence() {
        const auto issues = prefixed({{"rank", "rank is 1, …"},
                                      {"", "no data"},
                                      {"[2]", "[2] is 3"},
                                      {"rank", "ranks differ"}},
                                     "a.b");
        QCOMPARE(issues.at(0), (Issue{"a.b.rank", "a.b.rank is 1, …"}));
        QCOMPARE(issues.at(1), (Issue{"a.b", "no data"}));
        QCOMPARE(issues.at(2), (Issue{"a.b[2]", "a.b[2] is 3"}));
        QCOMPARE(issues.at(3), (Issue{"a.b.rank", "ranks differ"}));
    }

    void pathsAreFoundEverywhere() {
        const auto schema = sample::schema();
        const Json given = json(R"({"folder": "x", "dataset": {"kind": "idx", "path": "y"}})");
        const Json mapped =
            schema.mapPaths(given, [](const std::string& path) { return "/" + path; });
        QCOMPARE(mapped, json(R"({"folder": "/x", "dataset": {"kind": "idx", "path": "/y"}})"));
    }

    void pageNamesEveryParameter() {
        const auto schema = sample::schema();
        const DocumentedKind kind{"train", "Train", "Trains a thing.", &schema};
        const std::string page = parametersMarkdown({kind});
        const std::string text = describeText(kind);
        for (const FieldInfo& field : schema.allFields()) {
            QVERIFY2(page.find("| `" + field.key + "` |") != std::string::npos, field.key.c_str());
            QVERIFY2(text.find("  " + field.key + " = ") != std::string::npos, field.key.c_str());
        }
        const auto contains = [](const std::string& whole, const std::string& part) {
            QVERIFY2(whole.find(part) != std::string::npos, (part + "\n not in\n" + whole).c_str());
        };
        contains(page, "## Train (`train`)\n\nTrains a thing.\n\n### General\n");
        contains(page, "| `learning_rate` | number | `0.001` | 1e-07 to 10 | Learning rate. Step "
                       "size \\| at the peak. |\n");
        contains(page, "| `patience` | whole number | `3` | 1 to 50 | Patience. Active when early "
                       "is true. |\n");
        contains(page, "| `optimizer.kind` | choice | `adamw` | sgd, adamw | Kind. sgd: Momentum "
                       "descent; adamw: Adaptive steps. |\n");
        contains(page, "| `network.hidden` | list of whole numbers | `[256,128]` | 1 to 9999; 1 to "
                       "4 elements | Hidden. |\n");
        contains(text, "  network.width = 96  (whole number: 1 to 4096 px)\n");
        // The variant in the list has another default, so its keys are all there; were they the
        // same, one line would do.
        Schema<sample::LayerRule> rule;
        rule.variant("operator", &sample::LayerRule::op, sample::operators());
        Schema<TwoVariants> two;
        two.variant("operator", &TwoVariants::op, sample::operators());
        two.list("layers", &TwoVariants::layers, rule);
        const std::string shorter = parametersMarkdown({{"two", "Two", "", &two}});
        contains(shorter, "| `layers[].operator.kind` | choice | `dense` | dense, low_rank, stl | "
                          "Operator. Keys of each kind as in operator. dense:");
        QVERIFY(shorter.find("layers[].operator.tile") == std::string::npos);
        for (const QString& line : QString::fromStdString(page).split('\n'))
            if (line.startsWith("| `"))
                QCOMPARE(line.count(" | "), 4);
    }
};

QTEST_GUILESS_MAIN(TestSchema)
#include "test_schema.moc"
