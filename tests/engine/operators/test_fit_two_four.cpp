#include <QtTest>

#include <cmath>

#include "engine/base/error.h"
#include "engine/operators/fit/fit_families.h"
#include "fit_probe.h"

using namespace inlay::engine;
using namespace inlay::fit_probe;

namespace {

double squaredOutputError(const HostMatrix& weight, const InputMoments& moments, PruneScores scores,
                          TwoFourConfig config = {}) {
    FitOptions options;
    options.scores = scores;
    const auto op = layer(config, weight.rows, weight.cols);
    const double error = fitOperator(*op, config, weight, moments, options).weightedError;
    return error * error;
}

} // namespace

class TestFitTwoFour : public QObject {
    Q_OBJECT

private slots:
    // systems/stl-and-24.md 2.2: Gaussian energy loss by magnitude, along rows and transposable.
    void magnitudeLosesTheKnownEnergy() {
        const HostMatrix weight = gaussian(512, 512, 1);
        const double rows =
            squaredOutputError(weight, whiteMoments(1, 512), PruneScores::Magnitude);
        QVERIFY2(std::abs(rows - 0.1323) < 0.001, qPrintable(QString::number(rows)));
        for (const TwoFourTraining training : {TwoFourTraining::Fixed, TwoFourTraining::Ste}) {
            const double both =
                squaredOutputError(weight, whiteMoments(1, 512), PruneScores::Magnitude,
                                   {.training = training, .transposable = true});
            QVERIFY2(std::abs(both - 0.1774) < 0.002, qPrintable(QString::number(both)));
        }
    }

    // Gaussian W, feature sizes lognormal(0, 1): 0.135 by magnitude, 0.0235 by Wanda.
    void wandaFollowsTheFeatures() {
        const HostMatrix weight = gaussian(1024, 128, 1);
        InputMoments moments = whiteMoments(1, 1024);
        RandomStream stream(2, "fit_test.features");
        for (std::size_t i = 0; i < 1024; ++i)
            moments.second[i * 1025] = std::exp(2.0 * stream.normal());
        const double magnitude = squaredOutputError(weight, moments, PruneScores::Magnitude);
        const double wanda = squaredOutputError(weight, moments, PruneScores::Wanda);
        QVERIFY2(std::abs(magnitude - 0.135) < 0.01, qPrintable(QString::number(magnitude)));
        QVERIFY2(std::abs(wanda - 0.0235) < 0.004, qPrintable(QString::number(wanda)));
    }

    void scoresAreOrderedOnCorrelatedInputs() {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            const HostMatrix weight = gaussian(48, 32, seed);
            const InputMoments moments = correlated(1, 48, seed);
            const double magnitude = squaredOutputError(weight, moments, PruneScores::Magnitude);
            const double wanda = squaredOutputError(weight, moments, PruneScores::Wanda);
            const double sparseGpt = squaredOutputError(weight, moments, PruneScores::SparseGpt);
            QVERIFY2(sparseGpt < wanda && wanda < magnitude,
                     qPrintable(QString("%1 %2 %3").arg(sparseGpt).arg(wanda).arg(magnitude)));
        }
    }

    // Two of four in every output, for all ways of training, on shapes that need padding too.
    void masksHaveThePattern_data() {
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        QTest::addColumn<int>("scores");
        for (const auto& [in, out] : {std::pair{16, 8}, {13, 5}, {4, 1}})
            for (int scores = 0; scores < 3; ++scores)
                QTest::addRow("%d x %d, %d", in, out, scores) << in << out << scores;
    }
    void masksHaveThePattern() {
        QFETCH(int, in);
        QFETCH(int, out);
        QFETCH(int, scores);
        const HostMatrix weight = gaussian(in, out, 3);
        FitOptions options;
        options.scores = static_cast<PruneScores>(scores);
        std::vector<double> first;
        for (const TwoFourTraining training :
             {TwoFourTraining::Fixed, TwoFourTraining::Ste, TwoFourTraining::SrSte}) {
            const TwoFourConfig config{.training = training};
            const auto op = layer(config, in, out);
            fitOperator(*op, config, weight, correlated(1, in), options);
            const HostMatrix fitted = matrixOf(*op);
            for (int j = 0; j < out; ++j)
                for (int i = 0; i < in; i += 4) {
                    int kept = 0;
                    for (int k = i; k < std::min(in, i + 4); ++k)
                        kept += fitted.values[std::size_t(k * out + j)] != 0.0;
                    QCOMPARE(kept, std::min({2, in - i}));
                }
            // Kept numbers are those of the matrix, unless errors were moved onto them.
            if (options.scores != PruneScores::SparseGpt)
                for (std::size_t k = 0; k < fitted.values.size(); ++k)
                    QVERIFY(fitted.values[k] == 0.0 || fitted.values[k] == weight.values[k]);
            if (first.empty())
                first = fitted.values;
            QCOMPARE(fitted.values, first);
        }
    }

    void sparseGptMakesNoTransposableMask() {
        FitOptions options;
        options.scores = PruneScores::SparseGpt;
        const TwoFourConfig config{.transposable = true};
        QVERIFY(!fitProblem(config, options).empty());
        QVERIFY(fitProblem(TwoFourConfig{}, options).empty());
        options.scores = PruneScores::Wanda;
        QVERIFY(fitProblem(config, options).empty());
        QVERIFY_EXCEPTION_THROWN(squaredOutputError(gaussian(8, 8, 1), whiteMoments(1, 8),
                                                    PruneScores::SparseGpt, config),
                                 Error);
    }
};

QTEST_GUILESS_MAIN(TestFitTwoFour)
#include "test_fit_two_four.moc"
