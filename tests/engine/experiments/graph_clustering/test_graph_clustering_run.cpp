#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "engine/experiments/graph_clustering/graph_clustering_kind.h"
#include "engine/runner/executor.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"

using namespace inlay::engine;
using graph_clustering::graphClusteringKind;

class TestGraphClusteringRun : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    static Assigned assigned(const std::vector<Assignment>& assignments) {
        return assign(graphClusteringKind().schema(), Json::object(), assignments);
    }

    static Json config(const std::vector<Assignment>& assignments) {
        const Assigned result = assigned(assignments);
        for (const Issue& issue : result.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return graphClusteringKind().schema().complete(result.config);
    }

    RunId insert(RunStore& store, const Json& config) {
        NewRun run;
        run.name = "graph";
        run.kind = "graph_clustering";
        run.config = config;
        run.device = "cpu";
        run.threads = 1;
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        return store.insertRun(run);
    }

    static double metric(const Metrics& metrics, const std::string& name) {
        for (const auto& [key, value] : metrics)
            if (key == name)
                return value;
        return -1;
    }

    std::string write(const char* name, const QByteArray& text) {
        const QString path = folder_.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(path));
        return path.toStdString();
    }

private slots:
    void recordsWhatItFinds() {
        const std::string path = folder_.filePath("store.db").toStdString();
        RunStore store = RunStore::open(path, OpenMode::Create);
        const RunId run = insert(store, config({{"graph.sizes", {60, 30}},
                                                {"graph.inside", 0.9},
                                                {"graph.across", 0.05},
                                                {"rates.kind", "planted"}}));
        const ExecuteResult result = executeRun(path, run, graphClusteringKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        QCOMPARE(metric(result.metrics, "clusters_exact"), 2.0);
        QCOMPARE(metric(result.metrics, "ari"), 1.0);
        QCOMPARE(metric(result.metrics, "coverage"), 1.0);
        QCOMPARE(metric(result.metrics, "baseline/leiden/ari"), 1.0);
        QVERIFY(!store.resultRows(run, "rounds").empty());
        QCOMPARE(store.resultRows(run, "clusters").size(), std::size_t(2));
        QCOMPARE(store.resultRows(run, "truth").size(), std::size_t(2));
        QCOMPARE(store.resultRows(run, "comparison").size(), std::size_t(4));
        std::vector<std::string> names;
        for (const ArtifactRecord& artifact : store.artifacts(run))
            names.push_back(artifact.name);
        QVERIFY(names == std::vector<std::string>({"partition.csv", "partition.gml"}));
        // The same again, bit for bit.
        const RunId again = insert(store, config({{"graph.sizes", {60, 30}},
                                                  {"graph.inside", 0.9},
                                                  {"graph.across", 0.05},
                                                  {"rates.kind", "planted"}}));
        Metrics first = result.metrics;
        Metrics second = executeRun(path, again, graphClusteringKind(), nullptr).metrics;
        const auto isTime = [](const auto& m) {
            return m.first.starts_with("time/");
        };
        std::erase_if(first, isTime);
        std::erase_if(second, isTime);
        QVERIFY(first == second);
    }

    void badValues_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* key, const char* value, const char* words) {
            QTest::newRow(words) << QString(key) << QByteArray(value) << QString(words);
        };
        row("graph.across", "0.8", "the probability within clusters must exceed that across");
        row("graph.sizes", "[15000, 9000]", "24000 nodes, whose matrices need 5.2 GB");
        row("graph.sizes", "[0]", "graph.sizes");
        row("graph.sizes", "[1]", "1 node, allowed are 2 or more");
        row("kappa.start", "0.1", "kappa.start is 0.1");
        row("kappa.factor", "1", "kappa.factor is 1");
        row("program.tolerance", "0.5", "program.tolerance is 0.5");
        row("b1", "0", "b1 is 0");
        row("graph.path", "\"x\"", "graph.path");
        row("observation", "{\"kind\": \"fixed\", \"rate\": 0}", "observation.rate is 0");
        row("rates", "{\"kind\": \"given\", \"inside\": 0.2, \"across\": 0.4}", "must exceed");
    }

    void badValues() {
        QFETCH(const QString, key);
        QFETCH(const QByteArray, value);
        QFETCH(const QString, words);
        std::string all;
        const Assigned result =
            assigned({{key.toStdString(), parseJson(value.toStdString(), "value")}});
        std::vector<Issue> issues = result.issues;
        if (issues.empty())
            issues = graphClusteringKind().schema().validate(result.config);
        QVERIFY2(joinMessages(issues).find(words.toStdString()) != std::string::npos,
                 joinMessages(issues).c_str());
    }

    void badFilesAreIssues() {
        const auto message = [](const std::vector<Assignment>& assignments) {
            return QString::fromStdString(
                joinMessages(graphClusteringKind().check(config(assignments), "cpu")));
        };
        const std::string skewed = write("skewed.csv", "0,1\n0,0\n");
        QVERIFY(message({{"graph.kind", "file"}, {"graph.path", skewed}})
                    .contains("set graph.symmetrize to or, and, or average"));
        QVERIFY(
            message({{"graph.kind", "file"}, {"graph.path", skewed}, {"graph.symmetrize", "or"}})
                .isEmpty());
        QVERIFY(message({{"graph.kind", "file"}, {"graph.path", "/no/such/file"}})
                    .contains("cannot be read"));
        const QString large =
            message({{"graph.kind", "file"},
                     {"graph.path", write("large.mtx", "%%MatrixMarket matrix coordinate "
                                                       "pattern general\n30000 30000 0\n")}});
        QVERIFY2(large.contains("30000 nodes, whose matrices need 8.1 GB"), qPrintable(large));
        const auto device = graphClusteringKind().check(config({}), "cuda:0");
        QCOMPARE(device.size(), std::size_t(1));
        QCOMPARE(device[0].key, std::string("device"));
    }
};

QTEST_GUILESS_MAIN(TestGraphClusteringRun)
#include "test_graph_clustering_run.moc"
