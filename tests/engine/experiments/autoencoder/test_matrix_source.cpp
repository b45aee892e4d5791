#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/error.h"
#include "engine/datasets/matrices/matrix_source.h"
#include "engine/experiments/autoencoder/closed_form.h"

using namespace inlay::engine;

class TestMatrixSource : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string write(const char* name, const QByteArray& text) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("the test folder cannot be written");
        return file.fileName().toStdString();
    }

private slots:
    // systems/butterfly.md 5.2: E||X||^2 = 0.01 r d = 327.68.
    void gaussianHasItsRankAndEnergy() {
        const SampleMatrix x = loadMatrix(GaussianMatrix{256, 1024, 32}, {});
        QCOMPARE(x.coordinates, std::int64_t{256});
        QCOMPARE(x.samples, std::int64_t{1024});
        QVERIFY2(std::abs(x.energy() / 327.68 - 1) < 0.05, qPrintable(QString::number(x.energy())));
        const std::vector<double> squares = autoencoder::squaredSingularValues(x);
        QCOMPARE(squares.size(), std::size_t{256});
        QVERIFY(squares[31] > 1);
        QVERIFY(squares[32] < 1e-9 * squares[0]);
    }

    void spectraAreThoseAskedFor() {
        const auto check = [](const SpectrumMatrix& source, const auto& wanted) {
            const auto squares = autoencoder::squaredSingularValues(loadMatrix(source, {}));
            QCOMPARE(squares.size(), std::size_t{24});
            for (std::size_t i = 0; i < squares.size(); ++i)
                QVERIFY(std::abs(std::sqrt(squares[i]) - wanted(double(i + 1))) < 1e-6);
        };
        check({40, 24, SpectrumDecay::Power, 0.5}, [](double i) { return 1 / std::sqrt(i); });
        check({24, 40, SpectrumDecay::Geometric, 0.9}, [](double i) { return std::pow(0.9, i); });
    }

    void theSeedOfTheDataDecides() {
        const SpectrumMatrix source{16, 20};
        QCOMPARE(loadMatrix(source, {}).values, loadMatrix(source, {}).values);
        QVERIFY(loadMatrix(source, {.seed = 2}).values != loadMatrix(source, {}).values);
    }

    void imagesArePaddedByNoiseAndShuffled() {
        const SampleMatrix plain = loadMatrix(ImageMatrix{{}, 50}, {.shuffle = false});
        QCOMPARE(plain.coordinates, std::int64_t{1024});
        // The border is two pixels wide: 240 of 1024 numbers, noise of variance 0.01.
        double border = 0;
        int count = 0;
        double inside = 0;
        for (std::int64_t s = 0; s < 50; ++s)
            for (std::int64_t i = 0; i < 1024; ++i) {
                const double value = plain.values[static_cast<std::size_t>(s * 1024 + i)];
                const std::int64_t column = i / 32, row = i % 32;
                if (row < 2 || row > 29 || column < 2 || column > 29) {
                    border += value * value;
                    ++count;
                } else {
                    QVERIFY(value >= 0 && value <= 1);
                    inside += value;
                }
            }
        QCOMPARE(count, 50 * 240);
        QVERIFY(std::abs(border / count - 0.01) < 0.001);
        QVERIFY(inside > 50 * 30);
        // One order for all samples: a permutation keeps every sample's sum.
        const SampleMatrix mixed = loadMatrix(ImageMatrix{{}, 50}, {});
        QVERIFY(mixed.values != plain.values);
        for (std::size_t s = 0; s < 50; ++s) {
            const auto sum = [&](const SampleMatrix& x) {
                return std::accumulate(
                    x.values.begin() + static_cast<std::ptrdiff_t>(s * 1024),
                    x.values.begin() + static_cast<std::ptrdiff_t>((s + 1) * 1024), 0.0);
            };
            QVERIFY(std::abs(sum(plain) - sum(mixed)) < 1e-9);
        }
    }

    void realDigitsAreReadFromTheirFile() {
        const QString data = qEnvironmentVariable("INLAY_TEST_DATA");
        const QString file = data + "/mnist/t10k-images-idx3-ubyte.gz";
        if (data.isEmpty() || !QFile::exists(file))
            QSKIP("INLAY_TEST_DATA has no MNIST");
        const ImageMatrix source{file.toStdString(), 20};
        std::int64_t n = 0, d = 0;
        QVERIFY(checkMatrix(source, "matrix", n, d).empty());
        QCOMPARE(n, std::int64_t{1024});
        QCOMPARE(loadMatrix(source, {}).samples, std::int64_t{20});
    }

    void tablesAreSamplesByRowsOrColumns() {
        const std::string path = write("table.csv", "1,2,3\n4,5,6\n");
        const SampleMatrix rows =
            loadMatrix(FileMatrix{path, SamplesAre::Rows}, {.shuffle = false});
        QCOMPARE(rows.coordinates, std::int64_t{3});
        QCOMPARE(rows.values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
        const SampleMatrix columns =
            loadMatrix(FileMatrix{path, SamplesAre::Columns}, {.shuffle = false});
        QCOMPARE(columns.coordinates, std::int64_t{2});
        QCOMPARE(columns.samples, std::int64_t{3});
        QCOMPARE(columns.values, (std::vector<double>{1, 4, 2, 5, 3, 6}));
        const SampleMatrix centered =
            loadMatrix(FileMatrix{path, SamplesAre::Rows}, {.center = true, .shuffle = false});
        QCOMPARE(centered.values, (std::vector<double>{-1.5, -1.5, -1.5, 1.5, 1.5, 1.5}));
    }

    void whatCannotBeMadeIsNamed_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("part");
        QTest::newRow("rank") << 0 << "matrix.rank"
                              << "1 to 8";
        QTest::newRow("ratio") << 1 << "matrix.rate"
                               << "below 1";
        QTest::newRow("missing") << 2 << "matrix.path"
                                 << "nowhere";
        QTest::newRow("not finite") << 3 << "matrix.path"
                                    << "nan.csv";
        QTest::newRow("zero") << 4 << "matrix.path"
                              << "are zero";
        QTest::newRow("no images") << 5 << "matrix.path"
                                   << "zero.csv";
        QTest::newRow("empty") << 6 << "matrix.path"
                               << "empty.csv";
        QTest::newRow("one sample") << 7 << "matrix.kind"
                                    << "1 samples";
    }
    void whatCannotBeMadeIsNamed() {
        QFETCH(int, which);
        QFETCH(QString, key);
        QFETCH(QString, part);
        const std::string zero = write("zero.csv", "0,0\n0,0\n");
        const std::string nan = write("nan.csv", "1,2\n3,nan\n");
        const MatrixSource sources[] = {
            GaussianMatrix{8, 16, 9},
            SpectrumMatrix{8, 8, SpectrumDecay::Geometric, 1.5},
            FileMatrix{folder_.filePath("nowhere.npy").toStdString(), SamplesAre::Rows},
            FileMatrix{nan, SamplesAre::Rows},
            FileMatrix{zero, SamplesAre::Rows},
            ImageMatrix{zero, 10},
            FileMatrix{write("empty.csv", ""), SamplesAre::Rows},
            FileMatrix{write("one.csv", "1,2,3\n"), SamplesAre::Rows}};
        std::int64_t n = 0, d = 0;
        const std::vector<Issue> issues = checkMatrix(sources[which], "matrix", n, d);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(part),
                 issues[0].message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestMatrixSource)
#include "test_matrix_source.moc"
