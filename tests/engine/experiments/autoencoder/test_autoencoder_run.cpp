#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>

#include "engine/experiments/autoencoder/autoencoder_kind.h"
#include "tests/engine/experiments/run_harness.h"

using namespace inlay::engine;
using autoencoder::autoencoderKind;
using run_tests::metric;
using run_tests::series;

namespace {

Json small(const Json& more = Json::object()) {
    Json config = {{"matrix", {{"kind", "spectrum"}, {"coordinates", 24}, {"samples", 30}}},
                   {"ranks", {2, 5}},
                   {"phase1_steps", 300},
                   {"phase2_steps", 300}};
    config.merge_patch(more);
    return autoencoderKind().schema().complete(config);
}

} // namespace

class TestAutoencoderRun : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> folder_;

    std::string storePath() const { return folder_->filePath("store.db").toStdString(); }

private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void aRunHoldsCurvesLinesAndLevels() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run = run_tests::insertRun(store, "autoencoder", small());
        const ExecuteResult result = executeRun(storePath(), run, autoencoderKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        std::int64_t index = 0;
        for (const std::string k : {"k2", "k5"}) {
            const double pca = metric(result.metrics, "pca/" + k);
            const double fixed = metric(result.metrics, "fjlt_pca/" + k);
            QCOMPARE(metric(result.metrics, "bound/" + k), 1.5 * pca);
            QVERIFY(pca > 0 && fixed > pca);
            const double first = metric(result.metrics, "phase1/" + k);
            const double best = metric(result.metrics, "best/" + k);
            QVERIFY(first >= fixed * (1 - 1e-5));
            QVERIFY(best <= first && best >= pca * (1 - 1e-5));
            QVERIFY(metric(result.metrics, "phase2/" + k) >= best);
            QVERIFY(metric(result.metrics, "together/" + k) >= pca * (1 - 1e-5));

            const SeriesData curve = series(store, run, "loss/two_phase/" + k);
            QCOMPARE(curve.steps.front(), index * 2 * 601);
            QCOMPARE(curve.steps.back(), index * 2 * 601 + 600);
            QCOMPARE(curve.values.back(), metric(result.metrics, "phase2/" + k));
            const SeriesData control = series(store, run, "loss/together/" + k);
            QCOMPARE(control.steps.front(), (index * 2 + 1) * 601);
            // Both begin with the same numbers.
            QCOMPARE(control.values.front(), curve.values.front());
            ++index;
        }
        QCOMPARE(store.resultRows(run, "cases").size(), std::size_t{2});
        QCOMPARE(store.resultRows(run, "results").size(), std::size_t{2});
        double highest = 0;
        for (const ResultRow& row : store.resultRows(run, "levels"))
            highest = std::max(highest, parseJson(row.data, "a level").at("loss").get<double>());
        // Nothing is encoded at the highest level.
        QVERIFY(std::abs(highest / metric(result.metrics, "energy") - 1) < 1e-12);
    }

    void aRunGoesOnWhereItWasStopped_data() {
        QTest::addColumn<int>("step");
        QTest::newRow("phase 1") << 120;
        QTest::newRow("phase 2") << 420;
        QTest::newRow("control of the second rank") << 601 * 3 + 200;
    }
    void aRunGoesOnWhereItWasStopped() {
        QFETCH(int, step);
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const Json config = small({{"checkpoint_seconds", 0.001}});
        const RunId whole = run_tests::insertRun(store, "autoencoder", config);
        const ExecuteResult uncut = executeRun(storePath(), whole, autoencoderKind(), nullptr);
        QVERIFY2(uncut.status == RunStatus::Finished, uncut.message.c_str());
        // Held once, where it is cut: the reports before come too fast to be held each.
        class Cut final : public RunObserver {
        public:
            explicit Cut(std::int64_t at)
                : at_(at) {}
            void onProgress(const ProgressReport& report) override {
                if (report.step >= at_)
                    throw std::runtime_error("interrupted by the test");
            }

        private:
            std::int64_t at_;
        };
        Cut cut(step);
        const RunId stopped = run_tests::insertRun(store, "autoencoder", config);
        const ExecuteResult half = executeRun(storePath(), stopped, autoencoderKind(), &cut);
        if (half.status == RunStatus::Finished)
            QSKIP("the machine was too fast to be interrupted there");
        QVERIFY(store.claimForResume(stopped, ProcessIdentity::current()));
        const ExecuteResult resumed = executeRun(storePath(), stopped, autoencoderKind(), nullptr);
        QVERIFY2(resumed.status == RunStatus::Finished, resumed.message.c_str());
        QVERIFY(store.attempts(stopped).back().fromStep > 0);
        QCOMPARE(run_tests::withoutTimes(resumed.metrics), run_tests::withoutTimes(uncut.metrics));
        for (const char* name :
             {"loss/two_phase/k2", "loss/together/k2", "loss/two_phase/k5", "loss/together/k5"}) {
            QCOMPARE(series(store, stopped, name).steps, series(store, whole, name).steps);
            QCOMPARE(series(store, stopped, name).values, series(store, whole, name).values);
        }
    }

    void divergenceIsAnOutcome() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run = run_tests::insertRun(store, "autoencoder",
                                               small({{"learning_rate", 10.0},
                                                      {"schedule", "constant"},
                                                      {"start", "randn"},
                                                      {"phase2_steps", 5000}}));
        const ExecuteResult result = executeRun(storePath(), run, autoencoderKind(), nullptr);
        QVERIFY(result.status == RunStatus::Diverged);
        QVERIFY2(QString::fromStdString(result.message).contains("A smaller learning_rate"),
                 result.message.c_str());
    }

    void badSettingsAreNamed_data() {
        QTest::addColumn<QString>("set");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("words");
        QTest::newRow("rank above") << R"({"ranks": [25]})"
                                    << "ranks"
                                    << "1 to 24";
        QTest::newRow("rank twice") << R"({"ranks": [2, 2]})"
                                    << "ranks"
                                    << "2 twice";
        QTest::newRow("too few kept") << R"({"kept": 4})"
                                      << "kept"
                                      << "rank 5";
        QTest::newRow("too many kept") << R"({"kept": 25})"
                                       << "kept"
                                       << "24";
        QTest::newRow("file") << R"({"matrix": {"kind": "file", "path": "/nowhere.npy"}})"
                              << "matrix.path"
                              << "/nowhere.npy";
    }
    void badSettingsAreNamed() {
        QFETCH(QString, set);
        QFETCH(QString, key);
        QFETCH(QString, words);
        const std::vector<Issue> issues =
            autoencoderKind().check(small(Json::parse(set.toStdString())), "cpu");
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(words),
                 issues[0].message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestAutoencoderRun)
#include "test_autoencoder_run.moc"
