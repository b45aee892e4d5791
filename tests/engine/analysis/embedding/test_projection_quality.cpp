#include <QtTest>

#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/procrustes.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/base/error.h"
#include "kernels/parallel.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

bool near(double a, double b, double tolerance = 1e-6) {
    return std::abs(a - b) <= tolerance;
}

Points firstColumns(const Points& points, std::int64_t columns) {
    Points out;
    out.count = points.count;
    out.dimension = columns;
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::int64_t d = 0; d < columns; ++d)
            out.values.push_back(PointsView(points).row(i)[d]);
    return out;
}

/// Turned by an angle, mirrored or not, moved.
Points turned(const Points& points, double angle, double mirror) {
    Points out = points;
    for (std::size_t i = 0; i < out.values.size(); i += 2) {
        const auto x = static_cast<double>(points.values[i]);
        const auto y = static_cast<double>(points.values[i + 1]);
        out.values[i] = static_cast<float>(std::cos(angle) * x - std::sin(angle) * y + 3);
        out.values[i + 1] =
            static_cast<float>(mirror * (std::sin(angle) * x + std::cos(angle) * y) - 7);
    }
    return out;
}

} // namespace

class TestProjectionQuality : public QObject {
    Q_OBJECT

private slots:
    // scikit-learn 1.9.1: trustworthiness(X, Y, n_neighbors=12), the same with both exchanged, and
    // numpy for the rest; Shepard's over all pairs there, over many random ones here.
    void asScikitLearnHasIt() {
        const Points points = sinePoints(60, 5);
        const Points layout = firstColumns(points, 2);
        QualityOptions options;
        options.pairs = 200'000;
        const ProjectionQuality quality = projectionQuality(points, layout, options);
        QCOMPARE(quality.points, std::int64_t(60));
        QVERIFY(near(quality.trustworthiness, 0.8085006693440429));
        QVERIFY(near(quality.continuity, 0.8562583668005355));
        QVERIFY(near(quality.neighborsKept, 0.425));
        QVERIFY(near(quality.shepard, 0.6344555866018855, 0.01));
        options.k = 5;
        QVERIFY(
            near(projectionQuality(points, layout, options).trustworthiness, 0.7678846153846154));
    }

    void aCopyIsPerfect() {
        const Points points = normalPoints(300, 3, 1);
        const ProjectionQuality quality = projectionQuality(points, points);
        QCOMPARE(quality.trustworthiness, 1.0);
        QCOMPARE(quality.continuity, 1.0);
        QCOMPARE(quality.neighborsKept, 1.0);
        QVERIFY(near(quality.shepard, 1));
    }

    // Independent points: half of the worst on average, and neighbors by chance.
    void chanceIsOneHalf() {
        const Points points = normalPoints(1000, 6, 1);
        const Points other = normalPoints(1000, 2, 2);
        const ProjectionQuality quality = projectionQuality(points, other);
        QVERIFY(near(quality.trustworthiness, 0.5, 0.03));
        QVERIFY(near(quality.continuity, 0.5, 0.03));
        QVERIFY(quality.neighborsKept < 0.03);
        QVERIFY(std::abs(quality.shepard) < 0.05);
    }

    void largeSetsAreSampled() {
        const Points points = normalPoints(3000, 5, 3);
        const Points layout = firstColumns(points, 2);
        QualityOptions options;
        const double all = projectionQuality(points, layout, options).trustworthiness;
        options.mostPoints = 1500;
        const ProjectionQuality some = projectionQuality(points, layout, options);
        QCOMPARE(some.points, std::int64_t(1500));
        QVERIFY(near(some.trustworthiness, all, 0.02));
    }

    void smallSetsClampK() {
        const ProjectionQuality quality =
            projectionQuality(normalPoints(5, 3, 1), normalPoints(5, 2, 1));
        QCOMPARE(quality.k, std::int64_t(2));
        QCOMPARE(quality.kept, std::int64_t(4));
        QCOMPARE(quality.neighborsKept, 1.0);
        QVERIFY_EXCEPTION_THROWN(projectionQuality(normalPoints(3, 3, 1), normalPoints(3, 2, 1)),
                                 Error);
    }

    void sameForAnyThreadsAndCancels() {
        const Points points = normalPoints(800, 5, 3);
        const Points layout = firstColumns(points, 2);
        inlay::kernels::setThreadCount(1);
        const double one = projectionQuality(points, layout).trustworthiness;
        inlay::kernels::setThreadCount(2);
        const double two = projectionQuality(points, layout).trustworthiness;
        inlay::kernels::setThreadCount(0);
        QCOMPARE(one, two);
        QVERIFY(projectionQuality(points, layout, {}, [] { return false; }).cancelled);
    }

    // --- Principal components: scikit-learn's PCA(2), whose axes have the sign rule by chance ---
    void principalComponentsAsScikitLearn() {
        const Points points = sinePoints(60, 5);
        const PrincipalLayout found = principalLayout(points, 2);
        const double axes[10] = {0.42164524,  0.60938352, 0.01508829, -0.50222046, 0.44543682,
                                 -0.41798202, 0.1126246,  0.84325578, -0.29523211, -0.11985166};
        for (std::size_t i = 0; i < 10; ++i)
            QVERIFY(near(found.axes.axes[i], axes[i], 1e-5));
        QVERIFY(near(found.axes.variances[0], 0.12500736, 1e-6));
        QVERIFY(near(found.axes.variances[1], 0.09109174, 1e-6));
        const auto& values = found.layout.values;
        QVERIFY(near(static_cast<double>(values[0]), -0.06629296, 1e-5));
        QVERIFY(near(static_cast<double>(values[1]), 0.24673425, 1e-5));
        QVERIFY(near(static_cast<double>(values[118]), -0.23968778, 1e-5));
        QVERIFY(near(static_cast<double>(values[119]), -0.21806191, 1e-5));
    }

    // The axes do not depend on how the covariance is decomposed.
    void manyDimensions() {
        Points points = normalPoints(200, 300, 5);
        for (std::int64_t i = 0; i < points.count; ++i)
            for (std::int64_t d = 0; d < 3; ++d)
                points.values[static_cast<std::size_t>(i * 300 + d)] *=
                    20 / static_cast<float>(1 + d);
        const std::vector<float> two = principalLayout(points, 2).layout.values;
        const std::vector<float> many = reducedDimension(points, 20);
        for (std::size_t i = 0; i < 200; ++i)
            for (std::size_t d = 0; d < 2; ++d)
                QVERIFY(std::abs(two[i * 2 + d] - many[i * 20 + d]) < 1e-3f);
    }

    // More dimensions than a covariance is made of, and products in f32.
    void axesOfLargeSets_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("dimension");
        QTest::newRow("many dimensions") << 300 << 2500;
        QTest::newRow("many points") << 40000 << 260;
    }

    void axesOfLargeSets() {
        QFETCH(int, count);
        QFETCH(int, dimension);
        // Along two known directions far more than along all others: e0 + e1 and e0 - e1.
        Points points = normalPoints(count, dimension, 5);
        RandomStream stream(3, "test.axes");
        for (std::int64_t i = 0; i < count; ++i) {
            float* row = points.values.data() + i * dimension;
            const auto far = static_cast<float>(60 * stream.normal());
            const auto near = static_cast<float>(30 * stream.normal());
            row[0] += 1000 + far + near;
            row[1] += far - near;
        }
        const PrincipalLayout found = principalLayout(points, 2);
        const auto* axes = found.axes.axes.data();
        const auto second = static_cast<std::size_t>(dimension);
        QVERIFY(near(axes[0], std::sqrt(0.5), 0.03));
        QVERIFY(near(axes[1], std::sqrt(0.5), 0.03));
        QVERIFY(near(std::abs(axes[second]), std::sqrt(0.5), 0.03));
        double length = 0;
        double across = 0;
        for (std::size_t d = 0; d < second; ++d) {
            length += axes[d] * axes[d];
            across += axes[d] * axes[second + d];
        }
        QVERIFY(near(length, 1, 1e-9));
        QVERIFY(near(across, 0, 1e-9));
        // The variance along an axis is that of the coordinates.
        double squares = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            const auto value = static_cast<double>(found.layout.values[2 * i]);
            squares += value * value;
        }
        QVERIFY(near(squares / count / found.axes.variances[0], 1, 1e-4));
        QVERIFY(found.axes.totalVariance > found.axes.variances[0] + found.axes.variances[1]);
    }

    void fewDimensionsAreShownAsTheyAre() {
        const Points points = normalPoints(10, 1, 5);
        const PrincipalLayout found = principalLayout(points, 3);
        QCOMPARE(found.layout.values.size(), std::size_t(30));
        QCOMPARE(found.layout.values[3], points.values[1]);
        QCOMPARE(found.layout.values[4], 0.0f);
        QCOMPARE(found.layout.notes.size(), std::size_t(1));
        QVERIFY_EXCEPTION_THROWN(principalLayout(Points(), 2), Error);
    }

    // --- Procrustes -------------------------------------------------------------------------
    void undoesAMotion_data() {
        QTest::addColumn<double>("mirror");
        QTest::newRow("turned") << 1.0;
        QTest::newRow("mirrored") << -1.0;
    }

    void undoesAMotion() {
        QFETCH(double, mirror);
        const Points reference = normalPoints(50, 2, 8);
        const Points points = turned(reference, 1.2, mirror);
        const ProcrustesFit fit = procrustesFit(points, reference);
        QVERIFY(near(fit.residual, 0, 1e-5));
        const std::vector<float> back = aligned(points, fit);
        for (std::size_t i = 0; i < back.size(); ++i)
            QVERIFY(std::abs(back[i] - reference.values[i]) < 1e-5f);
        const double rigid = procrustesFit(points, reference, Mirroring::Forbidden).residual;
        QVERIFY(mirror > 0 ? near(rigid, 0, 1e-5) : rigid > 0.1);
    }

    // scipy.linalg.orthogonal_procrustes on centered points.
    void asScipyHasIt() {
        const Points points = sinePoints(30, 2);
        Points target = points;
        for (std::size_t i = 0; i < 30; ++i) {
            target.values[2 * i] =
                static_cast<float>(static_cast<double>(points.values[2 * i + 1]) * 1.7 + 3 +
                                   0.1 * std::sin(static_cast<double>(i)));
            target.values[2 * i + 1] =
                static_cast<float>(static_cast<double>(points.values[2 * i]) * 1.7 - 2);
        }
        QVERIFY(near(procrustesFit(points, target).residual, 0.2740595456716237));
        const ProcrustesFit scaled =
            procrustesFit(points, target, Mirroring::Allowed, Scaling::Fit);
        QVERIFY(near(scaled.scale, 1.6881035031322142));
        QVERIFY(near(scaled.residual, 0.06930320747826602));
    }

    void whatDoesNotFit() {
        QVERIFY_EXCEPTION_THROWN(procrustesFit(normalPoints(4, 2, 1), normalPoints(5, 2, 1)),
                                 Error);
        QVERIFY_EXCEPTION_THROWN(procrustesFit(normalPoints(4, 2, 1), normalPoints(4, 3, 1)),
                                 Error);
        QVERIFY_EXCEPTION_THROWN(procrustesFit(Points(), Points()), Error);
        // One point: only the move is left.
        const ProcrustesFit one = procrustesFit(normalPoints(1, 2, 1), normalPoints(1, 2, 2));
        QVERIFY(near(one.residual, 0));
    }
};

QTEST_GUILESS_MAIN(TestProjectionQuality)
#include "test_projection_quality.moc"
