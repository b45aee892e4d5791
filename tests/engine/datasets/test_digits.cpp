#include <QtTest>

#include <algorithm>
#include <numeric>
#include <thread>

#include "engine/datasets/digits/digits.h"
#include "engine/datasets/digits/glyphs.h"
#include "logistic_regression.h"

using namespace inlay::engine;

namespace {

std::uint64_t fnv(const std::vector<std::uint8_t>& bytes) {
    std::uint64_t hash = 0xCBF29CE484222325ull;
    for (const std::uint8_t byte : bytes)
        hash = (hash ^ byte) * 0x100000001B3ull;
    return hash;
}

} // namespace

class TestDigits : public QObject {
    Q_OBJECT

private slots:
    void glyphsAreWellFormed() {
        for (int digit = 0; digit < 10; ++digit)
            for (const Glyph& glyph : glyphsOf(digit)) {
                std::vector<bool> used(glyph.points.size());
                for (const auto& stroke : glyph.strokes) {
                    QVERIFY(stroke.size() >= 2);
                    for (const int point : stroke) {
                        QVERIFY(point >= 0 && point < static_cast<int>(glyph.points.size()));
                        used[static_cast<std::size_t>(point)] = true;
                    }
                }
                QVERIFY2(std::all_of(used.begin(), used.end(), [](bool u) { return u; }),
                         qPrintable(QString("digit %1 has an unused point").arg(digit)));
            }
    }

    // Pins the pictures: no transcendental function is used, so the bytes are the same everywhere.
    void bytesArePinned() {
        QCOMPARE(fnv(makeDigits({}, "training", 0, 100).bytes), 15832689168352820617ull);
    }

    void anImageDependsOnItsIndexOnly() {
        const DigitsConfig config;
        const Dataset all = makeDigits(config, "training", 0, 300);
        const Dataset some = makeDigits(config, "training", 120, 50);
        QVERIFY(std::equal(some.bytes.begin(), some.bytes.end(),
                           all.bytes.begin() + 120 * kDigitPixels));
        QVERIFY(std::equal(some.labels.begin(), some.labels.end(), all.labels.begin() + 120));

        std::vector<std::uint8_t> threaded(all.bytes.size());
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                for (std::int64_t i = 299 - t; i >= 0; i -= 3)
                    drawDigit(config, "training", i, threaded.data() + i * kDigitPixels);
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(threaded, all.bytes);

        DigitsConfig other;
        other.seed = 2;
        QVERIFY(makeDigits(other, "training", 0, 300).bytes != all.bytes);
        QVERIFY(makeDigits(config, "test", 0, 300).bytes != all.bytes);
    }

    void inkStaysInsideThePicture() {
        DigitsConfig config;
        config.noise = 0;
        for (const double deformation : {0.0, 1.0, 2.0}) {
            config.deformation = deformation;
            const Dataset data = makeDigits(config, "training", 0, 2000);
            for (std::int64_t i = 0; i < data.count; ++i) {
                const std::uint8_t* image = data.bytes.data() + i * kDigitPixels;
                int ink = 0;
                for (int k = 0; k < kDigitSide; ++k)
                    QVERIFY(image[k] == 0 && image[27 * 28 + k] == 0 && image[k * 28] == 0 &&
                            image[k * 28 + 27] == 0);
                for (int k = 0; k < kDigitPixels; ++k)
                    ink += image[k] > 100;
                QVERIFY2(ink > 15 && ink < 400, qPrintable(QString::number(ink)));
            }
        }
    }

    void splitFollowsTheRules() {
        DigitsConfig config;
        config.count = 1000;
        config.testCount = 70;
        const DatasetSplit split = loadDigits(config);
        QCOMPARE(split.validation.count, 100);
        QCOMPARE(split.training.count, 900);
        QCOMPARE(split.test.count, 70);
        QCOMPARE(split.training.classNames.size(), std::size_t{10});
        for (int label = 0; label < 10; ++label)
            QCOMPARE(std::count(split.training.labels.begin(), split.training.labels.end(), label),
                     90);
        // More training images: the same validation and test sets, and the old ones are kept.
        DigitsConfig more = config;
        more.count = 1500;
        more.validationCount = 100;
        const DatasetSplit larger = loadDigits(more);
        QCOMPARE(larger.validation.bytes, split.validation.bytes);
        QCOMPARE(larger.test.bytes, split.test.bytes);
        QVERIFY(std::equal(split.training.bytes.begin(), split.training.bytes.end(),
                           larger.training.bytes.begin()));
        QCOMPARE(resolveGeneratedSplit(DigitsConfig{}), (SplitCounts{55000, 5000, 10000}));
    }

    void logisticRegressionStaysBelow93Percent_data() {
        QTest::addColumn<int>("seed");
        for (const int seed : {1, 2, 3})
            QTest::addRow("seed %d", seed) << seed;
    }

    void logisticRegressionStaysBelow93Percent() {
        QFETCH(int, seed);
        DigitsConfig config;
        config.seed = static_cast<std::uint64_t>(seed);
        const Dataset training = makeDigits(config, "training", 0, 10000);
        const Dataset test = makeDigits(config, "test", 0, 10000);
        const double accuracy = inlay::tests::logisticRegressionAccuracy(training, test);
        qInfo("logistic regression, seed %d: %.4f", seed, accuracy);
        QVERIFY(accuracy < 0.93);
        // A classifier that has not learned would pass the line above.
        QVERIFY(accuracy > 0.88);
    }

    // The goal is 20,000 images a second on one core; the limit leaves room for a busy machine and
    // a debug build.
    void speed() {
        QElapsedTimer timer;
        timer.start();
        const Dataset data = makeDigits({}, "training", 0, 10000);
        const double rate = 1e9 * static_cast<double>(data.count) / timer.nsecsElapsed();
        qInfo("%.0f images/s", rate);
        QVERIFY(rate > 2000);
    }
};

QTEST_GUILESS_MAIN(TestDigits)
#include "test_digits.moc"
