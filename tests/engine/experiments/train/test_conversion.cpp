#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "engine/datasets/catalog.h"
#include "engine/experiments/train/convert.h"
#include "engine/experiments/train/input_recorder.h"
#include "engine/experiments/train/start_model.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/experiments/train/train_schema.h"
#include "engine/experiments/train/train_state.h"
#include "engine/networks/batch_feed.h"
#include "engine/operators/catalog.h"
#include "engine/runner/executor.h"

using namespace inlay::engine;

namespace {

// A small transformer on the built-in digits: 4 tokens of 196 numbers.
std::vector<Assignment> smallVit() {
    return {{"dataset.kind", "digits"},  {"dataset.count", 300},
            {"dataset.test_count", 100}, {"network.kind", "vit"},
            {"network.patch", 14},       {"network.width", 16},
            {"network.depth", 1},        {"network.heads", 2},
            {"batch_size", 32},          {"epochs", 2},
            {"learning_rate", 3e-3}};
}

} // namespace

class TestConversion : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;
    std::optional<RunStore> store_;
    RunId parent_ = 0;

    static Json config(const std::vector<Assignment>& assignments) {
        const Assigned assigned = assign(train::trainKind().schema(), Json::object(), assignments);
        for (const Issue& issue : assigned.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return train::trainKind().schema().complete(assigned.config);
    }

    RunId execute(const Json& values, RunStatus expected = RunStatus::Finished) {
        NewRun run;
        run.name = "dense";
        run.kind = "train";
        run.config = values;
        run.device = "cpu";
        run.threads = 1;
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        const RunId id = store_->insertRun(run);
        const ExecuteResult result = executeRun(path_, id, train::trainKind(), nullptr);
        if (result.status != expected)
            qWarning("%s", result.message.c_str());
        return id;
    }

    double metric(RunId run, const std::string& name) {
        for (const auto& [key, value] : store_->metrics(run))
            if (key == name)
                return value;
        return -1;
    }

    std::vector<Json> fittedLayers(RunId run) {
        std::vector<Json> rows;
        for (const ResultRow& row : store_->resultRows(run, "conversion"))
            rows.push_back(parseJson(row.data, "a row"));
        return rows;
    }

    RunId convert(const train::ConvertRequest& request) {
        const Launch launch = train::prepareConversion(*store_, *store_->run(parent_), request, {});
        for (const Issue& issue : launch.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        if (launch.runs.empty())
            return 0;
        const RunId id = insertRunning(*store_, launch);
        const ExecuteResult result = executeRun(path_, id, train::trainKind(), nullptr);
        if (!result.message.empty())
            qWarning("%s", result.message.c_str());
        return id;
    }

    std::string modelOf(RunId run) {
        for (const ArtifactRecord& artifact : store_->artifacts(run))
            if (artifact.name == "model.safetensors")
                return store_->absolutePath(artifact.path);
        return {};
    }

private slots:
    void initTestCase() {
        path_ = folder_.filePath("store.db").toStdString();
        store_.emplace(RunStore::open(path_, OpenMode::Create));
        parent_ = execute(config(smallVit()));
        QVERIFY(store_->run(parent_)->status == RunStatus::Finished);
    }

    // An exact tile product changes no prediction; the accuracy before is that of the parent.
    void anExactFamilyKeepsTheAccuracy() {
        const RunId run = convert(
            {{"blocks"}, {{"kind", "stl"}, {"tile", 2}, {"rank", 7}, {"start", "exact"}}, 1, {}});
        QVERIFY(store_->run(run)->status == RunStatus::Finished);
        QCOMPARE(store_->run(run)->parentRun, std::optional<RunId>(parent_));
        QCOMPARE(metric(run, "conversion/accuracy_before"), metric(parent_, "test/accuracy"));
        QCOMPARE(metric(run, "conversion/accuracy_after"), metric(parent_, "test/accuracy"));
        QVERIFY(metric(run, "test/accuracy") > 0.0);
        const std::vector<Json> layers = fittedLayers(run);
        QCOMPARE(layers.size(), std::size_t{6});
        for (const Json& layer : layers) {
            QVERIFY(layer.at("error").get<double>() < 1e-4);
            QVERIFY(layer.at("weighted_error").get<double>() < 1e-4);
            QCOMPARE(layer.at("family"), Json("stl"));
        }
        QCOMPARE(layers.front().at("layer"), Json("blocks.0.attention.q"));
    }

    void everyFamilyIsConvertedTo_data() {
        QTest::addColumn<QString>("op");
        for (const OperatorFamily& family : operatorCatalog())
            if (family.id != "dense")
                QTest::newRow(family.id.c_str())
                    << QString::fromStdString(dumpJson(Json{{"kind", family.id}}));
        QTest::newRow("gadget") << R"({"kind": "butterfly", "form": "gadget"})";
        QTest::newRow("fixed 2:4") << R"({"kind": "two_four", "training": "fixed"})";
        QTest::newRow("tied stl") << R"({"kind": "stl", "weights": "tied"})";
        QTest::newRow("shared stl") << R"({"kind": "stl", "group": "all"})";
        QTest::newRow("single stl") << R"({"kind": "stl", "grouping": "single"})";
        QTest::newRow("stl across") << R"({"kind": "stl", "grouping": "across"})";
    }
    void everyFamilyIsConvertedTo() {
        QFETCH(QString, op);
        const RunId run =
            convert({{"mlp"}, Json::parse(op.toStdString()), 1, {{"start_from.sweeps", 3}}});
        QVERIFY(run != 0);
        QVERIFY(store_->run(run)->status == RunStatus::Finished);
        const std::vector<Json> layers = fittedLayers(run);
        QCOMPARE(layers.size(), std::size_t{2});
        for (const Json& layer : layers) {
            QVERIFY(layer.at("weighted_error").get<double>() < 1.0);
            QVERIFY(layer.at("error").get<double>() < 2.0);
        }
        QVERIFY(metric(run, "conversion/accuracy_after") >= 0.0);
        // What was fitted can be the start of another run, masks and kept sets included.
        Json again = parseJson(store_->run(run)->config, "config");
        again["start_from"]["model"] = modelOf(run);
        const RunId next = execute(again);
        QVERIFY(store_->run(next)->status == RunStatus::Finished);
        QCOMPARE(metric(next, "conversion/accuracy_before"), metric(run, "test/accuracy"));
        QCOMPARE(metric(next, "conversion/accuracy_after"), metric(run, "test/accuracy"));
        QVERIFY(fittedLayers(next).empty());
    }

    void withoutMomentsTheMatrixIsFitted() {
        const RunId run = convert({{"blocks.*.mlp.in"},
                                   {{"kind", "low_rank"}, {"rank", 4}},
                                   1,
                                   {{"start_from.weighted", false}}});
        const std::vector<Json> layers = fittedLayers(run);
        QCOMPARE(layers.size(), std::size_t{1});
        QVERIFY(layers[0].at("weighted_error").is_null());
        const RunId weighted =
            convert({{"blocks.*.mlp.in"}, {{"kind", "low_rank"}, {"rank", 4}}, 1, {}});
        QVERIFY(fittedLayers(weighted)[0].at("error").get<double>() >=
                layers[0].at("error").get<double>());
    }

    // Moments against their definition: single rows, and tiles of rows of one image.
    void momentsAreMeansOverTheInputs() {
        const TrainMoments direct;
        const Device device = Device::open("cpu");
        const DatasetSplit data = loadDataset(direct.config.dataset);
        const Normalization normalization = measureNormalization(data.training);
        const SampleShape& shape = data.training.shape;
        const NetworkInput input{shape.height, shape.width, shape.channels,
                                 data.training.classes()};
        for (const std::int64_t tile : {1, 4, 3}) {
            StlConfig stl;
            stl.tile = tile;
            train::InputRecorder recorder(device);
            recorder.watch("embed", tile, stl);
            const auto network = makeNetwork(direct.config.network, input, device,
                                             RandomStream(1, "test"), recorder.wrap());
            BatchFeed feed(data.training, normalization, inputRows(direct.config.network, input),
                           device, 8);
            const std::vector<std::int64_t> samples = {3, 1, 4, 1, 5, 9, 2, 6};
            const Batch batch = feed.load(samples, nullptr);
            network->forward(*batch.values, batch.rows, nullptr);
            const InputMoments moments = recorder.moments("embed");
            QCOMPARE(moments.tile, tile);
            QCOMPARE(moments.width, 196);

            const std::vector<float> x = batch.values->toFloats();
            const std::int64_t perImage = (4 + tile - 1) / tile;
            const std::int64_t n = tile * 196;
            std::vector<double> expected(static_cast<std::size_t>(n * n), 0.0);
            std::vector<double> rows(static_cast<std::size_t>(n));
            for (std::int64_t image = 0; image < 8; ++image)
                for (std::int64_t t = 0; t < perImage; ++t) {
                    for (std::int64_t i = 0; i < n; ++i) {
                        const std::int64_t token = t * tile + i / 196;
                        rows[std::size_t(i)] =
                            token < 4 ? x[std::size_t((image * 4 + token) * 196 + i % 196)] : 0.0;
                    }
                    for (std::int64_t i = 0; i < n; ++i)
                        for (std::int64_t j = 0; j < n; ++j)
                            expected[std::size_t(i * n + j)] += rows[std::size_t(i)] *
                                                                rows[std::size_t(j)] /
                                                                static_cast<double>(8 * perImage);
                }
            double difference = 0.0;
            for (std::size_t k = 0; k < expected.size(); ++k)
                difference = std::max(difference, std::abs(expected[k] - moments.second[k]));
            QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
            QVERIFY_EXCEPTION_THROWN(recorder.moments("head"), std::exception);
        }
    }

    void badRequestsSaySo_data() {
        QTest::addColumn<QString>("layers");
        QTest::addColumn<QString>("op");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* layers, const char* op, const char* key, const char* part) {
            QTest::addRow("%s %s", layers, op) << layers << op << key << part;
        };
        row("blocks", R"({"kind": "circulant"})", "to", "allowed: dense, low_rank");
        row("blocks", R"({})", "to", "is no operator family");
        row("blocks.7.*", R"({"kind": "stl"})", "network.layers[0].match", "blocks.7.*");
        row("blocks", R"({"kind": "low_rank", "rank": 17})", "network.operator.rank", "1 to 16");
        row("blocks", R"({"kind": "stl", "rnak": 17})", "network.operator.rnak", "rank");
        row("blocks", R"({"kind": "dense"})", "layers", "nothing would change");
        row("blocks mlp", R"({"kind": "stl"})", "layers", "stand alone");
        row("", R"({"kind": "stl"})", "layers", "no layers are named");
        row("mlp", R"({"kind": "two_four", "transposable": true})", "start_from.scores",
            "transposable");
    }
    void badRequestsSaySo() {
        QFETCH(QString, layers);
        QFETCH(QString, op);
        QFETCH(QString, key);
        QFETCH(QString, part);
        train::ConvertRequest request;
        request.layers.clear();
        for (const QString& word : layers.split(' ', Qt::SkipEmptyParts))
            request.layers.push_back(word.toStdString());
        request.op = Json::parse(op.toStdString());
        const Launch launch = train::prepareConversion(*store_, *store_->run(parent_), request, {});
        QVERIFY(launch.runs.empty());
        QVERIFY(!launch.issues.empty());
        QCOMPARE(QString::fromStdString(launch.issues[0].key), key);
        QVERIFY2(launch.issues[0].message.find(part.toStdString()) != std::string::npos,
                 launch.issues[0].message.c_str());
    }

    void onlyFinishedTrainingRunsAreConverted() {
        RunRecord other = *store_->run(parent_);
        other.status = RunStatus::Stopped;
        train::ConvertRequest request;
        request.op = {{"kind", "stl"}};
        auto issues = train::prepareConversion(*store_, other, request, {}).issues;
        QVERIFY(issues.size() == 1 && issues[0].message.find("stopped") != std::string::npos);
        other = *store_->run(parent_);
        other.kind = "bench";
        issues = train::prepareConversion(*store_, other, request, {}).issues;
        QVERIFY(issues.size() == 1 && issues[0].message.find("bench") != std::string::npos);
        other = *store_->run(parent_);
        other.id = 4711;
        issues = train::prepareConversion(*store_, other, request, {}).issues;
        QVERIFY(issues.size() == 1 &&
                issues[0].message.find("model.safetensors") != std::string::npos);
    }

    // A run with structured layers: rules go on, one word for all does not.
    void structuredRunsTakePatterns() {
        std::vector<Assignment> all = smallVit();
        all.push_back({"epochs", 1});
        all.push_back({"network.operator.kind", "low_rank"});
        all.push_back({"network.operator.rank", 4});
        all.push_back({"network.apply", "mlp"});
        const RunId structured = execute(config(all));
        train::ConvertRequest request;
        request.layers = {"attention"};
        request.op = {{"kind", "two_four"}};
        const auto refused =
            train::prepareConversion(*store_, *store_->run(structured), request, {}).issues;
        QVERIFY(refused.size() == 1 &&
                refused[0].message.find("structured layers already") != std::string::npos);
        request.layers = {"blocks.*.attention.*"};
        const Launch launch =
            train::prepareConversion(*store_, *store_->run(structured), request, {});
        QVERIFY2(launch.issues.empty(), joinMessages(launch.issues).c_str());
        const RunId run = insertRunning(*store_, launch);
        QVERIFY(executeRun(path_, run, train::trainKind(), nullptr).status == RunStatus::Finished);
        QCOMPARE(fittedLayers(run).size(), std::size_t{4});
        request.layers = {"blocks.*.mlp.*"};
        const auto twice =
            train::prepareConversion(*store_, *store_->run(structured), request, {}).issues;
        QVERIFY(!twice.empty() && twice[0].message.find("only dense layers") != std::string::npos);
    }

    void badModelsSaySo() {
        const auto sentence = [&](std::vector<Assignment> changes, const std::string& model) {
            std::vector<Assignment> all = smallVit();
            all.insert(all.end(), changes.begin(), changes.end());
            all.push_back({"start_from.model", model});
            const auto issues = train::trainKind().check(config(all), "cpu");
            return issues.empty()
                       ? QString()
                       : QString::fromStdString(issues[0].key + ": " + issues[0].message);
        };
        const std::string good = modelOf(parent_);
        QCOMPARE(sentence({}, good), QString());
        QVERIFY(sentence({}, "/nowhere/model.safetensors").startsWith("start_from.model: "));
        const std::string empty = folder_.filePath("empty.safetensors").toStdString();
        std::ofstream(empty).close();
        QVERIFY(sentence({}, empty).startsWith("start_from.model: "));
        QVERIFY(sentence({{"network.width", 32}}, good).contains("only operators may differ"));
        QVERIFY(sentence({{"network.kind", "mlp"}}, good).contains("vision transformer"));

        // A model with a weight that is no number, as a diverged run would leave it.
        const SafetensorsFile file(good);
        std::vector<std::vector<std::byte>> bytes;
        std::vector<SafetensorsTensor> tensors;
        bytes.reserve(file.entries().size());
        for (const SafetensorsEntry& entry : file.entries()) {
            bytes.emplace_back(entry.end - entry.begin);
            file.read(entry, bytes.back());
            if (entry.name == "blocks.0.mlp.in/weight") {
                const float bad = std::numeric_limits<float>::quiet_NaN();
                std::memcpy(bytes.back().data(), &bad, sizeof(bad));
            }
            tensors.push_back({entry.name, entry.type, entry.shape, bytes.back()});
        }
        const std::string damaged = folder_.filePath("nan.safetensors").toStdString();
        writeSafetensors(damaged, tensors, file.metadata());
        const Assignment op{"network.operator.kind", "stl"};
        QVERIFY2(sentence({op}, damaged).contains("1 of the 512 weights of layer blocks.0.mlp.in"),
                 qPrintable(sentence({op}, damaged)));
        // Without a description it is taken for a dense network of this shape.
        const std::string bare = folder_.filePath("bare.safetensors").toStdString();
        bytes.clear();
        tensors.clear();
        for (const SafetensorsEntry& entry : file.entries()) {
            bytes.emplace_back(entry.end - entry.begin);
            file.read(entry, bytes.back());
            tensors.push_back({entry.name, entry.type, entry.shape, bytes.back()});
        }
        writeSafetensors(bare, tensors);
        QCOMPARE(sentence({op}, bare), QString());
    }

    void accuraciesSurviveACheckpoint() {
        train::TrainState state;
        state.accuracyBefore = 0.975;
        state.accuracyConverted = 0.5;
        Json json = state.toJson();
        QCOMPARE(train::TrainState::fromJson(json).accuracyConverted, 0.5);
        json.erase("accuracy_before");
        json.erase("accuracy_converted");
        QCOMPARE(train::TrainState::fromJson(json).accuracyBefore, -1.0);
    }

    void formsAskForTheSame() {
        const Json values = {{"target", "pattern"},
                             {"pattern", "head"},
                             {"operator", {{"kind", "two_four"}}},
                             {"scores", "wanda"},
                             {"epochs", 4}};
        QVERIFY(train::convertSchema().validate(values).empty());
        const train::ConvertRequest request = train::requestOf(values);
        QCOMPARE(request.layers, std::vector<std::string>{"head"});
        QCOMPARE(request.epochs, std::optional<std::int64_t>(4));
        const Assignment wanda{"start_from.scores", "wanda"};
        QVERIFY(std::find(request.assignments.begin(), request.assignments.end(), wanda) !=
                request.assignments.end());
        QCOMPARE(train::formKeyOf("network.layers[2].operator.rank", values), "operator.rank");
        QCOMPARE(train::formKeyOf("layers", values), "pattern");
        QCOMPARE(train::formKeyOf("network.layers[0].match", {}), "target");
        QCOMPARE(train::formKeyOf("start_from.scores", values), "scores");
        QCOMPARE(train::formKeyOf("run", values), "");
    }

private:
    struct TrainMoments {
        train::TrainConfig config = train::trainSchema().read(TestConversion::config(smallVit()));
    };
};

QTEST_GUILESS_MAIN(TestConversion)
#include "test_conversion.moc"
