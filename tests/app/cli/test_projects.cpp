#include <QDir>
#include <QFileInfo>
#include <QtTest>

#include <cmath>

#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;
using engine::Json;

class TestProjects : public QObject {
    Q_OBJECT

    static QStringList command(const char* project, const QStringList& sets) {
        QStringList arguments = {"run", projectFile(project), "--threads", "1"};
        for (const QString& set : sets)
            arguments << "--set" << set;
        return arguments;
    }

private slots:
    void everyFamilyTrains_data();
    void everyFamilyTrains();
    void everyProjectRuns_data();
    void everyProjectRuns();
    void parametersPageIsFresh();
    void dryRunWritesNothing();
    void readingCommandsMakeNoStore();
};

/// What makes a run of a kind short.
static QStringList quickSets(const std::string& kind) {
    if (kind == "train")
        return {"dataset.count=40", "dataset.test_count=20", "batch_size=20", "epochs=1"};
    if (kind == "bench")
        return {"sizes=[64]", "forward_repeats=1", "train_repeats=1", "search=false"};
    if (kind == "amm")
        return {"steps=20", "replicates=2"};
    if (kind == "online_ranking")
        return {"items=10", "rounds=200", "replicates=2"};
    if (kind == "active_ranking")
        return {"oracle.items=20", "replicates=1"};
    if (kind == "embed")
        return {"source.dataset.test_count=60", "projection.perplexity=10",
                "projection.iterations=30"};
    if (kind == "metric_learning")
        return {"dataset.count=200", "dataset.test_count=40", "batch_size=40", "epochs=1"};
    if (kind == "spatial_contrasting")
        return {"dataset.count=200", "dataset.test_count=40", "batch_size=40",
                "epochs=1",          "fine_tune.epochs=2",    "fine_tune.replicates=1"};
    if (kind == "graph_clustering")
        return {"graph.sizes=[40, 20]", "graph.inside=0.9", "graph.across=0.05"};
    return {};
}

void TestProjects::everyFamilyTrains_data() {
    QTest::addColumn<QString>("operatorKind");
    QTest::addColumn<QString>("project");
    for (const char* kind :
         {"dense", "low_rank", "block_diagonal", "stl", "butterfly", "two_four", "monarch", "btt"})
        for (const char* project : {"digits-mlp", "digits-vit"})
            QTest::addRow("%s in %s", kind, project) << kind << project;
}

void TestProjects::everyFamilyTrains() {
    QFETCH(const QString, operatorKind);
    QFETCH(const QString, project);
    InlayProgram program;
    QStringList sets = {"dataset.count=32", "dataset.test_count=16", "batch_size=8", "epochs=1",
                        "network.operator.kind=" + operatorKind};
    if (project == "digits-vit")
        sets << "network.depth=1";
    else
        sets << "network.hidden=[32]";
    const Outcome outcome = program.json(command(qPrintable(project), sets));
    QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
    QVERIFY(std::isfinite(outcome.last()["metrics"]["test/loss"].get<double>()));
}

void TestProjects::everyProjectRuns_data() {
    QTest::addColumn<QString>("file");
    const QFileInfoList files = QDir(INLAY_PROJECTS).entryInfoList({"*.inlay.json"});
    QVERIFY(files.size() >= 4);
    for (const QFileInfo& file : files)
        QTest::newRow(qPrintable(file.fileName())) << file.filePath();
}

// What makes a run of the project's kind end within seconds.
void TestProjects::everyProjectRuns() {
    QFETCH(const QString, file);
    InlayProgram program;
    const std::size_t expected = file.contains("digits-operators")      ? 5
                                 : file.contains("embedding-operators") ? 6
                                                                        : 1;
    const Outcome checked = program.json({"run", file, "--dry-run"});
    QVERIFY2(checked.code == 0, qPrintable(checked.error));
    QCOMPARE(checked.last()["runs"].get<std::size_t>(), expected);
    QFile project(file);
    QVERIFY(project.open(QIODevice::ReadOnly));
    const Json text = Json::parse(project.readAll().toStdString());
    QStringList run = {"run", file};
    for (const QString& set : quickSets(text["kind"].get<std::string>()))
        run << "--set" << set;
    const Outcome outcome = program.json(run);
    QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
    QCOMPARE(program.runCount(), expected);
    QCOMPARE(outcome.last()["state"].get<std::string>(), std::string("finished"));
}

void TestProjects::parametersPageIsFresh() {
    InlayProgram program;
    QCOMPARE(program.plain({"describe", "--markdown", program.path("page.md")}).code, 0);
    QFile made(program.path("page.md"));
    QFile kept(INLAY_DOCS "/parameters.md");
    QVERIFY(made.open(QIODevice::ReadOnly) && kept.open(QIODevice::ReadOnly));
    QVERIFY2(made.readAll() == kept.readAll(),
             "stale: run `inlay describe --markdown docs/parameters.md`");
}

void TestProjects::dryRunWritesNothing() {
    InlayProgram program;
    QCOMPARE(program.json(command("blobs-mlp", {"epochs=2"}) + QStringList{"--dry-run"}).code, 0);
    QCOMPARE(QDir(program.path(".")).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList());
}

void TestProjects::readingCommandsMakeNoStore() {
    InlayProgram program;
    for (const QStringList& arguments :
         {QStringList{"runs", "list"}, QStringList{"runs", "show", "1"},
          QStringList{"runs", "compare", "1", "2"},
          QStringList{"runs", "export", "1", "--csv", "out"}}) {
        QCOMPARE(program.json(arguments).code, 2);
        QVERIFY(!QFile::exists(program.path("store.db")));
    }
}

QTEST_GUILESS_MAIN(TestProjects)
#include "test_projects.moc"
