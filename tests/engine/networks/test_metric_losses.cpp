#include <cmath>

#include <QtTest>

#include "engine/base/random.h"
#include "engine/networks/metric_losses.h"

using namespace inlay::engine;

namespace {

std::vector<double> normals(std::int64_t count, const char* purpose) {
    RandomStream stream(5, purpose);
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = stream.normal();
    return values;
}

bool near(double a, double b, double limit) {
    return std::abs(a - b) <= limit;
}

} // namespace

// Unit values of sections 1.1 and 2.1 of the design's page.
class TestMetricLosses : public QObject {
    Q_OBJECT

private slots:
    void ratioValues_data() {
        QTest::addColumn<double>("z");
        QTest::addColumn<double>("loss");
        QTest::addColumn<double>("slope");
        QTest::newRow("0") << 0.0 << 0.25 << 0.25;
        QTest::newRow("-2") << -2.0 << 0.014209 << 0.025031;
        QTest::newRow("+2") << 2.0 << 0.775803 << 0.184956;
        // The largest slope, 8/27, at s = 2/3.
        QTest::newRow("ln 2") << std::log(2.0) << 4.0 / 9.0 << 8.0 / 27.0;
        QTest::newRow("very wrong") << 800.0 << 1.0 << 0.0;
        QTest::newRow("very right") << -800.0 << 0.0 << 0.0;
    }
    void ratioValues() {
        QFETCH(double, z);
        QFETCH(double, loss);
        QFETCH(double, slope);
        const TripletLoss value = tripletLoss(TripletLossKind::MseRatio, 1.0 + z, 1.0, 0.2, 1.0);
        QVERIFY(near(value.value, loss, 1e-6));
        QVERIFY(near(value.positiveSlope, slope, 1e-6));
        QCOMPARE(value.negativeSlope, -value.positiveSlope);
    }

    void otherValues() {
        const TripletLoss nll = tripletLoss(TripletLossKind::NllRatio, 1.0, 1.0, 0.0, 1.0);
        QVERIFY(near(nll.value, 0.693147, 1e-6));
        QCOMPARE(nll.positiveSlope, 0.5);
        QVERIFY(
            near(tripletLoss(TripletLossKind::NllRatio, 900.0, 0.0, 0.0, 1.0).value, 900.0, 1e-9));
        const TripletLoss hinge = tripletLoss(TripletLossKind::Hinge, 1.0, 1.1, 0.2, 1.0);
        QVERIFY(near(hinge.value, 0.1, 1e-12));
        QCOMPARE(hinge.positiveSlope, 1.0);
        QCOMPARE(tripletLoss(TripletLossKind::Hinge, 1.0, 1.3, 0.2, 1.0).value, 0.0);
        const TripletLoss pairs = tripletLoss(TripletLossKind::Contrastive, 0.5, 0.4, 1.0, 1.0);
        QVERIFY(near(pairs.value, 0.25 + 0.36, 1e-12));
        QVERIFY(near(pairs.positiveSlope, 1.0, 1e-12));
        QVERIFY(near(pairs.negativeSlope, -1.2, 1e-12));
        // On the unit sphere z >= -2: the floor of the ratio loss.
        QVERIFY(
            near(tripletLoss(TripletLossKind::MseRatio, 0.0, 2.0, 0.0, 1.0).value, 0.0142, 1e-4));
    }

    void slopesAreDerivatives() {
        constexpr double h = 1e-6;
        for (const auto kind : {TripletLossKind::MseRatio, TripletLossKind::NllRatio,
                                TripletLossKind::Hinge, TripletLossKind::Contrastive})
            for (const double temperature : {1.0, 0.3}) {
                const auto at = [&](double p, double n) {
                    return tripletLoss(kind, p, n, 0.9, temperature);
                };
                const TripletLoss own = at(0.7, 0.6);
                QVERIFY(near((at(0.7 + h, 0.6).value - at(0.7 - h, 0.6).value) / (2 * h),
                             own.positiveSlope, 1e-8));
                QVERIFY(near((at(0.7, 0.6 + h).value - at(0.7, 0.6 - h).value) / (2 * h),
                             own.negativeSlope, 1e-8));
            }
    }

    void contrastValues() {
        // All features equal: ln N and no gradient.
        const std::vector<double> same(6 * 3, 0.5);
        const EmbeddedRows rows{same, 6, 3};
        const DistanceTable equal(rows, rows);
        DistanceSlopes slopes(6, 6);
        QVERIFY(near(contrastLoss(equal, Similarity::NegativeDistance, 1.0, false, slopes),
                     std::log(6.0), 1e-12));
        std::vector<double> first(18, 0.0);
        std::vector<double> second(18, 0.0);
        slopes.addGradients(rows, rows, equal, first, second);
        QCOMPARE(first, std::vector<double>(18, 0.0));
        QCOMPARE(second, std::vector<double>(18, 0.0));

        // Own distance 0, others R: towards 0.
        std::vector<double> far;
        for (int i = 0; i < 4; ++i)
            for (int k = 0; k < 4; ++k)
                far.push_back(i == k ? 100.0 : 0.0);
        const EmbeddedRows spread{far, 4, 4};
        DistanceSlopes unused(4, 4);
        QVERIFY(contrastLoss(DistanceTable(spread, spread), Similarity::NegativeDistance, 1.0, true,
                             unused) < 1e-12);

        // N = 2: row i is softplus(D_ii - D_ij).
        const std::vector<double> a = normals(2 * 3, "a");
        const std::vector<double> b = normals(2 * 3, "b");
        const DistanceTable d(EmbeddedRows{a, 2, 3}, EmbeddedRows{b, 2, 3});
        DistanceSlopes two(2, 2);
        const double expected = 0.5 * (std::log1p(std::exp(d(0, 0) - d(0, 1))) +
                                       std::log1p(std::exp(d(1, 1) - d(1, 0))));
        QVERIFY(
            near(contrastLoss(d, Similarity::NegativeDistance, 1.0, false, two), expected, 1e-12));
    }

    void contrastGradients() {
        for (const auto similarity :
             {Similarity::NegativeDistance, Similarity::NegativeSquared, Similarity::Cosine})
            for (const bool symmetric : {false, true}) {
                const std::vector<double> b = normals(5 * 3, "second");
                std::vector<double> a = normals(5 * 3, "first");
                const auto loss = [&](const std::vector<double>& first, DistanceSlopes& slopes) {
                    const std::vector<double> ua = unitRows({first, 5, 3});
                    const std::vector<double> ub = unitRows({b, 5, 3});
                    return contrastLoss(DistanceTable({ua, 5, 3}, {ub, 5, 3}), similarity, 0.5,
                                        symmetric, slopes);
                };
                DistanceSlopes slopes(5, 5);
                loss(a, slopes);
                const std::vector<double> ua = unitRows({a, 5, 3});
                const std::vector<double> ub = unitRows({b, 5, 3});
                std::vector<double> ga(15, 0.0);
                std::vector<double> gb(15, 0.0);
                slopes.addGradients({ua, 5, 3}, {ub, 5, 3}, DistanceTable({ua, 5, 3}, {ub, 5, 3}),
                                    ga, gb);
                ga = unitRowsBackward({a, 5, 3}, ga);
                for (std::size_t i = 0; i < a.size(); ++i) {
                    constexpr double h = 1e-5;
                    const double kept = a[i];
                    DistanceSlopes unused(5, 5);
                    a[i] = kept + h;
                    const double up = loss(a, unused);
                    a[i] = kept - h;
                    const double down = loss(a, unused);
                    a[i] = kept;
                    QVERIFY(near((up - down) / (2 * h), ga[i], 1e-8));
                }
            }
    }

    // Of a sum of triplets in one set, where rows serve in several roles.
    void tripletGradients() {
        std::vector<double> e = normals(4 * 3, "e");
        const int triplets[3][3] = {{0, 1, 2}, {1, 0, 3}, {2, 3, 0}};
        const auto loss = [&](DistanceSlopes* slopes) {
            const DistanceTable d(EmbeddedRows{e, 4, 3});
            double sum = 0.0;
            for (const auto& t : triplets) {
                const TripletLoss own =
                    tripletLoss(TripletLossKind::MseRatio, d(t[0], t[1]), d(t[0], t[2]), 0.2, 1.0);
                sum += own.value;
                if (slopes != nullptr) {
                    (*slopes)(t[0], t[1]) += own.positiveSlope;
                    (*slopes)(t[0], t[2]) += own.negativeSlope;
                }
            }
            return sum;
        };
        DistanceSlopes slopes(4, 4);
        loss(&slopes);
        const EmbeddedRows rows{e, 4, 3};
        const std::vector<double> g = slopes.gradient(rows, DistanceTable(rows));
        for (std::size_t i = 0; i < e.size(); ++i) {
            constexpr double h = 1e-5;
            const double kept = e[i];
            e[i] = kept + h;
            const double up = loss(nullptr);
            e[i] = kept - h;
            const double down = loss(nullptr);
            e[i] = kept;
            QVERIFY(near((up - down) / (2 * h), g[i], 1e-8));
        }
    }
};

QTEST_GUILESS_MAIN(TestMetricLosses)
#include "test_metric_losses.moc"
