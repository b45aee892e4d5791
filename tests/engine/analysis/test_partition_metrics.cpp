#include <QtTest>

#include <cmath>

#include "engine/analysis/partition_metrics.h"

using namespace inlay::engine;

namespace {

using Parts = std::vector<std::int32_t>;

bool near(double a, double b) {
    return std::abs(a - b) < 1e-12;
}

} // namespace

class TestPartitionMetrics : public QObject {
    Q_OBJECT

private slots:
    void equalPartitionsScoreOne() {
        const Parts a = {0, 0, 1, 1, 2};
        const Parts renamed = {7, 7, 3, 3, 0};
        QVERIFY(near(adjustedRandIndex(a, renamed), 1));
        QVERIFY(near(normalizedMutualInformation(a, renamed), 1));
        QVERIFY(near(vMeasure(a, renamed).v, 1));
    }

    void knownAnswers() {
        // By hand: pairs together in both 1, in a 3 + 0, in b 1 + 1; of 6 pairs expected 3 * 2 / 6
        // = 1, so (1 - 1) / (2.5 - 1) = 0.
        QVERIFY(near(adjustedRandIndex(Parts{0, 0, 0, 1}, Parts{0, 0, 1, 1}), 0));
        // Two pairs against two other pairs: together 0, expected 2/3, largest 2: (0 - 2/3)/(4/3).
        QVERIFY(near(adjustedRandIndex(Parts{0, 0, 1, 1}, Parts{0, 1, 0, 1}), -0.5));
        QVERIFY(near(normalizedMutualInformation(Parts{0, 0, 1, 1}, Parts{0, 1, 0, 1}), 0));
        // a = {0,0,0,1}, b = {0,0,1,1}: I = H(b) - H(b|a), H(b|a) = 3/4 H(1/3).
        const double hThird = -(1.0 / 3) * std::log(1.0 / 3) - (2.0 / 3) * std::log(2.0 / 3);
        const double information = std::log(2.0) - 0.75 * hThird;
        const double hA = -0.75 * std::log(0.75) - 0.25 * std::log(0.25);
        QVERIFY(near(normalizedMutualInformation(Parts{0, 0, 0, 1}, Parts{0, 0, 1, 1}),
                     2 * information / (hA + std::log(2.0))));
        const VMeasure v = vMeasure(Parts{0, 0, 0, 1}, Parts{0, 0, 1, 1});
        QVERIFY(near(v.homogeneity, information / hA));
        QVERIFY(near(v.completeness, information / std::log(2.0)));
    }

    void nodesOfNoPartAreAlone() {
        // Five parts of one against five parts of one.
        QVERIFY(near(adjustedRandIndex(Parts{-1, -1, -1}, Parts{0, 1, 2}), 1));
        QVERIFY(adjustedRandIndex(Parts{0, 0, 0, 1}, Parts{0, 0, -1, -1}) < 1);
        QCOMPARE(contingency(Parts{-1, -1}, Parts{0, 0}).rows.size(), std::size_t(2));
    }

    void modularityOfTwoTriangles() {
        // Two triangles joined by one edge: m = 7, inside 6, degrees 7 and 7.
        const std::vector<std::pair<std::int32_t, std::int32_t>> edges = {
            {0, 1}, {0, 2}, {1, 2}, {3, 4}, {3, 5}, {4, 5}, {2, 3}};
        QVERIFY(near(modularity(edges, Parts{0, 0, 0, 1, 1, 1}), 6.0 / 7 - 0.5));
        QVERIFY(near(modularity(edges, Parts{0, 0, 0, 0, 0, 0}), 0));
        QVERIFY(near(modularity({}, Parts{0, 1}), 0));
    }

    void exactRecoveryIsSetEquality() {
        const Parts truth = {0, 0, 0, 1, 1, 2};
        const auto exact = exactlyRecovered(truth, Parts{5, 5, 5, 6, -1, -1});
        QVERIFY(exact == std::vector<bool>({true, false, false}));
        // A superset is not exact, and a node of no cluster is no cluster.
        QVERIFY(exactlyRecovered(truth, Parts{0, 0, 0, 0, 1, -1}) ==
                std::vector<bool>({false, false, false}));
    }
};

QTEST_GUILESS_MAIN(TestPartitionMetrics)
#include "test_partition_metrics.moc"
