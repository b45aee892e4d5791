#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/operators/two_four/two_four_plan.h"
#include "operator_probe.h"

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::operator_cases;

namespace {

class NoMoments : public MomentScaler {
public:
    void scaleRow(const Parameter&, std::int64_t, double) override {}
};

TwoFourConfig config(TwoFourTraining training) {
    TwoFourConfig result;
    result.training = training;
    return result;
}

double sumOfSquares(const Numbers& values) {
    return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

Numbers weightOf(Probe& probe) {
    return probe.op().parameters()[0]->value.toDoubles();
}
std::vector<std::uint8_t> maskOf(Probe& probe) {
    return probe.op().state()[0].tensor->toBytes();
}

// x^T g, in x out, in the order of the sums of a naive product.
Numbers outerGradient(const Probe& probe) {
    const auto in = static_cast<std::size_t>(probe.given().in);
    const auto out = static_cast<std::size_t>(probe.given().out);
    const auto rows = static_cast<std::size_t>(probe.given().rows.rows());
    Numbers gradient(in * out, 0.0);
    for (std::size_t i = 0; i < in; ++i)
        for (std::size_t j = 0; j < out; ++j)
            for (std::size_t row = 0; row < rows; ++row)
                gradient[i * out + j] +=
                    probe.input()[row * in + i] * probe.direction()[row * out + j];
    return gradient;
}

} // namespace

class TestTwoFour : public QObject {
    Q_OBJECT

private slots:
    void masksKeepTwoOfFour_data() {
        QTest::addColumn<bool>("transposable");
        QTest::newRow("rows") << false;
        QTest::newRow("both") << true;
    }
    void masksKeepTwoOfFour() {
        QFETCH(bool, transposable);
        TwoFourConfig both = config(TwoFourTraining::SrSte);
        both.transposable = transposable;
        Probe probe({"", both, 16, 12, {3, 1}}, Device::open("cpu"));
        const auto mask = maskOf(probe);
        for (std::size_t group = 0; group < 4; ++group)
            for (std::size_t j = 0; j < 12; ++j) {
                int kept = 0;
                for (std::size_t i = 0; i < 4; ++i)
                    kept += mask[(4 * group + i) * 12 + j];
                QCOMPARE(kept, 2);
            }
        for (std::size_t i = 0; transposable && i < 16; ++i)
            for (std::size_t group = 0; group < 3; ++group)
                QCOMPARE(
                    std::accumulate(&mask[i * 12 + 4 * group], &mask[i * 12 + 4 * group + 4], 0),
                    2);
    }

    // systems/stl-and-24.md 2.2: Gaussian weights lose 0.1323, transposable 0.1774 of their energy.
    void energyLoss_data() {
        QTest::addColumn<bool>("transposable");
        QTest::addColumn<double>("expected");
        QTest::addColumn<double>("limit");
        QTest::newRow("rows") << false << 0.1323 << 0.001;
        QTest::newRow("both") << true << 0.1774 << 0.002;
    }
    void energyLoss() {
        QFETCH(bool, transposable);
        QFETCH(double, expected);
        QFETCH(double, limit);
        TwoFourConfig both = config(TwoFourTraining::Ste);
        both.transposable = transposable;
        const std::int64_t n = 1024;
        Probe probe({"", both, n, n, {1, 1}}, Device::open("cpu"));
        const Numbers weights = randomNumbers(n * n, RandomStream(1, "gauss"));
        probe.setParameter(0, weights);
        std::string refusal;
        const Numbers kept = probe.op().materialize(refusal).toDoubles();
        const double loss = 1 - sumOfSquares(kept) / sumOfSquares(weights);
        QVERIFY2(std::abs(loss - expected) < limit, std::to_string(loss).c_str());
    }

    void straightThroughGivesAllWeightsTheGradient() {
        for (const TwoFourTraining training : {TwoFourTraining::Ste, TwoFourTraining::SrSte}) {
            Probe probe({"", config(training), 8, 6, {5, 1}}, Device::open("reference"));
            probe.step();
            QVERIFY(relativeDifference(probe.gradients()[0], outerGradient(probe)) < 1e-14);
        }
    }

    void decayEntersTheGradientExactly() {
        TwoFourConfig decayed = config(TwoFourTraining::SrSte);
        decayed.lambda = 0.03;
        Probe probe({"", decayed, 8, 6, {5, 1}}, Device::open("reference"));
        probe.step();
        const Numbers g = probe.gradients()[0];
        const Numbers w = weightOf(probe);
        const auto mask = maskOf(probe);
        probe.op().gradientsReady({});
        const Numbers after = probe.gradients()[0];
        for (std::size_t i = 0; i < g.size(); ++i)
            QCOMPARE(after[i], g[i] + 0.03 * (1 - mask[i]) * w[i]);
    }

    void decoupledDecayTakesFromTheWeights() {
        TwoFourConfig decayed = config(TwoFourTraining::SrSte);
        decayed.lambda = 0.1;
        decayed.lambdaOn = TwoFourLambdaOn::Decoupled;
        Probe probe({"", decayed, 8, 6, {5, 1}}, Device::open("reference"));
        NoMoments moments;
        probe.step();
        const Numbers g = probe.gradients()[0];
        const Numbers w = weightOf(probe);
        const auto mask = maskOf(probe);
        probe.op().gradientsReady({});
        QCOMPARE(probe.gradients()[0], g);
        const std::uint64_t version = probe.op().parameters()[0]->version;
        probe.op().parametersChanged({.learningRate = 1e-3}, moments);
        QVERIFY(probe.op().parameters()[0]->version > version);
        for (std::size_t i = 0; i < w.size(); ++i)
            QVERIFY(std::abs(weightOf(probe)[i] - (mask[i] ? w[i] : 0.9 * w[i])) < 1e-15);
    }

    void fixedMaskStaysAndFreezesTheRest() {
        Probe probe({"", config(TwoFourTraining::Fixed), 8, 6, {5, 1}}, Device::open("reference"));
        NoMoments moments;
        const auto mask = maskOf(probe);
        probe.step();
        const Numbers g = probe.gradients()[0];
        Numbers w = weightOf(probe);
        for (std::size_t i = 0; i < w.size(); ++i) {
            QCOMPARE(w[i] != 0.0, mask[i] != 0);
            QCOMPARE(g[i] != 0.0, mask[i] != 0);
            w[i] = -w[i] * double(i % 5); // another order of sizes
        }
        probe.setParameter(0, w);
        probe.op().parametersChanged({}, moments);
        QCOMPARE(maskOf(probe), mask);
        QVERIFY(probe.op().diagnosticNames().empty());
    }

    void maskFollowsTheWeightsAndFlipsAreCounted() {
        Probe probe({"", config(TwoFourTraining::Ste), 8, 2, {1, 1}}, Device::open("cpu"));
        NoMoments moments;
        const auto flips = [&] {
            return probe.op().diagnostics()[0].value;
        };
        QCOMPARE(flips(), 0.0);
        Numbers w{4, 1, 3, 2, 2, 3, 1, 4, 1, 1, 2, 2, 3, 3, 4, 4};
        probe.setParameter(0, w);
        probe.op().parametersChanged({}, moments);
        QCOMPARE(maskOf(probe),
                 (std::vector<std::uint8_t>{1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1}));
        w[0] = 0.5; // rows 1 and 2 of the first column are now the largest
        probe.setParameter(0, w);
        probe.op().parametersChanged({}, moments);
        QCOMPARE(flips(), 2.0 / 16);
        QCOMPARE(probe.op().diagnosticNames()[0], std::string("mask_flip_fraction"));
        probe.op().parametersChanged({}, moments); // nothing moved: no new mask, the same count
        QCOMPARE(flips(), 2.0 / 16);
        // Another operator that is given parameters and state, as a resume does.
        Probe other(probe.given(), probe.device());
        for (std::size_t i = 0; i < probe.op().state().size(); ++i)
            other.op().state()[i].tensor->copyFrom(*probe.op().state()[i].tensor);
        other.setParameter(0, w);
        other.step();
        QCOMPARE(other.op().diagnostics()[0].value, 2.0 / 16);
    }

    void paddingIsNeverKeptOrMoved() {
        Probe probe({"", config(TwoFourTraining::SrSte), 7, 5, {3, 1}}, Device::open("cpu"));
        QCOMPARE(probe.op().parameters()[0]->value.shape().sizes(),
                 (std::vector<std::int64_t>{8, 5}));
        probe.step();
        probe.op().gradientsReady({});
        const Numbers g = probe.gradients()[0];
        const Numbers w = weightOf(probe);
        for (std::size_t i = 35; i < 40; ++i)
            QVERIFY(g[i] == 0.0 && w[i] == 0.0);
        QCOMPARE(probe.op().plan({3, 1}).paddedIn, 8);
    }

    void keptCounts() {
        TwoFourConfig rows = config(TwoFourTraining::Fixed);
        QCOMPARE(twoFourKept(rows, 8, 6), 24);
        QCOMPARE(twoFourKept(rows, 9, 6), 30);
        QCOMPARE(twoFourKept(rows, 11, 6), 36);
        rows.transposable = true;
        QCOMPARE(twoFourKept(rows, 8, 8), 32);
        QCOMPARE(twoFourKept(rows, 3, 3), 5);
        QCOMPARE(planTwoFour(config(TwoFourTraining::Ste), 9, 6, {}).parameters, 54);
    }

    void negativeLambdaIsAnIssue() {
        TwoFourConfig bad;
        bad.lambda = -0.5;
        const auto issues = planTwoFour(bad, 8, 8, {}).issues;
        QCOMPARE(issues.size(), 1u);
        QCOMPARE(issues[0].key, std::string("lambda"));
        QVERIFY(QString::fromStdString(issues[0].message).contains("0 or more"));
    }
};

QTEST_GUILESS_MAIN(TestTwoFour)
#include "test_two_four.moc"
