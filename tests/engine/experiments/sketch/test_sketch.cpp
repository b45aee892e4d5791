#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include "engine/base/error.h"
#include "engine/experiments/sketch/matrix_set.h"
#include "engine/experiments/sketch/sketched_rank.h"
#include "engine/experiments/sketch/sketches.h"
#include "engine/interop/npy.h"

using namespace inlay::engine;
using namespace inlay::engine::sketch;
using Matrix = Eigen::MatrixXd;

namespace {

Matrix normals(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
    RandomStream stream(seed, "test");
    Matrix matrix(rows, cols);
    for (double& value : matrix.reshaped())
        value = stream.normal();
    return matrix;
}

void setValues(Parameter& parameter, const std::vector<double>& values) {
    parameter.value.copyFrom(Tensor::fromHost(parameter.value.device(), parameter.value.shape(),
                                              parameter.value.dtype(),
                                              std::span<const double>(values)));
    ++parameter.version;
}

} // namespace

class TestSketch : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string write(const char* name, const QByteArray& text) {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("the test folder cannot be written");
        return file.fileName().toStdString();
    }

private slots:
    // systems/butterfly.md 5.3: n = 10, d = 8, l = 4, k = 2; central differences.
    void theGradientIsThatOfTheLoss() {
        const Matrix x = normals(10, 8, 1);
        const Matrix a = normals(4, 10, 2) * x;
        const SketchedLoss loss = sketchedLoss(x, a, 2, WantGradient::Yes);
        for (std::int64_t i = 0; i < a.rows(); ++i)
            for (std::int64_t j = 0; j < a.cols(); ++j) {
                const auto at = [&](double change) {
                    Matrix moved = a;
                    moved(i, j) += change;
                    return sketchedLoss(x, moved, 2, WantGradient::No).squared;
                };
                const double slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                QVERIFY2(std::abs(slope - loss.gradient(i, j)) < 1e-6,
                         qPrintable(
                             QStringLiteral("%1 against %2").arg(loss.gradient(i, j)).arg(slope)));
            }
    }

    void lossesLieBetweenTheirBounds() {
        const Matrix x = normals(20, 12, 3);
        double before = x.squaredNorm();
        for (const std::int64_t kept : {3, 5, 8, 12}) {
            // Nested sketches: more rows of one matrix never lose more.
            const Matrix a = normals(12, 20, 4).topRows(kept) * x;
            const double loss = sketchedLoss(x, a, 3, WantGradient::No).squared;
            QVERIFY(loss >= bestLoss(x, 3) * (1 - 1e-12));
            QVERIFY(loss <= before * (1 + 1e-12));
            before = loss;
        }
        // Twelve rows span everything.
        QVERIFY(std::abs(before / bestLoss(x, 3) - 1) < 1e-9);
        QVERIFY(bestLoss(x, 12) < 1e-9);
    }

    void dependentRowsAreNoMore() {
        const Matrix x = normals(9, 7, 5);
        Matrix a = normals(4, 9, 6) * x;
        const double loss = sketchedLoss(x, a.topRows(3), 2, WantGradient::No).squared;
        a.row(3) = a.row(0) + a.row(1);
        const SketchedLoss same = sketchedLoss(x, a, 2, WantGradient::Yes);
        QVERIFY(std::abs(same.squared - loss) < 1e-10);
        QVERIFY(same.gradient.allFinite());
        QVERIFY(std::abs(sketchedLoss(x, Matrix::Zero(4, 7), 2, WantGradient::Yes).squared -
                         x.squaredNorm()) < 1e-10);
    }

    void sketchesPassGradientsToTheirNumbers_data() {
        QTest::addColumn<int>("nonzeros");
        QTest::newRow("butterfly") << 0;
        QTest::newRow("sparse 1") << 1;
        QTest::newRow("sparse 3") << 3;
    }
    void sketchesPassGradientsToTheirNumbers() {
        QFETCH(int, nonzeros);
        const Device device = Device::open("reference");
        const RandomStream stream(7, "sketch");
        const auto sketch = nonzeros == 0
                                ? makeButterflySketch(6, 3, ButterflyStart::Ortho, device, stream)
                                : makeSparseSketch(6, 3, nonzeros, device, stream);
        const Matrix x = normals(6, 5, 8);
        const Matrix weights = normals(3, 5, 9); // the loss is <weights, B X>
        const ParameterPtr parameter = sketch->parameters()[0];
        parameter->grad.zero();
        sketch->beginStep();
        sketch->backward(x, weights);
        sketch->backward(x, 0.5 * weights);
        sketch->endStep();
        const std::vector<double> values = parameter->value.toDoubles();
        const std::vector<double> gradient = parameter->grad.toDoubles();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto at = [&](double change) {
                std::vector<double> moved = values;
                moved[i] += change;
                setValues(*parameter, moved);
                return 1.5 * (weights.array() * sketch->apply(x).array()).sum();
            };
            const double slope = (at(1e-4) - at(-1e-4)) / 2e-4;
            QVERIFY(std::abs(slope - gradient[i]) < 1e-7);
        }
    }

    void sparseSketchesHaveTheirPlaces() {
        const Device device = Device::open("cpu");
        for (const std::int64_t nonzeros : {1, 2, 5}) {
            const auto sketch =
                makeSparseSketch(40, 5, nonzeros, device, RandomStream(1, "places"));
            const Matrix b = sketch->apply(Matrix::Identity(40, 40));
            QCOMPARE(sketch->numbers(), 40 * nonzeros);
            for (std::int64_t c = 0; c < 40; ++c)
                QCOMPARE((b.col(c).array().abs() == 1.0).count(), nonzeros);
        }
        const Matrix gaussian = makeGaussianSketch(400, 10, RandomStream(2, "places"))
                                    ->apply(Matrix::Identity(400, 400));
        QVERIFY(std::abs(gaussian.squaredNorm() / 400 - 1) < 0.1);
    }

    // systems/butterfly.md 2.3 by sampling: mean 1, variance (2/l)(1 - sum x^4)(n - l)/(n - 1); a
    // unit coordinate has length 1 always.
    void lengthsHaveTheirExactMoments() {
        const Device device = Device::open("cpu");
        Matrix x = normals(64, 1, 10);
        x /= x.norm();
        constexpr int kDraws = 4000;
        double sum = 0, squares = 0;
        for (int i = 0; i < kDraws; ++i) {
            const auto sketch =
                makeButterflySketch(64, 8, ButterflyStart::Fjlt, device,
                                    RandomStream(static_cast<std::uint64_t>(i), "jl"));
            const double length = sketch->apply(x).squaredNorm() * 8;
            sum += length;
            squares += length * length;
        }
        const double mean = sum / kDraws;
        const double variance = squares / kDraws - mean * mean;
        const double exact = 2.0 / 8 * (1 - x.array().pow(4).sum()) * 56 / 63;
        QVERIFY2(std::abs(mean - 1) < 0.03, qPrintable(QString::number(mean)));
        QVERIFY2(std::abs(variance / exact - 1) < 0.12,
                 qPrintable(QString::number(variance / exact)));
        Matrix unit = Matrix::Zero(64, 1);
        unit(5, 0) = 1;
        const auto sketch =
            makeButterflySketch(64, 8, ButterflyStart::Fjlt, device, RandomStream(1, "jl"));
        QVERIFY(std::abs(sketch->apply(unit).squaredNorm() * 8 - 1) < 1e-5);
    }

    void setsAreScaledAndShuffled() {
        MatrixSetConfig config;
        config.training = 5;
        config.testing = 3;
        const MatrixSet set = loadMatrixSet(config);
        QCOMPARE(set.training.size(), std::size_t{5});
        QCOMPARE(set.testing.size(), std::size_t{3});
        for (const Matrix& x : set.training) {
            const double rest = bestLoss(x, 1);
            QVERIFY(std::abs(std::sqrt(x.squaredNorm() - rest) - 10) < 1e-9);
        }
        // All have the same directions: what is outside of the rank is noise.
        config.source = SharedSubspace{.noise = 0};
        const MatrixSet pure = loadMatrixSet(config);
        Matrix joined(64, 64);
        joined << pure.training[0], pure.testing[0];
        QVERIFY(bestLoss(joined, 12) < 1e-9 * joined.squaredNorm());
        config.shuffle = false;
        QVERIFY((loadMatrixSet(config).training[0] - pure.training[0]).norm() > 1);
        config.source = ImageSet{};
        QCOMPARE(loadMatrixSet(config).coordinates(), std::int64_t{28});
    }

    void aSketchThatIsNoNumberHasNoError() {
        Matrix x = Matrix::Random(6, 5);
        Matrix a = Matrix::Random(3, 5);
        a(1, 2) = std::numeric_limits<double>::quiet_NaN();
        const SketchedLoss loss = sketchedLoss(x, a, 2, WantGradient::Yes);
        QVERIFY(std::isnan(loss.squared));
        QVERIFY(loss.gradient.array().isNaN().all());
    }

    void theSeedDecidesTheDigits() {
        MatrixSetConfig config;
        config.training = 2;
        config.testing = 1;
        config.shuffle = false;
        config.source = ImageSet{};
        const MatrixSet one = loadMatrixSet(config);
        config.seed += 1;
        const MatrixSet other = loadMatrixSet(config);
        QVERIFY((one.training[0] - other.training[0]).norm() > 0.1);
    }

    void filesAreReadInEveryForm() {
        const std::string npy = folder_.filePath("stack.npy").toStdString();
        std::vector<double> values;
        for (int i = 0; i < 4 * 3 * 2; ++i)
            values.push_back(i + 1);
        {
            NpyWriter writer(npy, NpyType::F64, {4, 3, 2});
            writer.write(std::span<const double>(values));
            writer.close();
        }
        QByteArray text;
        for (std::size_t i = 0; i < values.size(); i += 2)
            text += QByteArray::number(values[i]) + "," + QByteArray::number(values[i + 1]) + "\n";
        const std::string csv = write("stack.csv", text);
        MatrixSetConfig config;
        config.training = 3;
        config.testing = 1;
        config.shuffle = false;
        config.source = FileSet{npy, 0};
        const MatrixSet from = loadMatrixSet(config);
        config.source = FileSet{csv, 3};
        const MatrixSet same = loadMatrixSet(config);
        for (std::size_t m = 0; m < 3; ++m)
            QVERIFY((from.training[m] - same.training[m]).norm() < 1e-6);
        // Up to the scale the second row of one of them is 3 4; and they are not in the file's
        // order.
        std::vector<double> ratios;
        for (const auto& part : {from.training, from.testing})
            for (const auto& matrix : part)
                ratios.push_back(matrix(1, 0) / matrix(1, 1));
        QCOMPARE(ratios.size(), std::size_t{4});
        QVERIFY(std::abs(*std::min_element(ratios.begin(), ratios.end()) - 0.75) < 1e-12);
        QVERIFY(!std::is_sorted(ratios.begin(), ratios.end()));
    }

    void badSetsAreNamed_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("part");
        QTest::newRow("missing") << 0 << "path"
                                 << "nowhere";
        QTest::newRow("table without rows") << 1 << "path"
                                            << "rows_each";
        QTest::newRow("rows that do not divide") << 2 << "path"
                                                 << "do not divide";
        QTest::newRow("too few") << 3 << "training"
                                 << "holds 2";
        QTest::newRow("rank") << 4 << "rank"
                              << "1 to 32";
        QTest::newRow("not finite") << 5 << "path"
                                    << "nan.csv";
    }
    void badSetsAreNamed() {
        QFETCH(int, which);
        QFETCH(QString, key);
        QFETCH(QString, part);
        const std::string table = write("t.csv", "1,2\n3,4\n5,6\n7,8\n");
        const MatrixSetSource sources[] = {
            FileSet{folder_.filePath("nowhere.npy").toStdString(), 0},
            FileSet{table, 0},
            FileSet{table, 3},
            FileSet{table, 2},
            SharedSubspace{.rank = 33},
            FileSet{write("nan.csv", "1,nan\n1,2\n"), 2}};
        MatrixSetConfig config;
        config.source = sources[which];
        std::int64_t n = 0, d = 0;
        const std::vector<Issue> issues = checkMatrixSet(config, n, d);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(part),
                 issues[0].message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSketch)
#include "test_sketch.moc"
