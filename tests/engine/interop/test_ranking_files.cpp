#include <QtTest>

#include "engine/interop/comparisons.h"
#include "engine/interop/preflib.h"
#include "engine/interop/ranking_feedback.h"
#include "tests/engine/interop/ranking_texts.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

std::string header(const char* type, int voters = 5, int orders = 2) {
    return preflibHeader(type, voters, orders, "Cy, \"the\" last");
}

} // namespace

class TestRankingFiles : public QObject {
    Q_OBJECT

private slots:
    void ordersRoundTrip_data() {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("data");
        QTest::newRow("soc") << QByteArray("soc") << QByteArray("3: 1,2,3\n2: 3,1,2\n");
        QTest::newRow("soi") << QByteArray("soi") << QByteArray("3: 1,2,3\n2: 3\n");
        QTest::newRow("toc") << QByteArray("toc") << QByteArray("3: 1,{2,3}\n2: {1,3},2\n");
        QTest::newRow("toi") << QByteArray("toi") << QByteArray("3: {2,3}\n2: 1,{3,2}\n");
        QTest::newRow("blanks") << QByteArray("toi") << QByteArray("3 :  1 , { 2 ,3 }\n2: 3, 1\n");
    }

    // The second export has the bytes of the first, and that those of a canonical file.
    void ordersRoundTrip() {
        QFETCH(const QByteArray, type);
        QFETCH(const QByteArray, data);
        const std::string source = "votes." + type.toStdString();
        const std::string text = header(type.constData()) + data.toStdString();
        const PreflibFile read = parsePreflib(text, source);
        QVERIFY2(read.warnings.empty(), read.warnings.empty() ? "" : read.warnings[0].c_str());
        QCOMPARE(read.voters(), 5);
        QCOMPARE(read.alternatives.back(), std::string("Cy, \"the\" last"));
        const std::string once = preflibText(read);
        QCOMPARE(preflibText(parsePreflib(once, source)), once);
        if (!data.contains(' ') || data.indexOf(" :") < 0)
            QCOMPARE(once, text);
    }

    void legacyOrders() {
        const PreflibFile read =
            parsePreflib("3\n1,Ann\n2,Bob\n3,Cy\n5,5,2\n3,1,2,3\n2,3,{1,2}\n", "ED-1.toc");
        QVERIFY(read.warnings.empty());
        QCOMPARE(read.orders.size(), std::size_t{2});
        QCOMPARE(read.orders[1].groups[1], (std::vector<std::int32_t>{0, 1}));
        QCOMPARE(parsePreflib(preflibText(read), "ED-1.toc").voters(), 5);
    }

    void ordersToComparisons() {
        const PreflibFile read = parsePreflib(header("toi") + "3: 1,{2,3}\n2: 3\n", "a.toi");
        const ComparisonTable strict = comparisonsOf(read, Unranked::Incomparable);
        QCOMPARE(strict.rows.size(), std::size_t{2}); // Ann over Bob, Ann over Cy
        QCOMPARE(strict.rows[0].weight, 3.0);
        const ComparisonTable below = comparisonsOf(read, Unranked::Below);
        QCOMPARE(below.rows.size(), std::size_t{4});
        QCOMPARE(below.rows[2].left, 2);
        QCOMPARE(below.rows[2].weight, 2.0);
    }

    void pairwiseRoundTrip() {
        const std::string text = "3\n1,Ann\n2,Bob\n3,Cy\n10,17,3\n6,1,2\n4,2,1\n7,3,1\n";
        const PreflibPairwise read = parsePairwise(text, "a.pwg");
        QVERIFY(read.warnings.empty());
        QCOMPARE(pairwiseText(read.table, read.voters), text);
        QCOMPARE(parsePairwise("2\n1,a\n2,b\n1,1,5\n1,1,2\n", "b.pwg").warnings.size(),
                 std::size_t{1});
    }

    void comparisonsRoundTrip_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("canonical");
        QTest::newRow("winners") << QByteArray("winner,loser\na,b\nb,c\n\"x, y\",a\n") << true;
        QTest::newRow("outcomes")
            << QByteArray("left,right,outcome\na,b,left\nb,c,tie\nc,a,skip\na,c,right\n") << true;
        QTest::newRow("all columns")
            << QByteArray("left,right,outcome,weight,annotator,timestamp\n"
                          "a,b,left,2.5,me,2024-01-01\n\"q\"\"q\",c,tie,1,you,\n")
            << true;
        QTest::newRow("models") << QByteArray("model_a,model_b,winner\na,b,model_b\nb,c,tie\n")
                                << false;
        QTest::newRow("semicolons") << QByteArray("winner;loser\r\na;b\r\n\r\nb;c\r\n") << false;
        QTest::newRow("tabs") << QByteArray("winner\tloser\na\tb, c\n") << false;
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBFwinner,loser\na,b\n") << false;
    }

    void comparisonsRoundTrip() {
        QFETCH(const QByteArray, text);
        QFETCH(const bool, canonical);
        const std::string once = comparisonsCsv(parseComparisons(text.toStdString(), "c.csv"));
        QCOMPARE(comparisonsCsv(parseComparisons(once, "c.csv")), once);
        if (canonical)
            QCOMPARE(QByteArray::fromStdString(once), text);
    }

    void modelsMeanSides() {
        const ComparisonTable table =
            parseComparisons("model_a,model_b,winner,weight\na,b,model_b,3\nb,c,tie,1\n", "c.csv");
        QCOMPARE(table.items, (std::vector<std::string>{"a", "b", "c"}));
        QVERIFY(table.rows[0].outcome == Outcome::Right);
        QCOMPARE(table.rows[0].weight, 3.0);
        QVERIFY(table.rows[1].outcome == Outcome::Tie);
    }

    void contradictionsAreCounted() {
        const ComparisonTable table =
            parseComparisons("winner,loser\na,b\nb,a\na,b\nc,a\n", "c.csv");
        QCOMPARE(contradictions(table), std::vector<std::string>{"a and b (2 : 1)"});
    }

    void badComparisons_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* text, const char* sentence) {
            QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(sentence);
        };
        row("itself", "winner,loser\na,b\nc,c\n", "c.csv, line 3: c is compared with itself");
        row("empty item", "winner,loser\na,\n", "c.csv, line 2: the loser has no name");
        row("outcome", "left,right,outcome\na,b,both_bad\n",
            "c.csv, line 2: the outcome is both_bad, allowed are left, right, tie, skip");
        row("model outcome", "model_a,model_b,winner\na,b,left\n",
            "c.csv, line 2: the outcome is left, allowed are model_a, model_b, tie, skip");
        row("weight", "winner,loser,weight\na,b,-2\n",
            "c.csv, line 2: the weight is -2, allowed is a number above 0");
        row("weight NaN", "winner,loser,weight\na,b,nan\n",
            "c.csv, line 2: the weight is nan, allowed is a number above 0");
        row("columns", "first,second\na,b\n",
            "c.csv, line 1: the columns are first,second; allowed are winner,loser or "
            "left,right,outcome or model_a,model_b,winner");
        row("unknown column", "winner,loser,color\na,b,red\n",
            "c.csv, line 1: unknown column color; allowed beside it are winner, loser, weight, "
            "annotator, timestamp");
        row("cells", "winner,loser\na,b,c\n",
            "c.csv, line 2: 3 cells, the first line names 2 columns");
        row("quote", "winner,loser\n\"a,b\n", "c.csv, line 2: a quote is opened and never closed");
        row("empty", "", "c.csv is empty; it needs a first line with the names of its columns");
        row("no rows", "winner,loser\n", "c.csv has no comparisons");
    }

    void badComparisons() {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, sentence);
        QCOMPARE(failure([&] { parseComparisons(text.toStdString(), "c.csv"); }), sentence);
    }

    void feedback() {
        const FeedbackTable table =
            parseFeedback("round,item,value\n1,a,1\n1,b,0.5\n2,c,0.25\n", "f.csv", Rescale::No);
        QCOMPARE(table.items.size(), std::size_t{3});
        QCOMPARE(table.rounds.size(), std::size_t{2});
        QCOMPARE(table.rounds[0].values, (std::vector<double>{1, 0.5}));
        const FeedbackTable scaled =
            parseFeedback("round,item,value\n1,a,4\n1,b,1\n", "f.csv", Rescale::Yes);
        QCOMPARE(scaled.rounds[0].values, (std::vector<double>{1, 0.25}));
        QCOMPARE(scaled.scale, 0.25);
    }

    void badFeedback_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* text, const char* sentence) {
            QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(sentence);
        };
        row("negative", "round,item,value\n1,a,1\n1,b,-0.1\n",
            "f.csv, line 3: the value is -0.1, allowed is a number from 0 to 1");
        row("NaN", "round,item,value\n1,a,nan\n",
            "f.csv, line 2: the value is nan, allowed is a number from 0 to 1");
        row("infinite", "round,item,value\n1,a,inf\n",
            "f.csv, line 2: the value is inf, allowed is a number from 0 to 1");
        row("large", "round,item,value\n1,a,1.5\n",
            "f.csv, line 2: the value is 1.5, allowed is a number from 0 to 1 (or rescale all to "
            "[0, 1])");
        row("twice", "round,item\n1,a\n1,b\n1,a\n", "f.csv, line 4: a is chosen twice in round 1");
        row("comes back", "round,item\n1,a\n2,b\n1,c\n",
            "f.csv, line 4: round 1 comes back after other rounds; its rows must stand together");
        row("empty item", "round,item\n1,\n", "f.csv, line 2: the item is empty");
        row("one item", "round,item\n1,a\n2,a\n",
            "f.csv names one item only (a); a ranking needs two");
    }

    void badFeedback() {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, sentence);
        QCOMPARE(failure([&] { parseFeedback(text.toStdString(), "f.csv", Rescale::No); }),
                 sentence);
    }

    void badOrders_data() {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* type, const char* data,
                            const char* sentence) {
            QTest::newRow(name) << QByteArray(type) << QByteArray(data)
                                << QString::fromUtf8(sentence);
        };
        // The header has 15 lines.
        row("not complete", "soc", "3: 1,2,3\n2: 1,2\n",
            "line 17: the order ranks 2 of 3 alternatives, the type soc wants all; soi and toi "
            "allow less");
        row("tie in soc", "soc", "3: 1,{2,3}\n",
            "line 16: a tie in an order of the type soc, which is strict; toc and toi allow ties");
        row("tie in soi", "soi", "3: {2,3}\n",
            "line 16: a tie in an order of the type soi, which is strict; toc and toi allow ties");
        row("id 0", "soi", "3: 0,1\n",
            "line 16: an alternative is 0, allowed is a whole number from 1");
        row("id > N", "soi", "3: 1,4\n",
            "line 16: alternative 4 does not exist, allowed are 1 to 3");
        row("id twice", "soi", "3: 1,1\n", "line 16: alternative 1 appears twice in the order");
        row("count", "soi", "0: 1,2\n",
            "line 16: the count is 0, allowed is a whole number from 1");
        row("count text", "soi", "x: 1,2\n",
            "line 16: the count is x, allowed is a whole number from 1");
        row("repeated", "toi", "3: {1,2},3\n2: {2,1},3\n",
            "line 17: the order appears twice; each may appear once, with its count");
        row("blank line", "soi", "3: 1,2\n\n2: 3\n",
            "line 17: a blank line in the data; allowed are lines count: order");
        row("blank before data", "soi", "\n3: 1,2\n",
            "line 16: a blank line in the data; allowed are lines count: order");
        row("no colon", "soi", "3,1,2\n", "line 16: there is no ':' in: 3,1,2");
        row("brace", "toi", "3: {1,2\n", "line 16: a brace is opened and never closed");
        row("late header", "soi", "3: 1,2\n# TITLE: x\n",
            "line 17: a header line after the data; they all stand at the start");
    }

    void badOrders() {
        QFETCH(const QByteArray, type);
        QFETCH(const QByteArray, data);
        QFETCH(const QString, sentence);
        const std::string source = "v." + type.toStdString();
        QCOMPARE(
            failure([&] { parsePreflib(header(type.constData()) + data.toStdString(), source); }),
            QString::fromStdString(source) + ", " + sentence);
    }

    void badHeaders() {
        const std::string good = header("soc") + "3: 1,2,3\n2: 3,2,1\n";
        const auto changed = [&](const std::string& from, const std::string& to) {
            std::string text = good;
            text.replace(text.find(from), from.size(), to);
            return failure([&] { parsePreflib(text, "v.soc"); });
        };
        QCOMPARE(changed("# TITLE: Test\n", ""), QString("v.soc has no line # TITLE:"));
        QCOMPARE(changed("NAME 3: Cy, \"the\" last", "NAME 3: Ann"),
                 QString("v.soc, line 15: ALTERNATIVE NAME 3 duplicates 1"));
        QCOMPARE(changed("NAME 3:", "NAME 5:"),
                 QString("v.soc has no ALTERNATIVE NAME 3; they count from 1"));
        QCOMPARE(changed("DATA TYPE: soc", "DATA TYPE: cat"),
                 QString("v.soc has the type cat; allowed here are soc, soi, toc, toi"));
        QVERIFY(changed("# TITLE: Test", "# COLOR: red")
                    .startsWith("v.soc, line 2: unknown key COLOR; allowed are FILE NAME, TITLE"));
    }

    void oddHeadersAreWarnings() {
        const auto warnings = [](const std::string& text, const char* source) {
            QStringList found;
            for (const std::string& warning : parsePreflib(text, source).warnings)
                found << QString::fromStdString(warning);
            return found;
        };
        QCOMPARE(warnings(header("soc", 6, 2) + "3: 1,2,3\n2: 3,2,1\n", "v.soc"),
                 QStringList{"v.soc: the header says 6 voters, the data have 5; the data count"});
        QCOMPARE(warnings(header("soc") + "3: 1,2,3\n2: 3,2,1\n", "v.toi"),
                 QStringList{"v.toi ends with .toi, its header says soc; the header counts"});
        QCOMPARE(warnings(header("toi") + "3: 1,2,3\n2: 3,2,1\n", "v.toi"),
                 QStringList{"v.toi says toi, the most restrictive type of its orders is soc"});
    }

    void badPairwise() {
        const auto sentence = [](const char* rows) {
            return failure(
                [&] { parsePairwise(std::string("2\n1,a\n2,b\n3,5,2\n") + rows, "p.pwg"); });
        };
        QCOMPARE(sentence("3,1,1\n"),
                 QString("p.pwg, line 5: alternative 1 is compared with itself"));
        QCOMPARE(sentence("3,1,3\n"),
                 QString("p.pwg, line 5: alternative 3 does not exist, allowed are 1 to 2"));
        QCOMPARE(sentence("3,1,2\n1,1,2\n"), QString("p.pwg, line 6: the pair 1,2 appears twice"));
        QCOMPARE(sentence("-1,1,2\n"),
                 QString("p.pwg, line 5: the count is -1, allowed is a whole number from 1"));
    }
};

QTEST_APPLESS_MAIN(TestRankingFiles)
#include "test_ranking_files.moc"
