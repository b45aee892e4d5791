#include <cmath>
#include <functional>

#include <QTemporaryDir>
#include <QtTest>

#include "engine/base/error.h"
#include "engine/interop/npy.h"
#include "engine/interop/row_reader.h"

using namespace inlay::engine;

namespace {

std::string sentenceOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace

class TestRowReader : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string write(const QString& name, const QByteArray& text) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(name));
        return file.fileName().toStdString();
    }

    static std::vector<double> all(RowReader& reader, std::int64_t piece = 2) {
        std::vector<double> values;
        std::vector<double> rows(static_cast<std::size_t>(piece * reader.columns()));
        for (;;) {
            const std::int64_t got = reader.read(rows.data(), piece);
            values.insert(values.end(), rows.begin(), rows.begin() + got * reader.columns());
            if (got < piece)
                return values;
        }
    }

private slots:
    void text_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("columns");
        QTest::addColumn<QVector<double>>("values");
        const QVector<double> four = {1, 2, 3.5, -4e2};
        QTest::newRow("csv") << QByteArray("1,2\n3.5,-4e2\n") << 2 << four;
        QTest::newRow("no last newline") << QByteArray("1,2\n3.5,-4e2") << 2 << four;
        QTest::newRow("tabs and carriage returns")
            << QByteArray("1\t2\r\n3.5\t-4e2\r\n") << 2 << four;
        QTest::newRow("semicolons and titles") << QByteArray("a;b\n1;2\n3.5;-4e2\n") << 2 << four;
        QTest::newRow("blanks, remarks, empty lines")
            << QByteArray("# made by hand\n\n 1   2 \n3.5 -4e2\n\n") << 2 << four;
        QTest::newRow("quotes and signs")
            << QByteArray("\"a\",\"b\"\n\"+1\",2\n3.5,-4e2\n") << 2 << four;
        QTest::newRow("one column") << QByteArray("1\n2\n3.5\n-4e2\n") << 1 << four;
    }

    void text() {
        QFETCH(QByteArray, text);
        QFETCH(int, columns);
        QFETCH(QVector<double>, values);
        const auto reader = openRows(write("table.txt", text), {});
        QCOMPARE(reader->columns(), std::int64_t{columns});
        const std::vector<double> found = all(*reader);
        QCOMPARE(QVector<double>(found.begin(), found.end()), values);
    }

    void titlesAndSkippedColumns() {
        const std::string path =
            write("named.csv", "name,x,y\n\"Berg, \"\"Anna\"\"\",1,2\nbert,3,4\n");
        const auto reader = openRows(path, {BadRows::Refuse, {1}});
        QCOMPARE(reader->titles(), (std::vector<std::string>{"x", "y"}));
        QCOMPARE(all(*reader), (std::vector<double>{1, 2, 3, 4}));
    }

    void longTablesCrossPieces() {
        QByteArray text;
        for (int i = 0; i < 60000; ++i)
            text += QByteArray::number(i) + "," + QByteArray::number(i * 0.5) + "\n";
        const auto reader = openRows(write("long.csv", text), {});
        const std::vector<double> values = all(*reader, 777);
        QCOMPARE(values.size(), std::size_t{120000});
        QCOMPARE(values[119998], 59999.0);
        QCOMPARE(values[119999], 29999.5);
    }

    void badText_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("word") << QByteArray("1,2\n3,abc\n") << "line 2, column 2: \"abc\" is not";
        QTest::newRow("word with title")
            << QByteArray("x,y\n1,2\n3,abc\n") << "line 3, column 2 (y): \"abc\" is not";
        QTest::newRow("short row")
            << QByteArray("1,2\n3\n") << "line 2: 1 cells, but the table has 2";
        QTest::newRow("long row") << QByteArray("1,2\n3,4,5\n") << "line 2: 3 cells";
        QTest::newRow("nan") << QByteArray("1,2\n3,nan\n") << "line 2, column 2: NaN";
        QTest::newRow("empty cell")
            << QByteArray("1,2\n,4\n") << "line 2, column 1: NaN (or an empty";
        QTest::newRow("infinity") << QByteArray("1,2\n3,inf\n") << "line 2, column 2: infinity";
        QTest::newRow("overflow") << QByteArray("1,2\n3,1e19\n") << "larger than 1e18";
        QTest::newRow("empty") << QByteArray("") << "is empty";
        QTest::newRow("remarks only") << QByteArray("# nothing\n") << "has no rows";
        QTest::newRow("titles only") << QByteArray("x,y\n") << "has titles but no rows";
    }

    void badText() {
        QFETCH(QByteArray, text);
        QFETCH(QString, sentence);
        const std::string path = write("bad.csv", text);
        const std::string found = sentenceOf([&] { all(*openRows(path, {})); });
        QVERIFY2(QString::fromStdString(found).contains(sentence), found.c_str());
        QVERIFY(QString::fromStdString(found).contains("bad.csv"));
    }

    void droppedRowsAreCounted() {
        const auto reader =
            openRows(write("gaps.csv", "1,2\n,4\n5,6\n7,nan\n9,10\n"), {BadRows::Drop, {}});
        QCOMPARE(all(*reader), (std::vector<double>{1, 2, 5, 6, 9, 10}));
        QCOMPARE(reader->droppedRows(), std::int64_t{2});
    }

    void missingFilesAndColumns() {
        QVERIFY(sentenceOf([] { openRows("/nowhere/a.csv", {}); }).find("cannot open") == 0);
        const std::string path = write("two.csv", "1,2\n");
        QVERIFY(sentenceOf([&] {
                    openRows(path, {BadRows::Refuse, {3}});
                }).find("no column 3 to leave out") != std::string::npos);
        QVERIFY(sentenceOf([&] {
                    openRows(path, {BadRows::Refuse, {1, 2}});
                }).find("all of them are left out") != std::string::npos);
    }

    void npyRoundTrip() {
        const std::string path = folder_.filePath("a.npy").toStdString();
        const std::vector<float> values = {1, 2, 3, 4, 5, 6.5f};
        {
            NpyWriter writer(path, NpyType::F32, {3, 2});
            writer.write(std::span(values).first(4));
            writer.write(std::span(values).last(2));
            writer.close();
        }
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY(bytes.startsWith("\x93NUMPY\x01"));
        QVERIFY(bytes.contains("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"));
        QCOMPARE((bytes.size() - 24) % 64, 0); // 6 floats after a head that ends at 64
        const NpyArray array = readNpy(path);
        QCOMPARE(array.header.shape, (std::vector<std::int64_t>{3, 2}));
        QCOMPARE(array.values, (std::vector<double>{1, 2, 3, 4, 5, 6.5}));
        const auto reader = openRows(path, {BadRows::Refuse, {1}});
        QCOMPARE(*reader->promisedRows(), std::int64_t{3});
        QCOMPARE(all(*reader), (std::vector<double>{2, 4, 6.5}));
    }

    void npyOfOneDimension() {
        const std::string path = folder_.filePath("labels.npy").toStdString();
        const std::vector<std::int32_t> labels = {3, 1, 2};
        NpyWriter writer(path, NpyType::I32, {3});
        writer.write(labels);
        writer.close();
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("'shape': (3,)"));
        QCOMPARE(all(*openRows(path, {})), (std::vector<double>{3, 1, 2}));
    }

    void npyBigEndianIntegers() {
        QByteArray head = "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 1), }";
        head = head.leftJustified(117, ' ') + '\n';
        const QByteArray bytes = QByteArray("\x93NUMPY\x01\x00", 8) + QByteArray("\x76\x00", 2) +
                                 head + QByteArray("\x01\x02\xff\xfe", 4);
        QCOMPARE(all(*openRows(write("big.npy", bytes), {})), (std::vector<double>{258, -2}));
    }

    void badNpy_data() {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QString>("sentence");
        const QString order = "'fortran_order': False";
        QTest::newRow("text elements") << QByteArray("{'descr': '<U8', 'fortran_order': False, "
                                                     "'shape': (2, 1), }")
                                       << "its elements are \"<U8\"";
        QTest::newRow("no shape") << QByteArray("{'descr': '<f4', 'fortran_order': False, }")
                                  << "its head has no 'shape'";
        QTest::newRow("three dimensions")
            << QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1), }")
            << "has 3 dimensions";
        QTest::newRow("Fortran order")
            << QByteArray("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }")
            << "Fortran order";
        QTest::newRow("no rows")
            << QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }")
            << "has no rows";
        QTest::newRow("cut") << QByteArray(
                                    "{'descr': '<f4', 'fortran_order': False, 'shape': (9, 2), }")
                             << "is truncated: row 1 of 9 is cut";
    }

    void badNpy() {
        QFETCH(QByteArray, head);
        QFETCH(QString, sentence);
        head += '\n';
        const char size[2] = {static_cast<char>(head.size()), 0};
        const std::string path =
            write("bad.npy", QByteArray("\x93NUMPY\x01\x00", 8) + QByteArray(size, 2) + head +
                                 QByteArray(4, '\0'));
        const std::string found = sentenceOf([&] { all(*openRows(path, {})); });
        QVERIFY2(QString::fromStdString(found).contains(sentence), found.c_str());
    }

    void idxRecordsAreRows() {
        const QByteArray bytes = QByteArray("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03", 16) +
                                 QByteArray("\1\2\3\4\5\xff");
        const auto reader = openRows(write("images.idx", bytes), {});
        QCOMPARE(reader->columns(), std::int64_t{3});
        QCOMPARE(all(*reader), (std::vector<double>{1, 2, 3, 4, 5, 255}));
    }

    void realTables() {
        const QString data = qEnvironmentVariable("INLAY_TEST_DATA");
        if (data.isEmpty())
            QSKIP("INLAY_TEST_DATA is not set");
        const auto spam = openRows((data + "/tables/spambase.csv").toStdString(), {});
        QCOMPARE(spam->columns(), std::int64_t{58});
        QCOMPARE(all(*spam, 1000).size(), std::size_t{4601 * 58});
        const auto digits = openRows((data + "/mnist/t10k-images-idx3-ubyte.gz").toStdString(), {});
        QCOMPARE(digits->columns(), std::int64_t{784});
        QCOMPARE(*digits->promisedRows(), std::int64_t{10000});
    }
};

QTEST_APPLESS_MAIN(TestRowReader)
#include "test_row_reader.moc"
