#include <QElapsedTimer>
#include <QFile>
#include <QtTest>

#include "engine/interop/npy.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using namespace inlay::engine;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;

namespace {

/// Three clouds in five dimensions, with a name each.
QByteArray threeClouds(bool titles = true) {
    QByteArray text = titles ? "a,b,c,d,e,species\n" : "";
    for (int i = 0; i < 90; ++i) {
        for (int d = 0; d < 5; ++d)
            text += QByteArray::number((i % 3 == d ? 50 : 0) + (i * (7 + d) % 11)) + ",";
        text += QByteArray(1, static_cast<char>('p' + i % 3)) + "\n";
    }
    return text;
}

double metricOf(const Outcome& outcome, const char* name) {
    return outcome.last()["metrics"][name].get<double>();
}

} // namespace

class TestEmbed : public QObject {
    Q_OBJECT

private slots:
    void everyProjection_data() {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("pca") << QStringList{"--project", "pca"};
        QTest::newRow("tsne") << QStringList{"--project", "tsne", "--perplexity", "12"};
        QTest::newRow("tsne in space") << QStringList{"--dimension", "3", "--iterations", "300"};
        QTest::newRow("umap") << QStringList{"--project", "umap", "--neighbors", "10"};
        QTest::newRow("standardized") << QStringList{"--standardize"};
    }

    void everyProjection() {
        QFETCH(QStringList, options);
        InlayProgram program;
        const QString table = program.write("clouds.csv", threeClouds());
        const Outcome outcome = program.json(QStringList{"embed", table} + options +
                                             QStringList{"--output", program.path("out")});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QCOMPARE(metricOf(outcome, "points"), 90.0);
        QCOMPARE(metricOf(outcome, "classes"), 3.0);
        QVERIFY(metricOf(outcome, "layout/knn5_accuracy") > 0.95);
        QVERIFY2(metricOf(outcome, "trustworthiness") > 0.7,
                 qPrintable(QString::number(metricOf(outcome, "trustworthiness"))));
        const NpyArray layout = readNpy(program.path("out/layout.npy").toStdString());
        QCOMPARE(layout.header.shape.front(), std::int64_t(90));
        QFile csv(program.path("out/layout.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = csv.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 91);
        QVERIFY(lines[0].startsWith("point,x,y"));
        QVERIFY(lines[2].endsWith(",q"));
        QFile metadata(program.path("out/metadata.tsv"));
        QVERIFY(metadata.open(QIODevice::ReadOnly));
        QVERIFY(metadata.readAll().startsWith("p\nq\nr\np\n"));
    }

    // What it writes for the Projector it reads again.
    void projectorPairComesBack() {
        InlayProgram program;
        const QString table = program.write("clouds.csv", threeClouds(false));
        QCOMPARE(program
                     .json({"embed", table, "--project", "pca", "--dimension", "3", "--output",
                            program.path("out")})
                     .code,
                 0);
        const Outcome again = program.json({"embed", program.path("out/layout.tsv"), "--labels",
                                            program.path("out/metadata.tsv"), "--project", "pca"});
        QVERIFY2(again.code == 0, qPrintable(again.error));
        QCOMPARE(metricOf(again, "classes"), 3.0);
        QCOMPARE(metricOf(again, "dimensions"), 3.0);
    }

    void theProjectAndAResume() {
        InlayProgram program;
        const QStringList quick = {"--set", "source.dataset.test_count=100", "--set",
                                   "projection.iterations=60"};
        const Outcome one = program.json(QStringList{"run", projectFile("embed-digits")} + quick);
        QVERIFY2(one.code == 0, qPrintable(one.error));
        QCOMPARE(metricOf(one, "points"), 100.0);
        // The same bits on more threads.
        const Outcome two = program.json(QStringList{"run", projectFile("embed-digits")} + quick +
                                         QStringList{"--threads", "3"});
        QCOMPARE(two.code, 0);
        RunStore store = RunStore::open(program.storePath(), OpenMode::ReadOnly);
        QCOMPARE(app_tests::resultsOf(store, 1), app_tests::resultsOf(store, 2));
        QCOMPARE(program.json({"resume", "1"}).code, 0);
    }

    void stopsSoon() {
        InlayProgram program;
        const QString table = program.write("clouds.csv", threeClouds());
        const auto running = program.start({"embed", table, "--iterations", "100000", "--json"});
        const auto step = [&]() -> std::int64_t {
            if (program.runCount() == 0)
                return -1;
            return RunStore::open(program.storePath(), OpenMode::ReadOnly).run(1)->step;
        };
        QVERIFY(app_tests::waitUntil([&] { return step() > 10; }, 20'000));
        QElapsedTimer timer;
        timer.start();
        running->terminate();
        const Outcome stopped = InlayProgram::collect(*running);
        QCOMPARE(stopped.code, 3);
        QVERIFY(timer.elapsed() < 2000);
        RunStore store = RunStore::open(program.storePath(), OpenMode::ReadOnly);
        QCOMPARE(store.run(1)->status, RunStatus::Stopped);
    }

    void badInput_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("words");
        const auto row = [](const QStringList& arguments, const char* words) {
            QTest::newRow(words) << arguments << QString(words);
        };
        row({"clouds.csv", "--project", "lda"}, "lda");
        row({"clouds.csv", "--perplexity", "1"}, "projection.perplexity is 1");
        row({"clouds.csv", "--project", "pca", "--perplexity", "30"}, "perplexity");
        row({"clouds.csv", "--dimension", "4"}, "projection.dimension is 4");
        row({"clouds.csv", "--label-column", "color"}, "no column color");
        row({"clouds.csv", "--count", "91"}, "count is 91, allowed is 0 to 90");
        row({"clouds.csv", "--bad-values", "keep"},
            "source.bad_values is \"keep\", allowed is stop, drop, zero");
        row({"clouds.csv", "--labels", "short.txt"}, "holds 90 vectors, but");
        row({"missing.csv"}, "missing.csv");
        row({"ragged.csv"}, "line 3: 2 cells, the first line names 3 columns");
        row({"nan.csv"}, "line 3, column 2 (b): NaN");
        row({"few.csv"}, "3 points cannot be projected");
        row({"clouds.csv", "--device", "cuda:0"}, "device");
        row({}, "FILE");
    }

    void badInput() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, words);
        InlayProgram program;
        program.write("clouds.csv", threeClouds());
        program.write("short.txt", "a\nb\n");
        program.write("ragged.csv", "a,b,c\n1,2,3\n4,5\n");
        program.write("nan.csv", "a,b\n1,2\n3,nan\n5,6\n7,8\n");
        program.write("few.csv", "a,b\n1,2\n3,1\n5,6\n");
        const Outcome outcome =
            program.json(QStringList{"embed"} + arguments, program.path(QString()));
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains(words), qPrintable(outcome.issueText()));
        QVERIFY(!outcome.error.isEmpty());
        QCOMPARE(program.runCount(), std::size_t(0));
    }

    void nanCanBeDroppedOrZeroed() {
        InlayProgram program;
        const QString table = program.write("nan.csv", threeClouds() + "1,2,nan,4,5,p\n");
        const Outcome dropped =
            program.json({"embed", table, "--project", "pca", "--bad-values", "drop"});
        QCOMPARE(metricOf(dropped, "points"), 90.0);
        const Outcome zeroed =
            program.json({"embed", table, "--project", "pca", "--bad-values", "zero"});
        QCOMPARE(metricOf(zeroed, "points"), 91.0);
    }
};

QTEST_GUILESS_MAIN(TestEmbed)
#include "test_embed.moc"
