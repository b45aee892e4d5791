#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/partition_export.h"

using namespace inlay::engine;

class TestGraphFiles : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string write(const char* name, const QByteArray& text) {
        const QString path = folder_.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(path));
        return path.toStdString();
    }

    template <class Work>
    static QString sentence(Work work) {
        try {
            work();
        } catch (const Error& error) {
            return QString::fromUtf8(error.what());
        }
        return {};
    }

    static QString testData(const char* name) {
        const QString folder = qEnvironmentVariable("INLAY_TEST_DATA");
        return folder.isEmpty() ? QString() : folder + "/graphs/" + name;
    }

private slots:
    void edgeListKeepsIdsAndCounts() {
        const std::string path = write("list.txt", "# a comment\n7 3\n3 7\n7\t9\r\n9 9\n\n7 3\n");
        const SimpleGraph graph = simplifyGraph(readGraph(path, GraphFormat::Auto), {});
        QVERIFY(graph.labels == std::vector<std::string>({"7", "3", "9"}));
        using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;
        QVERIFY(graph.edges == Pairs({{0, 1}, {0, 2}}));
        QCOMPARE(graph.notes.size(), std::size_t(3));
        QCOMPARE(QString::fromStdString(graph.notes[0]), QString("1 self loop was left out."));
        QCOMPARE(QString::fromStdString(graph.notes[1]), QString("1 duplicate edge was merged."));
        QVERIFY(graph.notes[2].starts_with("1 pair is joined in one direction only"));
    }

    void unobservedPairsAreNotAbsentOnes() {
        const std::string path = write("partial.txt", "1 2 1\n2 3 0\n1 3 ?\n");
        const SimpleGraph graph = simplifyGraph(readGraph(path, GraphFormat::Auto), {});
        QCOMPARE(graph.edges.size(), std::size_t(1));
        QCOMPARE(graph.unknown.size(), std::size_t(1));
        QVERIFY(graph.unknown[0] == std::pair(0, 2));
        const SimpleGraph csv = simplifyGraph(
            readGraph(write("partial.csv", "0,1,?\n1,0,0\n?,0,0\n"), GraphFormat::Auto), {});
        QCOMPARE(csv.edges.size(), std::size_t(1));
        QCOMPARE(csv.unknown.size(), std::size_t(1));
    }

    void matrixMarketHoldsTheLowerTriangle() {
        const std::string path =
            write("m.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n"
                           "% by hand\n3 3 2\n2 1\n3 2\n");
        const SimpleGraph graph = simplifyGraph(readGraph(path, GraphFormat::Auto), {});
        QCOMPARE(graph.nodes(), std::int64_t(3));
        QCOMPARE(graph.edges.size(), std::size_t(2));
    }

    void csvMayHaveNames() {
        const std::string path = write("names.csv", ",a,\"b, c\"\na,0,1\n\"b, c\",1,0\n");
        const SimpleGraph graph = simplifyGraph(readGraph(path, GraphFormat::Auto), {});
        QVERIFY(graph.labels == std::vector<std::string>({"a", "b, c"}));
        QCOMPARE(graph.edges.size(), std::size_t(1));
    }

    void directionsBecomeOne() {
        const std::string path = write("way.csv", "0,1,0\n0,0,1\n0,1,0\n");
        const GraphData data = readGraph(path, GraphFormat::Auto);
        QVERIFY(sentence([&] {
                    simplifyGraph(data, {});
                }).contains("is not symmetric: 1 pair differ, the first between 1 and 2 (line 1)"));
        const auto edges = [&](Symmetrize how, std::optional<double> threshold) {
            return simplifyGraph(data, {how, threshold}).edges.size();
        };
        QCOMPARE(edges(Symmetrize::Or, {}), std::size_t(2));
        QCOMPARE(edges(Symmetrize::And, {}), std::size_t(1));
        QCOMPARE(edges(Symmetrize::Average, 0.5), std::size_t(1));
        QCOMPARE(edges(Symmetrize::Average, 0.4), std::size_t(2));
    }

    void weightsNeedAThreshold() {
        const GraphData data = readGraph(write("w.txt", "1 2 0.5\n1 3 2\n"), GraphFormat::Auto);
        QVERIFY(sentence([&] {
                    simplifyGraph(data, {});
                }).contains("line 1: the weight 0.5 is neither 0 nor 1; set graph.weights"));
        QCOMPARE(simplifyGraph(data, {Symmetrize::Auto, 1.0}).edges.size(), std::size_t(1));
    }

    void badFiles_data() {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* text, const char* words) {
            QTest::addRow("%s %s", name, words)
                << QByteArray(name) << QByteArray(text) << QString(words);
        };
        row("a.txt", "1 2\n1 x\n", "line 2: x is no node id");
        row("a.txt", "1 2 3 4\n", "line 1: 4 values");
        row("a.txt", "1 2 maybe\n", "line 1: maybe is no weight");
        row("a.mtx", "hello\n", "is not the first line of a Matrix Market file");
        row("a.mtx", "%%MatrixMarket matrix coordinate complex general\n", "the field complex");
        row("a.mtx", "%%MatrixMarket matrix array real general\n", "matrix array cannot be read");
        row("a.mtx", "%%MatrixMarket matrix coordinate pattern hermitian\n", "symmetry hermitian");
        row("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 3 1\n1 1\n",
            "2 rows and 3 columns");
        row("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n0 1\n",
            "line 3: the index 0 is not in 1 to 2");
        row("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n",
            "announces 2 entries and has 1");
        row("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n", "ends before its size");
        row("a.csv", "0,1\n1\n", "line 2: 1 values, but the matrix has 2 rows");
        row("a.csv", "0,1\n1,\"0\n", "line 2: a quote is not closed");
        row("a.csv", "a,b\n0,1\n1,zero\n", "line 3, column 2: \"zero\" is no number");
        row("a.gml", "graph [ node [ id 0 ] node [ id 0 ] ]", "the node id 0 is there twice");
        row("a.gml", "graph [ node [ id 0 ]\nedge [ source 0 target 4 ] ]",
            "line 2: an edge names the node 4");
        row("a.gml", "graph [ node [ label \"x\" ] ]", "a node without an id");
        row("a.gml", "graph [ node [ id 0 ]", "a ] is missing");
        row("a.gml", "tree [ ]", "holds no graph");
        row("a.gml", "graph [ node [ id \"0 ] ]", "a quote is not closed");
    }

    void badFiles() {
        QFETCH(const QByteArray, name);
        QFETCH(const QByteArray, text);
        QFETCH(const QString, words);
        const std::string path = write(name.constData(), text);
        const QString found =
            sentence([&] { simplifyGraph(readGraph(path, GraphFormat::Auto), {}); });
        QVERIFY2(found.contains(words), qPrintable(found));
        QVERIFY(found.contains(QString::fromStdString(path)));
    }

    void missingFile() {
        QVERIFY(sentence([&] {
                    readGraph("/no/such/graph.txt", GraphFormat::Auto);
                }).contains("/no/such/graph.txt cannot be read"));
    }

    void truthComesInTwoForms() {
        SimpleGraph graph =
            simplifyGraph(readGraph(write("t.txt", "1 2\n2 3\n3 4\n"), GraphFormat::Auto), {});
        readTruth(write("labels.txt", "1 a\n2 a\n3 b\n4 b\n"), graph);
        QVERIFY(graph.truth == std::vector<std::int32_t>({0, 0, 1, 1}));
        readTruth(write("communities.txt", "1 2 3\n"), graph);
        QVERIFY(graph.truth == std::vector<std::int32_t>({0, 0, 0, 1}));
        QVERIFY(sentence([&] {
                    readTruth(write("other.txt", "8 9 10\n"), graph);
                }).contains("names none of the 4 nodes"));
        QVERIFY(sentence([&] {
                    readTruth(write("overlap.txt", "1 2\n2 3 4\n"), graph);
                }).contains("line 2: the node 2 has a class already"));
    }

    void exportsReadBack() {
        const std::vector<std::string> labels = {"a \"quoted\"", "b,c", "d"};
        const std::vector<std::int32_t> clusters = {0, 0, -1};
        const std::vector<std::pair<std::int32_t, std::int32_t>> edges = {{0, 1}, {1, 2}};
        const std::string gml = folder_.filePath("out.gml").toStdString();
        writePartitionGml(gml, labels, edges, clusters, {"x", "x", "y"});
        const SimpleGraph read = simplifyGraph(readGraph(gml, GraphFormat::Auto), {});
        QVERIFY(read.edges == edges);
        QVERIFY(read.truth == std::vector<std::int32_t>({0, 0, 1}));
        QFile written(QString::fromStdString(gml));
        QVERIFY(written.open(QIODevice::ReadOnly));
        QCOMPARE(written.readAll().count("    cluster "), 2); // none for a node of no cluster
        const QString csv = folder_.filePath("out.csv");
        writePartitionCsv(csv.toStdString(), labels, clusters, {});
        QFile file(csv);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(),
                 QByteArray("node,cluster\n\"a \"\"quoted\"\"\",1\n\"b,c\",1\nd,\n"));
    }

    void realGraphs() {
        if (testData("polbooks.gml").isEmpty())
            QSKIP("INLAY_TEST_DATA is not set");
        const SimpleGraph books =
            simplifyGraph(readGraph(testData("polbooks.gml").toStdString(), GraphFormat::Auto), {});
        QCOMPARE(books.nodes(), std::int64_t(105));
        QCOMPARE(books.edges.size(), std::size_t(441));
        QCOMPARE(books.truthNames.size(), std::size_t(3));
        const SimpleGraph mail = simplifyGraph(
            readGraph(testData("email-Eu-core.txt").toStdString(), GraphFormat::Auto), {});
        QCOMPARE(mail.nodes(), std::int64_t(1005));
        QCOMPARE(mail.edges.size(), std::size_t(16064));
    }
};

QTEST_GUILESS_MAIN(TestGraphFiles)
#include "test_graph_files.moc"
