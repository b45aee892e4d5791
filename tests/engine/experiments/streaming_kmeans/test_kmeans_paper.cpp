// The acceptance tests of the page (section 1.7) on norm25 and on Spambase. What twenty seeds give
// (benchmarks/kmeans_calibration; docs/clustering.md): DC-1 1.85 to 2.05 and DC-2 1.74 to 1.94
// times the optimum, k-means# 1.04 to 1.07, Lloyd from random points 1,342 to 10,952 times it.

#include <numeric>

#include <QtTest>

#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/stream_pass.h"
#include "tests/engine/experiments/streaming_kmeans/paper_runs.h"
#include "tests/engine/experiments/streaming_kmeans/point_sets.h"

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::engine::kmeans;
using namespace inlay::kmeans_tests;

namespace {

constexpr std::uint64_t kSeeds = 10;

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

class TestKmeansPaper : public QObject {
    Q_OBJECT

    Loaded norm25_;
    std::optional<WeightedPoints> spam_;

private slots:
    void initTestCase() {
        norm25_ = load(Norm25Config{400, 1});
        const QString data = qEnvironmentVariable("INLAY_TEST_DATA");
        if (!data.isEmpty())
            spam_ = load(TableConfig{
                             (data + "/tables/spambase.csv").toStdString(), BadRows::Refuse, {}})
                        .points;
    }

    void norm25DivideAndConquer_data() {
        QTest::addColumn<int>("algorithm");
        QTest::newRow("DC-1") << static_cast<int>(Algorithm::Dc1);
        QTest::newRow("DC-2") << static_cast<int>(Algorithm::Dc2);
    }

    // Test 1: cost in 1.5 to 2.5 times the optimum, 1.6 to 2.1 on average; the optimum itself after
    // Lloyd, to 1e-9. Test 8 on the way.
    void norm25DivideAndConquer() {
        QFETCH(int, algorithm);
        const WeightedPoints& points = norm25_.points;
        std::vector<double> ratios;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            const KmeansConfig config = paperConfig(static_cast<Algorithm>(algorithm), 25);
            const Streamed found = divideAndConquer(points, config, seed);
            QCOMPARE(found.centers.count(), std::int64_t{25});
            ratios.push_back(found.cost / norm25_.optimum);
            QVERIFY2(ratios.back() >= 1.5 && ratios.back() <= 2.5,
                     qPrintable(QString::number(ratios.back())));
            QVERIFY(found.peak <= 500 + found.summary);
            QVERIFY(found.peak < points.count());
            LloydOptions options;
            options.relativeChange = 0;
            const LloydResult polished = lloyd(points, asCenters(found.centers), options);
            const auto stream = openPoints(Norm25Config{400, 1});
            StreamReader reader(*stream);
            reader.read(1000); // the origin of load()
            const PassResult exact = passOver(reader, polished.centers, 0, {});
            QVERIFY2(std::abs(exact.cost / norm25_.optimum - 1) < 1e-9,
                     qPrintable(QString::number(exact.cost / norm25_.optimum - 1)));
            // Section 1.8: in f32 throughout, to 1e-4.
            QVERIFY(std::abs(polished.cost / norm25_.optimum - 1) < 1e-4);
        }
        QVERIFY2(mean(ratios) >= 1.6 && mean(ratios) <= 2.1,
                 qPrintable(QString::number(mean(ratios))));
    }

    // Test 2.
    void norm25Sharp() {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            const Seeding seeding = seedCenters(norm25_.points, {25, sharpDraws(25, false)},
                                                RandomStream(seed, "test"));
            QVERIFY2(seeding.cost <= 1.3 * norm25_.optimum,
                     qPrintable(QString::number(seeding.cost / norm25_.optimum)));
        }
    }

    // Test 3. Twenty other seeds gave 1,680 to 9,940 times the optimum.
    void norm25RandomStartFails() {
        int bad = 0;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
            bad += randomStartLloydCost(norm25_.points, 25, seed) > 1000 * norm25_.optimum;
        QVERIFY2(bad >= 9, qPrintable(QString::number(bad)));
    }

    // Test 4: averages of ten random starts, within 3 %. Of twenty other starts at k = 25, eighteen
    // cost 1.51e8 to 1.52e8 and two 1.12e8 and 1.44e8; at k = 10 all cost 1.695e8.
    void spambaseLloyd_data() {
        QTest::addColumn<int>("k");
        QTest::addColumn<double>("cost");
        QTest::newRow("10") << 10 << 1.695e8;
        QTest::newRow("25") << 25 << 1.517e8;
    }

    void spambaseLloyd() {
        QFETCH(int, k);
        QFETCH(double, cost);
        if (!spam_)
            QSKIP("INLAY_TEST_DATA is not set");
        std::vector<double> costs;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
            costs.push_back(randomStartLloydCost(*spam_, k, seed));
        QVERIFY2(std::abs(mean(costs) / cost - 1) <= 0.03,
                 qPrintable(QString::number(mean(costs), 'g', 6)));
    }

    void spambaseDivideAndConquer_data() {
        QTest::addColumn<int>("k");
        QTest::addColumn<double>("published"); // DC-2
        QTest::newRow("10") << 10 << 1.0463e8;
        QTest::newRow("25") << 25 << 2.3391e7;
    }

    // Section 1.7: DC within a factor of 1.6 of the paper, and below batch Lloyd for k >= 10.
    void spambaseDivideAndConquer() {
        QFETCH(int, k);
        QFETCH(double, published);
        if (!spam_)
            QSKIP("INLAY_TEST_DATA is not set");
        std::vector<double> costs;
        std::vector<double> batch;
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            const KmeansConfig config = paperConfig(Algorithm::Dc2, k);
            costs.push_back(divideAndConquer(shuffled(*spam_, seed), config, seed).cost);
            batch.push_back(randomStartLloydCost(*spam_, k, seed));
        }
        QVERIFY2(mean(costs) <= 1.6 * published, qPrintable(QString::number(mean(costs), 'g', 6)));
        QVERIFY(mean(costs) < mean(batch));
    }
};

QTEST_APPLESS_MAIN(TestKmeansPaper)
#include "test_kmeans_paper.moc"
