#include <QtTest>

#include <QElapsedTimer>

#include "engine/analysis/embedding/affinities.h"
#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/repulsion.h"
#include "engine/analysis/embedding/tsne.h"
#include "engine/base/error.h"
#include "kernels/parallel.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

struct Forces {
    std::vector<float> x[3];
    double total = 0;
};

Forces repel(Repulsion& repulsion, const Points& layout) {
    const auto padded = static_cast<std::size_t>(inlay::kernels::paddedPairPoints(layout.count));
    std::vector<float> planes[3];
    Forces forces;
    inlay::kernels::PairPoints view;
    view.dims = static_cast<int>(layout.dimension);
    view.count = layout.count;
    float* force[3] = {};
    for (std::int64_t d = 0; d < layout.dimension; ++d) {
        planes[d].resize(padded);
        forces.x[d].resize(padded);
        for (std::int64_t i = 0; i < layout.count; ++i)
            planes[d][static_cast<std::size_t>(i)] =
                layout.values[static_cast<std::size_t>(i * layout.dimension + d)];
        inlay::kernels::padPairPoints(planes[d].data(), layout.count);
        view.plane[d] = planes[d].data();
        force[d] = forces.x[d].data();
    }
    LayoutWatch watch({}, 1);
    forces.total = repulsion.sum(view, force, watch);
    return forces;
}

/// The definition, in double.
Forces repelSlowly(const Points& layout) {
    Forces forces;
    for (auto& x : forces.x)
        x.assign(static_cast<std::size_t>(layout.count), 0.0f);
    for (std::int64_t i = 0; i < layout.count; ++i) {
        double sums[3] = {};
        for (std::int64_t j = 0; j < layout.count; ++j) {
            if (i == j)
                continue;
            double apart[3] = {};
            double below = 1;
            for (std::int64_t d = 0; d < layout.dimension; ++d) {
                apart[d] = static_cast<double>(PointsView(layout).row(i)[d]) -
                           static_cast<double>(PointsView(layout).row(j)[d]);
                below += apart[d] * apart[d];
            }
            forces.total += 1 / below;
            for (std::int64_t d = 0; d < layout.dimension; ++d)
                sums[d] += apart[d] / (below * below);
        }
        for (std::int64_t d = 0; d < layout.dimension; ++d)
            forces.x[d][static_cast<std::size_t>(i)] = static_cast<float>(sums[d]);
    }
    return forces;
}

/// Root mean square error relative to the root mean square force.
double relativeError(const Forces& found, const Forces& truth, std::int64_t count,
                     std::int64_t dims) {
    double error = 0;
    double size = 0;
    for (std::int64_t d = 0; d < dims; ++d)
        for (std::int64_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double t = static_cast<double>(truth.x[d][at]);
            error += (static_cast<double>(found.x[d][at]) - t) *
                     (static_cast<double>(found.x[d][at]) - t);
            size += t * t;
        }
    return std::sqrt(error / size);
}

Points scaled(Points points, double scale) {
    for (float& value : points.values)
        value *= static_cast<float>(scale);
    return points;
}

/// Share of points whose nearest neighbor in the layout has their label.
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

class TestTsne : public QObject {
    Q_OBJECT

private slots:
    void forcesAreTheSumOverPairs_data() {
        QTest::addColumn<int>("dims");
        QTest::addColumn<double>("scale");
        QTest::addColumn<double>("gridError");
        // Few points that are far from each other are what the grid is worst at.
        for (const int dims : {2, 3})
            for (const auto& [scale, error] :
                 {std::pair(1e-4, 1e-5), std::pair(1.0, 1e-4), std::pair(40.0, 0.015)})
                QTest::addRow("%d dimensions, deviation %g", dims, scale) << dims << scale << error;
    }

    void forcesAreTheSumOverPairs() {
        QFETCH(int, dims);
        QFETCH(double, scale);
        QFETCH(double, gridError);
        const Points layout = scaled(normalPoints(1237, dims, 2), scale);
        const Forces truth = repelSlowly(layout);
        const Forces exact = repel(*exactRepulsion(layout.count, layout.dimension), layout);
        QVERIFY(std::abs(exact.total / truth.total - 1) < 1e-5);
        QVERIFY(relativeError(exact, truth, layout.count, dims) < 1e-5);
        if (dims == 3)
            return;
        const Forces grid = repel(*gridRepulsion(layout.count), layout);
        QVERIFY2(std::abs(grid.total / truth.total - 1) < 1e-4,
                 qPrintable(QString::number(grid.total / truth.total - 1)));
        const double error = relativeError(grid, truth, layout.count, dims);
        QVERIFY2(error < gridError, qPrintable(QString::number(error)));
    }

    // Of weights exp(-beta d²) the entropy says the perplexity: computed anew here.
    void bandwidthGivesThePerplexity() {
        std::vector<float> distance;
        for (int j = 0; j < 90; ++j)
            distance.push_back(3.0f + 0.05f * static_cast<float>(j));
        std::vector<double> weight(distance.size());
        weightsOfPerplexity(distance, 30, weight);
        double entropy = 0;
        double sum = 0;
        for (const double w : weight) {
            entropy -= w * std::log(w);
            sum += w;
        }
        QVERIFY(std::abs(sum - 1) < 1e-12);
        QVERIFY(std::abs(std::exp(entropy) - 30) < 1e-3);
    }

    void affinitiesAreSymmetricAndSumToOne() {
        const Points points = normalPoints(400, 6, 8);
        const Affinities joint = gaussianAffinities(exactNeighbors(points, 45), 15);
        double sum = 0;
        std::map<std::pair<std::int32_t, std::int32_t>, float> entries;
        for (std::int32_t i = 0; i < 400; ++i)
            for (auto e = joint.rowStart[static_cast<std::size_t>(i)];
                 e < joint.rowStart[static_cast<std::size_t>(i) + 1]; ++e) {
                const auto at = static_cast<std::size_t>(e);
                entries[{i, joint.column[at]}] = joint.weight[at];
                sum += static_cast<double>(joint.weight[at]);
            }
        QVERIFY(std::abs(sum - 1) < 1e-5);
        for (const auto& [where, weight] : entries)
            QCOMPARE(entries.at({where.second, where.first}), weight);
    }

    void separatesClouds_data() {
        QTest::addColumn<int>("dimension");
        QTest::addColumn<int>("method");
        QTest::newRow("exact, plane") << 2 << static_cast<int>(TsneMethod::Exact);
        QTest::newRow("exact, space") << 3 << static_cast<int>(TsneMethod::Exact);
        QTest::newRow("grid, plane") << 2 << static_cast<int>(TsneMethod::Grid);
    }

    void separatesClouds() {
        QFETCH(int, dimension);
        QFETCH(int, method);
        const Points points = clouds(600, 10, 5, 12, 11);
        TsneOptions options;
        options.dimension = dimension;
        options.method = static_cast<TsneMethod>(method);
        options.iterations = 400;
        const Layout layout = tsneLayout(points, options, {});
        QCOMPARE(layout.values.size(), std::size_t(600 * dimension));
        QCOMPARE(purity(layout, points), 1.0);
        QVERIFY2(layout.cost > 0.3 && layout.cost < 1.6, qPrintable(QString::number(layout.cost)));
    }

    void gridEndsWhereExactDoes() {
        const Points points = clouds(500, 10, 4, 6, 12);
        TsneOptions options;
        options.iterations = 500;
        options.method = TsneMethod::Exact;
        const double exact = tsneLayout(points, options, {}).cost;
        options.method = TsneMethod::Grid;
        const double grid = tsneLayout(points, options, {}).cost;
        QVERIFY2(std::abs(grid - exact) < 0.03 * exact,
                 qPrintable(QString("%1 against %2").arg(grid).arg(exact)));
    }

    void sameForAnyThreads_data() {
        QTest::addColumn<int>("method");
        QTest::newRow("exact") << static_cast<int>(TsneMethod::Exact);
        QTest::newRow("grid") << static_cast<int>(TsneMethod::Grid);
    }

    void sameForAnyThreads() {
        QFETCH(int, method);
        const Points points = clouds(700, 8, 3, 5, 13);
        TsneOptions options;
        options.method = static_cast<TsneMethod>(method);
        options.iterations = 60;
        inlay::kernels::setThreadCount(1);
        const Layout one = tsneLayout(points, options, {});
        inlay::kernels::setThreadCount(2);
        const Layout two = tsneLayout(points, options, {});
        inlay::kernels::setThreadCount(0);
        QVERIFY(one.values == two.values);
        QCOMPARE(one.cost, two.cost);
    }

    void cancelsSoon_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("after");
        QTest::newRow("at once") << 4000 << 1;
        QTest::newRow("among neighbors") << 12000 << 8;
        QTest::newRow("while moving") << 4000 << 30;
    }

    void cancelsSoon() {
        QFETCH(int, count);
        QFETCH(int, after);
        const Points points = normalPoints(count, 16, 14);
        int calls = 0;
        QElapsedTimer longest;
        longest.start();
        qint64 gap = 0;
        const Layout layout = tsneLayout(points, {}, [&](const LayoutProgress&) {
            gap = std::max(gap, longest.restart());
            return ++calls < after;
        });
        QVERIFY(layout.cancelled);
        QCOMPARE(calls, after);
        QVERIFY2(longest.elapsed() < 200, qPrintable(QString::number(longest.elapsed())));
    }

    void progressTellsTheLayout() {
        const Points points = clouds(200, 5, 2, 8, 15);
        TsneOptions options;
        options.iterations = 300;
        std::int64_t last = -1;
        double cost = 0;
        tsneLayout(points, options, [&](const LayoutProgress& progress) {
            if (progress.iteration < last)
                return false;
            last = progress.iteration;
            cost = progress.cost;
            return progress.total == 300 &&
                   (progress.layout.empty() || progress.layout.size() == 400);
        });
        QCOMPARE(last, std::int64_t(300));
        QVERIFY(std::isfinite(cost));
    }

    // --- What does not fit ------------------------------------------------------------------
    void tooFewPoints() {
        QVERIFY_EXCEPTION_THROWN(tsneLayout(normalPoints(3, 5, 1), {}, {}), Error);
        const Layout four = tsneLayout(normalPoints(4, 5, 1), {}, {});
        QCOMPARE(four.values.size(), std::size_t(8));
    }

    void perplexityIsReduced() {
        const Layout layout = tsneLayout(normalPoints(31, 5, 1), {.iterations = 10}, {});
        QCOMPARE(layout.notes.size(), std::size_t(1));
        QVERIFY(layout.notes.front().find("reduced to 10") != std::string::npos);
    }

    void duplicatesAreMovedApart() {
        Points points = normalPoints(60, 5, 1);
        for (std::int64_t i = 0; i < 100; ++i)
            points.values.push_back(points.values[static_cast<std::size_t>(i % 5)]);
        points.count = 80;
        const Layout layout = tsneLayout(points, {.perplexity = 10}, {});
        QCOMPARE(layout.notes.size(), std::size_t(1));
        QVERIFY(layout.notes.front().starts_with("21 points lie on another"));
        for (const float value : layout.values)
            QVERIFY(std::isfinite(value));
        QVERIFY(layout.values[120] != layout.values[122]);
    }

    void allPointsEqual() {
        Points points = normalPoints(50, 4, 1);
        std::fill(points.values.begin(), points.values.end(), 3.5f);
        const Layout layout = tsneLayout(points, {.perplexity = 5, .iterations = 300}, {});
        for (const float value : layout.values)
            QVERIFY(std::isfinite(value));
    }

    void planesAreShownAsTheyAre() {
        const Points points = normalPoints(50, 2, 1);
        const Layout layout = tsneLayout(points, {}, {});
        QVERIFY(layout.notes.front().find("as they are") != std::string::npos);
        QCOMPARE(layout.values.size(), points.values.size());
    }

    void noGridInSpace() {
        TsneOptions options;
        options.dimension = 3;
        options.method = TsneMethod::Grid;
        QVERIFY_EXCEPTION_THROWN(tsneLayout(normalPoints(50, 6, 1), options, {}), Error);
    }

    void divergenceIsNamed() {
        TsneOptions options;
        options.learningRate = 1e12;
        QVERIFY_EXCEPTION_THROWN(tsneLayout(normalPoints(80, 6, 1), options, {}), Error);
    }
};

QTEST_GUILESS_MAIN(TestTsne)
#include "test_tsne.moc"
