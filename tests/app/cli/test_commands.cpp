#include <QDir>
#include <QFile>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;
using engine::Json;
using engine::OpenMode;
using engine::RunStatus;
using engine::RunStore;

namespace {

QStringList quickRun(const QStringList& more = {}) {
    return QStringList{"run",   projectFile("blobs-mlp"), "--threads", "1", "--set", "epochs=3",
                       "--set", "dataset.count=400"} +
           more;
}

// Two learning rates, the first of which diverges when told so.
QByteArray twoRuns(const char* firstRate) {
    return QByteArray(R"({"inlay": 1, "kind": "train", "version": 1, "title": "Two",
        "threads": 1,
        "config": {"dataset": {"kind": "blobs", "count": 300}, "network": {"kind": "mlp",
            "hidden": [8]}, "epochs": 3, "batch_size": 16,
            "optimizer": {"kind": "sgd", "weight_decay": 1}},
        "variants": [{"name": "first", "set": {"learning_rate": )") +
           firstRate + R"(}}, {"name": "second", "set": {"learning_rate": 0.01}}]})";
}

QStringList keysOf(const Json& object) {
    QStringList keys;
    for (const auto& [key, value] : object.items())
        keys << QString::fromStdString(key);
    return keys;
}

} // namespace

/// The commands of the program beside training itself: what they print, write and answer.
class TestCommands : public QObject {
    Q_OBJECT

    InlayProgram shared_; // holds two finished runs; tests that change runs use their own

    // Standard output is JSON lines and nothing else; only the last has no type.
    static void verifyJsonLines(const Outcome& outcome) {
        const auto printed = outcome.output.count('\n');
        QVERIFY2(printed > 0, qPrintable(outcome.error));
        QCOMPARE(static_cast<qsizetype>(outcome.lines.size()), printed);
        static const std::set<std::string> types = {"progress", "metric", "event", "row"};
        for (std::size_t i = 0; i + 1 < outcome.lines.size(); ++i)
            QVERIFY(types.contains(outcome.lines[i].value("type", "")) ||
                    (outcome.lines[i].contains("run") && outcome.lines[i].contains("state")) ||
                    outcome.lines[i].contains("verb"));
        QVERIFY(!outcome.last().contains("type"));
    }

    static RunStore open(const InlayProgram& program) {
        return RunStore::open(program.storePath(), OpenMode::ReadOnly);
    }

private slots:
    void initTestCase() {
        QCOMPARE(shared_.json(quickRun({"--name", "one", "--tag", "paper"})).code, 0);
        QCOMPARE(
            shared_.json(quickRun({"--name", "two", "--seed", "5", "--set", "batch_size=20"})).code,
            0);
    }

    void benchPrintsARowACell() {
        const InlayProgram program;
        const Outcome outcome = program.json(
            {"bench", "operators", "--family", "stl", "--family", "low_rank", "--size", "64",
             "--rows", "32", "--repeats", "1", "--search", "--set", "search_up_to=96", "--set",
             "stl.ranks=[16]", "--set", "low_rank.ranks=[8]"});
        QCOMPARE(outcome.code, 0);
        verifyJsonLines(outcome);
        const std::vector<Json> rows = outcome.ofType("row");
        int cells = 0, found = 0;
        for (const Json& row : rows) {
            if (row["pass"] == "break_even") {
                ++found;
                continue;
            }
            ++cells;
            QCOMPARE(row["threads"].get<int>(), 1);
            QVERIFY(row["speedup"].get<double>() > 0);
            QVERIFY(row["median_s"].get<double>() > 0);
        }
        // Two layers, two passes, and the sizes that the search looked at.
        QVERIFY(cells >= 4 + 2);
        QCOMPARE(found, 2);
        QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("finished"));
        QCOMPARE(program.runCount(), std::size_t{1});
    }

    void benchRefusesWhatCannotBeBuilt() {
        const InlayProgram program;
        const Outcome outcome =
            program.json({"bench", "operators", "--set", "stl.ranks=[65]", "--size", "64"});
        QCOMPARE(outcome.code, 2);
        QVERIFY(outcome.issueText().contains("stl.ranks"));
        QVERIFY(outcome.issueText().contains("1 to 64"));
        QCOMPARE(program.runCount(), std::size_t{0});
    }

    void jsonForms_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QStringList>("rowKeys");
        QTest::addColumn<QStringList>("lastKeys");
        QTest::newRow("kinds") << QStringList{"kinds"} << QStringList{"kind", "title", "version"}
                               << QStringList{"kinds"};
        QTest::newRow("describe") << QStringList{"describe", "train"}
                                  << QStringList{"key", "default", "allowed", "help"}
                                  << QStringList{"kind", "version", "defaults"};
        QTest::newRow("devices") << QStringList{"devices"}
                                 << QStringList{"device", "available", "reason", "name",
                                                "memory_bytes"}
                                 << QStringList{"devices"};
        QTest::newRow("selfcheck") << QStringList{"selfcheck", "--op", "gemm"}
                                   << QStringList{"op", "shape", "dtype", "error", "limit", "ok"}
                                   << QStringList{"device", "cases", "failed"};
        QTest::newRow("dry run") << quickRun({"--dry-run"}) << QStringList{"name", "seed", "config"}
                                 << QStringList{"runs", "state"};
        QTest::newRow("dry sweep")
            << QStringList{"sweep", projectFile("blobs-mlp"), "--seeds", "2", "--dry-run"}
            << QStringList{"name", "seed", "config"} << QStringList{"runs", "state"};
        QTest::newRow("list") << QStringList{"runs", "list"}
                              << QStringList{"run",     "uuid", "name",   "kind",   "state",
                                             "created", "tags", "config", "metrics"}
                              << QStringList{"runs"};
        QTest::newRow("show") << QStringList{"runs", "show", "1"} << QStringList{}
                              << QStringList{"run",     "uuid",    "name",      "kind",
                                             "state",   "created", "tags",      "config",
                                             "metrics", "series",  "artifacts", "attempts"};
        QTest::newRow("equal work")
            << QStringList{"runs", "compare", "1", "2", "--by", "multiply_adds"}
            << QStringList{"run", "name", "values", "total"}
            << QStringList{"by", "series", "budgets", "runs"};
        QTest::newRow("compare") << QStringList{"runs", "compare", "1", "2"} << QStringList{}
                                 << QStringList{"parameters", "metrics"};
        QTest::newRow("finished") << QStringList{"resume", "1"} << QStringList{}
                                  << QStringList{"run", "state", "seconds", "metrics"};
    }
    void jsonForms() {
        QFETCH(const QStringList, arguments);
        QFETCH(const QStringList, rowKeys);
        QFETCH(const QStringList, lastKeys);
        const Outcome outcome = shared_.json(arguments);
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        verifyJsonLines(outcome);
        QCOMPARE(outcome.ofType("row").empty(), rowKeys.isEmpty());
        for (const Json& row : outcome.ofType("row"))
            for (const QString& key : rowKeys)
                QVERIFY2(row.contains(key.toStdString()), qPrintable(key));
        for (const QString& key : lastKeys)
            QVERIFY2(outcome.last().contains(key.toStdString()), qPrintable(key));
        // Without --json the same command speaks to people.
        const Outcome spoken = shared_.plain(arguments);
        QCOMPARE(spoken.code, 0);
        QVERIFY(!spoken.output.startsWith('{'));
    }

    void aRunTellsProgressMetricsAndItsResult() {
        InlayProgram program;
        const Outcome outcome = program.json(quickRun());
        QCOMPARE(outcome.code, 0);
        verifyJsonLines(outcome);
        const auto progress = outcome.ofType("progress");
        QVERIFY(!progress.empty());
        QCOMPARE(keysOf(progress.back()),
                 (QStringList{"type", "run", "step", "total_steps", "ms", "eta_seconds"}));
        QCOMPARE(progress.back()["step"], progress.back()["total_steps"]);
        // The newest line of a series is its newest point.
        std::map<std::string, Json> newest;
        for (const Json& metric : outcome.ofType("metric")) {
            QCOMPARE(metric["run"].get<int>(), 1);
            newest[metric["name"].get<std::string>()] = metric;
        }
        const Json shown = program.json({"runs", "show", "1"}).last();
        QCOMPARE(newest.size(), shown["series"].size());
        for (const Json& series : shown["series"]) {
            const Json& metric = newest[series["name"].get<std::string>()];
            QCOMPARE(metric["step"], series["last_step"]);
            QCOMPARE(metric["value"], series["last_value"]);
        }
        QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("finished"));
        QCOMPARE(outcome.last()["metrics"], shown["metrics"]);
    }

    void severalRunsEndWithTheirGroup() {
        InlayProgram program;
        const QString file = program.write("two.inlay.json", twoRuns("0.02"));
        const Outcome outcome = program.json({"run", file});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        verifyJsonLines(outcome);
        QCOMPARE(keysOf(outcome.last()), (QStringList{"group", "runs", "state"}));
        QCOMPARE(outcome.last()["runs"], Json({1, 2}));
        QCOMPARE(open(program).run(2)->groupKey, outcome.last()["group"].get<std::string>());
    }

    void aFailedRunDoesNotEndTheOthers() {
        InlayProgram program;
        const QString file = program.write("two.inlay.json", twoRuns("10"));
        const Outcome outcome = program.json({"run", file});
        QCOMPARE(outcome.code, 1);
        QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("failed"));
        RunStore store = open(program);
        QCOMPARE(store.run(1)->status, RunStatus::Diverged);
        QCOMPARE(store.run(2)->status, RunStatus::Finished);
        // What JSON cannot hold is a string.
        bool told = false;
        const Json shown = program.json({"runs", "show", "1"}).last();
        for (const Json& series : shown["series"])
            told = told || (series["name"].get<std::string>() == "train/loss" &&
                            (series["last_value"] == "NaN" || series["last_value"] == "Infinity"));
        QVERIFY(told);
    }

    void sweepsAreWorkedThrough() {
        InlayProgram program;
        QStringList sweep = quickRun({"--grid", "batch_size=20,40", "--seeds", "2"});
        sweep[0] = "sweep";
        const Outcome queued = program.json(sweep);
        QVERIFY2(queued.code == 0, qPrintable(queued.error));
        QCOMPARE(queued.last()["state"].get<std::string>(), std::string("queued"));
        QCOMPARE(queued.last()["runs"].size(), std::size_t{4});
        const Outcome followed = program.json(sweep + QStringList{"--wait", "--slots", "2"});
        QVERIFY2(followed.code == 0, qPrintable(followed.error));
        verifyJsonLines(followed);
        QCOMPARE(followed.lines.size(), std::size_t{5});
        QCOMPARE(followed.last()["state"].get<std::string>(), std::string("finished"));
        // One worker a store: a second one leaves at once.
        QCOMPARE(program.plain({"work"}).code, 0);
        RunStore store = open(program);
        std::set<std::pair<std::string, std::uint64_t>> kinds;
        for (const engine::RunRecord& run : store.listRuns()) {
            QCOMPARE(run.status, RunStatus::Finished);
            kinds.insert({run.configHash, run.seed});
        }
        QCOMPARE(kinds.size(), std::size_t{4});
    }

    void queriesChooseRuns() {
        const auto count = [&](const QStringList& more) {
            return shared_.json(QStringList{"runs", "list"} + more).ofType("row").size();
        };
        QCOMPARE(count({}), std::size_t{2});
        QCOMPARE(count({"--limit", "1"}), std::size_t{1});
        QCOMPARE(count({"--query", "tag:paper"}), std::size_t{1});
        QCOMPARE(count({"--query", "batch_size=20"}), std::size_t{1});
        QCOMPARE(count({"--query", "state:finished test/accuracy>0.2"}), std::size_t{2});
        QCOMPARE(count({"--query", "state:failed"}), std::size_t{0});
        QCOMPARE(shared_.json({"runs", "list", "--query", "nosuch:thing"}).code, 2);
        // A name that no run has is said; what would have been meant is near.
        const Outcome misspelled = shared_.json({"runs", "list", "--query", "test/acuracy>0"});
        QCOMPARE(misspelled.code, 0);
        QVERIFY2(misspelled.error.contains("near it is test/accuracy"),
                 qPrintable(misspelled.error));
        // Newest first, and by the digits of a uuid.
        const Outcome listed = shared_.json({"runs", "list"});
        QCOMPARE(listed.lines.front()["run"].get<int>(), 2);
        const QString uuid = QString::fromStdString(listed.lines.front()["uuid"]);
        QCOMPARE(shared_.json({"runs", "show", uuid.left(10)}).last()["run"].get<int>(), 2);
        QCOMPARE(shared_.json({"runs", "show", "zz" + uuid.left(4)}).code, 2);
    }

    void listsWhatWasAskedFor() {
        // Both runs are judged by the same result, which stands above its column.
        const QByteArray usual = shared_.plain({"runs", "list"}).output;
        const QByteArray head = usual.left(usual.indexOf('\n'));
        for (const char* column : {"Test accuracy", "Step time", "Took", "Created"})
            QVERIFY2(head.contains(column), usual.constData());
        const QByteArray chosen = shared_
                                      .plain({"runs", "list", "--column", "batch_size", "--column",
                                              "test/loss", "--column", "seed"})
                                      .output;
        const QList<QByteArray> rows = chosen.trimmed().split('\n');
        QCOMPARE(rows.size(), 3);
        QVERIFY2(rows[0].contains("batch_size") && rows[0].contains("test/loss"),
                 chosen.constData());
        QVERIFY2(rows[1].contains(" 20 ") && rows[1].contains("nats"), chosen.constData());
        const Outcome unknown = shared_.json({"runs", "list", "--column", "bach_size"});
        QCOMPARE(unknown.code, 2);
        QVERIFY2(unknown.issueText().contains("near it is batch_size"),
                 qPrintable(unknown.issueText()));
        // A series that has no result of its name shows its last value.
        QVERIFY(!shared_.plain({"runs", "list", "--column", "learning_rate"}).output.contains("–"));
        const InlayProgram empty;
        QCOMPARE(empty.plain({"runs", "list", "--column", "batch_size"}).code,
                 empty.plain({"runs", "list"}).code);
    }

    void compareShowsWhatDiffers() {
        const Json compared = shared_.json({"runs", "compare", "1", "2"}).last();
        QCOMPARE(keysOf(compared["parameters"]), (QStringList{"seed", "batch_size"}));
        QCOMPARE(compared["parameters"]["batch_size"][1].get<int>(), 20);
        QVERIFY(compared["metrics"].contains("test/loss"));
        QVERIFY(!compared["metrics"].contains("parameters"));
        QCOMPARE(shared_.json({"runs", "compare", "1"}).code, 2);
    }

    void runsAreComparedAtEqualCost() {
        // 400 samples less 40 for validation: the series of run 1 against its steps of 18 or 20.
        const Outcome counted = shared_.json({"runs", "compare", "1", "2", "--by", "multiply_adds",
                                              "--series", "train/loss", "--points", "4"});
        QVERIFY2(counted.code == 0, qPrintable(counted.error));
        QCOMPARE(counted.last()["series"].get<std::string>(), std::string("train/loss"));
        const auto budgets = counted.last()["budgets"].get<std::vector<double>>();
        QCOMPARE(budgets.size(), std::size_t{4});
        QVERIFY(std::is_sorted(budgets.begin(), budgets.end()) && budgets[0] > 0);
        const auto rows = counted.ofType("row");
        QCOMPARE(rows.size(), std::size_t{2});
        // Both trained on as many samples, so they cost the same; the budgets end there.
        const double total = rows[0]["total"].get<double>();
        QVERIFY(std::abs(rows[1]["total"].get<double>() / total - 1) < 0.01);
        QVERIFY(std::abs(budgets.back() / total - 1) < 0.01);
        for (const Json& row : rows)
            QCOMPARE(row["values"].size(), std::size_t{4});
        QVERIFY(rows[0]["values"][3].get<double>() < rows[0]["values"][0].get<double>());

        const Outcome timed = shared_.json({"runs", "compare", "1", "2", "--by", "seconds"});
        QVERIFY2(timed.code == 0, qPrintable(timed.error));
        QCOMPARE(timed.last()["series"].get<std::string>(), std::string("validation/loss"));
        const Outcome plain = shared_.plain({"runs", "compare", "1", "2", "--by", "seconds"});
        QVERIFY(plain.output.contains("validation/loss at equal seconds in training steps"));
        QVERIFY(plain.output.contains("in all"));
    }

    void whatHasNoCostIsNamed_data() {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<QString>("part");
        QTest::newRow("series") << QStringList{"2", "--by", "seconds", "--series", "test/los"}
                                << "no series test/los; it has";
        QTest::newRow("cost") << QStringList{"2", "--by", "parameters"} << "--by";
        QTest::newRow("points") << QStringList{"2", "--by", "seconds", "--points", "0"}
                                << "--points";
        QTest::newRow("series alone") << QStringList{"2", "--series", "train/loss"} << "--by";
        QTest::newRow("one run") << QStringList{"--by", "seconds"} << "two or more";
        QTest::newRow("unknown run") << QStringList{"77", "--by", "seconds"} << "no run 77";
    }
    void whatHasNoCostIsNamed() {
        QFETCH(QStringList, more);
        QFETCH(QString, part);
        const Outcome outcome = shared_.json(QStringList{"runs", "compare", "1"} + more);
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.error.contains(part), qPrintable(outcome.error));
    }

    void anOpThatIsNoneIsNamed() {
        const Outcome outcome = shared_.json({"selfcheck", "--op", "nosuch"});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.error.contains("no op has nosuch in its name; allowed are parts of"),
                 qPrintable(outcome.error));
    }

    void runsOfOtherKindsHaveNoCount() {
        const InlayProgram program;
        const Outcome fitted =
            program.json({"run", projectFile("approximate-product"), "--set", "tile=2", "--set",
                          "ranks=[5]", "--set", "replicates=1", "--set", "steps=20"});
        QCOMPARE(fitted.code, 0);
        const Outcome outcome =
            program.json({"runs", "compare", "1", "1", "--by", "multiply_adds"});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.error.contains("of the kind amm"), qPrintable(outcome.error));
    }

    void exportsEverySeries() {
        const QString folder = shared_.path("out");
        const Outcome outcome = shared_.json({"runs", "export", "1", "--csv", folder});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        const Json shown = shared_.json({"runs", "show", "1"}).last();
        QCOMPARE(outcome.last()["series"].get<std::size_t>(), shown["series"].size());
        for (const Json& series : shown["series"]) {
            QFile file(folder + "/" + QString::fromStdString(series["name"]) + ".csv");
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
            const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
            QCOMPARE(lines.front(), QByteArray("step,value"));
            QCOMPARE(static_cast<std::int64_t>(lines.size()) - 1,
                     series["points"].get<std::int64_t>());
            QCOMPARE(lines.back().split(',').back().toDouble(), series["last_value"].get<double>());
        }
        for (const char* name : {"config", "metrics"}) {
            QFile file(folder + "/" + name + ".json");
            QVERIFY(file.open(QIODevice::ReadOnly));
            QCOMPARE(Json::parse(file.readAll().toStdString()), shown[name]);
        }
    }

    void runsAreEdited() {
        InlayProgram program;
        QCOMPARE(program.json(quickRun()).code, 0);
        QCOMPARE(program.json(quickRun()).code, 0);
        const auto edit = [&](const QStringList& arguments) {
            const Outcome outcome = program.json(QStringList{"runs"} + arguments);
            QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
            verifyJsonLines(outcome);
        };
        edit({"tag", "1", "2", "--add", "a", "--add", "b"});
        edit({"tag", "2", "--remove", "a"});
        edit({"star", "1"});
        edit({"note", "1", "--text", "seen"});
        edit({"rename", "1", "--to", "first"});
        RunStore store = open(program);
        QCOMPARE(store.run(1)->tags, (std::vector<std::string>{"a", "b"}));
        QCOMPARE(store.run(2)->tags, (std::vector<std::string>{"b"}));
        QVERIFY(store.run(1)->star && !store.run(2)->star);
        QCOMPARE(store.run(1)->notes, std::string("seen"));
        QCOMPARE(store.run(1)->name, std::string("first"));
        edit({"star", "1", "--off"});
        QVERIFY(!store.run(1)->star);
        edit({"delete", "1"});
        QCOMPARE(store.listRuns().size(), std::size_t{1});
        QCOMPARE(program.json({"runs", "list", "--bin"}).ofType("row").size(), std::size_t{1});
        edit({"restore", "1"});
        QCOMPARE(store.listRuns().size(), std::size_t{2});
        const QString files = QString::fromStdString(store.filesDirectory(1));
        QVERIFY(QDir(files).exists());
        edit({"delete", "1", "--purge"});
        QVERIFY(!store.run(1).has_value());
        QVERIFY(!QDir(files).exists());
        // An unknown run among them: nothing is changed.
        QCOMPARE(program.json({"runs", "star", "2", "1"}).code, 2);
        QVERIFY(!store.run(2)->star);
    }

    void forksTakeWhatTheyAreGiven() {
        InlayProgram program;
        QCOMPARE(program.json(quickRun()).code, 0);
        const Outcome forked = program.json({"fork", "1", "--set", "learning_rate=0.001", "--set",
                                             "epochs=5", "--threads", "2", "--device", "cpu",
                                             "--seed", "9", "--name", "branch", "--tag", "forked"});
        QVERIFY2(forked.code == 0, qPrintable(forked.error));
        verifyJsonLines(forked);
        RunStore store = open(program);
        const engine::RunRecord run = *store.run(2);
        QCOMPARE(run.parentRun.value_or(0), engine::RunId{1});
        QCOMPARE(run.threads, 2);
        QCOMPARE(run.device, std::string("cpu"));
        QCOMPARE(run.seed, std::uint64_t{9});
        QCOMPARE(run.name, std::string("branch"));
        QCOMPARE(run.tags, std::vector<std::string>{"forked"});
        QVERIFY(store.attempts(2).front().fromStep > 0);
        QCOMPARE(Json::parse(run.config)["learning_rate"].get<double>(), 0.001);
        for (const QStringList& bad :
             {QStringList{"--at", "1"}, QStringList{"--device", "tpu"},
              QStringList{"--set", "epochs=0"}, QStringList{"--threads", "-1"}})
            QCOMPARE(program.json(QStringList{"fork", "1"} + bad).code, 2);
        QCOMPARE(program.runCount(), std::size_t{2});
    }

    void resumeTakesDeviceAndThreads() {
        InlayProgram program;
        QCOMPARE(program.json(quickRun()).code, 0);
        {
            RunStore store = RunStore::open(program.storePath(), OpenMode::ReadWrite);
            store.setStatus(1, RunStatus::Stopped, "");
        }
        QCOMPARE(program.json({"resume", "1", "--device", "tpu"}).code, 2);
        QCOMPARE(open(program).run(1)->status, RunStatus::Stopped);
        const Outcome resumed = program.json({"resume", "1", "--threads", "2"});
        QVERIFY2(resumed.code == 0, qPrintable(resumed.error));
        QCOMPARE(open(program).run(1)->threads, 2);
        bool warned = false;
        for (const Json& event : resumed.ofType("event"))
            warned = warned || (event["level"] == "warning" &&
                                event["text"].get<std::string>().find("threads") == 0);
        QVERIFY(warned);
    }

    void aRowOfAnUnknownKindFails() {
        InlayProgram program;
        {
            RunStore store = RunStore::open(program.storePath(), OpenMode::Create);
            engine::NewRun run;
            run.name = "odd";
            run.kind = "puzzle_of_tomorrow";
            store.insertRun(run);
        }
        const Outcome outcome = program.json({"run", "--run", "1"});
        QCOMPARE(outcome.code, 1);
        QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("failed"));
        QVERIFY(outcome.error.contains("puzzle_of_tomorrow"));
        QCOMPARE(open(program).run(1)->status, RunStatus::Failed);
        QCOMPARE(program.json({"resume", "1"}).code, 2);
        QCOMPARE(open(program).run(1)->status, RunStatus::Failed);
    }
};

QTEST_GUILESS_MAIN(TestCommands)
#include "test_commands.moc"
