#include <QtTest>

#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/database.h"
#include "engine/store/series_writer.h"
#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

namespace {

RunStore::FileWriter fileWith(const std::string& text) {
    return [text](const std::string& path) {
        writeText(path, text);
    };
}

/// A process that has ended and been waited for.
ProcessIdentity deadProcess() {
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return {child, 12345, hostName()};
}

} // namespace

class TestStore : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    int files_ = 0;

    std::string newPath() { return folder_.filePath(QString("%1.db").arg(files_++)).toStdString(); }
    RunStore newStore() { return RunStore::open(newPath(), OpenMode::Create); }

private slots:
    void aPinStaysWhenACheckpointIsWrittenAgain() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        store.writeCheckpoint(id, 1, 5, fileWith("x"));
        store.pinCheckpoint(store.checkpoints(id).at(0), RunStore::Pin::Keep);
        store.writeCheckpoint(id, 1, 5, fileWith("longer"));
        QCOMPARE(store.checkpoints(id).size(), std::size_t{1});
        QVERIFY(store.checkpoints(id).at(0).pinned);
        QCOMPARE(store.checkpoints(id).at(0).bytes, std::int64_t{6});
    }

    void pathsOutsideOfTheFolderAreRefused() {
        RunStore store = newStore();
        for (const char* path : {"../x", "a/../../x", "/x", ""})
            QVERIFY_EXCEPTION_THROWN(store.absolutePath(path), StoreError);
        QVERIFY(QString::fromStdString(store.absolutePath("a/b")).endsWith("/a/b"));
    }

    void projectsAreFoundByTitleAndPath() {
        RunStore store = newStore();
        const ProjectId a = store.findOrMakeProject("Digits", "/p/a.inlay.json");
        QCOMPARE(store.findOrMakeProject("Digits", "/p/a.inlay.json"), a);
        const ProjectId b = store.findOrMakeProject("Digits", "/p/b.inlay.json");
        QVERIFY(a != b);
        NewRun run = sampleRun("one");
        run.project = a;
        const RunId id = store.insertRun(run);
        store.setBaseline(a, id);
        store.setProjectNotes(a, "n");
        QCOMPARE(store.project(a)->runs, std::int64_t{1});
        QCOMPARE(store.project(a)->notes, std::string("n"));
        QCOMPARE(*store.project(a)->baselineRun, id);
        QCOMPARE(store.project(b)->runs, std::int64_t{0});
        store.purge({&id, 1});
        QVERIFY(!store.project(a)->baselineRun.has_value());
        RunFilter filter;
        filter.project = b;
        QVERIFY(store.listRuns(filter).empty());
    }

    void lifeOfARun() {
        RunStore store = newStore();
        NewRun wanted = sampleRun("one");
        wanted.seed = 18446744073709551615u;
        wanted.flags = {"mixes_samples"};
        wanted.groupKey = "g";
        const RunId parent = store.insertRun(sampleRun("parent"));
        wanted.parentRun = parent;
        const RunId id = store.insertRun(wanted);
        QCOMPARE(store.childrenOf(parent), std::vector<RunId>{id});
        QCOMPARE(store.run(id)->seed, wanted.seed);
        QCOMPARE(store.run(id)->flags, wanted.flags);
        QCOMPARE(store.run(id)->configHash, store.run(parent)->configHash);
        const ProcessIdentity self = ProcessIdentity::current();
        QVERIFY(self.procStart > 0);
        ClaimFilter filter;
        filter.groupKey = "g";
        QCOMPARE(*store.claimRun(filter, self), id);
        QVERIFY(!store.claimRun(filter, self).has_value());
        QVERIFY(!store.claimForResume(id, self));
        auto run = *store.run(id);
        QCOMPARE(run.status, RunStatus::Running);
        QVERIFY(run.process == self);
        QVERIFY(run.startedMs > 0 && run.heartbeatMs > 0 && run.endedMs == 0);
        store.heartbeat(id, {40, 100, 6000});
        store.setEnvironment(id, {{"threads", 2}});
        store.setStatus(id, RunStatus::Paused);
        run = *store.run(id);
        QCOMPARE(run.step, std::int64_t{40});
        QCOMPARE(run.etaMs, std::int64_t{6000});
        QCOMPARE(run.environment, std::string("{\"threads\":2}"));
        QVERIFY_EXCEPTION_THROWN(store.purge({&id, 1}), StoreError);
        const double nan = std::numeric_limits<double>::quiet_NaN();
        store.endRun(id, RunStatus::Diverged, "train/loss is not finite at step 41",
                     {{"z", -0.0}, {"a", nan}});
        run = *store.run(id);
        QCOMPARE(run.message, std::string("train/loss is not finite at step 41"));
        QVERIFY(run.endedMs >= run.startedMs);
        const Metrics metrics = store.metrics(id);
        QCOMPARE(metrics[0].first, std::string("z"));
        QVERIFY(std::signbit(metrics[0].second));
        QVERIFY(std::isnan(metrics[1].second));
        QVERIFY(store.claimForResume(id, self));
        QVERIFY(store.metrics(id).empty());
        QVERIFY(store.run(id)->message.empty());
        store.setStatus(id, RunStatus::Finished);
        QVERIFY(!store.claimForResume(id, self));
        QVERIFY(faultOf([&] { store.setStatus(999, RunStatus::Failed); }).fault ==
                StoreFault::NotFound);
    }

    void ownedRunsAreTakenByNameOnly() {
        RunStore store = newStore();
        NewRun run = sampleRun("owned");
        run.owner = ProcessIdentity::current();
        const RunId id = store.insertRun(run);
        QVERIFY(!store.claimRun({}, ProcessIdentity::current()).has_value());
        QVERIFY(store.markLostRuns().empty());
        ClaimFilter filter;
        filter.ids = {id};
        QCOMPARE(*store.claimRun(filter, ProcessIdentity::current()), id);
        NewRun gone = sampleRun("gone");
        gone.owner = deadProcess();
        const RunId lost = store.insertRun(gone);
        QCOMPARE(store.markLostRuns(), std::vector<RunId>{lost});
        NewRun device = sampleRun("device");
        device.device = "cuda:0";
        const RunId cuda = store.insertRun(device);
        ClaimFilter cpu;
        cpu.device = "cpu";
        QVERIFY(!store.claimRun(cpu, ProcessIdentity::current()).has_value());
        cpu.device = "cuda:0";
        QCOMPARE(*store.claimRun(cpu, ProcessIdentity::current()), cuda);
    }

    void lostRuns() {
        RunStore store = newStore();
        NewRun run = sampleRun("dead");
        run.status = RunStatus::Running;
        run.process = deadProcess();
        const RunId dead = store.insertRun(run);
        run.process = ProcessIdentity::current();
        const RunId alive = store.insertRun(run);
        // The pid lives but started at another time: it was reused.
        run.process->procStart -= 1;
        const RunId reused = store.insertRun(run);
        run.process = ProcessIdentity{1, 1, "elsewhere"};
        const RunId remote = store.insertRun(run);
        QCOMPARE(store.markLostRuns(), (std::vector<RunId>{dead, reused}));
        QCOMPARE(store.run(alive)->status, RunStatus::Running);
        store.database().run("UPDATE run SET heartbeat_ms = heartbeat_ms - 31000 WHERE id = ?",
                             remote);
        QCOMPARE(store.markLostRuns(), std::vector<RunId>{remote});
        QVERIFY(store.run(dead)->endedMs > 0);
        QVERIFY(!store.run(dead)->message.empty());
        const ProcessIdentity self = ProcessIdentity::current();
        QVERIFY(processFromString(textOf(self)) == self);
        QVERIFY(processFromString("nonsense") == ProcessIdentity{});
    }

    void findsRunsByIdAndUuid() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        const RunId other = store.insertRun(sampleRun("two"));
        store.database().run(
            "UPDATE run SET uuid = x'123456789abcdef0123456789abcdef0' WHERE id = ?", id);
        store.database().run(
            "UPDATE run SET uuid = x'123456799abcdef0123456789abcdef0' WHERE id = ?", other);
        QCOMPARE(store.findRuns("1"), std::vector<RunId>{id});
        QCOMPARE(store.findRuns("1234567"), (std::vector<RunId>{id, other}));
        QCOMPARE(store.findRuns("12345678"), std::vector<RunId>{id});
        QCOMPARE(store.findRuns("12345678-9ABC"), std::vector<RunId>{id});
        QVERIFY(store.findRuns("12345").empty());
        QVERIFY(store.findRuns("ffffff").empty());
        QVERIFY(store.findRuns("").empty());
        QVERIFY(store.findRuns("one").empty());
    }

    void editsBinAndPurge() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        store.setNotes(id, "n");
        store.setStar(id, true);
        store.addTag(id, "b");
        store.addTag(id, "b");
        store.removeTag(id, "paper");
        auto run = *store.run(id);
        QVERIFY(run.star && run.notes == "n");
        QCOMPARE(run.tags, std::vector<std::string>{"b"});
        store.writeCheckpoint(id, 1, 5, fileWith("x"));
        const std::string files = store.filesDirectory(id);
        store.moveToBin({&id, 1});
        QVERIFY(store.run(id)->deletedMs > 0);
        QVERIFY(store.listRuns().empty());
        RunFilter filter;
        filter.bin = RunFilter::Bin::Only;
        QCOMPARE(store.listRuns(filter).size(), std::size_t{1});
        QVERIFY(!store.claimRun({}, ProcessIdentity::current()).has_value());
        store.restore({&id, 1});
        QCOMPARE(store.listRuns().size(), std::size_t{1});
        store.addEvent(id, EventLevel::Info, "e");
        store.beginAttempt(id, 0, "start");
        SeriesWriter writer(store, id, 1);
        for (int i = 0; i < 1500; ++i)
            writer.add("x", i, i, 0);
        writer.commit();
        QVERIFY(std::filesystem::exists(files));
        store.purge({&id, 1});
        QVERIFY(!std::filesystem::exists(files));
        QVERIFY(!store.run(id).has_value());
        for (const char* table :
             {"param", "tag", "event", "attempt", "series", "tail", "chunk", "checkpoint"}) {
            Statement row =
                store.database().prepareOnce(std::string("SELECT count(*) FROM ") + table);
            row.step();
            QVERIFY2(row.integer(0) == 0, table);
        }
        // Ids are never used again.
        QVERIFY(store.insertRun(sampleRun("two")) > id);
    }

    void eventsControlsAndQuestions() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        store.addEvent(id, EventLevel::Warning, "first");
        store.addEvent(id, EventLevel::Error, "second");
        const auto events = store.events(id);
        QCOMPARE(events.size(), std::size_t{2});
        QCOMPARE(events[0].level, EventLevel::Warning);
        QCOMPARE(store.events(id, events[0].id).at(0).text, std::string("second"));
        const auto pause = store.requestControl(id, ControlVerb::Pause);
        store.requestControl(id, ControlVerb::Set, R"({"key": "learning_rate", "value": 0.1})");
        QCOMPARE(store.pendingControls(id).size(), std::size_t{2});
        store.takeControl(pause, "paused");
        QCOMPARE(store.pendingControls(id).at(0).verb, ControlVerb::Set);
        QCOMPARE(store.controls(id).at(0).outcome, std::string("paused"));
        QVERIFY(store.controls(id).at(0).takenMs > 0);
        store.askQuestion(id, {1, "", "a or b", 0});
        store.askQuestion(id, {2, "left", "a or c", 0});
        store.askQuestion(id, {2, "right", "b or c", 0});
        QCOMPARE(store.questions(id).size(), std::size_t{3});
        QCOMPARE(store.questions(id)[2].payload, std::string("b or c"));
        QCOMPARE(store.answerQuestion(id, 1, "left", RunStore::Answer::Given), std::int64_t{1});
        QCOMPARE(store.answerQuestion(id, 1, "", RunStore::Answer::Undo), std::int64_t{2});
        QVERIFY(store.answers(id, 1).at(0).undone);
    }

    void framesAreLimited() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        FrameRecord frame;
        frame.name = "weights";
        frame.type = FrameType::F32;
        frame.shape = {4, 8};
        frame.data.resize(128);
        for (int step = 0; step <= RunStore::kMaxFramesPerName; ++step) {
            frame.step = step;
            frame.data[5] = static_cast<std::byte>(step);
            store.insertFrame(id, frame);
        }
        const auto kept = store.frames(id, "weights");
        QCOMPARE(kept.size(), std::size_t{101});
        QCOMPARE(kept[1].step, std::int64_t{2});
        QCOMPARE(kept.back().step, std::int64_t{RunStore::kMaxFramesPerName});
        QVERIFY(kept[0].data.empty());
        const auto one = store.frame(id, "weights", 1, 66);
        QVERIFY(one.has_value());
        QCOMPARE(one->shape, frame.shape);
        QCOMPARE(one->data[5], std::byte{66});
        QVERIFY(!store.frame(id, "weights", 1, 67).has_value());
        QCOMPARE(store.frameNames(id), std::vector<std::string>{"weights"});
        frame.data.resize(127);
        QVERIFY_EXCEPTION_THROWN(store.insertFrame(id, frame), Error);
        frame.shape = {(1 << 18) + 1};
        frame.data.resize((1 << 20) + 4);
        QVERIFY_EXCEPTION_THROWN(store.insertFrame(id, frame), Error);
        store.insertResultRow(id, "table", {1, 0, R"({"a": 1})"});
        store.insertResultRow(id, "table", {1, 1, R"({"a": 2})"});
        store.insertResultRow(id, "table", {1, 0, R"({"a": 3})"});
        QCOMPARE(store.resultNames(id), std::vector<std::string>{"table"});
        QCOMPARE(store.resultRows(id, "table").size(), std::size_t{2});
        QCOMPARE(store.resultRows(id, "table")[0].data, std::string(R"({"a": 3})"));
    }

    void checkpointsKeepTheLastTwoAndThePinned() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        QCOMPARE(store.removeStrayFiles(id), 0);
        for (int step = 10; step <= 50; step += 10) {
            const auto made =
                store.writeCheckpoint(id, 1, step, fileWith("at " + std::to_string(step)));
            if (step == 20)
                store.pinCheckpoint(made, RunStore::Pin::Keep);
        }
        const auto kept = store.checkpoints(id);
        QCOMPARE(kept.size(), std::size_t{3});
        QCOMPARE(kept[0].step, std::int64_t{50});
        QCOMPARE(kept[1].step, std::int64_t{40});
        QCOMPARE(kept[2].step, std::int64_t{20});
        QCOMPARE(readText(store.absolutePath(kept[2].path)), std::string("at 20"));
        QVERIFY(store.checkpointIsSound(kept[0]));
        store.writeArtifact(id, "model.safetensors", 50, "application/octet-stream", fileWith("m"));
        QCOMPARE(store.artifacts(id).at(0).bytes, std::int64_t{1});
        QVERIFY_EXCEPTION_THROWN(store.writeArtifact(id, "../x", 0, "", fileWith("m")), Error);
        // What a killed process leaves behind: a temporary file, and a file without a row.
        const std::string folder = store.filesDirectory(id);
        writeText(folder + "/checkpoint-1-60.safetensors.tmp", "half");
        writeText(folder + "/checkpoint-1-60.safetensors", "whole");
        QCOMPARE(store.removeStrayFiles(id), 2);
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            files += entry.is_regular_file() ? 1 : 0;
        QCOMPARE(files, 4);
        writeText(store.absolutePath(kept[0].path), "at 51");
        QVERIFY(!store.checkpointIsSound(kept[0]));
        std::filesystem::remove(store.absolutePath(kept[1].path));
        QVERIFY(!store.checkpointIsSound(kept[1]));
        // A writer that fails leaves nothing, and the rows as they were.
        QVERIFY_EXCEPTION_THROWN(store.writeCheckpoint(id, 1, 70,
                                                       [](const std::string& path) {
                                                           writeText(path, "part");
                                                           throw Error("stopped");
                                                       }),
                                 Error);
        QCOMPARE(store.checkpoints(id).size(), std::size_t{3});
        QVERIFY(!std::filesystem::exists(folder + "/checkpoint-1-70.safetensors.tmp"));
        CheckpointRecord gone = kept[0];
        gone.step = 11;
        QVERIFY(faultOf([&] { store.pinCheckpoint(gone, RunStore::Pin::Keep); }).fault ==
                StoreFault::NotFound);
    }

    void oneWorkerAStore() {
        RunStore store = newStore();
        const ProcessIdentity self = ProcessIdentity::current();
        QVERIFY(store.becomeWorker(deadProcess(), 1));
        QVERIFY(store.becomeWorker(self, 2));
        QCOMPARE(store.worker()->slotCount, 2);
        ProcessIdentity parent = self;
        parent.pid = ::getppid();
        parent.procStart = 0;
        QVERIFY(!store.becomeWorker(parent, 1));
        store.resignWorker(parent);
        QVERIFY(store.worker().has_value());
        store.resignWorker(self);
        QVERIFY(!store.worker().has_value());
    }

    void keysOfLiveRuns() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        store.setMetrics(id, {{"test/accuracy", 1.0}});
        store.beginAttempt(id, 0, "start");
        SeriesWriter writer(store, id, 1);
        writer.add("train/loss", 0, 1.0, 0);
        writer.commit();
        QCOMPARE(store.paramKeys().size(), std::size_t{8});
        QCOMPARE(store.metricKeys(), (std::vector<std::string>{"test/accuracy", "train/loss"}));
        store.moveToBin({&id, 1});
        QVERIFY(store.paramKeys().empty());
        QVERIFY(store.metricKeys().empty());
    }

    void transactionsJoinAndRollBack() {
        RunStore store = newStore();
        RunId id = 0;
        QVERIFY_EXCEPTION_THROWN(store.transaction([&] {
            id = store.insertRun(sampleRun("one"));
            store.addEvent(id, EventLevel::Info, "e");
            throw Error("no");
        }),
                                 Error);
        QVERIFY(store.listRuns().empty());
        store.transaction([&] { id = store.insertRun(sampleRun("two")); },
                          RunStore::Durability::Full);
        QCOMPARE(store.listRuns().size(), std::size_t{1});
        QCOMPARE(store.database().pragma("synchronous"), std::int64_t{1});
    }
};

QTEST_GUILESS_MAIN(TestStore)
#include "test_store.moc"
