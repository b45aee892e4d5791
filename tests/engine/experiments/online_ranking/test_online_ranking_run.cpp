#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>

#include "engine/experiments/online_ranking/online_ranking_kind.h"
#include "engine/experiments/online_ranking/online_ranking_session.h"
#include "engine/runner/executor.h"
#include "engine/runner/run_observer.h"
#include "engine/schema/assignments.h"
#include "engine/store/series_reader.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
using online_ranking::onlineRankingKind;

namespace {

// Asks for a stop as soon as so many rounds are done, and holds the run until it has been heard:
// a quick run would be over before.
class StopAfter final : public RunObserver {
public:
    StopAfter(const std::string& path, std::int64_t rounds)
        : store_(RunStore::open(path, OpenMode::ReadWrite))
        , rounds_(rounds) {}
    void onProgress(const ProgressReport& report) override {
        if (report.step >= rounds_ && !asked_) {
            store_.requestControl(report.run, ControlVerb::Stop);
            asked_ = true;
            QTRY_VERIFY_WITH_TIMEOUT(store_.controls(report.run).back().takenMs > 0, 10000);
        }
    }

private:
    RunStore store_;
    std::int64_t rounds_;
    bool asked_ = false;
};

} // namespace

class TestOnlineRankingRun : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;
    int stores_ = 0;

    RunStore freshStore() {
        path_ = folder_.filePath(QString("store%1.db").arg(stores_++)).toStdString();
        return RunStore::open(path_, OpenMode::Create);
    }

    static Json config(const std::vector<Assignment>& assignments) {
        const Assigned assigned = assign(onlineRankingKind().schema(), Json::object(), assignments);
        for (const Issue& issue : assigned.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return onlineRankingKind().schema().complete(assigned.config);
    }

    static RunId insert(RunStore& store, const Json& config) {
        NewRun run;
        run.name = "rank";
        run.kind = "online_ranking";
        run.config = config;
        run.device = "cpu";
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        return store.insertRun(run);
    }

    ExecuteResult execute(RunStore& store, const std::vector<Assignment>& assignments,
                          RunObserver* observer = nullptr) {
        return executeRun(path_, insert(store, config(assignments)), onlineRankingKind(), observer);
    }

    static std::map<std::string, double> results(const Metrics& metrics) {
        std::map<std::string, double> kept;
        for (const auto& [name, value] : metrics)
            if (!name.starts_with("time/"))
                kept[name] = value;
        return kept;
    }

    static SeriesData series(RunStore& store, RunId run, const std::string& name) {
        SeriesReader reader(store);
        const auto info = reader.find(run, name);
        return info ? reader.read(info->id) : SeriesData{};
    }

    std::string write(const QString& name, const QByteArray& text) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write");
        return file.fileName().toStdString();
    }

    static std::vector<std::string> issues(const std::vector<Assignment>& assignments) {
        std::vector<std::string> found;
        const Assigned assigned = assign(onlineRankingKind().schema(), Json::object(), assignments);
        for (const Issue& issue : assigned.issues)
            found.push_back(issue.key + ": " + issue.message);
        if (found.empty())
            for (const Issue& issue : onlineRankingKind().check(
                     onlineRankingKind().schema().complete(assigned.config), "cpu"))
                found.push_back(issue.key + ": " + issue.message);
        return found;
    }

private slots:
    void recordsCurvesMetricsAndStates() {
        RunStore store = freshStore();
        const ExecuteResult run =
            execute(store, {{"rounds", 2000}, {"replicates", 3}, {"items", 20}});
        QCOMPARE(run.status, RunStatus::Finished);
        const auto metrics = results(run.metrics);
        for (const char* id : {"online_rank_anytime", "online_rank_fixed", "permutahedron", "fpl",
                               "follow_leader"}) {
            const std::string name = id;
            const SeriesData regret = series(store, run.run, "regret/" + name);
            QVERIFY(regret.size() > 100);
            QCOMPARE(regret.steps.front(), 1);
            QCOMPARE(regret.steps.back(), 2000);
            QCOMPARE(regret.values.back(), metrics.at("regret/" + name));
            QCOMPARE(metrics.contains("bound/" + name), name != "follow_leader");
            const double low = series(store, run.run, "regret_low/" + name).values.back();
            const double high = series(store, run.run, "regret_high/" + name).values.back();
            QVERIFY(low < regret.values.back() && regret.values.back() < high);
        }
        QCOMPARE(series(store, run.run, "opt").values.back(), metrics.at("opt"));
        QVERIFY(series(store, run.run, "lower_bound").steps.empty());
        const std::vector<FrameRecord> frames = store.frames(run.run, "state");
        QVERIFY(frames.size() > 30);
        QCOMPARE(frames.back().shape, (std::vector<std::int64_t>{5, 2, 20}));
        QCOMPARE(frames.back().step, 2000);
        QCOMPARE(store.resultRows(run.run, "ranking").size(), std::size_t{20});
    }

    // The number of threads decides nothing.
    void threadsDecideNothing() {
        RunStore store = freshStore();
        const std::vector<Assignment> assignments = {{"rounds", 500},
                                                     {"items", 15},
                                                     {"chosen", 2},
                                                     {"algorithms.perm_elearn", true},
                                                     {"algorithms.rate_grid", true}};
        inlay::kernels::setThreadCount(1);
        const auto one = results(execute(store, assignments).metrics);
        inlay::kernels::setThreadCount(3);
        QCOMPARE(results(execute(store, assignments).metrics), one);
        inlay::kernels::setThreadCount(0);
    }

    void resumedRunRepeatsTheBits_data() {
        QTest::addColumn<QString>("feedback");
        QTest::addColumn<QString>("curve");
        // Progress is reported ten times a second: each run takes many of those on a fast machine.
        QTest::addColumn<int>("rounds");
        QTest::newRow("choice") << "choice"
                                << "expected" << 160000;
        QTest::newRow("subset, sampled") << "subset"
                                         << "sampled" << 80000;
        QTest::newRow("pair") << "pair"
                              << "expected" << 100000;
    }

    void resumedRunRepeatsTheBits() {
        QFETCH(const QString, feedback);
        QFETCH(const QString, curve);
        QFETCH(const int, rounds);
        RunStore store = freshStore();
        const std::vector<Assignment> assignments = {{"rounds", rounds},
                                                     {"items", 30},
                                                     {"feedback", feedback.toStdString()},
                                                     {"loss_curve", curve.toStdString()},
                                                     {"algorithms.small_loss", true},
                                                     {"algorithms.rate_grid", true},
                                                     {"algorithms.perm_elearn", false},
                                                     {"replicates", 1}};
        const ExecuteResult whole = execute(store, assignments);
        StopAfter observer(path_, 50);
        const ExecuteResult first = execute(store, assignments, &observer);
        QCOMPARE(first.status, RunStatus::Stopped);
        QVERIFY(series(store, first.run, "opt").steps.back() < rounds);
        QVERIFY(store.claimForResume(first.run, ProcessIdentity::current()));
        const ExecuteResult second = executeRun(path_, first.run, onlineRankingKind(), nullptr);
        QCOMPARE(second.status, RunStatus::Finished);
        QVERIFY(store.attempts(first.run).back().fromStep > 50);
        QCOMPARE(results(second.metrics), results(whole.metrics));
        for (const char* name : {"regret/online_rank_anytime", "bound/online_rank_grid", "opt",
                                 "regret_high/permutahedron"}) {
            const SeriesData a = series(store, whole.run, name);
            const SeriesData b = series(store, first.run, name);
            QCOMPARE(b.steps, a.steps);
            QCOMPARE(b.values, a.values);
        }
    }

    void permELearnResumes() {
        RunStore store = freshStore();
        const std::vector<Assignment> assignments = {
            {"rounds", 4000}, {"items", 30}, {"algorithms.perm_elearn", true}, {"replicates", 1}};
        const ExecuteResult whole = execute(store, assignments);
        StopAfter observer(path_, 50);
        const ExecuteResult first = execute(store, assignments, &observer);
        QCOMPARE(first.status, RunStatus::Stopped);
        QVERIFY(store.claimForResume(first.run, ProcessIdentity::current()));
        QCOMPARE(results(executeRun(path_, first.run, onlineRankingKind(), nullptr).metrics),
                 results(whole.metrics));
    }

    void replaysFiles() {
        RunStore store = freshStore();
        // b is chosen three times, a twice, c once: best order b, a, c with loss 2 + 2.
        const std::string csv = write("rounds.csv", "round,item\n1,a\n2,b\n3,b\n3,a\n4,c\n5,b\n");
        const ExecuteResult run = execute(
            store, {{"environment.kind", "file"}, {"environment.path", csv}, {"replicates", 1}});
        QCOMPARE(run.status, RunStatus::Finished);
        QCOMPARE(results(run.metrics).at("opt"), 4.0);
        QCOMPARE(series(store, run.run, "opt").steps.back(), 5);
        QCOMPARE(parseJson(store.resultRows(run.run, "ranking").front().data, "row").at("name"),
                 "b");
        const std::string soi =
            write("votes.toi", "3\n1,x\n2,y\n3,z\n5,5,3\n2,1,{2,3}\n2,2,1,3\n1,3\n");
        const ExecuteResult votes = execute(
            store, {{"environment.kind", "file"}, {"environment.path", soi}, {"replicates", 2}});
        QCOMPARE(votes.status, RunStatus::Finished);
        // Scores x 2 + 2/2 + 1/4, y 2/4 + 2 + 1/4, z 2/4 + 0 + 1.
        QVERIFY(std::abs(results(votes.metrics).at("opt") - (2.75 + 2 * 1.5)) < 1e-12);
        // Categories are orders with ties: the same votes again.
        const std::string cat =
            write("votes.cat",
                  "# FILE NAME: votes.cat\n# TITLE:\n# DESCRIPTION:\n# DATA TYPE: cat\n"
                  "# MODIFICATION TYPE: original\n# RELATES TO:\n# RELATED FILES:\n"
                  "# PUBLICATION DATE:\n# MODIFICATION DATE:\n# NUMBER ALTERNATIVES: 3\n"
                  "# NUMBER VOTERS: 5\n# NUMBER UNIQUE PREFERENCES: 3\n# NUMBER CATEGORIES: 3\n"
                  "# CATEGORY NAME 1: good\n# CATEGORY NAME 2: fair\n# CATEGORY NAME 3: poor\n"
                  "# ALTERNATIVE NAME 1: x\n# ALTERNATIVE NAME 2: y\n# ALTERNATIVE NAME 3: z\n"
                  "2: 1,{2,3},{}\n2: 2,1,3\n1: 3,{},{}\n");
        const ExecuteResult categories = execute(
            store, {{"environment.kind", "file"}, {"environment.path", cat}, {"replicates", 1}});
        QCOMPARE(categories.status, RunStatus::Finished);
        QCOMPARE(results(categories.metrics).at("opt"), results(votes.metrics).at("opt"));
        for (const auto& [name, value] : results(votes.metrics))
            if (name.starts_with("bound/"))
                QVERIFY(results(votes.metrics).at("regret/" + name.substr(6)) <= value);
    }

    void notConvergedIsSaid() {
        RunStore store = freshStore();
        const ExecuteResult run = execute(store, {{"rounds", 300},
                                                  {"items", 10},
                                                  {"replicates", 1},
                                                  {"algorithms.perm_elearn", true},
                                                  {"perm_elearn.sweeps", 1},
                                                  {"perm_elearn.tolerance", 1e-12}});
        QCOMPARE(run.status, RunStatus::Finished);
        int warnings = 0;
        for (const EventRecord& event : store.events(run.run))
            if (event.level == EventLevel::Warning) {
                ++warnings;
                QVERIFY2(event.text.find("not balanced after 1 sweeps, residual") !=
                             std::string::npos,
                         event.text.c_str());
            }
        QCOMPARE(warnings, 1);
    }

    void badInput_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("part");
        QTest::newRow("n") << "items"
                           << "1"
                           << "items is 1, allowed is 2 to 1000000";
        QTest::newRow("k") << "chosen"
                           << "50"
                           << "chosen is 50, k must be between 1 and 49 (n=50)";
        QTest::newRow("k 0") << "chosen"
                             << "0"
                             << "chosen is 0, allowed is 1 to 999999";
        QTest::newRow("T") << "rounds"
                           << "0"
                           << "rounds is 0, allowed is 1 to 100000000";
        QTest::newRow("exact n") << "items"
                                 << "200000"
                                 << "allowed up to 100000 items";
        QTest::newRow("environment") << "environment.kind"
                                     << "\"zip\""
                                     << "zipf";
        QTest::newRow("no file") << "environment.path"
                                 << "\"/nowhere.csv\""
                                 << "/nowhere.csv";
    }

    void badInput() {
        QFETCH(const QString, key);
        QFETCH(const QString, value);
        QFETCH(const QString, part);
        std::vector<Assignment> assignments;
        if (key == "environment.path")
            assignments.push_back({"environment.kind", "file"});
        assignments.push_back({key.toStdString(), Json::parse(value.toStdString())});
        const std::vector<std::string> found = issues(assignments);
        QVERIFY(!found.empty());
        QVERIFY2(found.front().find(part.toStdString()) != std::string::npos,
                 found.front().c_str());
    }

    void badCombinations() {
        const auto first = [](const std::vector<Assignment>& assignments) {
            const auto found = issues(assignments);
            return QString::fromStdString(found.empty() ? "" : found.front());
        };
        QVERIFY(first({{"items", 501}, {"algorithms.perm_elearn", true}})
                    .contains("allowed up to 500 items, here are 501: its matrix would take"));
        QVERIFY(first({{"environment.kind", "adversary"}, {"feedback", "pair"}})
                    .contains("feedback must be choice or subset"));
        QVERIFY(first({{"environment.kind", "adversary"},
                       {"environment.target", "lowest_ranked"},
                       {"algorithms.small_loss", true}})
                    .contains("plays the rounds ahead"));
        QVERIFY(first({{"algorithms.anytime", false},
                       {"algorithms.fixed", false},
                       {"algorithms.permutahedron", false},
                       {"algorithms.fpl", false},
                       {"algorithms.follow_leader", false}})
                    .contains("at least one must be on"));
        QVERIFY(first({}).isEmpty());
    }

    void pointsAreLogSpaced() {
        QCOMPARE(online_ranking::logSpaced(1, 400), std::vector<std::int64_t>{1});
        QCOMPARE(online_ranking::logSpaced(1000, 4), (std::vector<std::int64_t>{1, 10, 100, 1000}));
        const auto points = online_ranking::logSpaced(100'000'000, 400);
        QCOMPARE(points.front(), 1);
        QCOMPARE(points.back(), 100'000'000);
        QVERIFY(std::is_sorted(points.begin(), points.end()));
    }
};

QTEST_APPLESS_MAIN(TestOnlineRankingRun)
#include "test_online_ranking_run.moc"
