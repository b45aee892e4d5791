#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/base/error.h"
#include "engine/datasets/batches.h"
#include "engine/datasets/catalog.h"
#include "engine/schema/schema.h"

using namespace inlay::engine;

namespace {

const QStringList kFiles = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

QByteArray bigEndian(std::uint32_t value) {
    QByteArray out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift));
    return out;
}

QByteArray imageFile(std::uint32_t count, std::uint32_t side) {
    QByteArray out = bigEndian(0x803) + bigEndian(count) + bigEndian(side) + bigEndian(side);
    for (std::uint32_t i = 0; i < count * side * side; ++i)
        out.append(static_cast<char>(i % 256));
    return out;
}

QByteArray labelFile(std::uint32_t count) {
    QByteArray out = bigEndian(0x801) + bigEndian(count);
    for (std::uint32_t i = 0; i < count; ++i)
        out.append(static_cast<char>(i % 10));
    return out;
}

struct Holder {
    DatasetConfig dataset;
};

Schema<Holder> holderSchema() {
    Schema<Holder> schema;
    schema.variant("dataset", &Holder::dataset, datasetAlternatives());
    return schema;
}

} // namespace

class TestCatalog : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    void write(const QString& name, const QByteArray& content) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
    }

    // A right folder: 100 and 30 images of 4 x 4.
    void writeAll() {
        write(kFiles[0], imageFile(100, 4));
        write(kFiles[1], labelFile(100));
        write(kFiles[2], imageFile(30, 4));
        write(kFiles[3], labelFile(30));
    }

    IdxConfig folderConfig() const {
        IdxConfig config;
        config.path = folder_.path().toStdString();
        return config;
    }

private slots:
    void schemasRoundTrip() {
        const Schema<Holder> schema = holderSchema();
        QCOMPARE(schema.defaults().at("dataset").at("kind"), Json("digits"));
        for (const DatasetKind& kind : datasetCatalog()) {
            const Json values = {
                {"dataset", {{"kind", kind.alternative.choice.id}, {"count", 500}}}};
            const Holder holder = schema.read(values);
            QCOMPARE(
                std::visit([](const SplitConfig& split) { return split.count; }, holder.dataset),
                500);
            QCOMPARE(schema.write(holder), schema.complete(values));
        }
        const std::vector<Issue> issues =
            schema.validate({{"dataset", {{"kind", "blobs"}, {"classes", 1}}}});
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(issues[0].key, std::string("dataset.classes"));
        QCOMPARE(schema.validate({{"dataset", {{"kind", "idx"}}}}).size(), std::size_t{1});
    }

    void summaryMatchesWhatIsLoaded() {
        writeAll();
        DigitsConfig digits;
        digits.count = 60;
        digits.testCount = 20;
        BlobsConfig blobs;
        blobs.count = 50;
        blobs.validationCount = 7;
        blobs.testCount = 20;
        IdxConfig idx = folderConfig();
        idx.count = 80;
        for (const DatasetConfig& config :
             {DatasetConfig(digits), DatasetConfig(blobs), DatasetConfig(idx)}) {
            QVERIFY(checkDataset(config).empty());
            const DatasetSummary summary = summarizeDataset(config);
            const DatasetSplit split = loadDataset(config);
            QCOMPARE(summary.counts,
                     (SplitCounts{split.training.count, split.validation.count, split.test.count}));
            for (const Dataset* part : {&split.training, &split.validation, &split.test}) {
                QCOMPARE(part->shape, summary.shape);
                QCOMPARE(part->classes(), summary.classes);
                QCOMPARE(part->labels.size(), static_cast<std::size_t>(part->count));
                QCOMPARE(part->bytes.size() + part->floats.size(),
                         static_cast<std::size_t>(part->count * part->shape.values()));
            }
        }
    }

    void badCountsAreNamed_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("validation");
        QTest::addColumn<int>("test");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("count") << 101 << 10 << 0
                               << "dataset.count is 101, allowed is 0 to 100 (the training samples "
                                  "there are)";
        QTest::newRow("test_count") << 0 << 10 << 31
                                    << "dataset.test_count is 31, allowed is 0 to 30 (the test "
                                       "samples there are)";
        QTest::newRow("validation_count")
            << 50 << 50 << 0
            << "dataset.validation_count is 50, allowed is -1 to 49: they are taken out of the 50 "
               "training samples";
    }

    void badCountsAreNamed() {
        QFETCH(int, count);
        QFETCH(int, validation);
        QFETCH(int, test);
        QFETCH(QString, sentence);
        writeAll();
        IdxConfig config = folderConfig();
        config.count = count;
        config.validationCount = validation;
        config.testCount = test;
        const std::vector<Issue> issues = checkDataset(config);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].message), sentence);
        QVERIFY(issues[0].message.starts_with(issues[0].key));
        QVERIFY_EXCEPTION_THROWN(summarizeDataset(config), Error);
        QVERIFY_EXCEPTION_THROWN(loadDataset(config), Error);
    }

    void badFoldersAreNamed_data() {
        QTest::addColumn<int>("file");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("sentence");
        QByteArray badLabels = labelFile(100);
        badLabels[8 + 57] = 12;
        QTest::newRow("missing") << 1 << QByteArray()
                                 << "DIR has no file train-labels-idx1-ubyte or "
                                    "train-labels-idx1-ubyte.gz";
        QTest::newRow("counts") << 1 << labelFile(99)
                                << "DIR/train-images-idx3-ubyte holds 100 images, but "
                                   "DIR/train-labels-idx1-ubyte holds 99 labels";
        QTest::newRow("label")
            << 1 << badLabels
            << "DIR/train-labels-idx1-ubyte: label 12 in row 57, allowed are 0 to "
               "9";
        QTest::newRow("shapes") << 2 << imageFile(30, 5)
                                << "DIR: training images are 4 x 4, test images 5 x 5";
        QTest::newRow("cut")
            << 0 << imageFile(100, 4).left(1000)
            << "DIR/train-images-idx3-ubyte is truncated: expected 1616 bytes, found "
               "1000, record 61 is cut";
        QTest::newRow("magic")
            << 3 << imageFile(30, 4)
            << "DIR/t10k-labels-idx1-ubyte is not an IDX file: first bytes 00 00 "
               "08 03, expected 00 00 08 01";
        QTest::newRow("no pixels")
            << 2 << imageFile(30, 0)
            << "DIR/t10k-images-idx3-ubyte holds no pixels: 30 images of 0 x 0";
        QTest::newRow("huge images")
            << 2
            << bigEndian(0x803) + bigEndian(30) + bigEndian(1) + bigEndian(70000) +
                   QByteArray(30 * 70000, 'x')
            << "DIR/t10k-images-idx3-ubyte holds images of 1 x 70000, allowed are sides up to "
               "65535";
    }

    void badFoldersAreNamed() {
        QFETCH(int, file);
        QFETCH(QByteArray, content);
        QFETCH(QString, sentence);
        writeAll();
        if (content.isEmpty())
            QFile::remove(folder_.filePath(kFiles[file]));
        else
            write(kFiles[file], content);
        const std::vector<Issue> issues = checkDataset(folderConfig());
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(issues[0].key, std::string("dataset.path"));
        QCOMPARE(QString::fromStdString(issues[0].message).replace(folder_.path(), "DIR"),
                 "dataset.path: " + sentence);
        QVERIFY_EXCEPTION_THROWN(loadDataset(folderConfig()), Error);
    }

    void allProblemsOfAFolderAreTold() {
        writeAll();
        write(kFiles[0], "nonsense");
        write(kFiles[3], labelFile(29));
        QCOMPARE(checkDataset(folderConfig()).size(), std::size_t{2});
        IdxConfig config;
        config.path = "/nowhere";
        QCOMPARE(checkDataset(config)[0].message,
                 std::string("dataset.path: /nowhere does not exist"));
    }

    void trailingBytesAreAWarning() {
        writeAll();
        write(kFiles[1], labelFile(100) + "x");
        QVERIFY(checkDataset(folderConfig()).empty());
        const DatasetSplit split = loadDataset(folderConfig());
        QCOMPARE(split.warnings.size(), std::size_t{1});
    }

    void realMnist() {
        const char* folder = std::getenv("INLAY_TEST_DATA");
        if (!folder)
            QSKIP("INLAY_TEST_DATA is not set: the real MNIST files are not tested");
        IdxConfig config;
        config.path = std::string(folder) + "/mnist";
        config.validationCount = 0;
        QElapsedTimer timer;
        timer.start();
        const std::vector<Issue> issues = checkDataset(config);
        QVERIFY2(issues.empty(), issues.empty() ? "" : issues[0].message.c_str());
        qInfo("check: %lld ms", static_cast<long long>(timer.restart()));
        const DatasetSplit split = loadDataset(config);
        qInfo("load: %lld ms", static_cast<long long>(timer.elapsed()));
        QCOMPARE(split.training.count, 60000);
        QCOMPARE(split.test.count, 10000);
        QCOMPARE(split.training.shape, (SampleShape{28, 28, 1}));
        const Normalization normalization = measureNormalization(split.training);
        QVERIFY(std::abs(normalization.mean[0] - 0.13066f) < 5e-6f);
        QVERIFY(std::abs(normalization.deviation[0] - 0.30811f) < 5e-6f);
        // Known from the files: 5,923 training zeros, 980 test zeros; the test set starts with 7.
        const auto& labels = split.training.labels;
        QCOMPARE(std::count(labels.begin(), labels.end(), 0), 5923);
        QCOMPARE(std::count(split.test.labels.begin(), split.test.labels.end(), 0), 980);
        QCOMPARE(split.test.labels[0], 7);
    }
};

QTEST_GUILESS_MAIN(TestCatalog)
#include "test_catalog.moc"
