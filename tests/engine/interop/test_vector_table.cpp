#include <QtTest>

#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/npz.h"
#include "engine/interop/vector_table.h"

using namespace inlay::engine;

namespace {

// numpy 2.4: savez_compressed(x = [[0, .25], [.5, .75], [1, 1.25]] as f4, labels = [7, 7, 9]).
constexpr const char* kDeflated =
    "UEsDBC0AAAAIAAAAIQCJv5wz//////////8FABQAeC5ucHkBABAAmAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQ"
    "rZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgYwaLADEvYM"
    "DA5A3ADEC+wBUEsDBC0AAAAIAAAAIQAyAvHV//////////8KABQAbGFiZWxzLm5weQEAEACYAAAAAAAAAEwAAAAA"
    "AAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1"
    "ChQALnYGCIDRnFAaAFBLAQItAy0AAAAIAAAAIQCJv5wzVgAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBL"
    "AQItAy0AAAAIAAAAIQAyAvHVTAAAAJgAAAAKAAAAAAAAAAAAAACAAY0AAABsYWJlbHMubnB5UEsFBgAAAAACAAIA"
    "awAAABUBAAAAAA==";
// numpy 2.4: savez(x = the same in f2 and Fortran order).
constexpr const char* kStored =
    "UEsDBC0AAAAAAAAAIQBhiTix//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7"
    "J2Rlc2NyJzogJzxmMicsICdmb3J0cmFuX29yZGVyJzogVHJ1ZSwgJ3NoYXBlJzogKDMsIDIpLCB9ICAgICAgICAg"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAOAA8ADQAOgA9UEsB"
    "Ai0DLQAAAAAAAAAhAGGJOLGMAAAAjAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsFBgAAAAABAAEAMwAAAMMA"
    "AAAAAA==";

class Folder {
public:
    std::string write(const QString& name, const QByteArray& bytes) const {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(file.fileName()));
        return file.fileName().toStdString();
    }
    std::string npz(const QString& name, const char* base64) const {
        return write(name, QByteArray::fromBase64(base64));
    }

private:
    QTemporaryDir folder_;
};

QString failure(const std::string& path, const VectorTableOptions& options = {}) {
    try {
        readVectorTable(path, options);
    } catch (const Error& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}

using Floats = std::vector<float>;
using Ints = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;

} // namespace

class TestVectorTable : public QObject {
    Q_OBJECT

private slots:
    void commasWithTitlesAndLabels() {
        const Folder folder;
        const VectorTable table = readVectorTable(
            folder.write("iris.csv", "width,length,species\n1,2.5,rose\n3,-4e1,\n5,6,lily\n"), {});
        QCOMPARE(table.rows, std::int64_t(3));
        QVERIFY((table.values == Floats{1, 2.5f, 3, -40, 5, 6}));
        QVERIFY((table.titles == Texts{"width", "length"}));
        QVERIFY((table.labels == Ints{1, -1, 0}));
        QVERIFY((table.classNames == Texts{"lily", "rose"}));
    }

    void headersAreDetected_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("titles");
        QTest::newRow("titles") << QByteArray("a;b\n1;2\n3;4\n") << 2;
        QTest::newRow("none") << QByteArray("1;2\n3;4\n") << 0;
        QTest::newRow("tabs") << QByteArray("1\t2\r\n3\t4\r\n") << 0;
        QTest::newRow("blanks") << QByteArray("1 2\n3 4\n") << 0;
        QTest::newRow("quoted titles, BOM") << QByteArray("\xEF\xBB\xBF\"a,1\",b\n1,2\n3,4\n") << 2;
        QTest::newRow("no end of line") << QByteArray("a,b\n1,2\n3,4") << 2;
    }

    void headersAreDetected() {
        QFETCH(QByteArray, text);
        QFETCH(int, titles);
        const Folder folder;
        const VectorTable table = readVectorTable(folder.write("t.csv", text), {});
        QCOMPARE(table.titles.size(), std::size_t(titles));
        QVERIFY((table.values == Floats{1, 2, 3, 4}));
    }

    void bracketedVectors() {
        const Folder folder;
        const std::string path =
            folder.write("v.csv", "id,embedding,label\n1,\"[0.5, -1, 2]\",x\n2,\"[1 2 3]\",10\n");
        const VectorTable table = readVectorTable(path, {});
        QCOMPARE(table.columns, std::int64_t(3));
        QVERIFY((table.values == Floats{0.5f, -1, 2, 1, 2, 3}));
        QVERIFY((table.classNames == Texts{"10", "x"}));
        QVERIFY(table.notes.back().find("not used: id") != std::string::npos);
    }

    void labelColumnByNameAndNumber() {
        const Folder folder;
        const std::string path = folder.write("n.csv", "a,b,c\n1,2,3\n4,5,3\n");
        VectorTableOptions options;
        options.labelColumn = "b";
        QVERIFY((readVectorTable(path, options).values == Floats{1, 3, 4, 3}));
        options.labelColumn = "3";
        const VectorTable table = readVectorTable(path, options);
        QVERIFY((table.labels == Ints{0, 0}));
        QVERIFY((table.classNames == Texts{"3"}));
    }

    void classesAreOrderedByValue() {
        const Folder folder;
        const VectorTable table =
            readVectorTable(folder.write("o.csv", "x,label\n1,10\n2,9\n3,b\n4,a\n"), {});
        QVERIFY((table.classNames == Texts{"9", "10", "a", "b"}));
        QVERIFY((table.labels == Ints{1, 0, 3, 2}));
    }

    void projectorPair() {
        const Folder folder;
        VectorTableOptions options;
        const std::string vectors = folder.write("vectors.tsv", "1\t2\n3\t4\n");
        options.labelsPath = folder.write("metadata.tsv", "word\tcount\nsun\t1\nmoon\t2\n");
        QVERIFY((readVectorTable(vectors, options).classNames == Texts{"moon", "sun"}));
        options.labelColumn = "count";
        QVERIFY((readVectorTable(vectors, options).classNames == Texts{"1", "2"}));
        options.labelColumn = "size";
        QVERIFY(failure(vectors, options).contains("no column size; it has word, count"));
        options.labelColumn.clear();
        options.labelsPath = folder.write("single.tsv", "sun\nmoon\n");
        QVERIFY((readVectorTable(vectors, options).labels == Ints{1, 0}));
        options.labelsPath = folder.write("titled.tsv", "word\nsun\nmoon\n");
        QVERIFY((readVectorTable(vectors, options).labels == Ints{1, 0}));
        options.labelsPath = folder.write("short.tsv", "sun\n");
        QVERIFY(failure(vectors, options).contains("holds 2 vectors, but"));
        QVERIFY(failure(vectors, options).contains("holds 1 labels"));
    }

    void idxImagesWithLabels() {
        const Folder folder;
        const std::string images = folder.write(
            "images", QByteArray("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x05\x06\x07\xff", 20));
        VectorTableOptions options;
        options.labelsPath =
            folder.write("labels", QByteArray("\0\0\x08\x01\0\0\0\x02\x04\x03", 10));
        const VectorTable table = readVectorTable(images, options);
        QVERIFY((table.values == Floats{5, 6, 7, 255}));
        QCOMPARE(table.height, std::int64_t(1));
        QCOMPARE(table.width, std::int64_t(2));
        QVERIFY((table.labels == Ints{1, 0}));
        options.labelsPath =
            folder.write("three", QByteArray("\0\0\x08\x01\0\0\0\x03\x04\x03\x01", 11));
        QVERIFY(failure(images, options).contains("holds 2 vectors, but"));
    }

    void npzAsNumpyWritesIt() {
        const Folder folder;
        const Floats values = {0, 0.25f, 0.5f, 0.75f, 1, 1.25f};
        const std::string deflated = folder.npz("a.npz", kDeflated);
        QVERIFY(readVectorTable(deflated, {}).values == values);
        const NpzFile file(deflated);
        QVERIFY((file.names() == Texts{"x", "labels"}));
        QVERIFY((file.read("labels").values == std::vector<double>{7, 7, 9}));
        const VectorTable halves = readVectorTable(folder.npz("b.npz", kStored), {});
        QVERIFY(halves.values == values);
        QCOMPARE(halves.columns, std::int64_t(2));
        VectorTableOptions options;
        options.array = "y";
        QVERIFY(failure(deflated, options).contains("no array y; it holds x, labels"));
    }

    void damagedNpz() {
        const Folder folder;
        QByteArray bytes = QByteArray::fromBase64(kStored);
        bytes[180] = static_cast<char>(bytes[180] ^ 1); // an element
        QVERIFY(failure(folder.write("crc.npz", bytes)).contains("CRC"));
        QVERIFY(failure(folder.write("cut.npz", QByteArray::fromBase64(kStored).left(150)))
                    .contains("truncated"));
        QByteArray packed = QByteArray::fromBase64(kDeflated);
        packed[70] = static_cast<char>(packed[70] ^ 0x55);
        QVERIFY(failure(folder.write("inflate.npz", packed)).contains("is damaged"));
        // Every cut is told, none crashes.
        const QByteArray whole = QByteArray::fromBase64(kDeflated);
        for (qsizetype size = 4; size < whole.size(); size += 7)
            QVERIFY(!failure(folder.write("part.npz", whole.left(size))).isEmpty());
    }

    void badValues() {
        const Folder folder;
        const std::string path = folder.write("bad.csv", "a,b\n1,2\nnan,4\n5,\n7,inf\n9,8\n");
        QCOMPARE(failure(path),
                 QString::fromStdString(path) +
                     ", line 3, column 1 (a): NaN (or an empty cell) is not a finite number; "
                     "allowed are finite numbers, or bad_values = drop or zero");
        VectorTableOptions options;
        options.badValues = BadValues::Drop;
        const VectorTable dropped = readVectorTable(path, options);
        QVERIFY((dropped.values == Floats{1, 2, 9, 8}));
        QVERIFY(dropped.notes.front().starts_with("3 rows"));
        options.badValues = BadValues::Zero;
        const VectorTable zeroed = readVectorTable(path, options);
        QVERIFY((zeroed.values == Floats{1, 2, 0, 4, 5, 0, 7, 0, 9, 8}));
        QVERIFY(zeroed.notes.front().starts_with("3 values"));
    }

    void droppedRowsTakeTheirLabels() {
        const Folder folder;
        VectorTableOptions options;
        options.badValues = BadValues::Drop;
        const VectorTable table =
            readVectorTable(folder.write("d.csv", "x,label\n1,a\nnan,b\n3,c\n"), options);
        QVERIFY((table.labels == Ints{0, 1}));
        QVERIFY((table.classNames == Texts{"a", "c"}));
    }

    void constantColumnsAreNamed() {
        const Folder folder;
        const VectorTable table =
            readVectorTable(folder.write("c.csv", "a,b,c\n1,7,2\n2,7,2\n"), {});
        QVERIFY(table.notes.front().starts_with("2 of 3 columns are constant"));
        QVERIFY(table.notes.front().find("b, c") != std::string::npos);
    }

    void refusals_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const QByteArray& bytes, const char* sentence) {
            QTest::newRow(name) << bytes << QString(sentence);
        };
        row("empty", "", "is empty");
        row("ragged", "a,b\n1,2\n3\n", "line 3: 1 cells, the first line names 2 columns");
        row("no number", "a,b,label\n1,2,x\n3,oops,y\n", "line 3, column 2 (b): \"oops\"");
        row("titles only", "a,b\n", "has titles but no rows");
        row("no numbers", "a,b\nx,y\nz,w\n", "has no column of numbers");
        row("vector lengths", "v\n\"[1,2]\"\n\"[1]\"\n",
            "a vector of 1 numbers, the first one has 2");
        row("no vector", "v\n\"[1,2]\"\n7\n", "\"7\" is not a vector");
        row("word in a vector", "v\n\"[1,zwei]\"\n", "\"zwei\" in a vector is not a number");
        row("too large", "a,b\n1,2\n1e19,3\n", "larger than 1e18");
        row("open quote", "a,b\n\"1,2\n", "never closed");
        row("cut NPY",
            QByteArray("\x93NUMPY\x01\0\x46\0", 10) +
                QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }")
                    .leftJustified(69) +
                "\n" + QByteArray(12, 0),
            "is truncated");
        row("objects",
            QByteArray("\x93NUMPY\x01\0\x46\0", 10) +
                QByteArray("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }")
                    .leftJustified(69) +
                "\n" + QByteArray(16, 0),
            "its elements are");
        row("cut IDX", QByteArray("\0\0\x08\x02\0\0\0\x02\0\0\0\x02\x01\x02\x03", 15),
            "is truncated");
        row("not a zip", QByteArray("PK\x03\x04 and so on"), "not an NPZ file");
    }

    void refusals() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, sentence);
        const Folder folder;
        const QString found = failure(folder.write("file", bytes));
        QVERIFY2(found.contains(sentence), qPrintable(found));
    }

    void missingFilesAndColumns() {
        const Folder folder;
        QVERIFY(!failure("/nowhere/at/all.csv").isEmpty());
        VectorTableOptions options;
        options.labelColumn = "z";
        QVERIFY(failure(folder.write("m.csv", "a,b\n1,2\n"), options)
                    .contains("no column z; allowed are a, b or 1 to 2"));
    }
};

QTEST_GUILESS_MAIN(TestVectorTable)
#include "test_vector_table.moc"
