#include <QtTest>

#include <set>

#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

class TestStore : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path(const char* name) { return folder_.filePath(name).toStdString(); }

private slots:
    void createsAndReopens() {
        const std::string file = path("a.db");
        RunId id = 0;
        {
            RunStore store = RunStore::open(file, OpenMode::Create);
            id = store.insertRun(sampleRun("one"));
        }
        RunStore store = RunStore::open(file, OpenMode::ReadOnly);
        const auto run = store.run(id);
        QVERIFY(run.has_value());
        QCOMPARE(run->name, std::string("one"));
        QCOMPARE(run->status, RunStatus::Queued);
        QCOMPARE(run->tags, std::vector<std::string>{"paper"});
        QCOMPARE(run->uuid.size(), std::size_t{32});
        QCOMPARE(store.projects().at(0).title, std::string("Untitled"));
        QCOMPARE(store.findRuns(run->uuid.substr(0, 7)), std::vector<RunId>{id});
        QCOMPARE(store.params(id).size(), std::size_t{8});
    }
};

QTEST_GUILESS_MAIN(TestStore)
#include "test_store.moc"
