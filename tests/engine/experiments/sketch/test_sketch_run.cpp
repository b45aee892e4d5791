#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include "engine/experiments/sketch/sketch_kind.h"
#include "tests/engine/experiments/run_harness.h"

using namespace inlay::engine;
using run_tests::metric;
using run_tests::series;
using sketch::sketchKind;

namespace {

Json small(const Json& more = Json::object()) {
    Json config = {{"matrices",
                    {{"kind", "shared_subspace"},
                     {"coordinates", 32},
                     {"columns", 16},
                     {"rank", 6},
                     {"training", 30},
                     {"testing", 20}}},
                   {"rank", 4},
                   {"kept", {4, 8}},
                   {"steps", 200},
                   {"random_draws", 5},
                   {"length_draws", 50}};
    config.merge_patch(more);
    return sketchKind().schema().complete(config);
}

} // namespace

class TestSketchRun : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> folder_;

    std::string storePath() const { return folder_->filePath("store.db").toStdString(); }

private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void learnedSketchesBeatRandomOnes_data() {
        QTest::addColumn<QString>("norm");
        QTest::newRow("squared") << "squared";
        QTest::newRow("plain") << "plain";
    }
    void learnedSketchesBeatRandomOnes() {
        QFETCH(QString, norm);
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run =
            run_tests::insertRun(store, "sketch", small({{"norm", norm.toStdString()}}));
        const ExecuteResult result = executeRun(storePath(), run, sketchKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        for (const std::string l : {"l4", "l8"})
            for (const std::string name : {"error", "plain_error"}) {
                const auto value = [&](const char* arm) {
                    return metric(result.metrics, name + "/" + arm + "/" + l);
                };
                // Never better than the best approximation, better than what was drawn.
                for (const char* arm : {"butterfly", "sparse1", "random_sparse", "random_gaussian",
                                        "random_butterfly"})
                    QVERIFY2(value(arm) > 0, arm);
                QVERIFY(value("butterfly") < 0.5 * value("random_butterfly"));
                QVERIFY(value("sparse1") < value("random_sparse"));
            }
        const SeriesData curve = series(store, run, "error/sparse1/l8");
        QCOMPARE(curve.steps.front(), std::int64_t{3 * 201});
        QCOMPARE(curve.steps.back(), std::int64_t{3 * 201 + 200});
        QCOMPARE(curve.values.back(), metric(result.metrics, "error/sparse1/l8"));
        QCOMPARE(store.resultRows(run, "sketches").size(), std::size_t{2 * 5});
        const std::vector<ResultRow> lengths = store.resultRows(run, "lengths");
        QCOMPARE(lengths.size(), std::size_t{2});
        for (const ResultRow& stored : lengths) {
            const Json row = parseJson(stored.data, "lengths");
            QVERIFY(std::abs(row.at("mean").get<double>() - 1) < 0.3);
            const double ratio =
                row.at("variance").get<double>() / row.at("exact_variance").get<double>();
            QVERIFY2(ratio > 0.4 && ratio < 2, qPrintable(QString::number(ratio)));
        }
    }

    void aRunGoesOnWhereItWasStopped() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const Json config = small({{"checkpoint_seconds", 0.001}});
        const RunId whole = run_tests::insertRun(store, "sketch", config);
        const ExecuteResult uncut = executeRun(storePath(), whole, sketchKind(), nullptr);
        QVERIFY2(uncut.status == RunStatus::Finished, uncut.message.c_str());
        class Cut final : public RunObserver {
        public:
            void onProgress(const ProgressReport& report) override {
                if (report.step >= 300)
                    throw std::runtime_error("interrupted by the test");
            }
        };
        Cut cut;
        const RunId stopped = run_tests::insertRun(store, "sketch", config);
        const ExecuteResult half = executeRun(storePath(), stopped, sketchKind(), &cut);
        if (half.status == RunStatus::Finished)
            QSKIP("the machine was too fast to be interrupted there");
        QVERIFY(store.claimForResume(stopped, ProcessIdentity::current()));
        const ExecuteResult resumed = executeRun(storePath(), stopped, sketchKind(), nullptr);
        QVERIFY2(resumed.status == RunStatus::Finished, resumed.message.c_str());
        QVERIFY(store.attempts(stopped).back().fromStep > 0);
        QCOMPARE(run_tests::withoutTimes(resumed.metrics), run_tests::withoutTimes(uncut.metrics));
        for (const char* name : {"error/butterfly/l4", "error/sparse1/l4", "error/butterfly/l8",
                                 "plain_error/sparse1/l8"}) {
            QCOMPARE(series(store, stopped, name).steps, series(store, whole, name).steps);
            QCOMPARE(series(store, stopped, name).values, series(store, whole, name).values);
        }
    }

    void realImagesAreSketched() {
        const QString file =
            qEnvironmentVariable("INLAY_TEST_DATA") + "/mnist/t10k-images-idx3-ubyte.gz";
        if (!QFile::exists(file))
            QSKIP("INLAY_TEST_DATA has no MNIST");
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const Json config = sketchKind().schema().complete({{"matrices",
                                                             {{"kind", "images"},
                                                              {"path", file.toStdString()},
                                                              {"training", 40},
                                                              {"testing", 20}}},
                                                            {"rank", 3},
                                                            {"kept", {6}},
                                                            {"steps", 150}});
        QVERIFY(sketchKind().check(config, "cpu").empty());
        const RunId run = run_tests::insertRun(store, "sketch", config);
        const ExecuteResult result = executeRun(storePath(), run, sketchKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        QVERIFY(metric(result.metrics, "error/butterfly/l6") <
                metric(result.metrics, "error/random_butterfly/l6"));
    }

    void badSettingsAreNamed_data() {
        QTest::addColumn<QString>("set");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("words");
        QTest::newRow("rank above") << R"({"rank": 17, "kept": [20]})"
                                    << "rank"
                                    << "1 to 16";
        QTest::newRow("kept below the rank") << R"({"kept": [3]})"
                                             << "kept"
                                             << "4 (the rank)";
        QTest::newRow("kept above the rows") << R"({"kept": [33]})"
                                             << "kept"
                                             << "32 (the rows)";
        QTest::newRow("kept twice") << R"({"kept": [8, 8]})"
                                    << "kept"
                                    << "8 twice";
        QTest::newRow("too dense") << R"({"kept": [8], "sparse": [9]})"
                                   << "sparse"
                                   << "8 rows";
        QTest::newRow("nothing") << R"({"butterfly": false, "sparse": []})"
                                 << "butterfly"
                                 << "nothing is learned";
        QTest::newRow("file") << R"({"matrices": {"kind": "file", "path": "/nowhere.npy"}})"
                              << "matrices.path"
                              << "/nowhere.npy";
    }
    void badSettingsAreNamed() {
        QFETCH(QString, set);
        QFETCH(QString, key);
        QFETCH(QString, words);
        const std::vector<Issue> issues =
            sketchKind().check(small(Json::parse(set.toStdString())), "cpu");
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(words),
                 issues[0].message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSketchRun)
#include "test_sketch_run.moc"
