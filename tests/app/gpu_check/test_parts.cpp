#include <QTemporaryDir>
#include <QtTest>

#include <csignal>
#include <cstdlib>
#include <limits>

#include <unistd.h>

#include "app/gpu_check/isolated.h"
#include "app/gpu_check/options.h"
#include "app/gpu_check/result_file.h"
#include "app/gpu_check/row.h"
#include "app/gpu_check/timing.h"
#include "engine/base/error.h"
#include "kernels/devices.h"

using namespace inlay;
using namespace inlay::app;

namespace {

/// What tasks handed over and which were lost, in the order in which it was heard.
struct Heard {
    QStringList lines;

    IsolatedTasks tasks(std::vector<std::string> names, TaskRunner run) {
        IsolatedTasks made;
        made.names = std::move(names);
        made.begin = [run] {
            return run;
        };
        made.receive = [this](const std::string& task, const std::string& line) {
            lines << QString::fromStdString(task + ": " + line);
        };
        made.lost = [this](const std::string& task, const std::string& reason) {
            lines << QString::fromStdString(task + " lost: " + reason);
        };
        made.silenceSeconds = 30;
        return made;
    }
};

bool doTask(const std::string& task, const LineSink& write) {
    write("begun");
    if (task == "crash")
        std::raise(SIGKILL);
    if (task == "leave")
        std::_Exit(7);
    if (task == "spoil")
        return false;
    if (task == "hang")
        ::sleep(1000);
    write(std::to_string(::getpid()));
    return true;
}

} // namespace

class TestParts : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }

private slots:
    void rowsAreReadAsTheyWereWritten() {
        Row row("bench \"ops\"", "a\\b\nc");
        row.number("seconds", 0.125).count("calls", -3).flag("ok", false).text("note", "é, {x}");
        row.numbers("all", {1.5, 2.0}).number("bad", std::numeric_limits<double>::infinity());
        const auto fields = parseRow(row.json() + "\n");
        QVERIFY(fields.has_value());
        QCOMPARE(fields->size(), std::size_t{8});
        QCOMPARE(keyOf(*fields), std::string("bench \"ops\" a\\b\nc"));
        QCOMPARE(numberOr(*fields, "seconds", 0.0), 0.125);
        QCOMPARE(fieldOr(*fields, "calls"), std::string("-3"));
        QCOMPARE(fieldOr(*fields, "note"), std::string("é, {x}"));
        QCOMPARE(fieldOr(*fields, "all"), std::string("[1.5, 2]"));
        QCOMPARE(fieldOr(*fields, "bad"), std::string("Infinity"));
        QVERIFY(!isOk(*fields));
        QJsonParseError error;
        const QJsonDocument json =
            QJsonDocument::fromJson(QByteArray::fromStdString(row.json()), &error);
        QCOMPARE(error.error, QJsonParseError::NoError);
        QCOMPARE(json.object().value("case").toString(), QString("a\\b\nc"));
    }

    void whatIsNoRowIsRefused() {
        for (const char* line : {"", "{", "{}", "[1]", "{\"a\": }", "{\"a\": 1", "{\"a\" 1}",
                                 "{\"a\": 1} x", "{\"a\": \"b}", "{\"a\": [1}"})
            QVERIFY2(!parseRow(line).has_value(), line);
    }

    void onlyRowsOfTheSameMachineAndCommitCountAsMade() {
        const std::string file = path("results.jsonl");
        const About about{{"device", "cuda:0"}, {"commit", "one"}, {"date", "monday"}};
        {
            ResultFile results(file, about, false);
            results.add(Row("ops", "gemm").flag("ok", true).json());
            results.add(Row("ops", "sum").flag("ok", false).json());
            results.add(Row("train", "small").text("not_run", "no time").json());
            QVERIFY(!results.has("ops", "gemm"));
        }
        const About later{{"device", "cuda:0"}, {"commit", "one"}, {"date", "tuesday"}};
        {
            const ResultFile results(file, later, true);
            QVERIFY(results.has("ops", "gemm"));
            QVERIFY(!results.has("ops", "sum"));
            QVERIFY(!results.has("train", "small"));
        }
        QVERIFY(!ResultFile(file, later, false).has("ops", "gemm"));
        QCOMPARE(readLastRows(file).rows.size(), std::size_t{3});
        QVERIFY(
            !ResultFile(file, {{"device", "cuda:0"}, {"commit", "two"}}, true).has("ops", "gemm"));
        QCOMPARE(readLastRows(file).rows.size(), std::size_t{0});
        QCOMPARE(fieldOr(readLastRows(file).header, "commit"), std::string("two"));
        QVERIFY_EXCEPTION_THROWN(ResultFile(path("no/such/folder"), about, false), engine::Error);
        QVERIFY_EXCEPTION_THROWN(readLastRows(path("absent")), engine::Error);
    }

    void aTaskTakesOnlyItselfAlong() {
        Heard heard;
        runIsolated(heard.tasks({"a", "crash", "leave", "spoil", "b", "c"}, doTask));
        QCOMPARE(heard.lines.size(), 11);
        QCOMPARE(heard.lines[0], QString("a: begun"));
        QVERIFY(heard.lines[3].startsWith("crash lost: The process ended by a signal"));
        QCOMPARE(heard.lines[5], QString("leave lost: The process ended with exit code 7."));
        QCOMPARE(heard.lines[6], QString("spoil: begun"));
        // Nobody works on in a process that was spoiled; otherwise one does all.
        QVERIFY(heard.lines[8].mid(3) != heard.lines[1].mid(3));
        QCOMPARE(heard.lines[10].mid(3), heard.lines[8].mid(3));
    }

    void aSilentTaskIsStopped() {
        Heard heard;
        IsolatedTasks tasks = heard.tasks({"hang", "a"}, doTask);
        tasks.silenceSeconds = 1;
        runIsolated(tasks);
        QCOMPARE(heard.lines.size(), 4);
        QCOMPARE(heard.lines[1], QString("hang lost: Nothing was heard of it for 1 seconds."));
        QCOMPARE(heard.lines[2], QString("a: begun"));
    }

    void aRefusalIsPassedOn() {
        Heard heard;
        IsolatedTasks tasks = heard.tasks({"a", "b"}, doTask);
        tasks.begin = []() -> TaskRunner {
            throw engine::Error("There is no such device.");
        };
        QVERIFY_EXCEPTION_THROWN(runIsolated(tasks), engine::Error);
        QVERIFY(heard.lines.isEmpty());
    }

    void tasksRunHereToo() {
        Heard heard;
        runHere(heard.tasks({"a", "spoil", "b"}, doTask));
        QCOMPARE(heard.lines[1], QString("a: %1").arg(::getpid()));
        QCOMPARE(heard.lines.last(), QString("b lost: The device failed in spoil."));
    }

    void timesAreOrderedAndTakenInTurns() {
        const auto backend = kernels::makeReferenceBackend();
        std::string order;
        TimingEffort effort;
        effort.repeats = 3;
        effort.secondsPerRepeat = 0.0; // one call a repeat
        const auto timings = timeInTurns(*backend,
                                         {[&] { order += 'a'; },
                                          [&] {
                                              order += 'b';
                                          }},
                                         effort);
        QCOMPARE(order, std::string("aaabbbababab"));
        QCOMPARE(timings.size(), std::size_t{2});
        for (const Timing& timing : timings) {
            QCOMPARE(timing.seconds.size(), std::size_t{3});
            QVERIFY(timing.least() <= timing.median() && timing.median() <= timing.most());
        }
    }
};

QTEST_GUILESS_MAIN(TestParts)
#include "test_parts.moc"
