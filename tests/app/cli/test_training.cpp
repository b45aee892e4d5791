#include <QtTest>

#include <sys/types.h>

#include <csignal>
#include <cstdio>

#include "engine/store/series_reader.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;
using app_tests::resultsOf;
using app_tests::waitUntil;
using engine::OpenMode;
using engine::RunStatus;
using engine::RunStore;

class TestTraining : public QObject {
    Q_OBJECT

    static QStringList command(const char* project, const QStringList& sets) {
        QStringList arguments = {"run", projectFile(project), "--threads", "1"};
        for (const QString& set : sets)
            arguments << "--set" << set;
        return arguments;
    }

    // Takes a few seconds and writes a checkpoint each second.
    static QStringList longRun() {
        return command("blobs-mlp", {"dataset.count=20000", "network.hidden=[96,96]", "epochs=60",
                                     "batch_size=32", "log_every=1", "checkpoint.every_seconds=1"});
    }

    static RunStore open(const InlayProgram& program) {
        return RunStore::open(program.storePath(), OpenMode::ReadOnly);
    }

    static bool waitForRun(const InlayProgram& program, std::size_t count = 1) {
        return waitUntil([&] { return program.runCount() == count; }, 5000);
    }

    static std::string eventsOf(RunStore& store, engine::RunId run) {
        std::string text;
        for (const engine::EventRecord& event : store.events(run))
            text += event.text + "\n";
        return text;
    }

private slots:
    void theSameSeedTwiceIsIdentical();
    void interruptedRunsExitWithThreeAndGoOn();
    void pauseContinueAndStopTakeEffectWithinASecond();
    void stateOfTheLoopIsKeptOnResume();
    void aSettingIsAnEventAndIsKeptOnResume();
    void divergenceSaysWhatHappened();
    void blobsAreLearned();
};

void TestTraining::theSameSeedTwiceIsIdentical() {
    InlayProgram program;
    const QStringList twice = command("digits-mlp", {"dataset.count=600", "dataset.test_count=200",
                                                     "epochs=2", "network.hidden=[32]"});
    QCOMPARE(program.json(twice).code, 0);
    QCOMPARE(program.json(twice).code, 0);
    QCOMPARE(program.json(twice + QStringList{"--seed", "2"}).code, 0);
    RunStore store = open(program);
    QVERIFY(resultsOf(store, 1).find("train/loss") != std::string::npos);
    QCOMPARE(resultsOf(store, 2), resultsOf(store, 1));
    QVERIFY(resultsOf(store, 3) != resultsOf(store, 1));
}

void TestTraining::interruptedRunsExitWithThreeAndGoOn() {
    InlayProgram program;
    auto process = program.start(longRun() + QStringList{"--json"});
    QVERIFY(waitForRun(program));
    QTest::qWait(500);
    ::kill(static_cast<pid_t>(process->processId()), SIGINT);
    const Outcome stopped = InlayProgram::collect(*process);
    QCOMPARE(stopped.code, 3);
    QCOMPARE(stopped.last()["state"].get<std::string>(), std::string("stopped"));
    QVERIFY(!stopped.last().contains("type"));
    const Outcome resumed = program.json({"resume", "1"});
    QCOMPARE(resumed.code, 0);
    const Outcome again = program.json({"resume", "1"});
    QCOMPARE(again.code, 0);
    QCOMPARE(again.last()["metrics"], resumed.last()["metrics"]);
    QCOMPARE(open(program).attempts(1).size(), std::size_t{2});
}

void TestTraining::pauseContinueAndStopTakeEffectWithinASecond() {
    InlayProgram program;
    auto process = program.start(longRun() + QStringList{"--json"});
    QVERIFY(waitForRun(program));
    RunStore store = open(program);
    QVERIFY(waitUntil([&] { return store.run(1)->step > 0; }, 5000));
    const auto becomes = [&](RunStatus status) {
        return waitUntil([&] { return store.run(1)->status == status; }, 1000);
    };
    QCOMPARE(program.json({"resume", "1"}).code, 2);
    QCOMPARE(program.json({"pause", "1"}).code, 0);
    QVERIFY(becomes(RunStatus::Paused));
    QCOMPARE(program.json({"continue", "1"}).code, 0);
    QVERIFY(becomes(RunStatus::Running));
    QCOMPARE(program.json({"stop", "1"}).code, 0);
    QVERIFY(becomes(RunStatus::Stopped));
    QCOMPARE(InlayProgram::collect(*process).code, 3);
}

// Best weights, patience and what was gathered since the last logged step.
void TestTraining::stateOfTheLoopIsKeptOnResume() {
    InlayProgram program;
    const QStringList run =
        command("blobs-mlp", {"dataset.count=20000", "network.hidden=[256,256]", "epochs=60",
                              "batch_size=32", "log_every=7", "learning_rate=0.0001",
                              "dataset.spread=5", "keep=best_validation", "early_stop.patience=2"});
    QCOMPARE(program.json(run).code, 0);
    auto process = program.start(run + QStringList{"--json"});
    QVERIFY(waitForRun(program, 2));
    RunStore store = open(program);
    // Three interruptions at steps that are not logged as a rule.
    for (int round = 0; round < 3; ++round) {
        const std::int64_t from = store.run(2)->step;
        QVERIFY(waitUntil([&] { return store.run(2)->step > from + 200; }, 10000));
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        QCOMPARE(InlayProgram::collect(*process).code, 3);
        process = program.start({"resume", "2", "--json"});
        QVERIFY(waitUntil(
            [&] {
                return store.attempts(2).size() == static_cast<std::size_t>(round) + 2 &&
                       store.run(2)->status == RunStatus::Running;
            },
            5000));
    }
    QCOMPARE(InlayProgram::collect(*process).code, 0);
    QVERIFY(eventsOf(store, 1).find("Stopped early after epoch") != std::string::npos);
    QVERIFY(eventsOf(store, 2).find("Stopped early after epoch") != std::string::npos);
    QVERIFY(resultsOf(store, 2) == resultsOf(store, 1));
}

void TestTraining::aSettingIsAnEventAndIsKeptOnResume() {
    InlayProgram program;
    auto process = program.start(longRun() + QStringList{"--set", "schedule.kind=constant", "--set",
                                                         "schedule.warmup=0", "--json"});
    QVERIFY(waitForRun(program));
    QCOMPARE(program.json({"set", "1", "learning_rate=20"}).code, 2);
    QCOMPARE(program.json({"set", "1", "epochs=3"}).code, 2);
    QCOMPARE(program.json({"set", "1", "learning_rate=0.000125"}).code, 0);
    RunStore store = open(program);
    QVERIFY(waitUntil(
        [&] { return eventsOf(store, 1).find("learning_rate changed") != std::string::npos; },
        2000));
    ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
    process->waitForFinished();
    const Outcome resumed = program.json({"resume", "1"});
    QVERIFY2(resumed.code == 0, qPrintable(resumed.error));
    long long changedAt = -1;
    const std::string events = eventsOf(store, 1);
    QVERIFY(std::sscanf(events.c_str() + events.find("Step "), "Step %lld: learning_rate changed",
                        &changedAt) == 1);
    engine::SeriesReader reader(store);
    const engine::SeriesData rate = reader.read(reader.find(1, "learning_rate")->id);
    for (std::size_t i = 0; i < rate.size(); ++i)
        QCOMPARE(rate.values[i] == 0.000125, rate.steps[i] >= changedAt);
    QCOMPARE(rate.values.back(), 0.000125);
}

void TestTraining::divergenceSaysWhatHappened() {
    InlayProgram program;
    const Outcome outcome = program.json(command(
        "blobs-mlp", {"optimizer.kind=sgd", "learning_rate=10", "optimizer.weight_decay=1"}));
    QCOMPARE(outcome.code, 1);
    QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("diverged"));
    QVERIFY(outcome.error.contains("train/loss"));
    QVERIFY(outcome.error.contains("learning_rate"));
}

void TestTraining::blobsAreLearned() {
    InlayProgram program;
    const Outcome outcome = program.json(command("blobs-mlp", {}));
    QCOMPARE(outcome.code, 0);
    QVERIFY(outcome.last()["metrics"]["test/accuracy"].get<double>() > 0.95);
}

QTEST_GUILESS_MAIN(TestTraining)
#include "test_training.moc"
