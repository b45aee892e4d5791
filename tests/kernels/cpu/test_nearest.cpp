#include <cmath>
#include <vector>

#include <QtTest>

#include "kernels/nearest.h"
#include "kernels/philox.h"

using namespace inlay::kernels;

namespace {

std::vector<float> numbers(std::int64_t count, std::uint64_t key, float scale, float shift) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i)
        values.push_back(
            shift + scale * unitInterval(philox(key, 0, static_cast<std::uint64_t>(i)).word[0]));
    return values;
}

struct Truth {
    std::int32_t index = 0;
    double squared = 0;
    double second = 0;
};

Truth truthOf(const float* x, const std::vector<float>& centers, std::int64_t dims) {
    Truth truth;
    truth.squared = truth.second = INFINITY;
    for (std::size_t c = 0; c < centers.size() / static_cast<std::size_t>(dims); ++c) {
        double sum = 0;
        for (std::int64_t p = 0; p < dims; ++p) {
            const double d =
                static_cast<double>(x[p]) -
                static_cast<double>(
                    centers[c * static_cast<std::size_t>(dims) + static_cast<std::size_t>(p)]);
            sum += d * d;
        }
        if (sum < truth.squared) {
            truth.second = truth.squared;
            truth.squared = sum;
            truth.index = static_cast<std::int32_t>(c);
        } else if (sum < truth.second) {
            truth.second = sum;
        }
    }
    return truth;
}

} // namespace

class TestNearest : public QObject {
    Q_OBJECT

private slots:
    void agreesWithDoubles_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("centers");
        QTest::addColumn<int>("dims");
        QTest::addColumn<float>("scale");
        QTest::addColumn<float>("shift");
        QTest::newRow("one center") << 37 << 1 << 3 << 1.0f << 0.0f;
        QTest::newRow("small") << 5 << 3 << 2 << 1.0f << 0.0f;
        QTest::newRow("one vector") << 64 << 16 << 15 << 1.0f << -0.5f;
        QTest::newRow("two vectors") << 65 << 30 << 16 << 1.0f << 0.0f;
        QTest::newRow("tiles and a rest") << 333 << 100 << 32 << 10.0f << -5.0f;
        QTest::newRow("many") << 100 << 350 << 58 << 1.0f << 0.0f;
        // The norm is 1e4 times the distances: the expanded form alone is wrong here.
        QTest::newRow("far from the origin") << 500 << 40 << 7 << 0.05f << 300.0f;
    }

    void agreesWithDoubles() {
        QFETCH(int, points);
        QFETCH(int, centers);
        QFETCH(int, dims);
        QFETCH(float, scale);
        QFETCH(float, shift);
        const std::vector<float> x = numbers(points * dims, 1, scale, shift);
        const std::vector<float> c = numbers(centers * dims, 2, scale, shift);
        const CenterPack pack(c.data(), centers, dims);
        std::vector<std::int32_t> index(static_cast<std::size_t>(points));
        std::vector<float> squared(index.size());
        std::vector<float> second(index.size());
        nearestCenters(pack, x.data(), points, index.data(), squared.data(), second.data());
        for (int i = 0; i < points; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const Truth truth = truthOf(x.data() + i * dims, c, dims);
            QVERIFY2(index[at] == truth.index ||
                         truth.second - truth.squared < 1e-5 * truth.squared,
                     qPrintable(QString("point %1").arg(i)));
            QVERIFY(std::abs(squared[at] - truth.squared) <= 1e-5 * truth.squared + 1e-30);
            QVERIFY(static_cast<double>(second[at]) <= truth.second * (1 + 1e-6) || centers == 1);
        }
    }

    void tiesGoToTheLowestIndex() {
        const int dims = 5;
        std::vector<float> c = numbers(50 * dims, 3, 1.0f, 0.0f);
        for (int p = 0; p < dims; ++p)
            c[static_cast<std::size_t>(41 * dims + p)] = c[static_cast<std::size_t>(9 * dims + p)];
        const std::vector<float> x(c.begin() + 41 * dims, c.begin() + 42 * dims);
        std::int32_t index = -1;
        float squared = -1;
        nearestCenters(CenterPack(c.data(), 50, dims), x.data(), 1, &index, &squared, nullptr);
        QCOMPARE(index, 9);
        QCOMPARE(squared, 0.0f);
    }

    void coveringOneByOneEqualsAllAtOnce() {
        const int points = 700;
        const int centers = 60;
        const int dims = 9;
        const std::vector<float> x = numbers(points * dims, 4, 4.0f, -2.0f);
        const std::vector<float> c = numbers(centers * dims, 5, 4.0f, -2.0f);
        std::vector<float> squared(points, INFINITY);
        std::vector<std::int32_t> label(points, 0);
        std::vector<float> skip;
        for (int k = 0; k < centers; ++k) {
            const float* center = c.data() + k * dims;
            skip.clear();
            for (int old = 0; old < k; ++old)
                skip.push_back(0.2499f * squaredDistance(center, c.data() + old * dims, dims));
            coverRows(x.data(), points, dims, center, k, k == 0 ? nullptr : skip.data(),
                      squared.data(), label.data());
        }
        std::vector<std::int32_t> index(points);
        std::vector<float> direct(points);
        nearestCenters(CenterPack(c.data(), centers, dims), x.data(), points, index.data(),
                       direct.data(), nullptr);
        QCOMPARE(label, index);
        QCOMPARE(squared, direct);
    }

    void accumulatesByLabel() {
        const std::vector<float> x = {1, 2, 3, 4, 5, 6};
        const std::vector<std::int32_t> label = {1, 0, 1};
        const std::vector<double> weight = {1, 2, 3};
        std::vector<double> sums(4);
        std::vector<double> counts(2);
        accumulateRows(x.data(), 3, 2, label.data(), weight.data(), sums.data(), counts.data());
        QCOMPARE(sums, (std::vector<double>{6, 8, 16, 20}));
        QCOMPARE(counts, (std::vector<double>{2, 4}));
    }
};

QTEST_APPLESS_MAIN(TestNearest)
#include "test_nearest.moc"
