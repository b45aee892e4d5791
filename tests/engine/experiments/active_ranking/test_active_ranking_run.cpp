#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <fstream>
#include <thread>

#include "engine/base/clock.h"
#include "engine/experiments/active_ranking/active_ranking_kind.h"
#include "engine/experiments/active_ranking/simulation.h"
#include "engine/runner/executor.h"
#include "engine/runner/question_desk.h"
#include "engine/schema/assignments.h"
#include "engine/store/series_reader.h"

using namespace inlay::engine;

namespace {

const ExperimentKind& kind() {
    return active_ranking::activeRankingKind();
}

Json config(const std::vector<Assignment>& assignments) {
    const Assigned assigned = assign(kind().schema(), Json::object(), assignments);
    for (const Issue& issue : assigned.issues)
        qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
    return kind().schema().complete(assigned.config);
}

std::string joinIssues(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += issue.key + ": " + issue.message + "\n";
    return text;
}

std::string issuesOf(const std::vector<Assignment>& assignments) {
    const Assigned assigned = assign(kind().schema(), Json::object(), assignments);
    std::string text = joinIssues(assigned.issues);
    if (text.empty()) {
        const Json values = kind().schema().complete(assigned.config);
        text = joinIssues(kind().schema().validate(values));
        if (text.empty())
            text = joinIssues(kind().check(values, "cpu"));
    }
    return text;
}

double metric(const Metrics& metrics, const std::string& name) {
    for (const auto& [key, value] : metrics)
        if (key == name)
            return value;
    return -1;
}

} // namespace

/// Runs of the kind through executor and store, simulated and by a scripted person.
class TestActiveRankingRun : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;

    RunStore freshStore() {
        static int count = 0;
        path_ = folder_.filePath(QString("store%1.db").arg(++count)).toStdString();
        return RunStore::open(path_, OpenMode::Create);
    }

    std::string write(const char* name, const std::string& text) {
        const std::string path = folder_.filePath(name).toStdString();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    RunId insert(RunStore& store, const Json& config) {
        NewRun run;
        run.name = "ranking";
        run.kind = "active_ranking";
        run.config = config;
        run.device = "cpu";
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        return store.insertRun(run);
    }

    std::vector<Assignment> person(const char* effort = "standard") {
        return {{"oracle.kind", "person"},
                {"oracle.items", write("items.txt", "ant\nbee\ncat\ndog\neel\nfox\ngnu\nhen\n")},
                {"oracle.effort", effort},
                {"oracle.repeat_share", 0.2}};
    }

    // Answers `count` questions (-1: until the end) by item number; returns (left, right) of each.
    std::vector<std::pair<int, int>> answerAll(RunId run, int count,
                                               std::vector<double>* waits = nullptr) {
        RunStore store = RunStore::open(path_, OpenMode::ReadWrite);
        QuestionDesk desk(run);
        std::vector<std::pair<int, int>> asked;
        double answered = 0;
        const double deadline = monotonicSeconds() + 30;
        while (std::ssize(asked) != count && monotonicSeconds() < deadline) {
            const std::optional<OpenQuestion> question = desk.current(store);
            if (!question) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            if (question->isDone())
                break;
            if (waits && answered > 0)
                waits->push_back(monotonicSeconds() - answered);
            const int left = question->content.at("left");
            const int right = question->content.at("right");
            asked.emplace_back(left, right);
            desk.answer(store, *question, left < right ? "left" : "right", {{"ms", 5}});
            answered = monotonicSeconds();
        }
        return asked;
    }

    static Json ranking(RunStore& store, RunId run, int attempt) {
        Json names = Json::array();
        for (const ResultRow& row : store.resultRows(run, "ranking")) {
            if (row.attempt == attempt)
                names.push_back(Json::parse(row.data).at("name"));
        }
        return names;
    }

private slots:
    void aSimulatedRunRecordsItsCurves() {
        RunStore store = freshStore();
        const RunId run = insert(store, config({{"oracle.items", 40},
                                                {"replicates", 3},
                                                {"strategies.sample_and_rank", true},
                                                {"budget.factor", 4}}));
        const ExecuteResult result = executeRun(path_, run, kind(), nullptr);
        QCOMPARE(result.status, RunStatus::Finished);
        QVERIFY(metric(result.metrics, "opt") > 0);
        QCOMPARE(metric(result.metrics, "labels/uniform"),
                 static_cast<double>(active_ranking::labelBudget(40, 4)));
        // The mean of the table is the metric.
        double sum = 0;
        int rows = 0;
        for (const ResultRow& row : store.resultRows(run, "results")) {
            const Json data = Json::parse(row.data);
            if (data.at("strategy") == "active_ring") {
                sum += data.at("regret").get<double>();
                ++rows;
            }
        }
        QCOMPARE(rows, 3);
        QVERIFY(std::abs(sum / 3 - metric(result.metrics, "regret/active_ring")) < 1e-12);
        for (const char* strategy :
             {"active_ring", "uniform", "quick_sort", "merge_sort", "sample_and_rank"}) {
            SeriesReader reader(store);
            const auto mean = reader.find(run, std::string("regret/") + strategy);
            QVERIFY2(mean, strategy);
            const SeriesData points = reader.read(mean->id);
            QVERIFY(points.size() > 3);
            QVERIFY(std::abs(points.values.back() -
                             metric(result.metrics, std::string("regret/") + strategy)) < 1e-12);
            // The film of the first replicate holds every label once.
            std::int64_t labels = 0;
            for (const FrameRecord& frame : store.frames(run, std::string("labels/") + strategy))
                labels += frame.shape.at(0);
            const auto first = reader.find(run, std::string("regret/") + strategy + "/1");
            QCOMPARE(labels, reader.read(first->id).steps.back());
        }
    }

    void theSameSeedGivesTheSameRun() {
        RunStore store = freshStore();
        const Json values = config({{"oracle.items", 30}, {"replicates", 2}});
        const ExecuteResult a = executeRun(path_, insert(store, values), kind(), nullptr);
        const ExecuteResult b = executeRun(path_, insert(store, values), kind(), nullptr);
        QCOMPARE(a.metrics, b.metrics);
    }

    void badConfigurationsAreNamed_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* key, const char* value, const char* sentence) {
            QTest::newRow(key) << key << value << sentence;
        };
        row("oracle.items", "1", "allowed is 2 to 5000");
        row("oracle.noise.probability", "0.6", "allowed is 0 to 0.5");
        row("budget.factor", "0", "allowed is 0.5 to 64");
        row("ring.rounds", "0", "allowed is 1 to 100");
        row("literal.epsilon", "0", "allowed is 0.05 to 1");
        row("literal.c1", "0", "allowed is 0.001 to 1000");
        row("strategies.active_rings", "true", "active_ring");
        row("replicates", "0", "allowed is 1 to 1000");
    }
    void badConfigurationsAreNamed() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(QString, sentence);
        const std::string text = issuesOf({{key.toStdString(), Json::parse(value.toStdString())}});
        QVERIFY2(QString::fromStdString(text).contains(sentence), text.c_str());
    }

    void impossibleCombinationsAreNamed() {
        QVERIFY(issuesOf({{"oracle.items", 501}, {"strategies.sample_and_rank", true}})
                    .find("runs to 500 items") != std::string::npos);
        QVERIFY(issuesOf({{"oracle.items", 8}, {"oracle.noise.kind", "cycles"}})
                    .find("allowed is 3 to 8") != std::string::npos);
        QVERIFY(issuesOf({{"strategies.active_ring", false},
                          {"strategies.uniform", false},
                          {"strategies.quick_sort", false},
                          {"strategies.merge_sort", false}})
                    .find("at least one") != std::string::npos);
    }

    void badItemListsAreNamed_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("one item") << QByteArray("ant\n") << "has 1 items";
        QTest::newRow("empty") << QByteArray() << "has 0 items";
        QTest::newRow("duplicate") << QByteArray("ant\nbee\nant\n") << "line 3";
        QTest::newRow("blank") << QByteArray("ant\n\nbee\n") << "line 2";
        QTest::newRow("binary") << QByteArray("ant\nb\0e\n", 8) << "no text file (line 2)";
        QByteArray many;
        for (int i = 0; i < 201; ++i)
            many += QByteArray::number(i) + '\n';
        QTest::newRow("too many") << many << "2 to 200";
    }
    void badItemListsAreNamed() {
        QFETCH(QByteArray, text);
        QFETCH(QString, sentence);
        const std::string path = write("bad.txt", text.toStdString());
        const std::string issues = issuesOf({{"oracle.kind", "person"}, {"oracle.items", path}});
        QVERIFY2(QString::fromStdString(issues).contains(sentence), issues.c_str());
        QVERIFY(issuesOf({{"oracle.kind", "person"}, {"oracle.items", "/nowhere/list.txt"}})
                    .find("there is no file or folder /nowhere/list.txt") != std::string::npos);
    }

    // Labels from a file: the majority of a pair's rows, parts that nothing connects, strictness.
    void comparisonsOfAFileAreLabels() {
        const std::string path = write("labels.csv", "winner,loser\n"
                                                     "ant,bee\nbee,cat\nant,cat\n"
                                                     "cat,ant\nant,cat\n"
                                                     "dog,eel\n");
        RunStore store = freshStore();
        const std::vector<Assignment> sets = {{"oracle.kind", "file"},
                                              {"oracle.comparisons", path},
                                              {"replicates", 1},
                                              {"budget.factor", 64},
                                              {"ring.stop_gain", 0}};
        const RunId run = insert(store, config(sets));
        const ExecuteResult result = executeRun(path_, run, kind(), nullptr);
        QCOMPARE(result.status, RunStatus::Finished);
        QCOMPARE(metric(result.metrics, "opt"), 0.0);
        for (const char* strategy : {"active_ring", "uniform"}) {
            QCOMPARE(metric(result.metrics, std::string("labels/") + strategy), 4.0);
            QCOMPARE(metric(result.metrics, std::string("loss/") + strategy), 0.0);
        }
        QString events;
        for (const EventRecord& event : store.events(run))
            events += QString::fromStdString(event.text) + '\n';
        QVERIFY2(events.contains("labels for 4 of the 10 pairs"), qPrintable(events));
        QVERIFY2(events.contains("2 parts") && events.contains("dog with 1 more"),
                 qPrintable(events));
        std::vector<Assignment> strict = sets;
        strict.push_back({"oracle.strict", true});
        const std::string refused = issuesOf(strict);
        QVERIFY2(refused.find("1 pairs both ways") != std::string::npos &&
                     refused.find("ant and cat") != std::string::npos,
                 refused.c_str());
    }

    void badComparisonFilesAreNamed_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("self") << QByteArray("winner,loser\nant,bee\nant,ant\n") << "line 3";
        QTest::newRow("empty item") << QByteArray("winner,loser\nant,\n") << "line 2";
        QTest::newRow("outcome") << QByteArray("left,right,outcome\nant,bee,both_bad\n")
                                 << "both_bad";
        QTest::newRow("no rows") << QByteArray("winner,loser\n") << "labels.csv";
    }
    void badComparisonFilesAreNamed() {
        QFETCH(QByteArray, text);
        QFETCH(QString, sentence);
        const std::string path = write("labels.csv", text.toStdString());
        const std::string issues =
            issuesOf({{"oracle.kind", "file"}, {"oracle.comparisons", path}});
        QVERIFY2(QString::fromStdString(issues).contains(sentence), issues.c_str());
    }

    void allPairsAreBoughtWhenTheBudgetIsLarger_data() {
        QTest::addColumn<QByteArray>("budget");
        QTest::addColumn<QString>("told");
        QTest::newRow("absolute") << QByteArray(R"({"kind": "absolute", "labels": 99})")
                                  << "The budget is 99 labels, more than the 45 pairs of 10 items: "
                                     "all pairs are bought.";
        // 6 x 10 ln 10 = 138.2
        QTest::newRow("n ln n") << QByteArray(R"({"kind": "n_log_n", "factor": 6})")
                                << "The budget is 138 labels, more than the 45 pairs of 10 items: "
                                   "all pairs are bought.";
        QTest::newRow("no more") << QByteArray(R"({"kind": "absolute", "labels": 45})") << "";
    }
    void allPairsAreBoughtWhenTheBudgetIsLarger() {
        QFETCH(QByteArray, budget);
        QFETCH(QString, told);
        RunStore store = freshStore();
        const RunId run = insert(store, config({{"oracle.items", 10},
                                                {"replicates", 1},
                                                {"budget", Json::parse(budget.toStdString())}}));
        const ExecuteResult result = executeRun(path_, run, kind(), nullptr);
        QCOMPARE(metric(result.metrics, "labels/uniform"), 45.0);
        QString text;
        for (const EventRecord& event : store.events(run))
            text += QString::fromStdString(event.text);
        QVERIFY2(told.isEmpty() ? !text.contains("all pairs") : text.contains(told),
                 qPrintable(text));
    }

    // eps^-6 n ln^5 n for eps = 0.5 and n = 10: 64 x 10 x 64.7 labels, 45 pairs.
    void whatTheLiteralMethodNeedsIsSaid() {
        RunStore store = freshStore();
        const RunId run = insert(store, config({{"oracle.items", 10},
                                                {"replicates", 1},
                                                {"strategies.sample_and_rank", true}}));
        QCOMPARE(executeRun(path_, run, kind(), nullptr).status, RunStatus::Finished);
        std::string text;
        for (const EventRecord& event : store.events(run))
            text += event.text;
        QVERIFY2(text.find("SampleAndRank's guarantee asks for about 4.1e+04 labels") !=
                     std::string::npos,
                 text.c_str());
        QVERIFY2(text.find("blocks that need more than they have query all their pairs") !=
                     std::string::npos,
                 text.c_str());
    }

    // A person who prefers the earlier line; the answers come through the store as from a window.
    void aPersonRanksThroughTheStore() {
        RunStore store = freshStore();
        const RunId run = insert(store, config(person()));
        ExecuteResult result;
        std::jthread runner([&] { result = executeRun(path_, run, kind(), nullptr); });
        std::vector<double> waits;
        const auto asked = answerAll(run, -1, &waits);
        runner.join();
        QCOMPARE(result.status, RunStatus::Finished);
        QCOMPARE(ranking(store, run, 1),
                 Json({"ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"}));
        QCOMPARE(metric(result.metrics, "answered"), static_cast<double>(asked.size()));
        QCOMPARE(metric(result.metrics, "contradictions"), 0.0);
        QCOMPARE(metric(result.metrics, "repeats_agree"), 1.0);
        std::nth_element(waits.begin(), waits.begin() + std::ssize(waits) / 2, waits.end());
        QVERIFY2(waits[waits.size() / 2] < 0.1,
                 qPrintable(QString::number(waits[waits.size() / 2])));
    }

    // Acceptance check 14 within one process: stopped after answer j, the resumed run asks what the
    // uninterrupted one asked. (The command line's test kills the process.)
    void aStoppedSessionGoesOnWithTheSameQuestion() {
        RunStore store = freshStore();
        const Json values = config(person());
        const RunId whole = insert(store, values);
        std::jthread first([&] { executeRun(path_, whole, kind(), nullptr); });
        const auto expected = answerAll(whole, -1);
        first.join();
        for (const int stopAfter : {0, 1, 7, 15}) {
            const RunId run = insert(store, values);
            std::jthread begun([&] { executeRun(path_, run, kind(), nullptr); });
            auto asked = answerAll(run, stopAfter);
            store.requestControl(run, ControlVerb::Stop);
            begun.join();
            QCOMPARE(store.run(run)->status, RunStatus::Stopped);
            QVERIFY(store.claimForResume(run, ProcessIdentity::current()));
            std::jthread resumed([&] { executeRun(path_, run, kind(), nullptr); });
            const auto rest = answerAll(run, -1);
            resumed.join();
            asked.insert(asked.end(), rest.begin(), rest.end());
            QVERIFY(asked == expected);
            QCOMPARE(ranking(store, run, 2), ranking(store, whole, 1));
        }
    }

    void anotherItemListIsRefused() {
        RunStore store = freshStore();
        const RunId run = insert(store, config(person()));
        std::jthread begun([&] { executeRun(path_, run, kind(), nullptr); });
        answerAll(run, 3);
        store.requestControl(run, ControlVerb::Stop);
        begun.join();
        write("items.txt", "ant\nbee\ncat\ndog\neel\nfox\ngnu\nzebra\n");
        QVERIFY(store.claimForResume(run, ProcessIdentity::current()));
        const ExecuteResult result = executeRun(path_, run, kind(), nullptr);
        QCOMPARE(result.status, RunStatus::Failed);
        QVERIFY2(result.message.find("added \"zebra\", removed \"hen\"") != std::string::npos,
                 result.message.c_str());
        QCOMPARE(store.answers(run).size(), std::size_t{3}); // nothing is lost
    }

    // Undo goes through the store too, and an answer to a question that is gone is not counted.
    void undoAndLateAnswersThroughTheStore() {
        RunStore store = freshStore();
        const RunId run = insert(store, config(person("quick")));
        std::jthread runner([&] { executeRun(path_, run, kind(), nullptr); });
        // Ends the run when a comparison below ends the test.
        const auto stop = qScopeGuard([&] { store.requestControl(run, ControlVerb::Stop); });
        QuestionDesk desk(run);
        const auto wait = [&] {
            for (int i = 0; i < 5000; ++i) {
                if (auto question = desk.current(store))
                    return *question;
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            return OpenQuestion{-1, {}};
        };
        const OpenQuestion first = wait();
        desk.answer(store, first, "left", {});
        const OpenQuestion second = wait();
        QCOMPARE(second.n, std::int64_t{2});
        desk.undo(store, second);
        const OpenQuestion again = wait();
        QCOMPARE(again.n, std::int64_t{1});
        QCOMPARE(again.content.at("left"), first.content.at("left"));
        desk.answer(store, again, "right", {});
        desk.answer(store, again, "right", {}); // pressed twice
        const OpenQuestion next = wait();
        QCOMPARE(next.n, std::int64_t{2});
        QCOMPARE(next.content.at("answered").get<int>(), 1);
        store.requestControl(run, ControlVerb::Stop);
        runner.join();
        bool told = false;
        for (const EventRecord& event : store.events(run))
            told = told || event.text.find("was not counted") != std::string::npos;
        QVERIFY(told);
    }
};

QTEST_GUILESS_MAIN(TestActiveRankingRun)
#include "test_active_ranking_run.moc"
