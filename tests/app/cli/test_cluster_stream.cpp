#include <QFile>
#include <QtTest>

#include "engine/interop/npy.h"
#include "engine/interop/row_reader.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using namespace inlay::engine;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;

namespace {

// Four clouds of 50 points, far apart, in a fixed order.
QByteArray fourClouds() {
    QByteArray text = "x,y\n";
    for (int i = 0; i < 200; ++i) {
        const int cloud = i % 4;
        text += QByteArray::number(1000 * (cloud % 2) + (i * 7) % 11) + "," +
                QByteArray::number(1000 * (cloud / 2) + (i * 5) % 13) + "\n";
    }
    return text;
}

double metricOf(const Outcome& outcome, const char* name) {
    return outcome.last()["metrics"][name].get<double>();
}

} // namespace

class TestClusterStream : public QObject {
    Q_OBJECT

private slots:
    void norm25Project() {
        InlayProgram program;
        const Outcome one =
            program.json({"run", projectFile("streaming-kmeans"), "--threads", "1"});
        QVERIFY2(one.code == 0, qPrintable(one.error));
        const double ratio = metricOf(one, "cost/optimum");
        QVERIFY2(ratio >= 1.5 && ratio <= 2.5, qPrintable(QString::number(ratio)));
        QCOMPARE(metricOf(one, "cost"), ratio * metricOf(one, "optimum"));
        QCOMPARE(metricOf(one, "points"), 10000.0);
        QCOMPARE(metricOf(one, "centers"), 25.0);
        QCOMPARE(metricOf(one, "covered_clusters"), 25.0);
        // A group of 500 and at most 350 centers of each of 20 groups; never all points.
        QVERIFY(metricOf(one, "points_held") <= 500 + 20 * 350);
        QVERIFY(metricOf(one, "baseline/lloyd/cost") > 1000 * metricOf(one, "optimum"));
        QVERIFY(!one.ofType("progress").empty());
        // The same bits whatever the threads.
        const Outcome many =
            program.json({"run", projectFile("streaming-kmeans"), "--threads", "3"});
        RunStore store = RunStore::open(program.storePath(), OpenMode::ReadOnly);
        QCOMPARE(app_tests::resultsOf(store, 1), app_tests::resultsOf(store, 2));
        for (const ArtifactRecord& artifact : store.artifacts(1)) {
            QFile first(QString::fromStdString(store.absolutePath(artifact.path)));
            QVERIFY(first.open(QIODevice::ReadOnly));
            for (const ArtifactRecord& other : store.artifacts(2))
                if (other.name == artifact.name)
                    QCOMPARE(other.crc32c, artifact.crc32c);
        }
    }

    void everyAlgorithmFindsTheClouds_data() {
        QTest::addColumn<QString>("algorithm");
        for (const char* name :
             {"dc1", "dc2", "multi_level", "lloyd", "seeding", "online", "mini_batch"})
            QTest::newRow(name) << name;
    }

    void everyAlgorithmFindsTheClouds() {
        QFETCH(QString, algorithm);
        InlayProgram program;
        const QString file = program.write("clouds.csv", fourClouds());
        const Outcome outcome =
            program.json({"cluster", "stream", file, "--k", "4", "--algorithm", algorithm,
                          "--memory", "150", "--output", program.path("out")});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        // About 23 for each point of a cloud: far below the distance of clouds, 1e6.
        const double cost = metricOf(outcome, "cost");
        QVERIFY2(cost < 200 * 200, qPrintable(QString::number(cost)));
        if (algorithm == "dc2" || algorithm == "multi_level")
            QVERIFY(metricOf(outcome, "points_held") <= 150);
        const NpyArray labels = readNpy(program.path("out/assignments.npy").toStdString());
        QCOMPARE(labels.values.size(), std::size_t{200});
        for (std::size_t i = 0; i < 196; ++i)
            QCOMPARE(labels.values[i], labels.values[i + 4]);
        const NpyArray centers = readNpy(program.path("out/centers.npy").toStdString());
        QCOMPARE(centers.header.shape, (std::vector<std::int64_t>{4, 2}));
        // The cost is that of these files, and the center of the data is added back.
        const auto rows = openRows(file.toStdString(), {});
        std::vector<double> points(400);
        QCOMPARE(rows->read(points.data(), 200), std::int64_t{200});
        double direct = 0;
        for (std::size_t i = 0; i < 200; ++i)
            for (std::size_t p = 0; p < 2; ++p) {
                const auto label = static_cast<std::size_t>(labels.values[i]);
                const double d = points[2 * i + p] - centers.values[2 * label + p];
                direct += d * d;
            }
        QVERIFY(std::abs(direct / cost - 1) < 1e-12);
        QFile csv(program.path("out/centers.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QVERIFY(csv.readAll().startsWith("center,x,y\n0,"));
    }

    void pipes() {
        InlayProgram program;
        const QString file = program.write("clouds.csv", fourClouds());
        const Outcome outcome = program.shell("cat '" + file +
                                              "' | \"$INLAY\" cluster stream - --k 4 --memory 150 "
                                              "--json --store '" +
                                              program.path("pipe.db") + "'");
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QCOMPARE(metricOf(outcome, "points"), 200.0);
        QVERIFY(metricOf(outcome, "points_held") <= 150);
        QVERIFY(!outcome.last()["metrics"].contains("cost")); // read once: an estimate only
        QVERIFY(metricOf(outcome, "cost_estimate") > 0);
        QVERIFY(outcome.error.contains("too few points") == false);
    }

    void badInput_data() {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("sentence");
        const QByteArray good = fourClouds();
        const QStringList k4 = {"--k", "4"};
        QTest::newRow("k too large")
            << good << QStringList{"--k", "201"} << "k must be between 1 and n (n = 200)";
        QTest::newRow("k zero") << good << QStringList{"--k", "0"} << "k: k is 0, allowed is 1 to";
        QTest::newRow("memory below 2 k a")
            << good << QStringList{"--k", "4", "--memory", "20", "--algorithm", "multi_level"}
            << "memory budget too small: level 1 of";
        QTest::newRow("memory text")
            << good << QStringList{"--k", "4", "--memory", "lots"} << "memory is \"lots\"";
        QTest::newRow("group size")
            << good << QStringList{"--k", "10", "--algorithm", "dc1", "--set", "group_size=50"}
            << "group_size is 50, allowed is 100 or more";
        QTest::newRow("NaN") << QByteArray("1,2\n3,nan\n5,6\n") << k4
                             << "line 2, column 2: NaN (or an empty cell) is not a finite number";
        QTest::newRow("infinity") << QByteArray("1,2\n3,inf\n5,6\n") << k4
                                  << "line 2, column 2: infinity";
        QTest::newRow("word") << QByteArray("1,2\n3,abc\n5,6\n") << k4
                              << "line 2, column 2: \"abc\" is not a number";
        QTest::newRow("ragged") << QByteArray("1,2\n3\n5,6\n") << k4
                                << "line 2: 1 cells, but the table has 2 columns";
        QTest::newRow("overflow") << QByteArray("1,2\n3,1e30\n5,6\n") << k4 << "larger than 1e18";
        QTest::newRow("empty file") << QByteArray() << k4 << "is empty";
        QTest::newRow("column") << good << QStringList{"--k", "4", "--skip-column", "3"}
                                << "there is no column 3 to leave out";
        QTest::newRow("algorithm")
            << good << QStringList{"--k", "4", "--algorithm", "dc3"} << "algorithm is \"dc3\"";
    }

    void badInput() {
        QFETCH(QByteArray, table);
        QFETCH(QStringList, arguments);
        QFETCH(QString, sentence);
        InlayProgram program;
        const QString file = program.write("table.csv", table);
        const Outcome outcome = program.json(QStringList{"cluster", "stream", file} + arguments);
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains(sentence), qPrintable(outcome.issueText()));
        QCOMPARE(program.runCount(), std::size_t{0});
    }

    void missingFile() {
        InlayProgram program;
        const Outcome outcome =
            program.json({"cluster", "stream", program.path("none.csv"), "--k", "3"});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains("cannot open"), qPrintable(outcome.issueText()));
    }

    // What is not an error: fewer distinct points, constant data, dropped rows, k = 1.
    void oddInput_data() {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<double>("centers");
        QTest::addColumn<double>("cost");
        QTest::addColumn<QString>("event");
        QTest::newRow("fewer distinct points")
            << QByteArray("1,2\n3,4\n1,2\n3,4\n1,2\n") << QStringList{"--k", "4"} << 2.0 << 0.0
            << "Only 2 distinct points";
        QTest::newRow("constant") << QByteArray("7,7\n7,7\n7,7\n") << QStringList{"--k", "2"} << 1.0
                                  << 0.0 << "All points are the same";
        QTest::newRow("dropped rows")
            << QByteArray("1,2\nnan,4\n1,2\n1,4\n") << QStringList{"--k", "1", "--drop-bad-rows"}
            << 1.0 << 8.0 / 3 << "1 row was left out";
        // ceil(3 log 1) = 0 draws would find nothing; each center is one of two equal points.
        QTest::newRow("k = 1, k-means#")
            << QByteArray("1\n3\n1\n3\n") << QStringList{"--k", "1", "--algorithm", "dc1"} << 1.0
            << 4.0 << "";
        QTest::newRow("constant column") << QByteArray("1,5\n2,5\n3,5\n") << QStringList{"--k", "3"}
                                         << 3.0 << 0.0 << "1 columns are constant";
        QTest::newRow("scales") << QByteArray("1,0\n2,9000\n3,100\n") << QStringList{"--k", "3"}
                                << 3.0 << 0.0 << "Columns differ in scale: column 2 spans 9000";
    }

    void oddInput() {
        QFETCH(QByteArray, table);
        QFETCH(QStringList, arguments);
        QFETCH(double, centers);
        QFETCH(double, cost);
        QFETCH(QString, event);
        InlayProgram program;
        const QString file = program.write("table.csv", table);
        const Outcome outcome = program.json(QStringList{"cluster", "stream", file} + arguments);
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QCOMPARE(metricOf(outcome, "centers"), centers);
        QVERIFY2(std::abs(metricOf(outcome, "cost") - cost) < 1e-6,
                 qPrintable(QString::number(metricOf(outcome, "cost"))));
        QString events;
        for (const Json& line : outcome.ofType("event"))
            events += QString::fromStdString(line["text"].get<std::string>()) + "\n";
        QVERIFY2(events.contains(event), qPrintable(events));
    }

    void aShortPipeFails() {
        InlayProgram program;
        const Outcome outcome =
            program.shell("printf '1,2\\n3,4\\n' | \"$INLAY\" cluster stream - --k 5 --json "
                          "--store '" +
                          program.path("short.db") + "'");
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.error.contains("k must be between 1 and n (n = 2)"),
                 qPrintable(outcome.error));
    }

    // Five million points of 32 bytes from a pipe: 640 MB as f32. The system allows 500 MB, which
    // stops an algorithm that holds all points.
    void memoryDoesNotGrow_data() {
        QTest::addColumn<QString>("algorithm");
        QTest::addColumn<bool>("finishes");
        QTest::newRow("streaming") << "dc2" << true;
        QTest::newRow("batch") << "seeding" << false;
    }

    void memoryDoesNotGrow() {
        QFETCH(QString, algorithm);
        QFETCH(bool, finishes);
        InlayProgram program;
        QByteArray head = "{'descr': '|u1', 'fortran_order': False, 'shape': (5000000, 32), }";
        head = head.leftJustified(117, ' ') + '\n';
        const QString file = program.write("head.npy", QByteArray("\x93NUMPY\x01\x00", 8) +
                                                           QByteArray("\x76\x00", 2) + head);
        const Outcome outcome = program.shell(
            QString("(cat '%1'; head -c 160000000 /dev/urandom) | (ulimit -v 500000; "
                    "\"$INLAY\" cluster stream - --k 8 --memory 20000 --set repetitions=1 "
                    "--set preview=100 --threads 1 --algorithm %2 --json --store '%3')")
                .arg(file, algorithm, program.path("large.db")));
        if (finishes) {
            QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
            QCOMPARE(metricOf(outcome, "points"), 5e6);
            QVERIFY(metricOf(outcome, "points_held") <= 20000);
        } else {
            QVERIFY(outcome.code != 0);
        }
    }
};

QTEST_GUILESS_MAIN(TestClusterStream)
#include "test_cluster_stream.moc"
