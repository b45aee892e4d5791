#include <QtTest>

#include <cmath>
#include <vector>

#include <zlib.h>

#include "engine/base/error.h"
#include "engine/interop/gzip.h"
#include "engine/interop/idx.h"

using namespace inlay::engine;

namespace {

QByteArray gzip(const QByteArray& plain) {
    z_stream stream = {};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    QByteArray out(static_cast<int>(deflateBound(&stream, static_cast<uLong>(plain.size()))) + 64,
                   '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(static_cast<int>(stream.total_out));
    deflateEnd(&stream);
    return out;
}

QByteArray bytes(std::initializer_list<int> values) {
    QByteArray out;
    for (const int value : values)
        out.append(static_cast<char>(value));
    return out;
}

// Three images of 2 x 2 with the values 1 … 12.
QByteArray images() {
    QByteArray file = bytes({0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2});
    for (int i = 1; i <= 12; ++i)
        file.append(static_cast<char>(i));
    return file;
}

} // namespace

class TestIdx : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string write(const QByteArray& content) {
        const QString path = folder_.filePath("file");
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
        return path.toStdString();
    }

    // The sentence of the error with the path replaced by FILE.
    QString readError(const QByteArray& content, const IdxExpectation& expectation) {
        const std::string path = write(content);
        try {
            readIdx(path, expectation);
        } catch (const Error& error) {
            return QString(error.what()).replace(QString::fromStdString(path), "FILE");
        }
        return "no error";
    }

private slots:
    void readsPlainAndCompressed() {
        for (const QByteArray& content : {images(), gzip(images())}) {
            const IdxArray array = readIdx(write(content), kIdxImages);
            QCOMPARE(array.header.shape, (std::vector<std::int64_t>{3, 2, 2}));
            QCOMPARE(array.bytes.size(), std::size_t{12});
            QCOMPARE(array.bytes[11], std::uint8_t{12});
            QVERIFY(array.warning.empty());
            QCOMPARE(readIdxHeader(write(content), kIdxImages).records(), 3);
        }
    }

    void readsEveryType_data() {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QList<float>>("values");
        QTest::newRow("u8") << bytes({0, 0, 8, 1, 0, 0, 0, 2, 7, 255}) << QList<float>{7, 255};
        QTest::newRow("i8") << bytes({0, 0, 9, 1, 0, 0, 0, 2, 7, 255}) << QList<float>{7, -1};
        QTest::newRow("i16") << bytes({0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 255, 254})
                             << QList<float>{258, -2};
        QTest::newRow("i32") << bytes({0, 0, 12, 1, 0, 0, 0, 1, 0, 1, 0, 1}) << QList<float>{65537};
        QTest::newRow("f32") << bytes({0, 0, 13, 1, 0, 0, 0, 1, 0x3F, 0x80, 0, 0})
                             << QList<float>{1};
        QTest::newRow("f64") << bytes({0, 0, 14, 1, 0, 0, 0, 1, 0xC0, 0, 0, 0, 0, 0, 0, 0})
                             << QList<float>{-2};
        QTest::newRow("empty") << bytes({0, 0, 8, 1, 0, 0, 0, 0}) << QList<float>{};
    }

    void readsEveryType() {
        QFETCH(QByteArray, file);
        QFETCH(QList<float>, values);
        const std::vector<float> floats = readIdx(write(file)).floats();
        QCOMPARE(QList<float>(floats.begin(), floats.end()), values);
    }

    void badFilesAreNamed_data() {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("sentence");
        const QByteArray packed = gzip(images());
        QByteArray wrongCrc = packed;
        wrongCrc[wrongCrc.size() - 8] = static_cast<char>(wrongCrc[wrongCrc.size() - 8] ^ 1);
        QByteArray wrongBlock = packed;
        wrongBlock[10] = static_cast<char>(0x07); // a block of the reserved type 3

        QTest::newRow("empty file")
            << QByteArray() << "FILE is not an IDX file: first bytes none, expected 00 00 08 03";
        QTest::newRow("magic")
            << QByteArray("\x89PNG\r\n")
            << "FILE is not an IDX file: first bytes 89 50 4e 47, expected 00 00 "
               "08 03";
        QTest::newRow("labels instead of images")
            << bytes({0, 0, 8, 1, 0, 0, 0, 1, 5})
            << "FILE is not an IDX file: first bytes 00 00 08 01, expected 00 00 08 03";
        QTest::newRow("cut in the header")
            << images().left(10)
            << "FILE is truncated: expected 16 bytes, found 10, the header is cut";
        QTest::newRow("cut in a record")
            << images().left(16 + 7)
            << "FILE is truncated: expected 28 bytes, found 23, record 1 is cut";
        QTest::newRow("cut between records")
            << images().left(16 + 8)
            << "FILE is truncated: expected 28 bytes, found 24, record 2 is cut";
        QTest::newRow("cut before compression") << gzip(images().left(20))
                                                << "FILE is truncated: expected 28 bytes after "
                                                   "decompression, found 20, record 1 is cut";
        QTest::newRow("cut in the CRC") << packed.left(packed.size() - 6)
                                        << "FILE is truncated: the gzip data end before their CRC";
        QTest::newRow("CRC") << wrongCrc << "FILE is damaged: the CRC of the gzip data is wrong";
        QTest::newRow("block") << wrongBlock
                               << "FILE is damaged: invalid block type in the gzip data";
        QTest::newRow("more than fits in memory")
            << bytes({0, 0, 8, 3, 0, 0, 0, 1, 0, 8, 0, 0, 0, 8, 0, 0, 1, 2, 3})
            << "FILE is truncated: expected 274877906960 bytes, found 19, record 0 is cut";
        QTest::newRow("absurd size")
            << bytes({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})
            << "FILE is damaged: its header asks for more than 2^40 bytes";
    }

    void badFilesAreNamed() {
        QFETCH(QByteArray, file);
        QFETCH(QString, sentence);
        QCOMPARE(readError(file, kIdxImages), sentence);
    }

    // A stream that is cut in the compressed part still tells how far it got.
    void cutStreamNamesTheRecord() {
        QByteArray file = bytes({0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 0, 8, 0, 0, 0, 8});
        std::uint32_t state = 1;
        for (int i = 0; i < 1024 * 64; ++i) {
            state = state * 1664525u + 1013904223u;
            file.append(static_cast<char>(state >> 24));
        }
        const QByteArray packed = gzip(file);
        const QString sentence = readError(packed.left(packed.size() / 2), kIdxImages);
        const QRegularExpression expected("^FILE is truncated: expected 65552 bytes after "
                                          "decompression, found (\\d+), record (\\d+) is cut$");
        const auto match = expected.match(sentence);
        QVERIFY2(match.hasMatch(), qPrintable(sentence));
        QCOMPARE((match.captured(1).toInt() - 16) / 64, match.captured(2).toInt());
        QVERIFY(match.captured(2).toInt() > 300);
    }

    void trailingBytesAreAWarning() {
        const std::string path = write(images() + "xyz");
        const IdxArray array = readIdx(path, kIdxImages);
        QCOMPARE(array.bytes.size(), std::size_t{12});
        QCOMPARE(array.warning, path + ": 3 bytes follow the 3 records and are ignored");
        QCOMPARE(scanIdx(path, kIdxImages, {}).warning, array.warning);
    }

    void missingFileIsNamed() {
        try {
            readIdx("/nowhere/file");
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.what(), "cannot open /nowhere/file: No such file or directory");
        }
    }

    void gzipMembersAreOneStream() {
        GzipInput input(write(gzip("abc") + gzip("defg") + QByteArray(5, '\0')));
        std::vector<std::uint8_t> all(20);
        QCOMPARE(input.read(all), std::size_t{7});
        QCOMPARE(QByteArray(reinterpret_cast<const char*>(all.data()), 7), QByteArray("abcdefg"));
        QVERIFY(!input.cut());
        QCOMPARE(input.read(all), std::size_t{0});
    }

    void scanVisitsWholeRecords() {
        QByteArray file = bytes({0, 0, 8, 2, 0, 32, 0, 0, 0, 0, 0, 3}); // 2,097,152 records of 3
        file.append(QByteArray(3 * 2097152, 'x'));
        std::int64_t records = 0;
        scanIdx(write(file), {IdxType::U8, 2},
                [&](std::int64_t first, std::span<const std::uint8_t> piece) {
                    QCOMPARE(first, records);
                    QCOMPARE(piece.size() % 3, std::size_t{0});
                    records += static_cast<std::int64_t>(piece.size() / 3);
                });
        QCOMPARE(records, 2097152);
    }
};

QTEST_GUILESS_MAIN(TestIdx)
#include "test_idx.moc"
