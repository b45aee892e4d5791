#include <QtTest>

#include <QElapsedTimer>

#include "engine/analysis/embedding/neighbor_graph.h"
#include "engine/analysis/embedding/umap.h"
#include "engine/base/error.h"
#include "kernels/parallel.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

bool near(double a, double b, double tolerance) {
    return std::abs(a - b) <= tolerance;
}

double purity(const Layout& layout, const Points& points) {
    const PointsView view{layout.values, points.count, layout.dimension};
    const Neighbors nearest = exactNeighbors(view, 1);
    int same = 0;
    for (std::int64_t i = 0; i < points.count; ++i)
        same += points.labels[static_cast<std::size_t>(i)] ==
                points.labels[static_cast<std::size_t>(nearest.indexRow(i)[0])];
    return same / static_cast<double>(points.count);
}

} // namespace

class TestUmap : public QObject {
    Q_OBJECT

private slots:
    // umap-learn 0.5.12, find_ab_params(spread, min_dist); the first is the page's 1.577, 0.895.
    void curveAsUmapLearn() {
        const UmapCurve usual = umapCurve(0.1, 1);
        QVERIFY(near(usual.a, 1.5769434602697652, 1e-5));
        QVERIFY(near(usual.b, 0.8950608778515733, 1e-5));
        const UmapCurve wide = umapCurve(0.5, 1);
        QVERIFY(near(wide.a, 0.5830300203414425, 1e-5));
        QVERIFY(near(wide.b, 1.3341669924314914, 1e-5));
        const UmapCurve spread = umapCurve(0.25, 2);
        QVERIFY(near(spread.a, 0.41627349667013186, 1e-5));
        QVERIFY(near(spread.b, 0.9218551324072873, 1e-5));
    }

    // umap-learn 0.5.12, fuzzy_simplicial_set of the same points with 15 neighbors.
    void graphAsUmapLearn() {
        const NeighborGraph graph = fuzzyGraph(exactNeighbors(sinePoints(60, 5), 14));
        QCOMPARE(graph.column.size(), std::size_t(1058));
        double sum = 0;
        for (const float w : graph.weight)
            sum += static_cast<double>(w);
        QVERIFY2(near(sum, 361.5891, 1e-2), qPrintable(QString::number(sum, 'g', 9)));
        const std::vector<std::int32_t> columns = {2,  5,  6,  7,  16, 25, 26, 29, 30, 35,
                                                   37, 38, 40, 41, 46, 47, 52, 58, 59};
        const double weights[19] = {0.12257541, 0.24012494, 0.41385472, 0.5083306,  0.09362031,
                                    0.40049487, 0.3813042,  1,          0.75789535, 0.57917327,
                                    0.36401623, 0.14575458, 0.08328163, 0.7864598,  0.07342184,
                                    0.06132176, 0.8291679,  0.20483062, 0.2585689};
        QCOMPARE(graph.rowStart[1], std::int64_t(19));
        for (std::size_t e = 0; e < 19; ++e) {
            QCOMPARE(graph.column[e], columns[e]);
            QVERIFY(near(static_cast<double>(graph.weight[e]), weights[e], 1e-4));
        }
    }

    // A ring: the second and third eigenvectors are cosine and sine of the angle.
    void spectrumOfARing() {
        constexpr std::int64_t n = 60;
        NeighborGraph ring;
        ring.nodes = n;
        ring.rowStart.push_back(0);
        for (std::int64_t i = 0; i < n; ++i) {
            const std::int64_t before = (i + n - 1) % n;
            const std::int64_t after = (i + 1) % n;
            ring.column.push_back(static_cast<std::int32_t>(std::min(before, after)));
            ring.column.push_back(static_cast<std::int32_t>(std::max(before, after)));
            ring.weight.insert(ring.weight.end(), {1, 1});
            ring.rowStart.push_back(2 * (i + 1));
        }
        QCOMPARE(connectedComponents(ring), std::int64_t(1));
        const std::vector<float> layout = spectralLayout(ring, 2, 1, {});
        // Lanczos sees one vector of a double eigenvalue, then the next eigenvalue; the first
        // coordinate is a cosine of one turn.
        double along = 0;
        double across = 0;
        double size = 0;
        for (std::size_t i = 0; i < 60; ++i) {
            const double angle = 2 * 3.14159265358979 * static_cast<double>(i) / 60;
            const auto x = static_cast<double>(layout[2 * i]);
            along += x * std::cos(angle);
            across += x * std::sin(angle);
            size += x * x;
        }
        QVERIFY(near((along * along + across * across) / (size * 30), 1, 1e-4));
    }

    void separatesClouds_data() {
        QTest::addColumn<int>("dimension");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }

    void separatesClouds() {
        QFETCH(int, dimension);
        const Points points = clouds(600, 10, 5, 12, 11);
        UmapOptions options;
        options.dimension = dimension;
        options.epochs = 200;
        const Layout layout = umapLayout(points, options, {});
        QCOMPARE(layout.values.size(), std::size_t(600 * dimension));
        QCOMPARE(purity(layout, points), 1.0);
        QVERIFY(layout.cost > 0);
        // Clouds so far apart share no neighbors.
        QCOMPARE(layout.notes.size(), std::size_t(1));
    }

    void connectedCloudStartsFromTheSpectrum() {
        const Points points = clouds(500, 6, 3, 4, 2);
        const Layout layout = umapLayout(points, {}, {});
        QVERIFY(layout.notes.empty());
        QVERIFY(purity(layout, points) > 0.9);
    }

    void sameForAnyThreads() {
        const Points points = clouds(500, 8, 3, 5, 13);
        UmapOptions options;
        options.epochs = 50;
        inlay::kernels::setThreadCount(1);
        const Layout one = umapLayout(points, options, {});
        inlay::kernels::setThreadCount(2);
        const Layout two = umapLayout(points, options, {});
        inlay::kernels::setThreadCount(0);
        QVERIFY(one.values == two.values);
        options.seed = 2;
        QVERIFY(umapLayout(points, options, {}).values != one.values);
    }

    void cancelsSoon() {
        const Points points = normalPoints(6000, 16, 14);
        for (const int after : {1, 3, 40, 160}) {
            int calls = 0;
            QElapsedTimer timer;
            const Layout layout = umapLayout(points, {}, [&](const LayoutProgress&) {
                timer.start();
                return ++calls < after;
            });
            QVERIFY(layout.cancelled);
            QCOMPARE(calls, after);
            QVERIFY(timer.elapsed() < 200);
        }
    }

    void whatDoesNotFit() {
        QVERIFY_EXCEPTION_THROWN(umapLayout(normalPoints(3, 5, 1), {}, {}), Error);
        const Layout small = umapLayout(normalPoints(6, 5, 1), {}, {});
        QCOMPARE(small.values.size(), std::size_t(12));
        QVERIFY(small.notes.front().find("reduced to 6") != std::string::npos);
        const Layout flat = umapLayout(normalPoints(40, 2, 1), {}, {});
        QVERIFY(flat.notes.front().find("as they are") != std::string::npos);
        Points equal = normalPoints(50, 4, 1);
        std::fill(equal.values.begin(), equal.values.end(), 2.0f);
        for (const float value : umapLayout(equal, {}, {}).values)
            QVERIFY(std::isfinite(value));
    }
};

QTEST_GUILESS_MAIN(TestUmap)
#include "test_umap.moc"
