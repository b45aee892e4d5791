#include <QtTest>

#include <set>

#include "engine/store/run_store.h"

using namespace inlay::engine;

namespace {

NewRun sampleRun(const std::string& name) {
    NewRun run;
    run.name = name;
    run.kind = "train";
    run.config = parseJson(R"({"network": {"kind": "mlp", "width": 96,
        "operator": {"kind": "stl", "rank": 24}}, "keep": null, "bias": true})",
                           "sample");
    run.tags = {"paper"};
    return run;
}

} // namespace

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
        QCOMPARE(store.params(id).size(), std::size_t{6});
    }
};

QTEST_GUILESS_MAIN(TestStore)
#include "test_store.moc"
