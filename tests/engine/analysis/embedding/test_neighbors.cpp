#include <QtTest>

#include <algorithm>

#include "engine/analysis/embedding/neighbors.h"
#include "engine/base/error.h"
#include "kernels/parallel.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

/// Every distance in double, sorted with ties by index.
std::vector<std::int32_t> sortedAll(PointsView references, const float* query, std::int64_t own) {
    std::vector<std::pair<double, std::int32_t>> all;
    for (std::int64_t j = 0; j < references.count; ++j) {
        if (j == own)
            continue;
        double sum = 0;
        for (std::int64_t d = 0; d < references.dimension; ++d) {
            const double apart =
                static_cast<double>(query[d]) - static_cast<double>(references.row(j)[d]);
            sum += apart * apart;
        }
        all.emplace_back(sum, static_cast<std::int32_t>(j));
    }
    std::sort(all.begin(), all.end());
    std::vector<std::int32_t> order;
    for (const auto& [distance, index] : all)
        order.push_back(index);
    return order;
}

} // namespace

class TestNeighbors : public QObject {
    Q_OBJECT

private slots:
    void asSortingAllDistances_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("dimension");
        QTest::addColumn<int>("k");
        QTest::newRow("more than a block") << 5003 << 5 << 17;
        QTest::newRow("one dimension") << 300 << 1 << 300;
        QTest::newRow("images") << 700 << 784 << 10;
        QTest::newRow("many neighbors") << 4500 << 4 << 900;
    }

    void asSortingAllDistances() {
        QFETCH(int, count);
        QFETCH(int, dimension);
        QFETCH(int, k);
        // Multiples of 1/64: sums of squares are exact in f32.
        Points points = normalPoints(count, dimension, 3);
        for (float& value : points.values)
            value = std::round(value * 64.0f) / 64.0f;
        const Neighbors found = exactNeighbors(points, k);
        QCOMPARE(found.k, std::min<std::int64_t>(k, count - 1));
        for (std::int64_t i = 0; i < count; i += 37) {
            const auto truth = sortedAll(points, PointsView(points).row(i), i);
            for (std::int64_t j = 0; j < found.k; ++j)
                QCOMPARE(found.indexRow(i)[j], truth[static_cast<std::size_t>(j)]);
        }
    }

    // Whole numbers: distances are exact, and many are equal.
    void tiesGoToTheLowerIndex_data() {
        QTest::addColumn<int>("k");
        QTest::newRow("few") << 25;
        QTest::newRow("many") << 300;
    }

    void tiesGoToTheLowerIndex() {
        QFETCH(int, k);
        Points points = normalPoints(2000, 3, 4);
        for (float& value : points.values)
            value = std::round(value);
        const Neighbors found = exactNeighbors(points, k);
        for (std::int64_t i = 0; i < points.count; i += 11) {
            const auto truth = sortedAll(points, PointsView(points).row(i), i);
            for (std::int64_t j = 0; j < found.k; ++j)
                QCOMPARE(found.indexRow(i)[j], truth[static_cast<std::size_t>(j)]);
        }
    }

    // |a|² + |b|² - 2ab alone would lose all digits here.
    void farFromTheOrigin() {
        Points points = normalPoints(500, 4, 5);
        for (float& value : points.values)
            value = 4096.0f + std::round(value * 64.0f) / 64.0f;
        const Neighbors found = exactNeighbors(points, 9);
        for (std::int64_t i = 0; i < points.count; i += 7) {
            const auto truth = sortedAll(points, PointsView(points).row(i), i);
            for (std::int64_t j = 0; j < found.k; ++j)
                QCOMPARE(found.indexRow(i)[j], truth[static_cast<std::size_t>(j)]);
        }
    }

    void anyMagnitude() {
        const Points points = normalPoints(200, 3, 6);
        const Neighbors plain = exactNeighbors(points, 5);
        for (const float scale : {1e-25f, 1e17f}) {
            Points scaled = points;
            for (float& value : scaled.values)
                value *= scale;
            const Neighbors found = exactNeighbors(scaled, 5);
            QVERIFY(found.index == plain.index);
            const double ratio = static_cast<double>(found.distance[0]) /
                                 static_cast<double>(plain.distance[0]) /
                                 static_cast<double>(scale);
            QVERIFY(std::abs(ratio - 1) < 1e-5);
        }
    }

    void ownMatchIsLeftOutByIndex() {
        // Three equal points: each has the two others, at distance 0, but not itself.
        Points points;
        points.values = {1, 1, 1, 1, 1, 1};
        points.count = 3;
        points.dimension = 2;
        const Neighbors without = exactNeighbors(points, 5);
        QCOMPARE(without.k, std::int64_t(2));
        QVERIFY((without.index == std::vector<std::int32_t>{1, 2, 0, 2, 0, 1}));
        const Neighbors with = exactNeighbors(points, points, 2, OwnMatch::Keep);
        QVERIFY((with.index == std::vector<std::int32_t>{0, 1, 0, 1, 0, 1}));
    }

    void sameForAnyThreads() {
        const Points points = normalPoints(3000, 20, 7);
        inlay::kernels::setThreadCount(1);
        const Neighbors one = exactNeighbors(points, 12);
        inlay::kernels::setThreadCount(2);
        const Neighbors two = exactNeighbors(points, 12);
        inlay::kernels::setThreadCount(0);
        QVERIFY(one.index == two.index);
        QVERIFY(one.distance == two.distance);
    }

    void refusesWhatDoesNotFit() {
        const Points three = normalPoints(4, 3, 1);
        const Points two = normalPoints(4, 2, 1);
        QVERIFY_EXCEPTION_THROWN(exactNeighbors(three, two, 1, OwnMatch::Keep), Error);
        const Points none;
        QVERIFY_EXCEPTION_THROWN(exactNeighbors(none, 1), Error);
    }

    void cancels() {
        const Points points = normalPoints(5000, 8, 9);
        int asked = 0;
        const Neighbors found = exactNeighbors(points, 3, [&] { return ++asked < 3; });
        QVERIFY(found.cancelled);
        QCOMPARE(asked, 3);
    }
};

QTEST_GUILESS_MAIN(TestNeighbors)
#include "test_neighbors.moc"
