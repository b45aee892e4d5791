#include <QFile>
#include <QtTest>

#include <cmath>

#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;

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
        const QString file = program.write("r.csv", "round,item\n1,a\n2,b\n3,a\n");
        QCOMPARE(program.json({"rank", "online", file}).code, 0);
        const QString bad = program.write("b.csv", "round,item\n1,a\n1,a\n");
        const Outcome refused = program.json({"rank", "online", bad});
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.issueText().contains("line 3: a is chosen twice in round 1"),
                 qPrintable(refused.issueText()));
        QCOMPARE(program.runCount(), std::size_t{2});
    }
};

QTEST_GUILESS_MAIN(TestRankFit)
#include "test_rank_fit.moc"
