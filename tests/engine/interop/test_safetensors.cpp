#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/interop/safetensors.h"

using namespace inlay::engine;

namespace {

QByteArray withHeader(const QByteArray& header, int dataBytes) {
    QByteArray file(8, '\0');
    const auto size = static_cast<std::uint64_t>(header.size());
    std::memcpy(file.data(), &size, 8);
    return file + header + QByteArray(dataBytes, '\1');
}

template <typename T>
std::span<const std::byte> bytesOf(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string path() const { return folder_.filePath("file.safetensors").toStdString(); }

    void write(const QByteArray& content) {
        QFile file(QString::fromStdString(path()));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
    }

    QString openError(const QByteArray& content) {
        write(content);
        try {
            const SafetensorsFile file(path());
        } catch (const Error& error) {
            return QString(error.what()).replace(QString::fromStdString(path()), "FILE");
        }
        return "no error";
    }

private slots:
    // The bytes that the reference implementation (safetensors 0.4 and later) writes for this
    // dictionary.
    void goldenBytes() {
        const std::vector<float> weight = {1.0f, -2.0f};
        const std::vector<std::int64_t> step = {7};
        const std::vector<SafetensorsTensor> tensors = {
            {"a/weight", SafetensorsType::F32, {1, 2}, bytesOf(weight)},
            {"step", SafetensorsType::I64, {}, bytesOf(step)},
        };
        writeSafetensors(path(), tensors, {{"epoch", "3"}});
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QByteArray expected = QByteArray::fromHex("9800000000000000") +
                              R"({"__metadata__":{"epoch":"3"},"step":{"dtype":"I64","shape":[],)"
                              R"("data_offsets":[0,8]},"a/weight":{"dtype":"F32","shape":[1,2],)"
                              R"("data_offsets":[8,16]}})";
        expected += QByteArray(8 + 0x98 - expected.size(), ' ');
        expected += QByteArray::fromHex("0700000000000000"
                                        "0000803f"
                                        "000000c0");
        QCOMPARE(file.readAll(), expected);
    }

    void everyTypeComesBack() {
        const std::vector<double> f64 = {0.5, -1e300};
        const std::vector<float> f32 = {1.5f, std::numeric_limits<float>::infinity(), -0.0f};
        // 1, -2, the smallest subnormal, the largest number, infinity
        const std::vector<std::uint16_t> f16 = {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00};
        const std::vector<std::uint16_t> bf16 = {0x3F80, 0xC040};
        const std::vector<std::int64_t> i64 = {-(std::int64_t{1} << 62)};
        const std::vector<std::int32_t> i32 = {-5, 6, 7};
        const std::vector<std::int16_t> i16 = {-300};
        const std::vector<std::int8_t> i8 = {-3, 4, 5};
        const std::vector<std::uint8_t> u8 = {200};
        const std::vector<std::uint8_t> flags = {1, 0};
        const std::vector<SafetensorsTensor> tensors = {
            {"u8", SafetensorsType::U8, {1}, bytesOf(u8)},
            {"f64", SafetensorsType::F64, {2}, bytesOf(f64)},
            {"f16", SafetensorsType::F16, {5}, bytesOf(f16)},
            {"f32", SafetensorsType::F32, {3, 1}, bytesOf(f32)},
            {"bf16", SafetensorsType::BF16, {2}, bytesOf(bf16)},
            {"i64", SafetensorsType::I64, {}, bytesOf(i64)},
            {"i32", SafetensorsType::I32, {3}, bytesOf(i32)},
            {"i16", SafetensorsType::I16, {1}, bytesOf(i16)},
            {"i8", SafetensorsType::I8, {3}, bytesOf(i8)},
            {"bool", SafetensorsType::Bool, {2}, bytesOf(flags)},
            {"none", SafetensorsType::F32, {0, 4}, {}},
        };
        const SafetensorsMetadata metadata = {{"state", R"({"epoch": 3, "name": "Ångström"})"},
                                              {"empty", ""}};
        writeSafetensors(path(), tensors, metadata);
        const SafetensorsFile file(path());
        QCOMPARE(file.metadata(), metadata);
        QCOMPARE(file.entries().size(), tensors.size());
        for (const SafetensorsTensor& tensor : tensors) {
            const SafetensorsEntry& entry = file.at(tensor.name);
            QVERIFY(entry.type == tensor.type);
            QCOMPARE(entry.shape, tensor.shape);
            QCOMPARE(entry.begin % safetensorsTypeSize(entry.type), std::uint64_t{0});
            std::vector<std::byte> data(entry.end - entry.begin);
            file.read(entry, data);
            QVERIFY(std::equal(data.begin(), data.end(), tensor.data.begin(), tensor.data.end()));
        }
        QCOMPARE(file.readFloats(file.at("f32")), f32);
        QCOMPARE(file.readFloats(file.at("f64"))[0], 0.5f);
        QCOMPARE(file.readFloats(file.at("bf16")), (std::vector<float>{1.0f, -3.0f}));
        const std::vector<float> half = file.readFloats(file.at("f16"));
        QCOMPARE(half, (std::vector<float>{1.0f, -2.0f, 0x1.0p-24f, 65504.0f,
                                           std::numeric_limits<float>::infinity()}));
        QCOMPARE(file.readIntegers(file.at("i64")), i64);
        QCOMPARE(file.readIntegers(file.at("i32")), (std::vector<std::int64_t>{-5, 6, 7}));
        QCOMPARE(file.readIntegers(file.at("i16")), (std::vector<std::int64_t>{-300}));
        QCOMPARE(file.readIntegers(file.at("i8")), (std::vector<std::int64_t>{-3, 4, 5}));
        QCOMPARE(file.readIntegers(file.at("u8")), (std::vector<std::int64_t>{200}));
        QCOMPARE(file.readIntegers(file.at("bool")), (std::vector<std::int64_t>{1, 0}));
        QVERIFY(!file.find("absent"));
        QVERIFY_EXCEPTION_THROWN(file.at("absent"), Error);
        QVERIFY_EXCEPTION_THROWN(file.readFloats(file.at("i32")), Error);
        QVERIFY_EXCEPTION_THROWN(file.readIntegers(file.at("f32")), Error);
    }

    void emptyFileOfNoTensors() {
        writeSafetensors(path(), {});
        const SafetensorsFile file(path());
        QVERIFY(file.entries().empty());
        QVERIFY(file.metadata().empty());
    }

    void badFilesAreNamed_data() {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* header, int data, const char* sentence) {
            QTest::newRow(name) << withHeader(header, data)
                                << QString("FILE is not a valid safetensors file: ") + sentence;
        };
        QTest::newRow("empty")
            << QByteArray()
            << "FILE is not a valid safetensors file: it has 0 bytes, fewer than "
               "the 8 that give the size of the header";
        QTest::newRow("header too large")
            << QByteArray::fromHex("ffffffffffffff7f") + "{}"
            << "FILE is not a valid safetensors file: its header would have 9223372036854775807 "
               "bytes, allowed are 100000000";
        QTest::newRow("header cut") << QByteArray::fromHex("1000000000000000") + "{}"
                                    << "FILE is truncated: its header has 16 bytes, only 2 follow";
        row("no header", "", 0, "its header does not start with {");
        row("other start", " {}", 0, "its header does not start with {");
        row("list", "[]", 0, "its header does not start with {");
        row("not JSON", "{\"a\":", 0, "its header is not JSON");
        row("not UTF-8", "{\"\xff\":1}", 0, "its header is not JSON");
        row("two objects", "{}{}", 0, "its header is not JSON");
        row("metadata no object", R"({"__metadata__":[]})", 0, "__metadata__ is not an object");
        row("metadata number", R"({"__metadata__":{"epoch":3}})", 0,
            "the value of epoch in __metadata__ is not a string");
        row("tensor no object", R"({"w":3})", 0, "tensor w is not described by an object");
        row("no dtype", R"({"w":{"shape":[1],"data_offsets":[0,4]}})", 4, "tensor w has no dtype");
        row("dtype", R"({"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", 1,
            "tensor w has dtype F8_E4M3, known are F64, F32, F16, BF16, I64, I32, I16, I8, U8, "
            "BOOL");
        row("no shape", R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", 4,
            "tensor w has no shape");
        row("negative shape", R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
            "the shape of tensor w is not a list of whole numbers");
        row("fractional shape", R"({"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4,
            "the shape of tensor w is not a list of whole numbers");
        row("overflow",
            R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
            "the shape of tensor w overflows");
        row("overflow of one extent",
            R"({"w":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0,
            "the shape of tensor w overflows");
        row("no offsets", R"({"w":{"dtype":"F32","shape":[1]}})", 4,
            "the data_offsets of tensor w are not two whole numbers");
        row("three offsets", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4,
            "the data_offsets of tensor w are not two whole numbers");
        row("negative offset", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4,
            "the data_offsets of tensor w are not two whole numbers");
        row("backward offsets", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
            "the data_offsets of tensor w end before they begin");
        row("beyond the end", R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
            "tensor w ends at byte 8 of the data, but there are only 4");
        row("length", R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8,
            "tensor w takes 12 bytes by its shape, but its data_offsets span 8");
        row("hole at the start", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
            "4 bytes before tensor w belong to no tensor");
        row("hole",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
            R"("b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})",
            5, "1 bytes before tensor b belong to no tensor");
        row("overlap",
            R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
            R"("b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
            5, "tensors a and b overlap");
        row("same range",
            R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
            R"("b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})",
            3, "tensors a and b overlap");
        row("not covered", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 9,
            "5 bytes at its end belong to no tensor");
        row("data without tensors", "{}", 2, "2 bytes at its end belong to no tensor");
    }

    void badFilesAreNamed() {
        QFETCH(QByteArray, file);
        QFETCH(QString, sentence);
        QCOMPARE(openError(file), sentence);
    }

    void deepNestingIsNoCrash() {
        const QByteArray deep = "{\"a\":" + QByteArray(2'000'000, '[') + "}";
        QCOMPARE(openError(withHeader(deep, 0)),
                 QString("FILE is not a valid safetensors file: its header is not JSON"));
        const QByteArray closed =
            "{\"a\":" + QByteArray(500'000, '[') + QByteArray(500'000, ']') + "}";
        QCOMPARE(openError(withHeader(closed, 0)),
                 QString("FILE is not a valid safetensors file: tensor a is not described by an "
                         "object"));
    }

    void manyTensorsAreQuick() {
        const std::vector<std::uint8_t> one = {1};
        std::vector<SafetensorsTensor> tensors;
        for (int i = 0; i < 100'000; ++i)
            tensors.push_back({fmt::format("t{}", i), SafetensorsType::U8, {1}, bytesOf(one)});
        QElapsedTimer timer;
        timer.start();
        writeSafetensors(path(), tensors);
        QCOMPARE(SafetensorsFile(path()).entries().size(), tensors.size());
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
    }

    // Whatever bytes of a good file change, opening it either works or throws Error.
    void randomDamageThrowsOrReads() {
        const std::vector<float> weight = {1, 2, 3, 4};
        const std::vector<std::uint8_t> flags = {1, 0, 1};
        const std::vector<SafetensorsTensor> tensors = {
            {"w", SafetensorsType::F32, {2, 2}, bytesOf(weight)},
            {"m", SafetensorsType::Bool, {3}, bytesOf(flags)},
        };
        writeSafetensors(path(), tensors, {{"k", "v"}});
        QFile source(QString::fromStdString(path()));
        QVERIFY(source.open(QIODevice::ReadOnly));
        const QByteArray good = source.readAll();
        source.close();
        RandomStream stream(1, "damage");
        int rejected = 0;
        for (int round = 0; round < 1000; ++round) {
            QByteArray damaged = good;
            if (stream.below(4) == 0)
                damaged.truncate(
                    static_cast<int>(stream.below(static_cast<std::uint64_t>(good.size()))));
            for (std::uint64_t n = stream.below(3) + 1; n > 0 && !damaged.isEmpty(); --n)
                damaged[static_cast<int>(
                    stream.below(static_cast<std::uint64_t>(damaged.size())))] =
                    static_cast<char>(stream.next());
            write(damaged);
            try {
                const SafetensorsFile file(path());
                for (const SafetensorsEntry& entry : file.entries()) {
                    std::vector<std::byte> data(entry.end - entry.begin);
                    file.read(entry, data);
                }
            } catch (const Error&) {
                ++rejected;
            }
        }
        QVERIFY2(rejected > 300 && rejected < 1000, qPrintable(QString::number(rejected)));
    }

    void missingFileIsNamed() {
        try {
            const SafetensorsFile file("/nowhere/model.safetensors");
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.what(),
                     "cannot open /nowhere/model.safetensors: No such file or directory");
        }
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "test_safetensors.moc"
