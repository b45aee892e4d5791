#include <QFile>
#include <QtTest>

#include <cmath>

#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;

namespace {

QByteArray metadataOf(const char* type) {
    return QByteArray("# FILE NAME: 1.") + type +
           "\n# TITLE: Test\n# DESCRIPTION:\n# DATA TYPE: " + type +
           "\n# MODIFICATION TYPE: original\n# RELATES TO:\n# RELATED FILES:\n"
           "# PUBLICATION DATE: 2020-01-01\n# MODIFICATION DATE: 2020-01-01\n"
           "# NUMBER ALTERNATIVES: 3\n";
}

const QByteArray kNames =
    "# ALTERNATIVE NAME 1: Ann\n# ALTERNATIVE NAME 2: Bob\n# ALTERNATIVE NAME 3: Cy\n";

} // namespace

class TestRankFit : public QObject {
    Q_OBJECT

private slots:
    void fitsAndExports() {
        InlayProgram program;
        const QString file =
            program.write("c.csv", "winner,loser\na,b\nb,c\nc,a\na,b\na,c\nd,a\nb,d\n");
        const Outcome outcome = program.json({"rank", "fit", file, "--ridge", "0", "--bootstrap",
                                              "20", "--export", program.path("out")});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        const auto rows = outcome.ofType("row");
        QCOMPARE(rows.size(), std::size_t{4});
        double sum = 0;
        double before = INFINITY;
        for (const auto& row : rows) {
            const double score = row["score"].get<double>();
            QVERIFY(score <= before);
            QVERIFY(row["ci_lo"].get<double>() < score && score < row["ci_hi"].get<double>());
            sum += score;
            before = score;
        }
        QVERIFY(std::abs(sum) < 1e-9);
        QCOMPARE(rows[0]["item"].get<std::string>(), std::string("a"));
        QCOMPARE(rows[0]["borda"].get<double>(), 3.0);
        QVERIFY(outcome.last()["agreement"]["elo"]["kendall"].is_number());
        QFile ranking(program.path("out/ranking.csv"));
        QVERIFY(ranking.open(QIODevice::ReadOnly));
        QCOMPARE(ranking.readLine(), QByteArray("rank,item,score,ci_lo,ci_hi\n"));
        // The exported comparisons give the same scores.
        const Outcome again =
            program.json({"rank", "fit", program.path("out/comparisons.csv"), "--ridge", "0"});
        QCOMPARE(again.ofType("row")[0]["score"], rows[0]["score"]);
    }

    void readsPreflib() {
        InlayProgram program;
        const QString votes = program.write("votes.soi", "3\n1,x\n2,y\n3,z\n5,5,2\n3,1,2\n2,3,1\n");
        const Outcome ignored = program.json({"rank", "fit", votes});
        QVERIFY2(ignored.code == 0, qPrintable(ignored.error));
        QCOMPARE(ignored.last()["comparisons"].get<int>(), 2);
        const Outcome below = program.json({"rank", "fit", votes, "--unranked", "below"});
        QCOMPARE(below.last()["comparisons"].get<int>(), 5);
        QVERIFY(below.error.contains("imbued"));
    }

    void readsAndConvertsCategories() {
        InlayProgram program;
        const QString votes =
            program.write("votes.cat", metadataOf("cat") +
                                           "# NUMBER VOTERS: 6\n# NUMBER UNIQUE PREFERENCES: 2\n"
                                           "# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n"
                                           "# CATEGORY NAME 2: No\n" +
                                           kNames + "4: 1,{2,3}\n2: {},{1,3}\n");
        const Outcome fitted = program.json({"rank", "fit", votes});
        QVERIFY2(fitted.code == 0, qPrintable(fitted.error));
        QCOMPARE(fitted.ofType("row")[0]["item"].get<std::string>(), std::string("Ann"));
        const Outcome converted = program.json(
            {"rank", "convert", votes, program.path("votes.toc"), "--unranked", "below"});
        QVERIFY2(converted.code == 0, qPrintable(converted.error));
        QFile file(program.path("votes.toc"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QVERIFY(text.contains("# DATA TYPE: toc\n# MODIFICATION TYPE: imbued\n"));
        QVERIFY(text.endsWith("4: 1,{2,3}\n2: {1,3},2\n"));
        const Outcome refused = program.json({"rank", "convert", votes, program.path("votes.soc")});
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.issueText().contains("the orders are of the type toi; allowed are .toi"),
                 qPrintable(refused.issueText()));
        QVERIFY(!QFile::exists(program.path("votes.soc")));
    }

    // Ranking and comparisons in PrefLib's formats too.
    void exportsPreflib() {
        InlayProgram program;
        const QString file = program.write("c.csv", "winner,loser,weight\na,b,3\nb,c,2\nc,a,1\n");
        QCOMPARE(program.json({"rank", "fit", file, "--export", program.path("out")}).code, 0);
        QFile order(program.path("out/ranking.soc"));
        QVERIFY(order.open(QIODevice::ReadOnly));
        QVERIFY(order.readAll().endsWith("1: 1,2,3\n"));
        QFile pairs(program.path("out/comparisons.pwg"));
        QVERIFY(pairs.open(QIODevice::ReadOnly));
        QCOMPARE(pairs.readAll(), QByteArray("3\n1,a\n2,b\n3,c\n6,6,3\n3,1,2\n2,2,3\n1,3,1\n"));
        QCOMPARE(program.json({"rank", "fit", program.path("out/comparisons.pwg")}).code, 0);
    }

    // The table of bad input, row by row: the sentence names line and value, nothing is written.
    void badFiles_data() {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* title, const QStringList& command, const char* name,
                            const QByteArray& text, const char* sentence) {
            QTest::newRow(title) << command << name << text << QString::fromUtf8(sentence);
        };
        const QStringList fit = {"rank", "fit"};
        const QStringList online = {"rank", "online"};
        const auto soc = [](const QByteArray& data, const char* type = "soc") {
            return metadataOf(type) + "# NUMBER VOTERS: 3\n# NUMBER UNIQUE ORDERS: 1\n" + kNames +
                   data;
        };
        row("negative", online, "f.csv", "round,item,value\n1,a,1\n1,b,-1\n",
            "line 3: the value is -1");
        row("NaN", online, "f.csv", "round,item,value\n1,a,nan\n", "line 2: the value is nan");
        row("infinite", online, "f.csv", "round,item,value\n1,a,inf\n", "line 2: the value is inf");
        row("above 1", online, "f.csv", "round,item,value\n1,a,2\n1,b,1\n",
            "line 2: the value is 2, allowed is a number from 0 to 1 (or rescale all to [0, 1])");
        row("twice in a round", online, "f.csv", "round,item\n1,a\n1,a\n",
            "line 3: a is chosen twice in round 1");
        row("empty item", online, "f.csv", "round,item\n1,\n", "line 2: the item is empty");
        row("winner = loser", fit, "c.csv", "winner,loser\na,b\nc,c\n",
            "line 3: c is compared with itself");
        row("unknown outcome", fit, "c.csv", "model_a,model_b,winner\na,b,both_bad\n",
            "line 2: the outcome is both_bad");
        row("duplicate names", fit, "v.soc", soc("3: 1,2,3\n").replace("NAME 3: Cy", "NAME 3: Ann"),
            "line 15: ALTERNATIVE NAME 3 duplicates 1");
        row("not complete", fit, "v.soc", soc("3: 1,2\n"),
            "line 16: the order ranks 2 of 3 alternatives");
        row("tie in soc", fit, "v.soc", soc("3: 1,{2,3}\n"), "line 16: a tie");
        row("tie in soi", fit, "v.soi", soc("3: {2,3}\n", "soi"), "line 16: a tie");
        row("id 0", fit, "v.soc", soc("3: 0,1,2\n"), "line 16: an alternative is 0");
        row("id > N", fit, "v.soc", soc("3: 1,2,4\n"), "line 16: alternative 4 does not exist");
        row("count", fit, "v.soc", soc("0: 1,2,3\n"), "line 16: the count is 0");
        row("repeated order", fit, "v.soc", soc("3: 1,2,3\n1: 1,2,3\n"),
            "line 17: the order appears twice");
        row("missing metadata", fit, "v.soc", soc("3: 1,2,3\n").replace("# TITLE: Test\n", ""),
            "has no line # TITLE:");
        row("blank line", fit, "v.soc", soc("3: 1,2,3\n\n"), "line 17: a blank line");
        row("matching graph", fit, "m.wmd",
            metadataOf("wmd") + "# NUMBER EDGES: 1\n" + kNames + "1,2,1.0\n",
            "holds a weighted matching graph (wmd), which compares nothing");
        row("edge to itself", {"rank", "convert"}, "m.wmd",
            metadataOf("wmd") + "# NUMBER EDGES: 1\n" + kNames + "2,2,1.0\n",
            "line 15: alternative 2 has an edge to itself");
    }

    void badFiles() {
        QFETCH(QStringList, command);
        QFETCH(const QString, name);
        QFETCH(const QByteArray, text);
        QFETCH(const QString, sentence);
        InlayProgram program;
        command << program.write(name.toUtf8().constData(), text);
        const bool isConvert = command[1] == "convert";
        if (isConvert)
            command << program.path("out.csv");
        const Outcome outcome = program.json(command);
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains(sentence), qPrintable(outcome.issueText()));
        QVERIFY2(outcome.error.contains(sentence), qPrintable(outcome.error));
        QVERIFY(outcome.issueText().contains(name));
        QVERIFY(!QFile::exists(program.path("out.csv")));
        if (command[1] == "online")
            QCOMPARE(program.runCount(), std::size_t{0}); // no row of a run that cannot be
    }

    // A header that counts otherwise and a name that says otherwise are told and read.
    void oddFilesAreReadWithAWarning() {
        InlayProgram program;
        const QByteArray text = metadataOf("soc") +
                                "# NUMBER VOTERS: 9\n# NUMBER UNIQUE ORDERS: 1\n" + kNames +
                                "3: 1,2,3\n";
        const Outcome outcome = program.json({"rank", "fit", program.write("v.toi", text)});
        QCOMPARE(outcome.code, 0);
        QVERIFY2(outcome.error.contains("the header says 9 voters, the data have 3; the data "
                                        "count"),
                 qPrintable(outcome.error));
        QVERIFY(outcome.error.contains("ends with .toi, its header says soc; the header counts"));
        QCOMPARE(outcome.last()["warnings"].size(),
                 std::size_t{2 + 1}); // and not strongly connected
    }

    void groupsAreNamed() {
        InlayProgram program;
        const QString file = program.write("c.csv", "winner,loser\na,b\nc,d\n");
        const Outcome outcome = program.json({"rank", "fit", file});
        QCOMPARE(outcome.code, 0);
        QVERIFY2(outcome.error.contains("not connected, scores of different groups cannot be "
                                        "compared: 2 groups (a, b; c, d)"),
                 qPrintable(outcome.error));
    }

    void badInput_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("itself") << QByteArray("winner,loser\na,b\nc,c\n") << QStringList()
                                << "line 3: c is compared with itself";
        QTest::newRow("outcome") << QByteArray("left,right,outcome\na,b,draw\n") << QStringList()
                                 << "line 2: the outcome is draw, allowed are left, right, tie, "
                                    "skip";
        QTest::newRow("ridge") << QByteArray("winner,loser\na,b\n") << QStringList{"--ridge", "0"}
                               << "ridge must be above 0";
        QTest::newRow("contradiction") << QByteArray("winner,loser\na,b\nb,a\n")
                                       << QStringList{"--persistent"} << "a and b (1 : 1)";
        QTest::newRow("skips") << QByteArray("left,right,outcome\na,b,skip\n") << QStringList()
                               << "every row is a skip";
    }

    void badInput() {
        QFETCH(const QByteArray, text);
        QFETCH(const QStringList, options);
        QFETCH(const QString, sentence);
        InlayProgram program;
        const Outcome outcome =
            program.json(QStringList{"rank", "fit", program.write("c.csv", text)} + options);
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains(sentence), qPrintable(outcome.issueText()));
        QVERIFY2(outcome.error.contains(sentence), qPrintable(outcome.error));
    }

    void missingFile() {
        InlayProgram program;
        const Outcome outcome = program.json({"rank", "fit", program.path("none.csv")});
        QCOMPARE(outcome.code, 2);
        QVERIFY(outcome.issueText().contains("none.csv cannot be read"));
    }

    void onlineIsARun() {
        InlayProgram program;
        const Outcome outcome = program.json({"rank", "online", "--items", "10", "--rounds", "300",
                                              "--replicates", "2", "--environment", "uniform"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QVERIFY(outcome.last()["metrics"]["opt"].get<double>() > 0);
        QVERIFY(outcome.last()["metrics"].contains("regret/follow_leader"));
        QVERIFY(!outcome.last()["metrics"].contains("bound/follow_leader"));
        QCOMPARE(program.runCount(), std::size_t{1});
        exportsCurves(program);
        const QString file = program.write("r.csv", "round,item\n1,a\n2,b\n3,a\n");
        QCOMPARE(program.json({"rank", "online", file}).code, 0);
        const QString bad = program.write("b.csv", "round,item\n1,a\n1,a\n");
        const Outcome refused = program.json({"rank", "online", bad});
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.issueText().contains("line 3: a is chosen twice in round 1"),
                 qPrintable(refused.issueText()));
        QCOMPARE(program.runCount(), std::size_t{3});
    }

private:
    // t,loss,opt,regret,bound: the regret is the loss above the optimum, below its bound.
    static void exportsCurves(InlayProgram& program) {
        const Outcome outcome =
            program.json({"rank", "online", "--items", "10", "--rounds", "300", "--replicates", "1",
                          "--environment", "uniform", "--export", program.path("curves")});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QFile curve(program.path("curves/curve-online_rank_anytime.csv"));
        QVERIFY(curve.open(QIODevice::ReadOnly));
        QCOMPARE(curve.readLine(), QByteArray("t,loss,opt,regret,bound\n"));
        int rows = 0;
        for (; !curve.atEnd(); ++rows) {
            const QList<QByteArray> cells = curve.readLine().trimmed().split(',');
            QCOMPARE(cells.size(), 5);
            const double regret = cells[3].toDouble();
            QVERIFY(std::abs(cells[1].toDouble() - cells[2].toDouble() - regret) < 1e-6);
            QVERIFY(regret <= cells[4].toDouble());
        }
        QVERIFY(rows > 20);
        QFile leader(program.path("curves/curve-follow_leader.csv"));
        QVERIFY(leader.open(QIODevice::ReadOnly));
        QVERIFY(leader.readAll().endsWith(",\n")); // without a bound
        QFile ranking(program.path("curves/ranking.csv"));
        QVERIFY(ranking.open(QIODevice::ReadOnly));
        QCOMPARE(ranking.readAll().count('\n'), 11);
    }
};

QTEST_GUILESS_MAIN(TestRankFit)
#include "test_rank_fit.moc"
