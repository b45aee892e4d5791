#include <QtTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/random.h"
#include "engine/store/database.h"
#include "engine/store/series_reader.h"
#include "engine/store/series_writer.h"
#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

namespace {

/// Runs `work` in a child process and gives the reading end of a pipe it may write to.
struct Child {
    pid_t pid = -1;
    int output = -1;

    template <typename Work>
    explicit Child(const Work& work) {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0)
            return;
        pid = ::fork();
        if (pid == 0) {
            ::close(ends[0]);
            try {
                work(ends[1]);
            } catch (...) {
                ::_exit(3);
            }
            ::_exit(0);
        }
        ::close(ends[1]);
        output = ends[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (output >= 0)
            ::close(output);
    }

    bool read(std::int64_t& number) const {
        return ::read(output, &number, sizeof number) == sizeof number;
    }
    int wait() const {
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }
};

void say(int pipe, std::int64_t number) {
    if (::write(pipe, &number, sizeof number) != sizeof number)
        ::_exit(4);
}

} // namespace

class TestStoreProcesses : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

private slots:
    void manyCreateAtOnce() {
        const std::string path = folder_.filePath("create.db").toStdString();
        std::atomic<int> failures = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                try {
                    RunStore::open(path, OpenMode::Create).insertRun(sampleRun("one"));
                } catch (const Error& error) {
                    qWarning("%s (%s)", error.what(), error.detail().c_str());
                    ++failures;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(failures.load(), 0);
        RunStore store = RunStore::open(path, OpenMode::ReadWrite);
        QCOMPARE(store.listRuns().size(), std::size_t{8});
        QCOMPARE(store.projects().size(), std::size_t{1});
    }

    // A store is either not there or whole, whoever makes it and however it is opened.
    void readersNeverMeetHalfAStore() {
        for (int round = 0; round < 40; ++round) {
            const QString name = QString("half%1").arg(round);
            QVERIFY(QDir(folder_.path()).mkdir(name));
            const QDir place(folder_.filePath(name));
            const std::string path = place.filePath("store.db").toStdString();
            const auto create = [&path](int) {
                RunStore::open(path, OpenMode::Create).insertRun(sampleRun("one"));
            };
            const Child first(create);
            const Child second(create);
            std::int64_t seen = -1;
            std::string refusal;
            const QDeadlineTimer deadline(10000);
            for (int turn = 0; seen < 2 && refusal.empty() && !deadline.hasExpired(); ++turn) {
                try {
                    RunStore store = RunStore::open(path, turn % 2 == 0 ? OpenMode::ReadOnly
                                                                        : OpenMode::ReadWrite);
                    seen = static_cast<std::int64_t>(store.listRuns().size());
                } catch (const StoreError& error) {
                    if (error.fault() != StoreFault::Missing)
                        refusal = error.what();
                }
            }
            QCOMPARE(first.wait(), 0);
            QCOMPARE(second.wait(), 0);
            QVERIFY2(refusal.empty(), refusal.c_str());
            QCOMPARE(seen, std::int64_t{2});
            QCOMPARE(place.entryList({"*.new*"}, QDir::Files), QStringList());
        }
    }

    void aLogLeftByAnotherStoreIsNotReplayed() {
        const std::string path = folder_.filePath("left.db").toStdString();
        QString log;
        {
            RunStore store = RunStore::open(path, OpenMode::Create);
            store.insertRun(sampleRun("old"));
            log = QString::fromStdString(path) + "-wal";
            QVERIFY(QFile::copy(log, log + "-copy"));
        }
        QVERIFY(QFile::remove(QString::fromStdString(path)));
        QVERIFY(QFile::rename(log + "-copy", log));
        RunStore store = RunStore::open(path, OpenMode::Create);
        QVERIFY(store.listRuns().empty());
        QVERIFY(store.integrityProblems().empty());
    }

    void noRunIsClaimedTwice() {
        constexpr int kRuns = 120;
        const std::string path = folder_.filePath("claim.db").toStdString();
        {
            RunStore store = RunStore::open(path, OpenMode::Create);
            store.insertRuns(std::vector<NewRun>(kRuns, sampleRun("one")));
        }
        const auto claimAll = [&path](const std::function<void(RunId)>& claimed) {
            RunStore store = RunStore::open(path, OpenMode::ReadWrite);
            while (const auto id = store.claimRun({}, ProcessIdentity::current()))
                claimed(*id);
        };
        std::vector<std::unique_ptr<Child>> children;
        for (int i = 0; i < 3; ++i)
            children.push_back(std::make_unique<Child>(
                [&](int pipe) { claimAll([pipe](RunId id) { say(pipe, id); }); }));
        std::vector<std::vector<RunId>> claims(4);
        std::vector<std::thread> threads;
        for (auto& mine : claims)
            threads.emplace_back([&] { claimAll([&mine](RunId id) { mine.push_back(id); }); });
        for (std::thread& thread : threads)
            thread.join();
        std::vector<RunId> all;
        for (const auto& mine : claims)
            all.insert(all.end(), mine.begin(), mine.end());
        for (const auto& child : children) {
            std::int64_t id = 0;
            while (child->read(id))
                all.push_back(id);
            QCOMPARE(child->wait(), 0);
        }
        std::sort(all.begin(), all.end());
        QCOMPARE(all.size(), std::size_t{kRuns});
        QVERIFY(std::adjacent_find(all.begin(), all.end()) == all.end());
    }

    void killedWriterLosesNothingAcknowledged() {
        const std::string path = folder_.filePath("kill.db").toStdString();
        RandomStream random(11, "kill");
        std::int64_t points = 0;
        for (int trial = 0; trial < 20; ++trial) {
            const Child child([&](int pipe) {
                RunStore store = RunStore::open(path, OpenMode::Create);
                NewRun wanted = sampleRun("killed");
                wanted.status = RunStatus::Running;
                const RunId run = store.insertRun(wanted);
                store.beginAttempt(run, 0, "start");
                SeriesWriter writer(store, run, 1);
                say(pipe, run);
                for (std::int64_t step = 0;; ++step) {
                    for (int s = 0; s < 3; ++s)
                        writer.add("s" + std::to_string(s), step, static_cast<double>(step), step);
                    if (step % 50 == 49) {
                        writer.commit([&] { store.heartbeat(run, {step, 0, -1}); });
                        say(pipe, step);
                    }
                }
            });
            std::int64_t run = 0;
            std::int64_t acknowledged = -1;
            // The clock starts at the first acknowledged commit, or an empty file would pass.
            QVERIFY(child.read(run) && child.read(acknowledged));
            QTest::qSleep(5 + static_cast<int>(random.below(60)));
            ::kill(child.pid, SIGKILL);
            std::int64_t step = 0;
            while (child.read(step))
                acknowledged = step;
            QVERIFY(WIFSIGNALED(child.wait()));
            RunStore store = RunStore::open(path, OpenMode::ReadWrite);
            QVERIFY(store.integrityProblems().empty());
            QCOMPARE(store.markLostRuns(), std::vector<RunId>{run});
            SeriesReader reader(store);
            const auto all = reader.list(run);
            QCOMPARE(all.size(), std::size_t{3});
            for (const SeriesInfo& info : all) {
                QVERIFY(info.lastStep >= acknowledged);
                QCOMPARE(info.lastStep, all[0].lastStep);
                const SeriesData data = reader.read(info.id);
                QVERIFY(data.gaps.empty());
                QCOMPARE(static_cast<std::int64_t>(data.size()), info.lastStep + 1);
                for (std::size_t i = 0; i < data.size(); ++i)
                    QVERIFY(data.steps[i] == static_cast<std::int64_t>(i) &&
                            data.values[i] == static_cast<double>(i));
                points += info.count;
            }
            QVERIFY(store.run(run)->step >= acknowledged);
        }
        qInfo("20 kills, %lld points kept", static_cast<long long>(points));
    }

    void twoWritersAndAReaderMeetNoBusy() {
        const std::string path = folder_.filePath("two.db").toStdString();
        RunStore store = RunStore::open(path, OpenMode::Create);
        std::atomic<int> failures = 0;
        std::atomic<bool> stop = false;
        std::array<std::atomic<std::int64_t>, 2> commits = {};
        std::vector<std::thread> threads;
        for (std::size_t w = 0; w < 2; ++w) {
            threads.emplace_back([&, w] {
                try {
                    RunStore own = RunStore::open(path, OpenMode::ReadWrite);
                    const RunId run = own.insertRun(sampleRun("writer"));
                    own.beginAttempt(run, 0, "start");
                    SeriesWriter writer(own, run, 1);
                    for (std::int64_t step = 0; !stop; ++step) {
                        writer.add("x", step, 1.0, step);
                        if (step % 100 == 99) {
                            writer.commit();
                            ++commits[w];
                            // A hundred times the pace of a run. Without any rest the log can only
                            // grow: it starts anew when for a moment nobody reads or writes.
                            std::this_thread::sleep_for(std::chrono::milliseconds(2));
                        }
                    }
                } catch (const Error& error) {
                    qWarning("%s (%s)", error.what(), error.detail().c_str());
                    ++failures;
                }
            });
        }
        std::int64_t largestWal = 0;
        QElapsedTimer timer;
        timer.start();
        SeriesReader reader(store);
        std::int64_t seen = 0;
        std::map<RunId, SeriesCursor> cursors;
        while (timer.elapsed() < 3000) {
            for (const RunRecord& run : store.listRuns()) {
                if (const auto info = reader.find(run.id, "x")) {
                    SeriesCursor& cursor = cursors[run.id];
                    cursor.series = info->id;
                    for (const SeriesUpdate& update : reader.poll({&cursor, 1}))
                        seen += static_cast<std::int64_t>(update.points.size());
                }
            }
            largestWal = std::max(largestWal, store.walBytes());
            QTest::qSleep(20);
        }
        stop = true;
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(failures.load(), 0);
        QVERIFY(commits[0] > 0 && commits[1] > 0);
        for (auto& [run, cursor] : cursors) {
            for (const SeriesUpdate& update : reader.poll({&cursor, 1}))
                seen += static_cast<std::int64_t>(update.points.size());
        }
        qInfo("%lld + %lld commits in 3 s, 0 busy; log at most %.1f MB",
              static_cast<long long>(commits[0]), static_cast<long long>(commits[1]),
              static_cast<double>(largestWal) / 1e6);
        QCOMPARE(seen, 100 * (commits[0] + commits[1]));
        QVERIFY(largestWal < RunStore::kWalLimit);
    }
};

QTEST_GUILESS_MAIN(TestStoreProcesses)
#include "test_store_processes.moc"
