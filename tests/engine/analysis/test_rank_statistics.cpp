#include <QtTest>

#include <cmath>

#include "engine/analysis/ranking/bradley_terry.h"
#include "engine/analysis/ranking/rank_statistics.h"
#include "engine/base/error.h"
#include "engine/base/random.h"

using namespace inlay::engine;

namespace {

ComparisonTable tableOf(int items, const std::vector<std::pair<int, int>>& wins) {
    ComparisonTable table;
    for (int i = 0; i < items; ++i)
        table.itemIndex("item " + std::to_string(i));
    for (const auto& [winner, loser] : wins)
        table.rows.push_back({winner, loser, Outcome::Left, 1, {}, {}});
    return table;
}

} // namespace

class TestRankStatistics : public QObject {
    Q_OBJECT

private slots:
    // Two items, 3 wins against 1: the score difference is ln 3, its variance 1 / (4 * 3/16).
    void twoItems() {
        const PairCounts counts = countPairs(tableOf(2, {{0, 1}, {0, 1}, {0, 1}, {1, 0}}));
        BradleyTerryOptions options;
        options.ridge = 0;
        const BradleyTerryFit fit = fitBradleyTerry(counts, options);
        QVERIFY(fit.converged);
        QVERIFY(std::abs(fit.scores[0] - std::log(3.0) / 2) < 1e-9);
        QVERIFY(std::abs(fit.scores[0] + fit.scores[1]) < 1e-12);
        QVERIFY(std::abs(fit.logLikelihood - (3 * std::log(0.75) + std::log(0.25))) < 1e-9);
        // Each score is half of the difference.
        const double half = 1.959963984540054 * std::sqrt(1 / (4 * 0.75 * 0.25)) / 2;
        QVERIFY(std::abs(fit.high[0] - fit.scores[0] - half) < 1e-8);
        QVERIFY(std::abs(fit.scores[0] - fit.low[0] - half) < 1e-8);
    }

    // Gradient of the penalized likelihood, written out here, is zero at the fit.
    void penaltyAsInChoix() {
        RandomStream stream(4, "test.bradley_terry");
        std::vector<std::pair<int, int>> wins;
        for (int i = 0; i < 200; ++i) {
            const auto a = static_cast<int>(stream.below(12));
            const auto b =
                static_cast<int>((static_cast<std::uint64_t>(a) + 1 + stream.below(11)) % 12);
            const bool first = stream.uniform() < 1 / (1 + std::exp(0.3 * (a - b)));
            wins.emplace_back(first ? a : b, first ? b : a);
        }
        BradleyTerryOptions options;
        options.ridge = 0.05;
        const BradleyTerryFit fit = fitBradleyTerry(countPairs(tableOf(12, wins)), options);
        std::vector<double> gradient(12);
        for (std::size_t i = 0; i < 12; ++i)
            gradient[i] = 2 * options.ridge * fit.scores[i];
        for (const auto& [winner, loser] : wins) {
            const auto w = static_cast<std::size_t>(winner);
            const auto l = static_cast<std::size_t>(loser);
            const double z = 1 / (1 + std::exp(fit.scores[w] - fit.scores[l]));
            gradient[w] -= z;
            gradient[l] += z;
        }
        double sum = 0;
        for (std::size_t i = 0; i < 12; ++i) {
            QVERIFY(std::abs(gradient[i]) < 1e-8);
            sum += fit.scores[i];
        }
        QVERIFY(std::abs(sum) < 1e-10);
    }

    void tiesAreHalves() {
        ComparisonTable ties = tableOf(2, {{0, 1}, {0, 1}});
        ties.rows.push_back({1, 0, Outcome::Tie, 2, {}, {}});
        const PairCounts counts = countPairs(ties);
        QCOMPARE(counts.pairs.at(0).firstWins, 3.0);
        QCOMPARE(counts.pairs.at(0).secondWins, 1.0);
        QCOMPARE(counts.pairs.at(0).ties, 2.0);
        ties.rows.push_back({0, 1, Outcome::Skip, 9, {}, {}});
        QCOMPARE(countPairs(ties).pairs.at(0).firstWins, 3.0);
    }

    void intervalsCover() {
        // Wald and bootstrap intervals of the same data agree to a fifth of their width.
        RandomStream stream(5, "test.coverage");
        std::vector<std::pair<int, int>> wins;
        for (int i = 0; i < 3000; ++i) {
            const auto a = static_cast<int>(stream.below(5));
            const int b = (a + 1 + static_cast<int>(stream.below(4))) % 5;
            const bool first = stream.uniform() < 1 / (1 + std::exp(0.5 * (a - b)));
            wins.emplace_back(first ? a : b, first ? b : a);
        }
        const PairCounts counts = countPairs(tableOf(5, wins));
        const BradleyTerryFit fit = fitBradleyTerry(counts, {});
        const Intervals bootstrap = bootstrapBradleyTerry(counts, {}, 400, 1);
        for (std::size_t i = 0; i < 5; ++i) {
            const double truth = 0.5 * (2 - static_cast<double>(i));
            QVERIFY(fit.low[i] < truth && truth < fit.high[i]);
            const double width = fit.high[i] - fit.low[i];
            QVERIFY(std::abs(bootstrap.low[i] - fit.low[i]) < width / 5);
            QVERIFY(std::abs(bootstrap.high[i] - fit.high[i]) < width / 5);
        }
    }

    void groupsOfItems() {
        const PairCounts counts = countPairs(tableOf(6, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {4, 5}}));
        QCOMPARE(connectedGroups(counts), (ItemGroups{{0, 1, 2, 3}, {4, 5}}));
        QCOMPARE(winConnectedGroups(counts), (ItemGroups{{0, 1, 2}, {3}, {4}, {5}}));
        BradleyTerryOptions options;
        options.ridge = 0;
        QVERIFY_EXCEPTION_THROWN(fitBradleyTerry(counts, options), Error);
        options.ridge = 1e-4;
        QVERIFY(fitBradleyTerry(counts, options).converged);
    }

    void elo() {
        const std::vector<double> ratings = eloRatings(tableOf(2, {{0, 1}, {0, 1}}), {});
        const double second = 4 * (1 - 1 / (1 + std::pow(10.0, -4.0 / 400)));
        QVERIFY(std::abs(ratings[0] - (1002 + second)) < 1e-9);
        QCOMPARE(ratings[0] + ratings[1], 2000.0);
    }

    void bordaAndCopeland() {
        const PairCounts counts =
            countPairs(tableOf(3, {{0, 1}, {0, 1}, {1, 0}, {1, 2}, {2, 1}, {0, 2}}));
        QCOMPARE(bordaCounts(counts), (std::vector<double>{3, 2, 1}));
        QCOMPARE(copelandScores(counts), (std::vector<double>{2, 0.5, 0.5}));
    }

    void correlations() {
        const std::vector<double> a = {1, 2, 3, 4, 5};
        const std::vector<double> reversed = {5, 4, 3, 2, 1};
        const std::vector<double> b = {1, 3, 2, 4, 5};
        const std::vector<double> tied = {1, 2, 2, 4, 5};
        QCOMPARE(kendallTau(a, a), 1.0);
        QCOMPARE(kendallTau(a, reversed), -1.0);
        QCOMPARE(kendallTau(a, b), 0.8);
        QVERIFY(std::abs(kendallTau(a, tied) - 9 / std::sqrt(90.0)) < 1e-12);
        QCOMPARE(spearmanRho(a, b), 0.9); // 1 - 6 * 2 / (5 * 24)
        QCOMPARE(spearmanRho(a, reversed), -1.0);
        QCOMPARE(footrule(a, b), 2.0);
        QCOMPARE(footrule(a, reversed), 12.0);
        QCOMPARE(sharedRanks(tied), (std::vector<double>{5, 3.5, 3.5, 2, 1}));
        QVERIFY(std::abs(normalQuantile(0.975) - 1.959963984540054) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestRankStatistics)
#include "test_rank_statistics.moc"
