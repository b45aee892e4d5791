#include <QtTest>

#include <algorithm>
#include <set>

#include "engine/analysis/median.h"
#include "engine/experiments/bench/bench_cases.h"
#include "engine/experiments/bench/bench_kind.h"
#include "engine/experiments/bench/bench_row.h"
#include "engine/experiments/bench/bench_schema.h"
#include "engine/operators/make.h"

using namespace inlay::engine;
using namespace inlay::engine::bench;

namespace {

BenchConfig smallConfig() {
    BenchConfig config;
    config.sizes = {32, 64};
    config.stl.ranks = {8, 16};
    config.stl.tile = 4;
    config.lowRank.ranks = {8};
    return config;
}

BenchCase caseOf(const BenchConfig& config, const char* label, std::int64_t in) {
    for (const BenchCase& one : benchCases(config))
        if (one.layer.label == label && one.in == in)
            return one;
    return {};
}

} // namespace

class TestBench : public QObject {
    Q_OBJECT

private slots:
    void casesAreLayersTimesSizes() {
        BenchConfig config = smallConfig();
        std::set<std::string> labels;
        for (const BenchLayer& layer : benchLayers(config))
            QVERIFY(labels.insert(layer.label).second);
        QCOMPARE(labels, (std::set<std::string>{"STL 4x8", "STL 4x16", "Butterfly", "2:4",
                                                "Low rank 8", "Blocks 4"}));
        QCOMPARE(benchCases(config).size(), std::size_t{12});
        const BenchCase stl = caseOf(config, "STL 4x16", 64);
        QCOMPARE(stl.rows, 64);
        QCOMPARE(stl.out, 64);
        config.butterfly.sizes = {128};
        config.butterfly.rows = 7;
        config.outputs = 40;
        QCOMPARE(benchCases(config).size(), std::size_t{11});
        const BenchCase butterfly = caseOf(config, "Butterfly", 128);
        QCOMPARE(butterfly.rows, 7);
        QCOMPARE(butterfly.out, 40);
        config.stl.measure = config.lowRank.measure = false;
        QCOMPARE(benchLayers(config).size(), std::size_t{3});
    }

    void whatCannotBeMeasuredIsNamed_data() {
        QTest::addColumn<QString>("set");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("words");
        QTest::newRow("rank") << R"({"stl": {"ranks": [65]}})"
                              << "stl.ranks"
                              << "1 to 64";
        QTest::newRow("twice") << R"({"stl": {"ranks": [16, 16]}})"
                               << "stl"
                               << "listed twice";
        QTest::newRow("blocks") << R"({"block_diagonal": {"blocks": [1025]}})"
                                << "block_diagonal.blocks"
                                << "1025";
        QTest::newRow("nothing")
            << R"({"stl": {"measure": false}, "butterfly": {"measure": false}, "two_four":
                {"measure": false}, "low_rank": {"measure": false}, "block_diagonal":
                {"measure": false}})"
            << "stl.measure"
            << "no family is measured";
    }

    void whatCannotBeMeasuredIsNamed() {
        QFETCH(QString, set);
        QFETCH(QString, key);
        QFETCH(QString, words);
        Json values = benchSchema().defaults();
        values.merge_patch(Json::parse(set.toStdString()));
        const std::vector<Issue> issues = benchKind().check(values, "cpu");
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(words),
                 issues[0].message.c_str());
    }

    void pairsGiveMediansOfRatios() {
        PairTimes times;
        times.layer = {1, 2, 4, 1, 1};
        times.dense = {3, 4, 4, 3, 5};
        QCOMPARE(times.layerMedian(), 1.0);
        QCOMPARE(times.denseMedian(), 4.0);
        QCOMPARE(times.speedup(), 3.0); // of 3, 2, 1, 3, 5
        QCOMPARE(times.spread(), 0.5);  // quartiles 1 and 2
        QCOMPARE(median({1, 4}), 2.5);
    }

    // A timed layer computes: its result is that of the operator called by hand.
    void timedCallsComputeTheLayer() {
        const Device device = Device::open("cpu");
        BenchConfig config = smallConfig();
        for (const char* label : {"STL 4x16", "Butterfly", "2:4", "Low rank 8", "Blocks 4"}) {
            const BenchCase shape = caseOf(config, label, 32);
            const RandomStream stream(3, "bench");
            auto shared = LayerTimer::makeShared(device, shape.rows, shape.in, shape.out, stream);
            LayerTimer timer(shape.layer.config, shape, device, shared, stream.split("layer"));
            QVERIFY(timer.time(Pass::Forward) > 0);
            const std::vector<double> forward = shared.output.toDoubles();
            double largest = 0;
            for (const double value : forward)
                largest = std::max(largest, std::abs(value));
            QVERIFY2(largest > 0.01, label);
            QVERIFY(timer.time(Pass::Train) > 0);
            QCOMPARE(shared.output.toDoubles(), forward);
            bool moved = false;
            for (const double value : shared.inputGradient.toDoubles())
                moved = moved || value != 0;
            QVERIFY2(moved, label);
            bool learned = false;
            for (const ParameterPtr& parameter : timer.layer().parameters())
                for (const double value : parameter->grad.toDoubles())
                    learned = learned || value != 0;
            QVERIFY2(learned, label);
        }
    }

    void rowsSayWhatThePlansCount() {
        BenchConfig config = smallConfig();
        const BenchCase shape = caseOf(config, "STL 4x16", 64);
        RowFacts facts;
        facts.shape = &shape;
        facts.plan = planOperator(shape.layer.config, shape.in, shape.out, shape.layout());
        facts.device = "cpu";
        PairTimes times;
        times.layer = {0.5, 0.5, 0.5};
        times.dense = {1, 1, 1};
        const Json forward = benchRow(facts, times);
        std::vector<std::string> keys;
        for (const auto& [key, value] : forward.items())
            keys.push_back(key);
        QCOMPARE(keys, benchColumns());
        QCOMPARE(forward["speedup"].get<double>(), 2.0);
        QCOMPARE(forward["multiply_adds"].get<double>(), facts.plan.multiplyAddsForward);
        QCOMPARE(forward["dense_multiply_adds"].get<double>(), 64.0 * 64 * 64);
        QVERIFY(forward["roofline_share"].is_null());
        QCOMPARE(forward["config"]["rank"].get<int>(), 16);
        // On a machine of 1 GFLOP/s and endless bandwidth the roof is the count.
        MachineProfile profile;
        profile.ops.push_back({{"gemm", 1, 1000, 1000, 500, 5e8, 1.0}, 1.0});
        profile.copies.push_back({1, 1e18});
        facts.profile = &profile;
        facts.pass = Pass::Train;
        const Json train = benchRow(facts, times);
        const double count = facts.plan.multiplyAddsForward + facts.plan.multiplyAddsBackward;
        QCOMPARE(train["multiply_adds"].get<double>(), count);
        QVERIFY(qFuzzyCompare(train["roofline_share"].get<double>(), 2 * count / 1e9 / 0.5));
        QCOMPARE(train["dense_multiply_adds"].get<double>(), 3.0 * 64 * 64 * 64);
    }
};

QTEST_GUILESS_MAIN(TestBench)
#include "test_bench.moc"
