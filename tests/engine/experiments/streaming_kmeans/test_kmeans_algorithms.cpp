#include <cmath>
#include <set>

#include <QtTest>

#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/hierarchy.h"
#include "engine/experiments/streaming_kmeans/lloyd.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"
#include "engine/experiments/streaming_kmeans/sequential.h"
#include "engine/experiments/streaming_kmeans/stream_pass.h"
#include "kernels/parallel.h"
#include "tests/engine/experiments/streaming_kmeans/point_sets.h"

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::engine::kmeans;
using kmeans_tests::line;
using kmeans_tests::load;
using kmeans_tests::Loaded;

namespace {

// Integer coordinates: sums in any order are exact, so weighted and replicated data draw alike.
WeightedPoints integerPoints(std::int64_t count, std::int64_t dims, std::uint64_t seed) {
    RandomStream random(seed, "test.points");
    WeightedPoints points;
    points.dims = dims;
    for (std::int64_t i = 0; i < count * dims; ++i)
        points.values.push_back(static_cast<float>(random.below(40)));
    return points;
}

WeightedPoints withWeights(WeightedPoints points, std::uint64_t seed) {
    RandomStream random(seed, "test.weights");
    for (std::int64_t i = 0; i < points.count(); ++i)
        points.weights.push_back(static_cast<double>(random.below(5)));
    points.weights[0] = 3;
    return points;
}

WeightedPoints replicated(const WeightedPoints& points) {
    WeightedPoints all;
    all.dims = points.dims;
    for (std::int64_t i = 0; i < points.count(); ++i)
        for (int copy = 0; copy < static_cast<int>(points.weight(i)); ++copy)
            all.values.insert(all.values.end(), points.row(i), points.row(i) + points.dims);
    return all;
}

std::vector<std::vector<float>> rowsOf(const WeightedPoints& points,
                                       const std::vector<std::int64_t>& chosen) {
    std::vector<std::vector<float>> rows;
    for (const std::int64_t i : chosen)
        rows.emplace_back(points.row(i), points.row(i) + points.dims);
    return rows;
}

} // namespace

class TestKmeansAlgorithms : public QObject {
    Q_OBJECT

private slots:
    // Points that a device assigns: the same clusters, also where distances would be lost far from
    // the origin, with bounds, weights and empty clusters at work beside it.
    void devicesFindTheSameClusters_data() {
        QTest::addColumn<QString>("device");
        QTest::newRow("reference") << "reference";
        QTest::newRow("check") << "check";
    }
    void devicesFindTheSameClusters() {
        QFETCH(QString, device);
        RandomStream random(11, "test.device");
        WeightedPoints points;
        points.dims = 7;
        for (std::int64_t i = 0; i < 5000 * points.dims; ++i)
            points.values.push_back(static_cast<float>(
                400.0 + 3 * random.normal() + 20.0 * static_cast<double>(random.below(4))));
        points = withWeights(std::move(points), 4);
        RandomStream draw(5, "test.start");
        std::vector<double> start = asCenters(randomPoints(points, 12, draw));
        start.insert(start.end(), 7, 1e6); // nobody's
        for (const EmptyRule rule : {EmptyRule::Farthest, EmptyRule::Keep, EmptyRule::Drop}) {
            LloydOptions options;
            options.empty = rule;
            const LloydResult here = lloyd(points, start, options);
            options.device = Device::open(device.toStdString());
            const LloydResult there = lloyd(points, start, options);
            QCOMPARE(there.iterations, here.iterations);
            QCOMPARE(there.label, here.label);
            QCOMPARE(there.centers, here.centers);
            QCOMPARE(there.moved, here.moved);
            QCOMPARE(there.dropped, here.dropped);
            QVERIFY(std::abs(there.cost - here.cost) <= 1e-6 * here.cost);
        }
    }

    void devicesPassOverTheSameStream() {
        const auto stream = openPoints(Norm25Config{400, 3});
        StreamReader reader(*stream);
        reader.read(1000);
        const Loaded all = load(Norm25Config{400, 3});
        RandomStream draw(6, "test.start");
        const std::vector<double> centers = asCenters(randomPoints(all.points, 25, draw));
        std::vector<std::int32_t> labels[2];
        PassResult results[2];
        for (int i = 0; i < 2; ++i) {
            PassWatch watch;
            watch.labels = [&](std::span<const std::int32_t> next) {
                labels[i].insert(labels[i].end(), next.begin(), next.end());
            };
            results[i] = passOver(reader, centers, 25, watch,
                                  i == 0 ? std::nullopt : std::optional(Device::open("reference")));
        }
        QCOMPARE(labels[0].size(), std::size_t{10000});
        QCOMPARE(labels[1].size(), std::size_t{10000});
        QVERIFY(std::abs(results[1].cost - results[0].cost) <= 1e-6 * results[0].cost);
        // Vertices of a cube are as far from many others: f32 and double may name either.
        int different = 0;
        for (std::size_t i = 0; i < labels[0].size(); ++i) {
            if (labels[0][i] == labels[1][i])
                continue;
            ++different;
            double squared[2] = {};
            for (int side = 0; side < 2; ++side)
                for (std::int64_t p = 0; p < 15; ++p) {
                    const auto at = static_cast<std::size_t>(labels[side][i] * 15 + p);
                    const double d =
                        static_cast<double>(all.points.row(static_cast<std::int64_t>(i))[p]) -
                        centers[at];
                    squared[side] += d * d;
                }
            QVERIFY(std::abs(squared[0] - squared[1]) <= 1e-6 * squared[0]);
        }
        QVERIFY2(different <= 50, qPrintable(QString::number(different)));
    }

    void cleanup() { kernels::setThreadCount(0); }

    // Values of the page, section 1.2.
    void drawsAndRepetitions() {
        QCOMPARE(sharpDraws(1, false), std::int64_t{1});
        QCOMPARE(sharpDraws(5, false), std::int64_t{7});
        QCOMPARE(sharpDraws(10, false), std::int64_t{10});
        QCOMPARE(sharpDraws(15, false), std::int64_t{12});
        QCOMPARE(sharpDraws(20, false), std::int64_t{13});
        QCOMPARE(sharpDraws(25, false), std::int64_t{14});
        QCOMPARE(sharpDraws(25, true), std::int64_t{10});
        QCOMPARE(paperRepetitions(10000, false), std::int64_t{40});
        QCOMPARE(paperRepetitions(10000, true), std::int64_t{28});
    }

    // Test 7: one center uniform from a cluster costs twice the optimum on average, exactly.
    void uniformCenterCostsTwiceTheOptimum() {
        const std::vector<double> xs = {0, 1, 4, 9, 11, 20};
        const double mean = 45.0 / 6;
        double optimum = 0;
        for (const double x : xs)
            optimum += (x - mean) * (x - mean);
        const WeightedPoints points = line({0, 1, 4, 9, 11, 20});
        double total = 0;
        std::set<std::int64_t> seen;
        for (std::uint64_t seed = 0; seen.size() < 6; ++seed) {
            QVERIFY(seed < 1000);
            const Seeding seeding = seedCenters(points, {1, 1}, RandomStream(seed, "test"));
            if (seen.insert(seeding.chosen[0]).second)
                total += seeding.cost;
        }
        QCOMPARE(total / 6, 2 * optimum);
    }

    void drawsFollowTheWeights() {
        const std::vector<double> weights = {1, 0, 2, 0, 1, 0};
        QCOMPARE(drawByWeight(weights, 0.0), std::int64_t{0});
        QCOMPARE(drawByWeight(weights, 0.2499), std::int64_t{0});
        QCOMPARE(drawByWeight(weights, 0.25), std::int64_t{2});
        QCOMPARE(drawByWeight(weights, 0.7499), std::int64_t{2});
        QCOMPARE(drawByWeight(weights, 0.75), std::int64_t{4});
        QCOMPARE(drawByWeight(weights, std::nextafter(1.0, 0.0)), std::int64_t{4});
        // Through many blocks, where the rest after the last mass must not be drawn.
        std::vector<double> many(5000, 0.1);
        many.resize(6000, 0.0);
        QCOMPARE(drawByWeight(many, std::nextafter(1.0, 0.0)), std::int64_t{4999});
    }

    // D is frozen in a round of k-means#: its draws may repeat, and the next round sees them.
    void sharpRoundsAreFrozen() {
        const WeightedPoints points = line({0, 100, 101});
        bool repeated = false;
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            const Seeding seeding = seedCenters(points, {2, 4}, RandomStream(seed, "test"));
            QVERIFY(seeding.chosen.size() == 8 || seeding.cost == 0.0);
            const std::set<std::int64_t> first(seeding.chosen.begin(), seeding.chosen.begin() + 4);
            repeated = repeated || first.size() < 3;
            for (std::size_t i = 4; i < seeding.chosen.size(); ++i)
                QVERIFY(!first.contains(seeding.chosen[i])); // distance 0 after round 1
        }
        QVERIFY(repeated);
    }

    // Test 5.
    void weightsEqualReplication_data() {
        QTest::addColumn<int>("draws");
        QTest::newRow("k-means++") << 1;
        QTest::newRow("k-means#") << 6;
    }

    void weightsEqualReplication() {
        QFETCH(int, draws);
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const WeightedPoints weighted = withWeights(integerPoints(90, 3, seed), seed);
            const WeightedPoints copies = replicated(weighted);
            const RandomStream random(seed, "test.seeding");
            const Seeding a = seedCenters(weighted, {6, draws}, random);
            const Seeding b = seedCenters(copies, {6, draws}, random);
            QCOMPARE(rowsOf(weighted, a.chosen), rowsOf(copies, b.chosen));
            QCOMPARE(a.cost, b.cost);
            const WeightedPoints centersA = weightedCenters(weighted, a);
            const WeightedPoints centersB = weightedCenters(copies, b);
            QCOMPARE(centersA.values, centersB.values);
            QCOMPARE(centersA.weights, centersB.weights);
            LloydOptions options;
            options.relativeChange = 0;
            const LloydResult onWeighted = lloyd(weighted, asCenters(centersA), options);
            const LloydResult onCopies = lloyd(copies, asCenters(centersB), options);
            QCOMPARE(onWeighted.iterations, onCopies.iterations);
            for (std::size_t i = 0; i < onWeighted.centers.size(); ++i)
                QVERIFY(std::abs(onWeighted.centers[i] - onCopies.centers[i]) < 1e-9);
        }
    }

    void labelsAreTheNearestCenters() {
        const WeightedPoints points = integerPoints(3000, 8, 3);
        for (const std::int64_t draws : {1, 2, 8}) {
            const Seeding seeding = seedCenters(points, {30, draws}, RandomStream(4, "test"));
            std::vector<double> centers;
            for (const auto& row : rowsOf(points, seeding.chosen))
                centers.insert(centers.end(), row.begin(), row.end());
            LloydOptions once;
            once.maxIterations = 0;
            const LloydResult direct = lloyd(points, centers, once);
            QCOMPARE(seeding.label, direct.label);
            QCOMPARE(seeding.cost, direct.cost); // integers: exact in any order
        }
    }

    void fewerDistinctPointsThanCenters() {
        const WeightedPoints points = line({5, 5, 7, 5, 7, 5});
        const Seeding seeding = seedCenters(points, {4, 1}, RandomStream(1, "test"));
        QCOMPARE(seeding.chosen.size(), std::size_t{2});
        QVERIFY(seeding.ranOut);
        QCOMPARE(seeding.cost, 0.0);
        const Reduction small = reduceGroup(points, {10, 1}, 3, RandomStream(1, "test"));
        QCOMPARE(small.centers.values, (std::vector<float>{5, 7}));
        QCOMPARE(small.centers.weights, (std::vector<double>{4, 2}));
    }

    void repetitionsKeepTheCheapest() {
        const WeightedPoints points = integerPoints(400, 2, 9);
        const RandomStream random(5, "test");
        double cheapest = INFINITY;
        for (std::uint64_t i = 0; i < 12; ++i)
            cheapest = std::min(cheapest, seedCenters(points, {7, 1}, random.split(i)).cost);
        QCOMPARE(bestSeeding(points, {7, 1}, 12, random).cost, cheapest);
    }

    // Tests 6 and 8.
    void everyPointIsCountedOnce_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("group");
        QTest::addColumn<int>("draws");
        QTest::newRow("divides") << 1000 << 100 << 1;
        QTest::newRow("short last group") << 1003 << 100 << 1;
        QTest::newRow("one point left") << 1001 << 100 << 5;
        QTest::newRow("one group") << 90 << 100 << 1;
        QTest::newRow("groups pass through") << 205 << 30 << 5;
    }

    void everyPointIsCountedOnce() {
        QFETCH(int, points);
        QFETCH(int, group);
        QFETCH(int, draws);
        const WeightedPoints all = integerPoints(points, 4, 12);
        const SeedRule rule{8, draws};
        Hierarchy hierarchy(4, {{group, rule, 2}, {0, rule, 1}}, RandomStream(1, "test"));
        for (std::int64_t at = 0; at < points;) {
            const std::int64_t rows = std::min<std::int64_t>({hierarchy.room(), 37, points - at});
            hierarchy.add(all.row(at), rows);
            at += rows;
            QCOMPARE(hierarchy.snapshot().totalWeight(), static_cast<double>(at));
        }
        hierarchy.flush();
        QCOMPARE(hierarchy.summary().totalWeight(), static_cast<double>(points));
        for (const double weight : hierarchy.summary().weights)
            QVERIFY(weight > 0);
        // Held: a group and all centers, never all points.
        QVERIFY(hierarchy.peakHeld() <= group + hierarchy.summary().count());
        if (draws == 1 && points > group)
            QVERIFY(hierarchy.peakHeld() < points);
    }

    void buffersStayInTheirBudget() {
        const WeightedPoints all = integerPoints(20000, 3, 5);
        const SeedRule rule{10, 3};
        Hierarchy hierarchy(3, {{80, rule, 1}, {80, rule, 1}, {90, rule, 1}},
                            RandomStream(1, "test"));
        for (std::int64_t at = 0; at < all.count();) {
            const std::int64_t rows = std::min(hierarchy.room(), all.count() - at);
            hierarchy.add(all.row(at), rows);
            at += rows;
            for (std::int64_t level = 0; level < 3; ++level)
                QVERIFY(hierarchy.used(level) <= hierarchy.rule(level).capacity);
        }
        hierarchy.flush();
        QCOMPARE(hierarchy.summary().totalWeight(), 20000.0);
        QVERIFY(hierarchy.overflows() > 0);                 // 250 points cannot hold 20,000 ...
        QVERIFY(hierarchy.peakHeld() <= 80 + 80 + 90 + 30); // ... and never hold more than that
    }

    // Test 9 at the level of the algorithms; runs repeat it.
    void threadsChangeNothing() {
        const WeightedPoints points =
            load(MixtureConfig{20, 6, 30000, CenterLayout::Normal, 4, 1, 0, 3}).points;
        std::vector<Seeding> seedings;
        std::vector<LloydResult> results;
        for (const int threads : {1, 2, 5}) {
            kernels::setThreadCount(threads);
            seedings.push_back(bestSeeding(points, {20, 1}, 2, RandomStream(6, "test")));
            LloydOptions options;
            options.maxIterations = 15;
            results.push_back(
                lloyd(points, asCenters(weightedCenters(points, seedings.back())), options));
        }
        for (std::size_t i = 1; i < seedings.size(); ++i) {
            QCOMPARE(seedings[i].chosen, seedings[0].chosen);
            QCOMPARE(seedings[i].cost, seedings[0].cost);
            QCOMPARE(results[i].centers, results[0].centers);
            QCOMPARE(results[i].cost, results[0].cost);
        }
    }

    void boundsChangeNothing_data() {
        QTest::addColumn<double>("spread");
        QTest::newRow("separated") << 100.0;
        QTest::newRow("overlapping") << 1.5;
        QTest::newRow("one cloud") << 0.0;
    }

    // Hamerly's bounds save distances and give the same assignments.
    void boundsChangeNothing() {
        QFETCH(double, spread);
        const WeightedPoints points =
            load(MixtureConfig{30, 5, 20000, CenterLayout::Normal, spread, 1, 0, 8}).points;
        const WeightedPoints start = randomPoints(points, 30, RandomStream(2, "test.start"));
        LloydOptions options;
        options.relativeChange = 0;
        options.maxIterations = 40;
        options.bounds = Bounds::Never;
        const LloydResult plain = lloyd(points, asCenters(start), options);
        for (const Bounds bounds : {Bounds::Always, Bounds::Auto}) {
            options.bounds = bounds;
            const LloydResult bounded = lloyd(points, asCenters(start), options);
            QCOMPARE(bounded.label, plain.label);
            QCOMPARE(bounded.iterations, plain.iterations);
            QCOMPARE(bounded.centers, plain.centers);
            QCOMPARE(bounded.cost, plain.cost);
            if (spread > 0)
                QVERIFY(bounded.skipped > 0);
        }
    }

    void emptyClusters_data() {
        QTest::addColumn<int>("rule");
        QTest::addColumn<int>("centers");
        QTest::addColumn<double>("cost");
        // Centers at 0, 1 and 500: the last one gets nothing.
        QTest::newRow("farthest") << static_cast<int>(EmptyRule::Farthest) << 3 << 0.0;
        QTest::newRow("keep") << static_cast<int>(EmptyRule::Keep) << 3 << 18.0;
        QTest::newRow("drop") << static_cast<int>(EmptyRule::Drop) << 2 << 18.0;
    }

    void emptyClusters() {
        QFETCH(int, rule);
        QFETCH(int, centers);
        QFETCH(double, cost);
        LloydOptions options;
        options.relativeChange = 0;
        options.empty = static_cast<EmptyRule>(rule);
        const LloydResult result = lloyd(line({0, 4, 10}), {0, 6, 500}, options);
        QCOMPARE(result.centers.size(), static_cast<std::size_t>(centers));
        QCOMPARE(result.cost, cost);
        QCOMPARE(result.moved, std::int64_t{rule == static_cast<int>(EmptyRule::Farthest) ? 1 : 0});
    }

    void onlineIsTheRunningMean() {
        OnlineLloyd online(1, 2);
        const std::vector<float> values = {0, 10, 2, 1, 13};
        online.add(values.data(), 5);
        QCOMPARE(online.centers(), (std::vector<double>{1, 11.5}));
        QCOMPARE(online.counts(), (std::vector<double>{3, 2}));
    }

    void miniBatchFollowsItsCounts() {
        MiniBatch batches(1, 1, 3, RandomStream(1, "test"));
        const std::vector<float> values = {4, 5, 9, 1, 1};
        batches.add(values.data(), 3);
        QCOMPARE(batches.room(), std::int64_t{3});
        batches.add(values.data() + 3, 2);
        batches.flush();
        QCOMPARE(batches.centers(), (std::vector<double>{4})); // mean of all five
        QCOMPARE(batches.peakHeld(), std::int64_t{4});
    }

    void memoryTexts_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("points"); // at 4 dimensions: 32 bytes a point; 0 = refused
        QTest::newRow("points") << "20000" << 20000;
        QTest::newRow("points, named") << "20000 points" << 20000;
        QTest::newRow("bytes") << "320B" << 10;
        QTest::newRow("megabytes") << "64MB" << 2000000;
        QTest::newRow("with a blank") << "1.6 MB" << 50000;
        QTest::newRow("mebibytes") << "1MiB" << 32768;
        QTest::newRow("no number") << "lots" << 0;
        QTest::newRow("unknown unit") << "64MX" << 0;
        QTest::newRow("part of a point") << "2.5" << 0;
        QTest::newRow("negative") << "-5" << 0;
        QTest::newRow("nothing") << "" << 0;
    }

    void memoryTexts() {
        QFETCH(QString, text);
        QFETCH(int, points);
        const auto budget = parseMemory(text.toStdString());
        QCOMPARE(budget.has_value(), points > 0);
        if (budget)
            QCOMPARE(budget->pointsFor(4), std::int64_t{points});
    }

    void plans() {
        KmeansConfig config;
        config.k = 25;
        config.algorithm = Algorithm::Dc1;
        config.repetitions = 0;
        LevelPlan plan = planLevels(config, 10000, 15);
        QVERIFY(plan.issues.empty());
        QCOMPARE(plan.levels.size(), std::size_t{2});
        QCOMPARE(plan.levels[0].capacity, std::int64_t{500}); // sqrt(n k)
        QCOMPARE(plan.levels[0].rule.perRound, std::int64_t{14});
        QCOMPARE(plan.levels[0].repetitions, std::int64_t{40});
        config.algorithm = Algorithm::Dc2;
        config.repetitions = 3;
        plan = planLevels(config, 10000, 15);
        QCOMPARE(plan.levels[0].rule.perRound, std::int64_t{1});
        QCOMPARE(plan.levels[0].repetitions, std::int64_t{3});
        config.algorithm = Algorithm::MultiLevel;
        config.memory = "2000";
        plan = planLevels(config, 10000, 15);
        QVERIFY(plan.issues.empty());
        // ceil(log n / log M) - 1 = 1 reduction: two buffers, together within the budget.
        QCOMPARE(plan.levels.size(), std::size_t{2});
        QVERIFY(plan.levels[0].capacity + plan.levels[1].capacity <= 2000);
        QVERIFY(plan.levels[0].capacity >= 700);
    }

    void impossiblePlans_data() {
        QTest::addColumn<int>("algorithm");
        QTest::addColumn<QString>("memory");
        QTest::addColumn<int>("group");
        QTest::addColumn<int>("levels");
        QTest::addColumn<QString>("sentence");
        const int dc1 = static_cast<int>(Algorithm::Dc1);
        const int multi = static_cast<int>(Algorithm::MultiLevel);
        QTest::newRow("group") << dc1 << "64MB" << 100 << -1 << "group_size is 100, allowed is 350";
        QTest::newRow("DC memory")
            << dc1 << "800" << 0 << -1 << "memory must be at least 1200 points";
        QTest::newRow("levels") << multi << "1500" << 0 << 2
                                << "level 1 of 3 has room for 500 points and needs at least 700";
        QTest::newRow("no levels") << multi << "1500" << 0 << 0 << "levels = 0 holds all 10000";
        QTest::newRow("text") << multi << "much" << 0 << 1 << "memory is \"much\"";
    }

    void impossiblePlans() {
        QFETCH(int, algorithm);
        QFETCH(QString, memory);
        QFETCH(int, group);
        QFETCH(int, levels);
        QFETCH(QString, sentence);
        KmeansConfig config;
        config.k = 25;
        config.algorithm = static_cast<Algorithm>(algorithm);
        config.memory = memory.toStdString();
        config.groupSize = group;
        config.levels = levels;
        const LevelPlan plan = planLevels(config, 10000, 15);
        QCOMPARE(plan.issues.size(), std::size_t{1});
        QVERIFY2(QString::fromStdString(plan.issues[0].message).contains(sentence),
                 plan.issues[0].message.c_str());
    }

    void generatedPointsReplayAndDrift() {
        MixtureConfig config{3, 4, 3000, CenterLayout::Uniform, 100, 0.1, 50, 7};
        const auto stream = openMixture(config);
        std::vector<double> first(12000);
        std::vector<double> again(12000);
        std::vector<std::int32_t> cluster(3000);
        QCOMPARE(stream->read(first.data(), 3000, cluster.data()), std::int64_t{3000});
        QCOMPARE(stream->read(again.data(), 10, nullptr), std::int64_t{0});
        stream->rewind();
        QCOMPARE(stream->read(again.data(), 1, nullptr), std::int64_t{1});
        QCOMPARE(stream->read(again.data() + 4, 2999, nullptr), std::int64_t{2999});
        QCOMPARE(first, again);
        // The first and the last point of a cluster lie the whole way apart, less the noise.
        std::int64_t last = 2999;
        while (cluster[static_cast<std::size_t>(last)] != cluster[0])
            --last;
        double d2 = 0;
        for (std::size_t p = 0; p < 4; ++p)
            d2 += std::pow(first[p] - first[static_cast<std::size_t>(last) * 4 + p], 2);
        QVERIFY(std::abs(std::sqrt(d2) - 50) < 1.5);
    }

    void norm25IsWhatThePageSays() {
        const auto stream = openNorm25({400, 3});
        QCOMPARE(*stream->count(), std::int64_t{10000});
        QCOMPARE(stream->dims(), std::int64_t{15});
        std::vector<double> rows(150000);
        std::vector<std::int32_t> cluster(10000);
        stream->read(rows.data(), 10000, cluster.data());
        std::set<std::vector<double>> vertices;
        std::vector<int> sizes(25);
        for (std::size_t i = 0; i < 10000; ++i) {
            ++sizes[static_cast<std::size_t>(cluster[i])];
            std::vector<double> vertex;
            for (std::size_t p = 0; p < 15; ++p) {
                const double x = rows[i * 15 + p];
                const double nearest = x > 250 ? 500 : 0;
                QVERIFY(std::abs(x - nearest) < 7);
                vertex.push_back(nearest);
            }
            vertices.insert(vertex);
        }
        QCOMPARE(vertices.size(), std::size_t{25});
        QCOMPARE(sizes, std::vector<int>(25, 400));
        // Expected 15 * (10000 - 25) with a standard deviation of about 547.
        QVERIFY(std::abs(load(Norm25Config{400, 3}).optimum - 149625) < 4 * 547);
    }
};

QTEST_APPLESS_MAIN(TestKmeansAlgorithms)
#include "test_kmeans_algorithms.moc"
