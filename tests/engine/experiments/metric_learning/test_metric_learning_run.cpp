#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <numeric>

#include "engine/experiments/metric_learning/metric_kind.h"
#include "engine/optimizers/schedule.h"
#include "engine/schema/assignments.h"
#include "tests/engine/experiments/run_harness.h"

using namespace inlay::engine;
using namespace run_tests;

namespace {

const ExperimentKind& kind() {
    return metric_learning::metricLearningKind();
}

QByteArray bigEndian(std::uint32_t value) {
    QByteArray out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift));
    return out;
}

} // namespace

class TestMetricLearningRun : public QObject {
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
                                    {"epochs", 2}};
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

private slots:
    void framesAndTables() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {});
        QCOMPARE(result.message, std::string());
        QCOMPARE(result.status, RunStatus::Finished);
        const auto frames = store.frames(result.run, "embedding");
        // Six steps in the first epoch, all snapshots; the end of it and of the second.
        QCOMPARE(frames.size(), std::size_t(8));
        QCOMPARE(frames.front().step, std::int64_t(0));
        QCOMPARE(frames.back().step, std::int64_t(12));
        for (const FrameRecord& frame : frames) {
            QCOMPARE(frame.shape, (std::vector<std::int64_t>{60, 64}));
            QVERIFY(frame.type == FrameType::F16);
        }
        const auto only = [&](const char* name) {
            return store.frames(result.run, name).front();
        };
        QCOMPARE(only("labels").shape, std::vector<std::int64_t>{60});
        QCOMPARE(only("thumbnails").shape, (std::vector<std::int64_t>{60, 28, 28}));
        QCOMPARE(only("predicted").shape, std::vector<std::int64_t>{60});
        QCOMPARE(only("point/loss").shape, std::vector<std::int64_t>{60});
        QVERIFY(store.frames(result.run, "split").empty()); // all are of the test set
        QCOMPARE(only("filters").shape, (std::vector<std::int64_t>{16, 5, 5}));
        QCOMPARE(only("distances").shape, (std::vector<std::int64_t>{2, 64}));
        QCOMPARE(store.resultRows(result.run, "classes").size(), std::size_t(10));
        QVERIFY(!store.resultRows(result.run, "hardest_triplets").empty());
        QCOMPARE(series(store, result.run, "train/loss").size(), std::size_t(12));
        QVERIFY(series(store, result.run, "train/loss").values.back() <
                series(store, result.run, "train/loss").values.front());
        for (const char* name : {"test/knn5_accuracy", "test/recall@1", "test/map@r",
                                 "test/linear_probe", "embedding/effective_rank",
                                 "test/knn200_soft_accuracy", "test/nmi", "test/ami", "test/ari"})
            QVERIFY2(metric(result.metrics, name) > 0, name);
        QVERIFY(std::abs(metric(result.metrics, "test/silhouette")) < 1);
        for (const char* name : {"test/recall@1", "test/recall@2", "test/recall@8"})
            QCOMPARE(series(store, result.run, name).size(), frames.size());
        // What the probe takes each class for, summed up, is its accuracy.
        std::int64_t right = 0;
        std::int64_t samples = 0;
        for (const ResultRow& row : store.resultRows(result.run, "linear_probe_confusion")) {
            const Json cell = Json::parse(row.data);
            samples += cell.at("samples").get<std::int64_t>();
            if (cell.at("label") == cell.at("predicted"))
                right += cell.at("samples").get<std::int64_t>();
        }
        QCOMPARE(samples, std::int64_t(60));
        QCOMPARE(static_cast<double>(right) / 60, metric(result.metrics, "test/linear_probe"));
        QCOMPARE(store.resultRows(result.run, "linear_probe").size(), std::size_t(10));
        QCOMPARE(metric(result.metrics, "parameters"), 23552.0);
    }

    // Training points behind the test points; figures look at the latter only.
    void trainingPointsAreShownBesideTestPoints() {
        RunStore store = freshStore();
        const ExecuteResult plain = execute(store, {{"linear_probe", false}});
        const ExecuteResult result =
            execute(store, {{"linear_probe", false}, {"snapshot.training_points", 30}});
        QCOMPARE(result.message, std::string());
        const auto numbers = [&](const char* name) {
            const FrameRecord last = store.frames(result.run, name).back();
            const FrameRecord frame = *store.frame(result.run, name, last.attempt, last.step);
            std::vector<std::int32_t> values(frame.data.size() / 4);
            std::memcpy(values.data(), frame.data.data(), frame.data.size());
            return values;
        };
        const std::vector<std::int32_t> parts = numbers("split");
        QCOMPARE(parts.size(), std::size_t(90));
        QCOMPARE(std::count(parts.begin(), parts.begin() + 60, 2), std::ptrdiff_t(60));
        QCOMPARE(std::count(parts.begin() + 60, parts.end(), 0), std::ptrdiff_t(30));
        QCOMPARE(store.frames(result.run, "embedding").back().shape,
                 (std::vector<std::int64_t>{90, 64}));
        QCOMPARE(store.frames(result.run, "thumbnails").front().shape,
                 (std::vector<std::int64_t>{90, 28, 28}));
        // No training point votes for itself, or all would be right.
        const std::vector<std::int32_t> predicted = numbers("predicted");
        const std::vector<std::int32_t> labels = numbers("labels");
        QCOMPARE(predicted.size(), labels.size());
        const auto wrong =
            std::inner_product(predicted.begin() + 60, predicted.end(), labels.begin() + 60, 0,
                               std::plus<>(), std::not_equal_to<>());
        QVERIFY(wrong > 0 && wrong < 25);
        QCOMPARE(series(store, result.run, "test/recall@1").values,
                 series(store, plain.run, "test/recall@1").values);
        QCOMPARE(withoutTimes(result.metrics), withoutTimes(plain.metrics));
    }

    // With a rate of almost nothing the loss stays where it is: the rate falls again and again.
    void plateauLowersTheRate() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"schedule.kind", "plateau"},
                                                     {"schedule.patience", 1},
                                                     {"schedule.step_factor", 0.5},
                                                     {"schedule.warmup", 0},
                                                     {"learning_rate", 1e-9},
                                                     {"augment.mirror", true},
                                                     {"linear_probe", false},
                                                     {"epochs", 6}});
        QCOMPARE(result.message, std::string());
        const std::vector<double> rates = series(store, result.run, "learning_rate").values;
        const std::vector<double> losses = series(store, result.run, "train/loss").values;
        QCOMPARE(rates.size(), std::size_t(36)); // six steps an epoch
        Plateau expected;
        for (std::size_t epoch = 0; epoch < 6; ++epoch) {
            double sum = 0;
            for (std::size_t step = 6 * epoch; step < 6 * epoch + 6; ++step) {
                QCOMPARE(rates[step], expected.factor * 1e-9);
                sum += losses[step];
            }
            expected.add(sum / 6, 1, 0.5);
        }
        QVERIFY(rates.back() < 1e-9);
    }

    // A rate that the loss does not survive: all points in one place, and it is said.
    void collapseIsSaid() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"optimizer.weight_decay", 1},
                                                     {"learning_rate", 0.9},
                                                     {"schedule.kind", "constant"},
                                                     {"schedule.warmup", 0},
                                                     {"loss.kind", "info_nce"},
                                                     {"linear_probe", false},
                                                     {"epochs", 6}});
        std::string said = result.message;
        for (const EventRecord& event : store.events(result.run))
            said += event.text + "\n";
        QVERIFY2(said.find("collapsed") != std::string::npos, said.c_str());
    }

    void sameSeedSameBits() {
        RunStore store = freshStore();
        const ExecuteResult a = execute(store, {{"network.dropout", 0.25}});
        const ExecuteResult b = execute(store, {{"network.dropout", 0.25}});
        QCOMPARE(series(store, a.run, "train/loss").values,
                 series(store, b.run, "train/loss").values);
        QCOMPARE(withoutTimes(a.metrics), withoutTimes(b.metrics));
    }

    // Dropout, batch norm, shifts and drawn negatives: all go on where they were.
    void resumeRepeatsTheBits() {
        const std::vector<Assignment> more{{"augment.shift", 1},
                                           {"checkpoint.every_seconds", 1e-6},
                                           {"network.preset", "custom"},
                                           {"network.stack", Json::parse(R"([
                {"kind": "convolution", "size": 5, "channels": 8, "batch_norm": true},
                {"kind": "max_pool", "size": 4, "stride": 4}, {"kind": "dropout", "rate": 0.2},
                {"kind": "linear", "channels": 16, "activation": "none"}])")}};
        RunStore store = freshStore();
        const ExecuteResult whole = execute(store, more);
        QCOMPARE(whole.message, std::string());
        Interrupter interrupter(7);
        const ExecuteResult cut = execute(store, more, &interrupter);
        QCOMPARE(cut.status, RunStatus::Failed);
        QVERIFY(store.claimForResume(cut.run, ProcessIdentity::current()));
        const ExecuteResult resumed = executeRun(path_, cut.run, kind(), nullptr);
        QCOMPARE(resumed.message, std::string());
        QCOMPARE(resumed.status, RunStatus::Finished);
        QCOMPARE(withoutTimes(resumed.metrics), withoutTimes(whole.metrics));
        for (const char* name : {"train/loss", "triplet/violation", "test/recall@1"})
            QCOMPARE(series(store, cut.run, name).values.back(),
                     series(store, whole.run, name).values.back());
        QCOMPARE(store.frames(cut.run, "embedding").back().data,
                 store.frames(whole.run, "embedding").back().data);
    }

    void everySourceAndLossTrains_data() {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("loss");
        for (const char* source :
             {"in_batch", "in_batch_all", "semi_hard", "distance_weighted", "paper_list"})
            QTest::addRow("%s", source) << source << "mse_ratio";
        for (const char* loss : {"nll_ratio", "hinge", "contrastive", "info_nce"})
            QTest::addRow("%s", loss) << "in_batch" << loss;
    }
    void everySourceAndLossTrains() {
        QFETCH(QString, source);
        QFETCH(QString, loss);
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"triplets.source", source.toStdString()},
                                                     {"triplets.per_epoch", 120},
                                                     {"loss.kind", loss.toStdString()},
                                                     {"learning_rate", 0.02},
                                                     {"linear_probe", false}});
        QCOMPARE(result.message, std::string());
        QCOMPARE(result.status, RunStatus::Finished);
        QVERIFY(metric(result.metrics, "test/knn5_accuracy") > 0.3);
    }

    void comparisonsTrainWithoutLabels() {
        QFile file(folder_.filePath("comparisons.csv"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("anchor,closer,farther\n");
        for (int i = 0; i < 200; ++i)
            file.write(QString("%1,%2,%3\n").arg(i).arg(i + 10).arg(i + 25).toUtf8());
        file.close();
        RunStore store = freshStore();
        const ExecuteResult result =
            execute(store, {{"triplets.source", "comparisons"},
                            {"triplets.path", file.fileName().toStdString()},
                            {"linear_probe", false}});
        QCOMPARE(result.message, std::string());
        QCOMPARE(series(store, result.run, "train/loss").size(), std::size_t(10)); // 2 x 200 / 40
    }

    // Images that nobody labeled: STL-10's, with comparisons in place of classes.
    void comparisonsOfUnlabeledImages() {
        QTemporaryDir data;
        const auto write = [&](const char* name, const QByteArray& content) {
            QFile file(data.filePath(name));
            if (file.open(QIODevice::WriteOnly))
                file.write(content);
        };
        const auto images = [](int count) {
            QByteArray bytes;
            for (int i = 0; i < count; ++i)
                for (int at = 0; at < 27648; ++at)
                    bytes.append(static_cast<char>(i % 2 == 0 ? at / 96 : 40 * (at % 5) + i));
            return bytes;
        };
        write("train_X.bin", images(4));
        write("train_y.bin", QByteArray("\x01\x02\x01\x02", 4));
        write("test_X.bin", images(4));
        write("test_y.bin", QByteArray("\x01\x02\x01\x02", 4));
        write("unlabeled_X.bin", images(8));
        // The unlabeled images follow the four of the training part.
        write("comparisons.csv", "4,6,5\n5,7,4\n6,8,7\n7,9,6\n8,10,11\n9,11,10\n0,4,5\n1,5,4\n");
        const std::vector<Assignment> more{
            {"dataset.kind", "stl10"},
            {"dataset.path", data.path().toStdString()},
            {"dataset.count", 0},
            {"dataset.test_count", 0},
            {"dataset.unlabeled", 8},
            {"network.preset", "custom"},
            {"network.stack", Json::parse(R"([
                {"kind": "convolution", "size": 8, "stride": 8, "channels": 4},
                {"kind": "mean_pool"}])")},
            {"triplets.path", data.filePath("comparisons.csv").toStdString()}};
        std::vector<Assignment> compared = more;
        compared.push_back({"triplets.source", "comparisons"});
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, compared);
        QCOMPARE(result.message, std::string());
        QCOMPARE(result.status, RunStatus::Finished);
        QVERIFY(metric(result.metrics, "test/knn5_accuracy") >= 0);
        // Without comparisons every sample needs a label.
        const auto issues = kind().check(config(more), "cpu");
        QCOMPARE(issues.size(), std::size_t(1));
        QCOMPARE(issues.front().key, std::string("dataset.unlabeled"));
    }

    void otherNetworks_data() {
        QTest::addColumn<QString>("network");
        QTest::newRow("mlp") << "mlp";
        QTest::newRow("vit") << "vit";
    }
    void otherNetworks() {
        QFETCH(QString, network);
        RunStore store = freshStore();
        const ExecuteResult result =
            execute(store, {{"network.kind", network.toStdString()}, {"embedding.dimension", 3}});
        QCOMPARE(result.message, std::string());
        QCOMPARE(metric(result.metrics, "embedding/dimension"), 3.0);
    }

    void divergenceIsSaid() {
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"learning_rate", 10},
                                                     {"schedule.kind", "constant"},
                                                     {"schedule.warmup", 0},
                                                     {"loss.kind", "contrastive"},
                                                     {"loss.margin", 10},
                                                     {"epochs", 20}});
        QCOMPARE(result.status, RunStatus::Diverged);
        QVERIFY2(result.message.find("try 1") != std::string::npos, result.message.c_str());
        const std::string last = "The last good snapshot is that of step " +
                                 std::to_string(store.frames(result.run, "embedding").back().step) +
                                 ".";
        QVERIFY2(result.message.find(last) != std::string::npos, result.message.c_str());
    }

    void badConfigurations_data() {
        QTest::addColumn<QByteArray>("sets"); // JSON object
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("sentence");
        const auto row = [](const char* name, const char* sets, const char* key,
                            const char* sentence) {
            QTest::newRow(name) << QByteArray(sets) << QByteArray(key) << QByteArray(sentence);
        };
        row("good", "{}", "", "");
        row("batch too large", R"({"batch_size": 300})", "batch_size",
            "batch_size is 300, allowed is 3 to 240 (the number of training samples)");
        row("one class a batch", R"({"balanced.classes": 1})", "balanced.classes",
            "balanced.classes is 1, allowed is 0 (off) or 2 and more");
        row("too many classes", R"({"balanced.classes": 11})", "balanced.classes",
            "balanced.classes is 11, allowed is 0 or 2 to 10 (the classes with at least 13 "
            "samples)");
        row("no file", R"({"triplets.source": "comparisons"})", "triplets.path",
            "triplets.path is empty");
        row("missing file",
            R"({"triplets.source": "comparisons", "triplets.path": "/nowhere/at/all.csv"})",
            "triplets.path", "cannot read the comparisons /nowhere/at/all.csv");
        row("contrast of a list", R"({"triplets.source": "paper_list", "loss.kind": "info_nce"})",
            "triplets.source", "must be in_batch");
        row("all triplets of a large batch",
            R"({"triplets.source": "in_batch_all", "batch_size": 600, "dataset.count": 1000})",
            "batch_size", "allowed is 3 to 512");
        row("net too large", R"({"network.preset": "paper_stl"})", "network.preset",
            "images of 28 x 28 are too small for this network");
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

    // One class, one item a class: no triplet can be made; a single item is only a negative.
    void classesWithoutPairs() {
        const auto issuesOf = [&](const std::vector<int>& labels) {
            QTemporaryDir data;
            for (const char* part : {"train", "t10k"}) {
                const auto write = [&](const char* suffix, const QByteArray& content) {
                    QFile file(data.filePath(QString(part) + suffix));
                    if (file.open(QIODevice::WriteOnly))
                        file.write(content);
                };
                const auto count = static_cast<std::uint32_t>(labels.size());
                QByteArray images =
                    bigEndian(0x803) + bigEndian(count) + bigEndian(28) + bigEndian(28);
                QByteArray classes = bigEndian(0x801) + bigEndian(count);
                for (const int label : labels) {
                    images.append(QByteArray(28 * 28, static_cast<char>(20 * label)));
                    classes.append(static_cast<char>(label));
                }
                write("-images-idx3-ubyte", images);
                write("-labels-idx1-ubyte", classes);
            }
            std::string text;
            for (const Issue& issue :
                 kind().check(config({{"dataset.kind", "idx"},
                                      {"dataset.path", data.path().toStdString()},
                                      {"dataset.count", 0},
                                      {"dataset.test_count", 0},
                                      {"batch_size", 4}}),
                              "cpu"))
                text += issue.key + ": " + issue.message;
            return text;
        };
        QCOMPARE(issuesOf({3, 3, 3, 3}),
                 std::string("dataset: dataset has samples of one class only (3); triplets need at "
                             "least two classes"));
        QCOMPARE(issuesOf({0, 1, 2, 3}),
                 std::string("dataset: dataset has one sample a class; triplets need a class with "
                             "at least two"));
        QCOMPARE(issuesOf({0, 0, 0, 1}), std::string());
    }

    // A run that is over before twenty steps is told too.
    void shortRunsWithoutPairs() {
        QTemporaryDir data;
        for (const char* part : {"train", "t10k"}) {
            QFile images(data.filePath(QString(part) + "-images-idx3-ubyte"));
            QFile labels(data.filePath(QString(part) + "-labels-idx1-ubyte"));
            QVERIFY(images.open(QIODevice::WriteOnly) && labels.open(QIODevice::WriteOnly));
            images.write(bigEndian(0x803) + bigEndian(40) + bigEndian(28) + bigEndian(28));
            labels.write(bigEndian(0x801) + bigEndian(40));
            for (int i = 0; i < 40; ++i) {
                images.write(QByteArray(28 * 28, static_cast<char>(5 * i)));
                labels.write(QByteArray(1, static_cast<char>(i == 39 ? 0 : i)));
            }
        }
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"dataset.kind", "idx"},
                                                     {"dataset.path", data.path().toStdString()},
                                                     {"dataset.classes", 39},
                                                     {"dataset.count", 0},
                                                     {"dataset.test_count", 0},
                                                     {"batch_size", 8},
                                                     {"epochs", 1}});
        QCOMPARE(result.status, RunStatus::Failed);
        QVERIFY2(result.message.find("of the first 5 batches had no pair of one class") !=
                     std::string::npos,
                 result.message.c_str());
    }

    // Nearly every class has one item: most batches of three have no pair of one class, which ends
    // the run once that is sure.
    void batchesWithoutPairs() {
        QTemporaryDir data;
        for (const char* part : {"train", "t10k"}) {
            QFile images(data.filePath(QString(part) + "-images-idx3-ubyte"));
            QFile labels(data.filePath(QString(part) + "-labels-idx1-ubyte"));
            QVERIFY(images.open(QIODevice::WriteOnly) && labels.open(QIODevice::WriteOnly));
            images.write(bigEndian(0x803) + bigEndian(90) + bigEndian(28) + bigEndian(28));
            labels.write(bigEndian(0x801) + bigEndian(90));
            for (int i = 0; i < 90; ++i) {
                images.write(QByteArray(28 * 28, static_cast<char>(2 * i)));
                labels.write(QByteArray(1, static_cast<char>(i % 45)));
            }
        }
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"dataset.kind", "idx"},
                                                     {"dataset.path", data.path().toStdString()},
                                                     {"dataset.classes", 45},
                                                     {"dataset.count", 0},
                                                     {"dataset.test_count", 0},
                                                     {"batch_size", 3},
                                                     {"epochs", 3}});
        QCOMPARE(result.status, RunStatus::Failed);
        QVERIFY2(result.message.find("batches had no pair of one class; a larger batch_size (now "
                                     "3)") != std::string::npos,
                 result.message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestMetricLearningRun)
#include "test_metric_learning_run.moc"
