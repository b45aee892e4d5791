#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <set>

#include "engine/experiments/spatial_contrasting/contrast_step.h"
#include "engine/experiments/spatial_contrasting/spatial_kind.h"
#include "engine/experiments/spatial_contrasting/views.h"
#include "engine/schema/assignments.h"
#include "tests/engine/experiments/run_harness.h"

using namespace inlay::engine;
using namespace run_tests;
using namespace inlay::engine::spatial_contrasting;

namespace {

const ExperimentKind& kind() {
    return spatialContrastingKind();
}

Dataset noise(std::int64_t count, int side) {
    Dataset data;
    data.count = count;
    data.shape = {side, side, 1};
    RandomStream stream(4, "pixels");
    for (std::int64_t i = 0; i < count * side * side; ++i)
        data.floats.push_back(static_cast<float>(stream.normal()));
    data.labels.assign(static_cast<std::size_t>(count), 0);
    data.classNames = {"0"};
    return data;
}

} // namespace

class TestSpatialContrasting : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;
    int stores_ = 0;

    RunStore freshStore() {
        path_ = folder_.filePath(QString("store%1.db").arg(stores_++)).toStdString();
        return RunStore::open(path_, OpenMode::Create);
    }

    static Json config(const std::vector<Assignment>& more) {
        std::vector<Assignment> all{{"dataset.kind", "digits"},
                                    {"dataset.count", 240},
                                    {"dataset.test_count", 60},
                                    {"batch_size", 40},
                                    {"epochs", 2},
                                    {"fine_tune.epochs", 2},
                                    {"fine_tune.replicates", 1},
                                    {"fine_tune.labels_per_class", 4}};
        all.insert(all.end(), more.begin(), more.end());
        const Assigned assigned = assign(kind().schema(), Json::object(), all);
        for (const Issue& issue : assigned.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return kind().schema().complete(assigned.config);
    }

    ExecuteResult execute(RunStore& store, const std::vector<Assignment>& more,
                          RunObserver* observer = nullptr) {
        return executeRun(path_, insertRun(store, kind().id(), config(more)), kind(), observer);
    }

    std::string eventsOf(const std::vector<Assignment>& more) {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, more);
        std::string said = result.message;
        for (const EventRecord& event : store.events(result.run))
            said += event.text + "\n";
        return said;
    }

private slots:
    // Every place of a window in the map, the last row and column too, and no other.
    void windowsAreUniform() {
        std::set<std::pair<std::int64_t, std::int64_t>> seen;
        for (const WindowPair& pair : drawWindows(2000, 5, 4, 3, RandomStream(1, "w")))
            for (const Corner& corner : {pair.first, pair.second}) {
                QVERIFY(corner.y >= 0 && corner.y <= 2 && corner.x >= 0 && corner.x <= 1);
                seen.insert({corner.y, corner.x});
            }
        QCOMPARE(seen.size(), std::size_t(6));
    }

    // <cut(maps), g> = <maps, add(g)>, overlapping windows included.
    void cuttingAndAddingAreAdjoint() {
        const MapSize map{4, 5, 3};
        RandomStream stream(2, "adjoint");
        std::vector<double> maps(static_cast<std::size_t>(2 * 60));
        for (double& value : maps)
            value = stream.normal();
        const std::vector<Corner> corners{{1, 2}, {2, 0}};
        const std::vector<double> rows = cutWindows(maps, map, corners, 2);
        QCOMPARE(rows.size(), std::size_t(2 * 12));
        QCOMPARE(rows[0], maps[(1 * 5 + 2) * 3]);
        std::vector<double> g(rows.size());
        for (double& value : g)
            value = stream.normal();
        std::vector<double> back(maps.size(), 0.0);
        addWindows(g, map, corners, 2, back);
        double left = 0;
        double right = 0;
        for (std::size_t i = 0; i < g.size(); ++i)
            left += rows[i] * g[i];
        for (std::size_t i = 0; i < maps.size(); ++i)
            right += maps[i] * back[i];
        QVERIFY(std::abs(left - right) < 1e-12);
    }

    void gradients_data() {
        QTest::addColumn<int>("views");
        QTest::addColumn<bool>("cosine");
        QTest::newRow("windows") << int(ViewSource::FeatureWindow) << false;
        QTest::newRow("windows, cosine") << int(ViewSource::FeatureWindow) << true;
        QTest::newRow("patches") << int(ViewSource::ImagePatch) << false;
        QTest::newRow("copies") << int(ViewSource::Augmentation) << false;
    }
    // The criterion through the whole encoder against central differences.
    void gradients() {
        QFETCH(int, views);
        QFETCH(bool, cosine);
        SpatialConfig config;
        ConvNetConfig net;
        net.preset = ConvPreset::Custom;
        net.stack.resize(1);
        net.stack[0].channels = 3;
        net.stack[0].activation = ConvActivation::LeakyRelu;
        config.network.model = net;
        config.contrast.views = ViewSource(views);
        config.contrast.window = views == int(ViewSource::ImagePatch) ? 5 : 2;
        config.contrast.similarity = cosine ? Similarity::Cosine : Similarity::NegativeDistance;
        config.contrast.shift = 2;
        const Dataset data = noise(4, 7);
        const Encoder plan = encoderOf(config, data.shape);
        QCOMPARE(plan.issue, std::string());
        const Device device = Device::open("reference");
        const auto encoder = makeNetwork(plan.network, plan.input, device, RandomStream(1, "net"));
        const Normalization normalization = measureNormalization(data);
        ContrastStep step(config, plan, data, normalization, device);
        const std::vector<std::int64_t> samples{0, 1, 2, 3};
        const RandomStream stream(6, "views");
        const auto loss = [&] {
            return step.run(*encoder, samples, stream, ContrastStep::Mode::Look).loss;
        };
        step.run(*encoder, samples, stream, ContrastStep::Mode::Train);
        for (const ParameterPtr& parameter : encoder->parameters()) {
            const std::vector<double> g = parameter->grad.toDoubles();
            std::vector<double> values = parameter->value.toDoubles();
            for (std::size_t i = 0; i < values.size(); i += 3) {
                constexpr double h = 1e-5;
                const double kept = values[i];
                const auto at = [&](double value) {
                    values[i] = value;
                    parameter->value.copyFrom(Tensor::fromHost(device, parameter->value.shape(),
                                                               parameter->value.dtype(),
                                                               std::span<const double>(values)));
                    ++parameter->version;
                    return loss();
                };
                const double up = at(kept + h);
                const double down = at(kept - h);
                at(kept);
                QVERIFY(std::abs((up - down) / (2 * h) - g[i]) < 1e-6);
            }
        }
    }

    void encoders_data() {
        QTest::addColumn<QString>("layer");
        QTest::addColumn<int>("window");
        QTest::addColumn<QString>("map");
        QTest::addColumn<QString>("issue");
        QTest::newRow("automatic") << "" << 0 << "5 x 5 x 32, 2"
                                   << "";
        QTest::newRow("first") << "blocks.0" << 3 << "12 x 12 x 16, 3"
                               << "";
        QTest::newRow("unknown") << "blocks.7" << 0 << ""
                                 << "contrast.layer: contrast.layer is \"blocks.7\", allowed are "
                                    "blocks.0 (12 x 12), blocks.1 (5 x 5), blocks.2 (1 x 1)";
        QTest::newRow("one pixel") << "blocks.2" << 0 << ""
                                   << "contrast.layer: the map of blocks.2 is 1 x 1: it has one "
                                      "window only, so that both views are the same";
        QTest::newRow("too large") << "blocks.1" << 6 << ""
                                   << "contrast.window: contrast.window is 6, allowed is 0 to 5 "
                                      "(the side of the map of blocks.1, 5 x 5)";
    }
    void encoders() {
        QFETCH(QString, layer);
        QFETCH(int, window);
        QFETCH(QString, map);
        QFETCH(QString, issue);
        SpatialConfig config;
        config.contrast.layer = layer.toStdString();
        config.contrast.window = window;
        const Encoder encoder = encoderOf(config, {28, 28, 1});
        if (!issue.isEmpty()) {
            QCOMPARE(QString::fromStdString(encoder.issueKey + ": " + encoder.issue), issue);
            return;
        }
        QCOMPARE(encoder.issue, std::string());
        QCOMPARE(QString("%1 x %2 x %3, %4")
                     .arg(encoder.map.height)
                     .arg(encoder.map.width)
                     .arg(encoder.map.channels)
                     .arg(encoder.window),
                 map);
    }

    void aRun() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {});
        QCOMPARE(result.message, std::string());
        QCOMPARE(result.status, RunStatus::Finished);
        const SeriesData loss = series(store, result.run, "train/loss");
        QCOMPARE(loss.size(), std::size_t(12));
        // It begins about where guessing is, and falls.
        QVERIFY(std::abs(loss.values.front() - std::log(40.0)) < 0.5);
        QVERIFY(loss.values.back() < loss.values.front());
        QCOMPARE(store.resultRows(result.run, "arms").size(), std::size_t(2));
        QCOMPARE(store.frames(result.run, "pair_distances").front().shape,
                 (std::vector<std::int64_t>{40, 40}));
        QCOMPARE(store.frames(result.run, "windows").front().shape,
                 (std::vector<std::int64_t>{40, 5}));
        QCOMPARE(store.frames(result.run, "window_images").front().shape,
                 (std::vector<std::int64_t>{40, 28, 28}));
        // The space: as many numbers a test image as the map has channels; every step of the first
        // epoch, the second, and the end.
        const auto space = store.frames(result.run, "embedding");
        QCOMPARE(space.size(), std::size_t(8));
        QCOMPARE(space.back().step, std::int64_t(12));
        QCOMPARE(space.front().shape, (std::vector<std::int64_t>{60, 32}));
        QCOMPARE(store.frames(result.run, "thumbnails").front().shape,
                 (std::vector<std::int64_t>{60, 28, 28}));
        for (const char* name : {"labels", "predicted"})
            QCOMPARE(store.frames(result.run, name).front().shape, std::vector<std::int64_t>{60});
        QCOMPARE(series(store, result.run, "test/knn5_accuracy").size(), std::size_t(8));
        QVERIFY(series(store, result.run, "test/knn5_accuracy").values.back() > 0.3);
    }

    void otherViewsTrain_data() {
        QTest::addColumn<QString>("views");
        QTest::newRow("patches") << "image_patch";
        QTest::newRow("copies") << "augmentation";
    }
    void otherViewsTrain() {
        QFETCH(QString, views);
        RunStore store = freshStore();
        const ExecuteResult result = execute(
            store, {{"contrast.views", views.toStdString()}, {"contrast.similarity", "cosine"}});
        QCOMPARE(result.message, std::string());
        QCOMPARE(result.status, RunStatus::Finished);
        QVERIFY(!store.frames(result.run, "embedding").empty());
        QCOMPARE(store.frames(result.run, "windows").empty(), views == "augmentation");
    }

    void resumeRepeatsTheBits() {
        const std::vector<Assignment> more{{"checkpoint.every_seconds", 1e-6}};
        RunStore store = freshStore();
        const ExecuteResult whole = execute(store, more);
        Interrupter interrupter(5);
        const ExecuteResult cut = execute(store, more, &interrupter);
        QCOMPARE(cut.status, RunStatus::Failed);
        QVERIFY(store.claimForResume(cut.run, ProcessIdentity::current()));
        const ExecuteResult resumed = executeRun(path_, cut.run, kind(), nullptr);
        QCOMPARE(resumed.message, std::string());
        QCOMPARE(withoutTimes(resumed.metrics), withoutTimes(whole.metrics));
    }

    // A decay that draws all features into one place: the loss of guessing, or no spread.
    void collapseIsSaid() {
        const std::string said =
            eventsOf({{"optimizer.weight_decay", 1}, {"learning_rate", 0.2}, {"batch_size", 10}});
        QVERIFY2(said.find("collapsed") != std::string::npos, said.c_str());
    }

    void windowsWithoutRoomAreSaid() {
        std::string said = eventsOf({{"contrast.window", 5}});
        QVERIFY2(said.find("contrast.window is as large as the map: both views are the same.") !=
                     std::string::npos,
                 said.c_str());
        said = eventsOf({{"contrast.views", "image_patch"}, {"contrast.window", 28}});
        QVERIFY2(said.find("as large as the image: both views are the same.") != std::string::npos,
                 said.c_str());
        said = eventsOf({{"contrast.window", 4}});
        QVERIFY2(said.find("both views") == std::string::npos, said.c_str());
    }

    // The good snapshots stay.
    void divergenceIsSaid() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"learning_rate", 10},
                                                     {"contrast.similarity", "squared"},
                                                     {"contrast.temperature", 1e-3},
                                                     {"epochs", 20}});
        QCOMPARE(result.status, RunStatus::Diverged);
        QVERIFY2(result.message.find("try 1") != std::string::npos, result.message.c_str());
        const auto frames = store.frames(result.run, "embedding");
        QVERIFY(!frames.empty());
        const std::string last =
            "The last good snapshot is that of step " + std::to_string(frames.back().step) + ".";
        QVERIFY2(result.message.find(last) != std::string::npos, result.message.c_str());
    }

    void oneImageHasNoNegatives() {
        const Assigned assigned = assign(kind().schema(), Json::object(), {{"batch_size", 1}});
        QCOMPARE(assigned.issues.size(), std::size_t(1));
        QCOMPARE(assigned.issues.front().message,
                 std::string("batch_size is 1, allowed is 2 to 4096"));
    }

    void badConfigurations_data() {
        QTest::addColumn<QByteArray>("sets");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("sentence");
        QTest::newRow("good") << QByteArray("{}") << QByteArray() << QByteArray();
        QTest::newRow("mlp") << QByteArray(R"({"network.kind": "mlp"})")
                             << QByteArray("network.kind") << QByteArray("must be convnet");
        QTest::newRow("batch") << QByteArray(R"({"batch_size": 300})") << QByteArray("batch_size")
                               << QByteArray("allowed is 2 to 240");
        QTest::newRow("labels") << QByteArray(R"({"fine_tune.labels_per_class": 200})")
                                << QByteArray("fine_tune.labels_per_class")
                                << QByteArray("fine_tune.labels_per_class is 200, allowed is 0 to");
        QTest::newRow("one test image")
            << QByteArray(R"({"dataset.test_count": 1})") << QByteArray("dataset.test_count")
            << QByteArray("dataset.test_count leaves 1 test samples, allowed is 2 or more");
        QTest::newRow("patch too large")
            << QByteArray(R"({"contrast.views": "image_patch", "contrast.window": 30})")
            << QByteArray("contrast.window")
            << QByteArray("contrast.window is 30, allowed is 0 to 28");
    }
    void badConfigurations() {
        QFETCH(QByteArray, sets);
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, sentence);
        std::vector<Assignment> more;
        const Json object = Json::parse(sets.toStdString());
        for (const auto& [name, value] : object.items())
            more.push_back({name, value});
        const auto issues = kind().check(config(more), "cpu");
        if (key.isEmpty()) {
            QVERIFY2(issues.empty(), issues.empty() ? "" : issues.front().message.c_str());
            return;
        }
        QVERIFY(!issues.empty());
        QCOMPARE(issues.front().key, key.toStdString());
        QVERIFY2(issues.front().message.find(sentence.toStdString()) != std::string::npos,
                 issues.front().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSpatialContrasting)
#include "test_spatial_contrasting.moc"
