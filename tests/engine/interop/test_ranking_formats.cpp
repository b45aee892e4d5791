#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "engine/interop/comparison_file.h"
#include "engine/interop/ranking_convert.h"
#include "tests/engine/interop/ranking_texts.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

// Lines 1 to 18.
std::string categories(int voters = 6, int preferences = 2, int count = 2) {
    return preflibMetadata("cat") + "# NUMBER VOTERS: " + std::to_string(voters) +
           "\n# NUMBER UNIQUE PREFERENCES: " + std::to_string(preferences) +
           "\n# NUMBER CATEGORIES: " + std::to_string(count) +
           "\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: No\n" + preflibNames();
}

// Lines 1 to 14.
std::string matching(int edges = 2) {
    return preflibMetadata("wmd") + "# NUMBER EDGES: " + std::to_string(edges) + '\n' +
           preflibNames();
}

QStringList listed(const std::vector<std::string>& sentences) {
    QStringList list;
    for (const std::string& sentence : sentences)
        list << QString::fromStdString(sentence);
    return list;
}

} // namespace

/// PrefLib's categories and matching graphs, what a file is by its content, and conversion.
class TestRankingFormats : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
    std::string write(const char* name, const std::string& text) const {
        QFile file(folder_.filePath(name));
        file.open(QIODevice::WriteOnly);
        file.write(text.data(), static_cast<qint64>(text.size()));
        return path(name);
    }
    std::string read(const char* name) const {
        QFile file(folder_.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
    }

private slots:
    void categoriesRoundTrip() {
        const std::string text = categories() + "4: 1,{2,3}\n2: {},{1,3}\n";
        const PreflibCategories file = parsePreflibCategories(text, "a.cat");
        QVERIFY2(file.warnings.empty(), file.warnings.empty() ? "" : file.warnings[0].c_str());
        QCOMPARE(file.categories, (std::vector<std::string>{"Yes", "No"}));
        QCOMPARE(file.voters(), 6);
        QVERIFY(file.preferences[1].groups[0].empty());
        QCOMPARE(file.preferences[1].groups[1], (std::vector<std::int32_t>{0, 2}));
        QCOMPARE(preflibText(file), text);
        const std::string blanks = categories() + "4 : 1 , { 2, 3 }\n2: { } , {1,3}\n";
        QCOMPARE(preflibText(parsePreflibCategories(blanks, "a.cat")), text);
    }

    void matchingRoundTrip() {
        const std::string text = matching() + "1,3,1.0\n3,2,0.25\n";
        const PreflibMatching file = parsePreflibMatching(text, "a.wmd");
        QVERIFY(file.warnings.empty());
        QCOMPARE(file.edges.size(), std::size_t{2});
        QCOMPARE(file.edges[1].weight, 0.25);
        QCOMPARE(preflibText(file), text);
        QCOMPARE(edgesCsv(file), std::string("source,target,weight\nAnn,Cy,1\nCy,Bob,0.25\n"));
        // The format's own example names voters too.
        std::string voters = text;
        voters.replace(voters.find("# NUMBER EDGES"), 0, "# NUMBER VOTERS: 365\n");
        QCOMPARE(preflibText(parsePreflibMatching(voters, "a.wmd")), voters);
    }

    void badCategories_data() {
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* data, const char* sentence) {
            QTest::newRow(name) << QByteArray(data) << QString::fromUtf8(sentence);
        };
        row("too few", "4: {1,2,3}\n",
            "line 19: the preference has 1 categories, the header names 2; an empty one is "
            "written {}");
        row("too many", "4: 1,2,3\n",
            "line 19: the preference has 3 categories, the header names 2; an empty one is "
            "written {}");
        row("id 0", "4: 0,1\n", "line 19: an alternative is 0, allowed is a whole number from 1");
        row("id > N", "4: 1,4\n", "line 19: alternative 4 does not exist, allowed are 1 to 3");
        row("twice", "4: 1,{1,2}\n", "line 19: alternative 1 appears twice in the order");
        row("count", "-4: 1,2\n", "line 19: the count is -4, allowed is a whole number from 1");
        row("repeated", "4: {1,2},3\n2: {2,1},3\n",
            "line 20: the preference appears twice; each may appear once, with its count");
        row("blank line", "4: 1,2\n\n2: 2,1\n",
            "line 20: a blank line in the data; allowed are lines count: preference");
        row("empty word", "4: 1,\n",
            "line 19: an alternative is empty, allowed is a whole number from 1");
        row("brace", "4: {1,2\n", "line 19: a brace is opened and never closed");
    }

    void badCategories() {
        QFETCH(const QByteArray, data);
        QFETCH(const QString, sentence);
        QCOMPARE(
            failure([&] { parsePreflibCategories(categories() + data.toStdString(), "a.cat"); }),
            "a.cat, " + sentence);
    }

    void badMatchings_data() {
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* data, const char* sentence) {
            QTest::newRow(name) << QByteArray(data) << QString::fromUtf8(sentence);
        };
        row("itself", "1,1,1.0\n", "line 15: alternative 1 has an edge to itself");
        row("twice", "1,2,1.0\n1,2,2.0\n", "line 16: the edge 1,2 appears twice");
        row("id > N", "1,4,1.0\n", "line 15: alternative 4 does not exist, allowed are 1 to 3");
        row("weight", "1,2,heavy\n", "line 15: the weight is heavy, allowed is a finite number");
        row("NaN", "1,2,nan\n", "line 15: the weight is nan, allowed is a finite number");
        row("infinite", "1,2,inf\n", "line 15: the weight is inf, allowed is a finite number");
        row("two numbers", "1,2\n", "line 15: a line needs three numbers: source,target,weight");
        row("blank line", "1,2,1.0\n\n",
            "line 16: a blank line in the data; allowed are lines source,target,weight");
    }

    void badMatchings() {
        QFETCH(const QByteArray, data);
        QFETCH(const QString, sentence);
        QCOMPARE(failure([&] { parsePreflibMatching(matching() + data.toStdString(), "a.wmd"); }),
                 "a.wmd, " + sentence);
    }

    void badHeaders() {
        const auto changed = [&](const std::string& from, const std::string& to) {
            std::string text = categories() + "4: 1,{2,3}\n2: {},{1,3}\n";
            text.replace(text.find(from), from.size(), to);
            return failure([&] { parsePreflibCategories(text, "a.cat"); });
        };
        QCOMPARE(changed("# NUMBER CATEGORIES: 2\n", ""),
                 QString("a.cat has no line # NUMBER CATEGORIES:"));
        QCOMPARE(changed("CATEGORY NAME 2: No", "CATEGORY NAME 2: Yes"),
                 QString("a.cat, line 15: CATEGORY NAME 2 duplicates 1"));
        QCOMPARE(changed("CATEGORY NAME 2:", "CATEGORY NAME 3:"),
                 QString("a.cat has no CATEGORY NAME 2; they count from 1"));
        QCOMPARE(changed("DATA TYPE: cat", "DATA TYPE: soc"),
                 QString("a.cat has the type soc; allowed here are cat"));
        QCOMPARE(changed("NUMBER CATEGORIES: 2", "NUMBER CATEGORIES: two"),
                 QString("a.cat, line 13: NUMBER CATEGORIES is two, allowed is a whole number from "
                         "1"));
        QVERIFY(changed("# NUMBER VOTERS: 6", "# NUMBER EDGES: 6")
                    .startsWith("a.cat, line 11: unknown key NUMBER EDGES; allowed are"));
        QCOMPARE(
            listed(
                parsePreflibCategories(categories(7, 3, 4) + "4: 1,2\n2: 2,1\n", "a.toc").warnings),
            (QStringList{
                "a.toc ends with .toc, its header says cat; the header counts",
                "a.toc: the header says 7 voters, the data have 6; the data count",
                "a.toc: the header says 3 unique preferences, the data have 2; the data count",
                "a.toc: the header says 4 categories, the data have 2; the data count"}));
        QCOMPARE(listed(parsePreflibMatching(matching(5) + "1,2,1.0\n", "a.wmd").warnings),
                 QStringList{"a.wmd: the header says 5 edges, the data have 1; the data count"});
    }

    void categoriesCompare() {
        const std::string file = write("votes.cat", categories() + "4: 1,{2,3}\n2: {},{1,3}\n");
        const ComparisonFile plain = readComparisonFile(file, Unranked::Incomparable);
        QCOMPARE(plain.voters, 6);
        QCOMPARE(plain.table.rows.size(), std::size_t{2}); // Ann over Bob, over Cy
        QCOMPARE(plain.table.rows[0].weight, 4.0);
        const ComparisonFile below = readComparisonFile(file, Unranked::Below);
        QCOMPARE(below.table.rows.size(), std::size_t{3}); // and Ann, Cy over Bob by two more
        QCOMPARE(below.table.rows[0].weight, 6.0);
        QCOMPARE(below.table.rows[2].left, 2);
        QVERIFY(listed(below.warnings).join(' ').contains("imbued"));
    }

    void theContentDecides() {
        // PrefLib by another name, CSV by PrefLib's, legacy without a name that says what it is.
        const ComparisonFile soc = readComparisonFile(
            write("votes.txt", preflibHeader("soc", 3, 1) + "3: 1,2,3\n"), Unranked::Incomparable);
        QCOMPARE(soc.table.rows.size(), std::size_t{3});
        QVERIFY(soc.warnings.at(0).ends_with("ends with .txt, its header says soc; the header "
                                             "counts"));
        const ComparisonFile csv = readComparisonFile(
            write("comparisons.soc", "winner,loser\na,b\n"), Unranked::Incomparable);
        QVERIFY(csv.warnings.at(0).ends_with("it should end with .csv"));
        const std::string legacy = "2\n1,a\n2,b\n3,3,1\n3,1,2\n";
        QCOMPARE(readComparisonFile(write("l.pwg", legacy), Unranked::Incomparable).voters, 3);
        QCOMPARE(readComparisonFile(write("l.soi", legacy), Unranked::Incomparable).voters, 3);
        QVERIFY(failure([&] { readComparisonFile(write("l.csv", legacy), Unranked::Incomparable); })
                    .endsWith("looks like PrefLib's legacy format, whose ending says what the data "
                              "are; allowed are .pwg, .soc, .soi, .toc, .toi"));
        QVERIFY(failure([&] {
                    readComparisonFile(write("m.wmd", matching(1) + "1,2,1.0\n"),
                                       Unranked::Incomparable);
                }).contains("holds a weighted matching graph (wmd), which compares nothing"));
    }

    // Every format, converted to itself twice: the second export has the bytes of the first.
    void conversionIsStable_data() {
        QTest::addColumn<QByteArray>("ending");
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char* ending, const std::string& text) {
            QTest::newRow(ending) << QByteArray(ending) << QByteArray::fromStdString(text);
        };
        row("soc", preflibHeader("soc", 5, 2) + "3: 1,2,3\n2: 3,1,2\n");
        row("soi", preflibHeader("soi", 5, 2) + "3: 1,2,3\n2: 3\n");
        row("toc", preflibHeader("toc", 5, 2) + "3: 1,{2,3}\n2: {3,1},2\n");
        row("toi", preflibHeader("toi", 5, 2) + "3: {2,3}\n2: 1,{3,2}\n");
        row("cat", categories() + "4: 1,{2,3}\n2: {},{3,1}\n");
        row("wmd", matching() + "1,3,1\n3,2,2.5e-3\n");
        row("pwg", "3\n1,Ann\n2,Bob\n3,Cy\n10,17,3\n6,1,2\n4,2,1\n7,3,1\n");
        row("csv", "left,right,outcome,weight\nAnn,Bob,left,2\n\"C, y\",Ann,tie,1\n");
    }

    void conversionIsStable() {
        QFETCH(const QByteArray, ending);
        QFETCH(const QByteArray, text);
        const QByteArray first = "first." + ending;
        const QByteArray second = "second." + ending;
        const std::string from = write(("from." + ending).constData(), text.toStdString());
        const auto normal = [&](const QByteArray& name) { // without its own name
            std::string written = read(name.constData());
            if (const auto at = written.find(name.toStdString()); at != std::string::npos)
                written.erase(at, static_cast<std::size_t>(name.size()));
            return written;
        };
        QCOMPARE(listed(convertRanking(from, path(first.constData()), Unranked::Incomparable)),
                 QStringList());
        convertRanking(path(first.constData()), path(second.constData()), Unranked::Incomparable);
        QVERIFY(!normal(first).empty());
        QCOMPARE(normal(second), normal(first));
    }

    void conversions() {
        const std::string cat =
            write("c.cat", categories(7, 3) + "4: 1,{2,3}\n2: {},{1,3}\n1: {1,3},{}\n");
        convertRanking(cat, path("c.toi"), Unranked::Incomparable);
        const PreflibFile toi = readPreflib(path("c.toi"));
        QVERIFY(toi.warnings.empty());
        QCOMPARE(toi.orders.size(), std::size_t{2}); // the last two say the same of Ann and Cy
        QCOMPARE(toi.orders[1].count, 3);
        QVERIFY(read("c.toi").find("# MODIFICATION TYPE: induced\n# RELATES TO: c.cat\n") !=
                std::string::npos);
        convertRanking(cat, path("c.toc"), Unranked::Below);
        QVERIFY(read("c.toc").find("# MODIFICATION TYPE: imbued\n") != std::string::npos);
        QVERIFY(read("c.toc").ends_with("4: 1,{2,3}\n3: {1,3},2\n"));
        convertRanking(path("c.toc"), path("c.pwg"), Unranked::Incomparable);
        QVERIFY(read("c.pwg").ends_with("7,14,3\n7,1,2\n4,1,3\n3,3,2\n"));
        convertRanking(path("c.pwg"), path("c.csv"), Unranked::Incomparable);
        QCOMPARE(read("c.csv"),
                 std::string("winner,loser,weight\nAnn,Bob,7\nAnn,Cy,4\nCy,Bob,3\n"));
        convertRanking(write("m.wmd", matching(1) + "1,2,0.5\n"), path("m.csv"),
                       Unranked::Incomparable);
        QCOMPARE(read("m.csv"), std::string("source,target,weight\nAnn,Bob,0.5\n"));
    }

    void impossibleConversions_data() {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* from, const std::string& text,
                            const char* to, const char* sentence) {
            QTest::newRow(name) << QByteArray(from) << QByteArray::fromStdString(text)
                                << QByteArray(to) << QString::fromUtf8(sentence);
        };
        const std::string tied = preflibHeader("toc", 3, 1) + "3: 1,{2,3}\n";
        row("ties to soc", "t.toc", tied, "t.soc",
            "the orders are of the type toc; allowed are .toc, .toi");
        row("incomplete to toc", "t.soi", preflibHeader("soi", 3, 1) + "3: 1,2\n", "u.toc",
            "the orders are of the type soi; allowed are .soi, .toi");
        row("orders to categories", "t.toc", tied, "t.cat",
            "orders have no categories; allowed are .soc, .soi, .toc, .toi, .csv, .pwg");
        row("orders to matching", "t.toc", tied, "t.wmd", "holds no matching graph; allowed are");
        row("pairs to orders", "p.csv", "winner,loser\na,b\n", "p.soc",
            "comparisons of pairs are no orders; allowed are .csv, .pwg");
        row("weights", "p.csv", "winner,loser,weight\na,b,0.5\n", "p.pwg",
            "it counts voters, and a weight is 0.5; allowed are .csv");
        row("ties only", "p.csv", "left,right,outcome\na,b,tie\n", "p.pwg",
            "no comparison is decided; allowed are .csv");
        row("matching to orders", "m.wmd", matching(1) + "1,2,1.0\n", "m.soc",
            "a matching graph compares nothing; allowed are .wmd, .csv");
        row("ending", "t.toc", tied, "t.xyz",
            "ends with .xyz; allowed are .soc, .soi, .toc, .toi, .cat, .wmd, .pwg, .csv");
    }

    void impossibleConversions() {
        QFETCH(const QByteArray, from);
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, to);
        QFETCH(const QString, sentence);
        const std::string source = write(from.constData(), text.toStdString());
        QFile::remove(folder_.filePath(to));
        const QString said =
            failure([&] { convertRanking(source, path(to.constData()), Unranked::Incomparable); });
        QVERIFY2(said.contains(sentence), qPrintable(said));
        QVERIFY(!QFile::exists(folder_.filePath(to)));
    }
};

QTEST_APPLESS_MAIN(TestRankingFormats)
#include "test_ranking_formats.moc"
