#include <QDir>
#include <QImage>
#include <QTemporaryDir>
#include <QtTest>

#include <matio.h>

#include "engine/base/error.h"
#include "engine/datasets/catalog.h"
#include "engine/interop/image_file.h"

using namespace inlay::engine;

namespace {

/// The pixel that every synthetic image holds at a place: told apart along every axis.
std::uint8_t pixel(int image, int row, int column, int channel) {
    return static_cast<std::uint8_t>(image * 31 + row * 3 + column * 5 + channel * 70);
}

class Folder {
public:
    QString path(const QString& name = {}) const { return folder_.filePath(name); }
    std::string text() const { return folder_.path().toStdString(); }
    void write(const QString& name, const QByteArray& bytes) const {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(name));
    }

private:
    QTemporaryDir folder_;
};

/// A CIFAR record: labels, then 1,024 red, green and blue pixels.
QByteArray cifarRecord(int image, const QByteArray& labels) {
    QByteArray record = labels;
    for (int c = 0; c < 3; ++c)
        for (int r = 0; r < 32; ++r)
            for (int x = 0; x < 32; ++x)
                record.append(static_cast<char>(pixel(image, r, x, c)));
    return record;
}

void writeCifar10(const Folder& folder) {
    for (int b = 1; b <= 5; ++b)
        folder.write(QString("data_batch_%1.bin").arg(b),
                     cifarRecord(b, QByteArray(1, static_cast<char>(b))) +
                         cifarRecord(b + 10, QByteArray(1, '\x09')));
    folder.write("test_batch.bin", cifarRecord(6, QByteArray(1, '\0')));
}

void writeCifar100(const Folder& folder) {
    folder.write("train.bin", cifarRecord(1, "\x13\x63") + cifarRecord(2, "\x02\x05") +
                                  cifarRecord(3, "\x01\x07"));
    folder.write("test.bin", cifarRecord(4, QByteArray("\0\x01", 2)));
}

/// Channel by channel, each column by column.
QByteArray stlImage(int image) {
    QByteArray bytes;
    for (int c = 0; c < 3; ++c)
        for (int x = 0; x < 96; ++x)
            for (int r = 0; r < 96; ++r)
                bytes.append(static_cast<char>(pixel(image, r, x, c)));
    return bytes;
}

void writeStl(const Folder& folder) {
    folder.write("train_X.bin", stlImage(1) + stlImage(2) + stlImage(3));
    folder.write("train_y.bin", "\x01\x0a\x05");
    folder.write("test_X.bin", stlImage(4));
    folder.write("test_y.bin", "\x02");
}

/// The library's own writer: X column-major, y of any class of numbers.
void writeSvhn(const QString& path, int count, const std::vector<double>& labels,
               matio_compression compression, std::size_t side = 32) {
    mat_t* file = Mat_CreateVer(qPrintable(path), nullptr, MAT_FT_MAT5);
    std::vector<std::uint8_t> x;
    for (int n = 0; n < count; ++n)
        for (int c = 0; c < 3; ++c)
            for (std::size_t column = 0; column < side; ++column)
                for (std::size_t row = 0; row < side; ++row)
                    x.push_back(pixel(n, static_cast<int>(row), static_cast<int>(column), c));
    std::size_t shape[4] = {side, side, 3, static_cast<std::size_t>(count)};
    matvar_t* pixels = Mat_VarCreate("X", MAT_C_UINT8, MAT_T_UINT8, 4, shape, x.data(), 0);
    std::size_t column[2] = {labels.size(), 1};
    matvar_t* y = Mat_VarCreate("y", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, column,
                                const_cast<double*>(labels.data()), 0);
    Mat_VarWrite(file, pixels, compression);
    Mat_VarWrite(file, y, compression);
    Mat_VarFree(pixels);
    Mat_VarFree(y);
    Mat_Close(file);
}

template <class Config>
Config at(const Folder& folder) {
    Config config;
    config.path = folder.text();
    config.validationCount = 0;
    return config;
}

/// Whether image `i` of a set holds the pixels of synthetic image `number`.
bool holds(const Dataset& data, std::int64_t i, int number) {
    const std::uint8_t* image = data.bytes.data() + i * data.shape.values();
    for (int r = 0; r < data.shape.height; ++r)
        for (int x = 0; x < data.shape.width; ++x)
            for (int c = 0; c < data.shape.channels; ++c)
                if (*image++ != pixel(number, r, x, c))
                    return false;
    return true;
}

QString problem(const DatasetConfig& config) {
    QString text;
    for (const Issue& issue : checkDataset(config))
        text += QString::fromStdString(issue.key + ": " + issue.message + "\n");
    return text;
}

template <class Config>
void expectSizes(const Config& config, const SampleShape& shape, int classes, int training,
                 int test) {
    QCOMPARE(problem(config), QString());
    const DatasetSummary summary = summarizeDataset(config);
    QVERIFY(summary.shape == shape);
    QCOMPARE(summary.classes, classes);
    QCOMPARE(summary.counts.training, std::int64_t(training));
    QCOMPARE(summary.counts.test, std::int64_t(test));
}

QByteArray pgm(int width, int height, int number) {
    QByteArray bytes =
        QString("P5\n# made by a test\n%1 %2\n255\n").arg(width).arg(height).toLatin1();
    for (int r = 0; r < height; ++r)
        for (int x = 0; x < width; ++x)
            bytes.append(static_cast<char>(pixel(number, r, x, 0)));
    return bytes;
}

} // namespace

class TestImageSources : public QObject {
    Q_OBJECT

private slots:
    void cifar10() {
        const Folder folder;
        writeCifar10(folder);
        const auto config = at<Cifar10Config>(folder);
        expectSizes(config, {32, 32, 3}, 10, 10, 1);
        const ImageSource source = readSource(config);
        for (int b = 1; b <= 5; ++b) {
            const auto first = static_cast<std::size_t>(2 * (b - 1));
            QVERIFY(holds(source.training, 2 * (b - 1), b));
            QCOMPARE(source.training.labels[first], b);
            QVERIFY(holds(source.training, 2 * (b - 1) + 1, b + 10));
            QCOMPARE(source.training.labels[first + 1], 9);
        }
        QVERIFY(holds(source.test, 0, 6));
        QCOMPARE(source.test.classNames[9], std::string("truck"));
        // Six files that are not the published ones.
        QCOMPARE(source.warnings.size(), std::size_t(6));
        folder.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
        QCOMPARE(readSource(config).test.classNames[9], std::string("j"));
    }

    void cifar100() {
        const Folder folder;
        writeCifar100(folder);
        auto config = at<Cifar100Config>(folder);
        expectSizes(config, {32, 32, 3}, 100, 3, 1);
        const ImageSource fine = readSource(config);
        QVERIFY((fine.training.labels == std::vector<std::int32_t>{99, 5, 7}));
        QVERIFY(holds(fine.training, 2, 3));
        config.labels = Cifar100Labels::Coarse;
        expectSizes(config, {32, 32, 3}, 20, 3, 1);
        QVERIFY((readSource(config).training.labels == std::vector<std::int32_t>{19, 2, 1}));
    }

    void cifarThatIsNot() {
        const Folder folder;
        writeCifar10(folder);
        const auto config = at<Cifar10Config>(folder);
        folder.write("data_batch_3.bin", cifarRecord(1, "\x01\x02"));
        QVERIFY(problem(config).contains("looks like CIFAR-100"));
        folder.write("data_batch_3.bin", cifarRecord(1, "\x01").left(3000));
        QVERIFY(problem(config).contains(
            "is truncated: expected a multiple of 3073 bytes, found 3000, record 0 is cut"));
        folder.write("data_batch_3.bin", cifarRecord(1, "\x01") + cifarRecord(1, "\x0a"));
        QVERIFY(problem(config).contains("label 10 in row 1, allowed are 0 to 9"));
        QFile::remove(folder.path("data_batch_3.bin"));
        QVERIFY(problem(config).contains("has no file data_batch_3.bin"));
        const Folder hundred;
        writeCifar100(hundred);
        hundred.write("test.bin", cifarRecord(1, "\x01"));
        QVERIFY(problem(at<Cifar100Config>(hundred)).contains("looks like CIFAR-10:"));
        hundred.write("test.bin", cifarRecord(1, "\x01\x64"));
        QVERIFY(problem(at<Cifar100Config>(hundred)).contains("label 100 in row 0"));
    }

    void stl10() {
        const Folder folder;
        writeStl(folder);
        const auto config = at<Stl10Config>(folder);
        expectSizes(config, {96, 96, 3}, 10, 3, 1);
        const ImageSource source = readSource(config);
        for (int i = 0; i < 3; ++i)
            QVERIFY(holds(source.training, i, i + 1));
        QVERIFY((source.training.labels == std::vector<std::int32_t>{0, 9, 4}));
        QCOMPARE(source.test.classNames[1], std::string("bird"));
    }

    void stlThatIsNot() {
        const Folder folder;
        writeStl(folder);
        const auto config = at<Stl10Config>(folder);
        folder.write("train_y.bin", "\x01\x02");
        const QString counts = problem(config);
        QVERIFY(counts.contains("holds 3 images, but") && counts.contains("holds 2 labels"));
        folder.write("train_y.bin", QByteArray("\x01\x00\x03", 3));
        QVERIFY(problem(config).contains("label 0 in row 1, allowed are 1 to 10"));
        folder.write("train_y.bin", "\x01\x02\x0b");
        QVERIFY(problem(config).contains("label 11 in row 2"));
        folder.write("train_X.bin", stlImage(1).left(100));
        QVERIFY(problem(config).contains("expected a multiple of 27648 bytes, found 100"));
    }

    // The published protocol: a fold of the training images, unlabeled ones behind them.
    void stlFoldsAndUnlabeled() {
        const Folder folder;
        writeStl(folder);
        folder.write("fold_indices.txt", "2 0\n1\n0 1 2 \n");
        folder.write("unlabeled_X.bin", stlImage(7) + stlImage(8) + stlImage(9));
        auto config = at<Stl10Config>(folder);
        config.fold = 1;
        expectSizes(config, {96, 96, 3}, 10, 2, 1);
        const ImageSource fold = readSource(config);
        QVERIFY(holds(fold.training, 0, 3) && holds(fold.training, 1, 1));
        QVERIFY((fold.training.labels == std::vector<std::int32_t>{4, 0}));
        config.fold = 2;
        config.unlabeled = 2;
        QVERIFY(
            problem(config).contains("dataset.unlabeled: dataset.unlabeled is 2, allowed is 0"));
        QCOMPARE(checkDataset(config, "dataset", Unlabeled::Allowed).size(), std::size_t(0));
        const DatasetSummary summary = summarizeDataset(config);
        QCOMPARE(summary.counts.training, std::int64_t(3));
        QCOMPARE(summary.unlabeled, std::int64_t(2));
        const ImageSource source = readSource(config);
        QVERIFY((source.training.labels == std::vector<std::int32_t>{9, -1, -1}));
        QVERIFY(holds(source.training, 0, 2));
        QVERIFY(holds(source.training, 1, 7) && holds(source.training, 2, 8));
    }

    void stlFoldsThatAreNot() {
        const Folder folder;
        writeStl(folder);
        auto config = at<Stl10Config>(folder);
        config.fold = 1;
        const auto said = [&](const char* words) {
            const auto issues = checkDataset(config, "dataset", Unlabeled::Allowed);
            const QString text =
                issues.empty() ? QString() : QString::fromStdString(issues.front().message);
            if (!text.contains(QLatin1String(words)))
                qWarning("%s", qPrintable(text));
            return text.contains(QLatin1String(words));
        };
        QVERIFY(said("has no file fold_indices.txt"));
        folder.write("fold_indices.txt", "0 3\n");
        QVERIFY(said("\"3\" in line 1, allowed are numbers of training images, 0 to 2"));
        folder.write("fold_indices.txt", "0 x1\n");
        QVERIFY(said("\"x1\" in line 1"));
        folder.write("fold_indices.txt", "\n0 1\n");
        QVERIFY(said("line 1 is empty"));
        config.fold = 3;
        QVERIFY(said("has 2 lines, fold 3 is line 3"));
        config.fold = 0;
        config.unlabeled = 5;
        QVERIFY(said("has no file unlabeled_X.bin"));
        folder.write("unlabeled_X.bin", stlImage(7).left(4000));
        QVERIFY(said("expected a multiple of 27648 bytes, found 4000, record 0 is cut"));
        folder.write("unlabeled_X.bin", stlImage(7));
        QVERIFY(said("unlabeled is 5, allowed is 0 to 1"));
    }

    void svhn_data() {
        QTest::addColumn<int>("compression");
        QTest::newRow("compressed") << static_cast<int>(MAT_COMPRESSION_ZLIB);
        QTest::newRow("plain") << static_cast<int>(MAT_COMPRESSION_NONE);
    }

    void svhn() {
        QFETCH(int, compression);
        const Folder folder;
        const auto packing = static_cast<matio_compression>(compression);
        writeSvhn(folder.path("train_32x32.mat"), 4, {1, 10, 3, 9}, packing);
        writeSvhn(folder.path("test_32x32.mat"), 2, {10, 2}, packing);
        writeSvhn(folder.path("extra_32x32.mat"), 3, {5, 5, 5}, packing);
        auto config = at<SvhnConfig>(folder);
        expectSizes(config, {32, 32, 3}, 10, 4, 2);
        const ImageSource source = readSource(config);
        QVERIFY((source.training.labels == std::vector<std::int32_t>{1, 0, 3, 9}));
        for (int i = 0; i < 4; ++i)
            QVERIFY(holds(source.training, i, i));
        config.extra = SvhnExtra::Append;
        expectSizes(config, {32, 32, 3}, 10, 7, 2);
    }

    void svhnThatIsNot() {
        const Folder folder;
        const QString train = folder.path("train_32x32.mat");
        writeSvhn(folder.path("test_32x32.mat"), 2, {10, 2}, MAT_COMPRESSION_ZLIB);
        const auto config = at<SvhnConfig>(folder);
        QVERIFY(problem(config).contains("has no file train_32x32.mat"));
        writeSvhn(train, 3, {1, 2}, MAT_COMPRESSION_ZLIB);
        QVERIFY(problem(config).contains("X holds 3 images, but y holds 2 labels"));
        writeSvhn(train, 3, {1, 11, 2}, MAT_COMPRESSION_ZLIB);
        QVERIFY(problem(config).contains("label 11 in row 1, allowed are 1 to 10"));
        writeSvhn(train, 3, {1, 2, 3}, MAT_COMPRESSION_ZLIB, 16);
        QVERIFY(problem(config).contains("expected uint8 of 32 x 32 x 3 x N"));
        folder.write("train_32x32.mat", QByteArray("MATLAB 7.3 MAT-file").leftJustified(512));
        QVERIFY(problem(config).contains("version 7.3 (HDF5)"));
        folder.write("train_32x32.mat", "hello");
        QVERIFY(problem(config).contains("is not a MATLAB level 5 file"));
        writeSvhn(train, 3, {1, 2, 3}, MAT_COMPRESSION_ZLIB);
        QFile whole(train);
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray bytes = whole.readAll();
        whole.close();
        for (const qsizetype size : {bytes.size() / 2, bytes.size() - 3, qsizetype(130)}) {
            folder.write("train_32x32.mat", bytes.left(size));
            QVERIFY2(problem(config).contains("truncated"), qPrintable(problem(config)));
        }
    }

    // --- Images ---------------------------------------------------------------------------------
    void imageFormats_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("tolerance");
        QTest::newRow("gray PNG") << "a.png" << 1 << 0;
        QTest::newRow("color PNG") << "a.png" << 3 << 0;
        QTest::newRow("gray JPEG") << "a.jpg" << 1 << 4;
        QTest::newRow("color JPEG") << "a.jpg" << 3 << 8;
        QTest::newRow("PGM") << "a.pgm" << 1 << 0;
        QTest::newRow("PPM") << "a.ppm" << 3 << 0;
    }

    // Written by Qt, read by ours.
    void imageFormats() {
        QFETCH(QString, name);
        QFETCH(int, channels);
        QFETCH(int, tolerance);
        QImage image(9, 6, channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
        const auto value = [&](int r, int x, int c) {
            return 40 + 9 * r + 7 * x + (c == 2 ? 20 : c);
        };
        for (int r = 0; r < 6; ++r)
            for (int x = 0; x < 9; ++x)
                for (int c = 0; c < channels; ++c)
                    image.scanLine(r)[x * channels + c] = static_cast<uchar>(value(r, x, c));
        const Folder folder;
        QVERIFY(image.save(folder.path(name), nullptr, 100));
        const ImageFile read = readImage(folder.path(name).toStdString());
        QCOMPARE(read.height, std::int64_t(6));
        QCOMPARE(read.width, std::int64_t(9));
        QCOMPARE(read.channels, std::int64_t(channels));
        std::size_t at = 0;
        for (int r = 0; r < 6; ++r)
            for (int x = 0; x < 9; ++x)
                for (int c = 0; c < channels; ++c)
                    QVERIFY(std::abs(int(read.bytes[at++]) - value(r, x, c)) <= tolerance);
        // Cut: told, not crashed.
        QFile file(folder.path(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        for (qsizetype size = 3; size < bytes.size() - 2;
             size += std::max<qsizetype>(1, bytes.size() / 12)) {
            folder.write("cut", bytes.left(size));
            QVERIFY_EXCEPTION_THROWN(readImage(folder.path("cut").toStdString()), Error);
        }
    }

    void plainPgmAndOtherLargestValues() {
        const Folder folder;
        folder.write("a.pgm", "P2\n# remark\n2 2\n3\n0 1\n2 3\n");
        QVERIFY((readImage(folder.path("a.pgm").toStdString()).bytes ==
                 std::vector<std::uint8_t>{0, 85, 170, 255}));
        folder.write("a.pgm", "P5 2 2 70000 abcd");
        QVERIFY_EXCEPTION_THROWN(readImage(folder.path("a.pgm").toStdString()), Error);
        folder.write("a.pgm", "GIF89a");
        QVERIFY_EXCEPTION_THROWN(readImage(folder.path("a.pgm").toStdString()), Error);
    }

    void imageFolder() {
        const Folder folder;
        for (int i = 0; i < 5; ++i) {
            folder.write(QString("dog/%1.pgm").arg(i), pgm(4, 3, i));
            folder.write(QString("cat/%1.pgm").arg(i), pgm(4, 3, 10 + i));
        }
        folder.write("cat/notes.txt", "not an image");
        const auto config = at<ImageFolderConfig>(folder);
        expectSizes(config, {3, 4, 1}, 2, 8, 2);
        const ImageSource source = readSource(config);
        QVERIFY((source.training.classNames == std::vector<std::string>{"cat", "dog"}));
        QVERIFY((source.test.labels == std::vector<std::int32_t>{0, 1}));
        QVERIFY(holds(source.test, 0, 14));
        QVERIFY(holds(source.training, 4, 0));
    }

    void imageFolderWithParts() {
        const Folder folder;
        for (const char* name : {"train/b/1.pgm", "train/a/1.pgm", "train/a/2.pgm", "test/b/1.pgm"})
            folder.write(name, pgm(2, 2, 1));
        const auto config = at<ImageFolderConfig>(folder);
        expectSizes(config, {2, 2, 1}, 2, 3, 1);
        QVERIFY((readSource(config).test.labels == std::vector<std::int32_t>{1}));
        folder.write("test/c/1.pgm", pgm(2, 2, 1));
        QVERIFY(problem(config).contains("has the class c, which is not among those of"));
    }

    void imageFolderThatIsNot() {
        const Folder folder;
        const auto config = at<ImageFolderConfig>(folder);
        folder.write("a/1.pgm", pgm(2, 2, 1));
        QVERIFY(problem(config).contains("has 1 folders of images"));
        folder.write("b/1.pgm", pgm(2, 2, 1));
        QVERIFY(problem(config).contains("gives no test image"));
        for (int i = 2; i < 6; ++i) {
            folder.write(QString("a/%1.pgm").arg(i), pgm(2, 2, 1));
            folder.write(QString("b/%1.pgm").arg(i), pgm(2, 2, 1));
        }
        QCOMPARE(problem(config), QString());
        folder.write("b/3.pgm", pgm(2, 3, 1));
        QVERIFY(problem(config).contains("allowed are images of one size"));
        folder.write("b/3.pgm", "P6 2 2 255\nabcdefghijkl");
        QVERIFY(problem(config).contains("all gray or all in color"));
        folder.write("b/3.pgm", "nonsense");
        QVERIFY(problem(config).contains("3.pgm is not an image that can be read"));
        folder.write("c/readme.txt", "nothing");
        QVERIFY(problem(config).contains("c holds no image"));
    }
};

QTEST_GUILESS_MAIN(TestImageSources)
#include "test_image_sources.moc"
