#include <QtTest>

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include "engine/store/run_store.h"
#include "engine/store/series_writer.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"

using namespace inlay;
using namespace inlay::widgets;

namespace {

engine::NewRun newRun(const std::string& name, engine::RunStatus status) {
    engine::NewRun run;
    run.name = name;
    run.kind = "train";
    run.status = status;
    run.config = {{"network", {{"width", 96}}}};
    return run;
}

} // namespace

class TestRunWatcher : public QObject {
    Q_OBJECT

private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        path_ = folder_->filePath(QStringLiteral("runs.db"));
    }

    void answersArriveInOrderOnTheGuiThread() {
        StoreClient client(path_);
        QStringList order;
        for (int i = 0; i < 5; ++i)
            client.ask(
                this,
                [i](engine::RunStore& store) {
                    return store.insertRun(
                        newRun("run " + std::to_string(i), engine::RunStatus::Queued));
                },
                [&order](engine::RunId id) {
                    QCOMPARE(QThread::currentThread(), qApp->thread());
                    order << QString::number(id);
                });
        QTRY_COMPARE(order, QStringList({"1", "2", "3", "4", "5"}));
    }

    void anAnswerToNobodyIsDropped() {
        StoreClient client(path_);
        bool answered = false;
        bool later = false;
        {
            QObject gone;
            client.ask(
                &gone, [](engine::RunStore& store) { return store.paramKeys(); },
                [&](const auto&) { answered = true; });
        }
        client.ask(
            this, [](engine::RunStore&) {}, [&] { later = true; });
        QTRY_VERIFY(later);
        QVERIFY(!answered);
    }

    void aFailureIsASentenceAndRefuses() {
        StoreClient client(path_);
        QSignalSpy failures(&client, &StoreClient::failed);
        QString refused;
        bool done = false;
        client.ask(
            this, [](engine::RunStore& store) { store.rename(77, "x"); }, [&] { done = true; },
            [&](const QString& sentence) { refused = sentence; });
        QTRY_VERIFY(!refused.isEmpty());
        QVERIFY(!done);
        QCOMPARE(failures.count(), 1);
        QVERIFY2(refused.contains(QStringLiteral("77")), qPrintable(refused));
    }

    void writesAreDoneBeforeTheClientGoes() {
        {
            StoreClient client(path_);
            for (int i = 0; i < 20; ++i)
                client.tell([](engine::RunStore& store) {
                    store.insertRun(newRun("r", engine::RunStatus::Queued));
                });
        }
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadOnly);
        QCOMPARE(store.listRuns().size(), std::size_t{20});
    }

    void aFileThatIsNoStoreIsNamedWithAdvice() {
        QFile file(path_);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("This is a text and no database at all.\n");
        file.close();
        StoreClient client(path_);
        QSignalSpy spy(&client, &StoreClient::unavailable);
        QTRY_COMPARE(spy.count(), 1);
        const QString sentence = spy.first().first().toString();
        QVERIFY2(sentence.contains(path_), qPrintable(sentence));
        QVERIFY2(sentence.contains(QStringLiteral("File, Open")), qPrintable(sentence));
        // Once the file is gone, the next attempt makes a store.
        QSignalSpy opened(&client, &StoreClient::opened);
        QVERIFY(QFile::remove(path_));
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, 6000);
    }

    void aRunOfAnotherConnectionAppears() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        QSignalSpy opened(&client, &StoreClient::opened);
        QTRY_COMPARE(opened.count(), 1);
        auto other = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const auto id = other.insertRun(newRun("outside", engine::RunStatus::Queued));
        QTRY_VERIFY_WITH_TIMEOUT(watcher.runs()->indexOf(id) >= 0, 20'000);
    }

    void nothingHappensWhileNothingChanges() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        bool made = false;
        client.ask(
            this,
            [](engine::RunStore& store) {
                return store.insertRun(newRun("still", engine::RunStatus::Queued));
            },
            [&](engine::RunId) { made = true; });
        QTRY_VERIFY(made);
        QTRY_COMPARE(watcher.runs()->rowCount(), std::size_t{1});
        QSignalSpy changes(&watcher, &RunWatcher::runsChanged);
        QTest::qWait(500);
        QCOMPARE(changes.count(), 0);
    }

    void everyPointArrivesOnceAndAResumeDropsWhatItReplaces() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        QSignalSpy opened(&client, &StoreClient::opened);
        QTRY_COMPARE(opened.count(), 1);
        auto other = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const auto id = other.insertRun(newRun("live", engine::RunStatus::Running));
        const auto first = other.beginAttempt(id, 0, "start");
        std::map<qint64, double> seen;
        int batches = 0;
        connect(&watcher, &RunWatcher::seriesArrived, this,
                [&](const std::vector<SeriesNews>& news) {
                    ++batches;
                    for (const SeriesNews& one : news) {
                        QCOMPARE(one.run, id);
                        QCOMPARE(one.name, QStringLiteral("train/loss"));
                        if (one.update.dropFrom)
                            seen.erase(seen.lower_bound(*one.update.dropFrom), seen.end());
                        for (std::size_t i = 0; i < one.update.points.size(); ++i) {
                            QVERIFY(seen.count(one.update.points.steps[i]) == 0);
                            seen[one.update.points.steps[i]] = one.update.points.values[i];
                        }
                    }
                });
        watcher.watchSeries({id}, [](const std::string& name) { return name == "train/loss"; });
        engine::SeriesWriter writer(other, id, first.n);
        for (int step = 0; step < 3000; ++step) {
            writer.add("train/loss", step, 1.0 / (step + 1), 1000 + step);
            writer.add("train/accuracy", step, 0.5, 1000 + step);
            if (step % 100 == 99) {
                writer.commit();
                QTest::qWait(5);
            }
        }
        QTRY_COMPARE(seen.size(), std::size_t{3000});
        QVERIFY2(batches < 31, qPrintable(QString::number(batches)));
        const auto second = other.beginAttempt(id, 2000, "resumed at step 2000");
        engine::SeriesWriter again(other, id, second.n);
        for (int step = 2000; step < 2500; ++step)
            again.add("train/loss", step, -1.0, 9000 + step);
        again.commit();
        QTRY_COMPARE(seen.size(), std::size_t{2500});
        QCOMPARE(seen.at(1999), 1.0 / 2000);
        QCOMPARE(seen.at(2000), -1.0);
        watcher.watchSeries({}, {});
    }

    void aKilledRunnerIsMarkedLost() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        QSignalSpy opened(&client, &StoreClient::opened);
        QTRY_COMPARE(opened.count(), 1);
        QProcess process;
        process.start(QStringLiteral("sleep"), {QStringLiteral("60")});
        QVERIFY(process.waitForStarted());
        auto other = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        engine::NewRun run = newRun("killed", engine::RunStatus::Running);
        run.process = engine::ProcessIdentity::current();
        run.process->pid = process.processId();
        run.process->procStart = 0;
        const auto id = other.insertRun(run);
        QTRY_VERIFY(watcher.runs()->indexOf(id) >= 0);
        process.kill();
        QVERIFY(process.waitForFinished());
        const auto state = [&] {
            const auto runs = watcher.runs();
            return runs->row(static_cast<std::size_t>(runs->indexOf(id))).status;
        };
        QTRY_COMPARE(state(), engine::RunStatus::Lost);
    }

private:
    std::unique_ptr<QTemporaryDir> folder_;
    QString path_;
};

QTEST_GUILESS_MAIN(TestRunWatcher)
#include "test_run_watcher.moc"
