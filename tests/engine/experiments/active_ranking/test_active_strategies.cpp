#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/noise.h"
#include "engine/experiments/active_ranking/simulation.h"

using namespace inlay::engine;
using namespace inlay::engine::active_ranking;

namespace {

constexpr std::uint64_t kSeeds = 10;

bool goOn(const Snapshot&) {
    return true;
}

SimulationConfig withBudget(std::int64_t labels) {
    SimulationConfig config;
    config.ring.budget = labels;
    return config;
}

std::int64_t bestLoss(const SimulatedLabels& labels, const RandomStream& stream) {
    return bestKnownOrder(labels.tournament, labels.base, 20, stream, [] { return true; })->loss;
}

} // namespace

/// The strategies as wholes: what they buy, what they reach, and that they are the same each time.
class TestActiveStrategies : public QObject {
    Q_OBJECT

private slots:
    // Acceptance check 12.
    void activeRingBeatsUniformPairs() {
        const std::int64_t budget = labelBudget(200, 8);
        QCOMPARE(budget, std::int64_t{8477});
        int good = 0;
        double uniform = 0;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            const RandomStream stream(seed, "check12");
            const SimulatedLabels labels =
                simulateLabels(200, FlipNoise{0.1}, stream.split("noise"));
            const auto opt = static_cast<double>(bestLoss(labels, stream.split("opt")));
            const auto regret = [&](StrategyId id) {
                const SimulationResult result =
                    simulate(id, labels.tournament, withBudget(budget), {}, stream, goOn);
                return (static_cast<double>(labels.tournament.loss(result.order)) - opt) / opt;
            };
            good += regret(StrategyId::ActiveRing) < 0.05 ? 1 : 0;
            uniform += regret(StrategyId::Uniform) / kSeeds;
        }
        QVERIFY2(good >= 9, qPrintable(QString::number(good)));
        QVERIFY2(uniform > 0.08 && uniform < 0.18, qPrintable(QString::number(uniform)));
    }

    // Every label is bought once, counted once and given in the order of buying; the curve's
    // checkpoints are met exactly.
    void labelsAreDistinctAndCounted() {
        const SimulatedLabels labels = simulateLabels(60, FlipNoise{0.1}, RandomStream(2, "n"));
        const std::vector<std::int64_t> checkpoints = {50, 100, 300};
        for (const StrategyId id :
             {StrategyId::ActiveRing, StrategyId::Uniform, StrategyId::QuickSort,
              StrategyId::MergeSort, StrategyId::SampleAndRank}) {
            std::vector<std::int64_t> seen;
            const SimulationResult result =
                simulate(id, labels.tournament, withBudget(700), checkpoints, RandomStream(3, "s"),
                         [&](const Snapshot& snapshot) {
                             seen.push_back(snapshot.labels);
                             return std::ssize(snapshot.bought) == snapshot.labels;
                         });
            std::set<std::pair<Item, Item>> pairs;
            for (const Pair& pair : result.bought) {
                QCOMPARE(labels.tournament.label(pair.left, pair.right), 1);
                pairs.insert(std::minmax(pair.left, pair.right));
            }
            QCOMPARE(std::ssize(pairs), result.labels);
            QCOMPARE(std::ssize(result.bought), result.labels);
            if (result.labels >= 300)
                QCOMPARE(seen, checkpoints);
            if (id == StrategyId::Uniform)
                QCOMPARE(result.labels, std::int64_t{700});
            // Blocks cover the order without gaps.
            Item next = 0;
            for (const Block& block : result.blocks) {
                QCOMPARE(block.first, next);
                next = block.last;
            }
            QCOMPARE(next, Item{60});
        }
    }

    // With a budget of all pairs, ActiveRing and uniform sampling end with all of them.
    void aBudgetOfAllPairsBuysAllPairs() {
        const SimulatedLabels labels = simulateLabels(30, FlipNoise{0.3}, RandomStream(5, "n"));
        for (const StrategyId id : {StrategyId::ActiveRing, StrategyId::Uniform}) {
            SimulationConfig config = withBudget(labelBudget(30, 64));
            config.ring.stopGain = 0;
            QCOMPARE(config.ring.budget, std::int64_t{435});
            const SimulationResult result =
                simulate(id, labels.tournament, config, {}, RandomStream(6, "s"), goOn);
            QCOMPARE(result.labels, std::int64_t{435});
            // A local minimum of the full loss.
            Order order = result.order;
            QCOMPARE(improveOrder(order, labels.tournament), std::int64_t{0});
        }
    }

    // A strategy copied in the middle goes on as the original does.
    void aCopyGoesOnAsTheOriginal() {
        const SimulatedLabels labels = simulateLabels(40, FlipNoise{0.1}, RandomStream(7, "n"));
        RingConfig config;
        config.budget = 600;
        config.resolveEvery = 10;
        const auto original = makeActiveRing(40, config, RandomStream(8, "s"));
        std::unique_ptr<Strategy> copy;
        for (int asked = 0;; ++asked) {
            const auto pair = original->next();
            if (asked == 250)
                copy = original->clone();
            if (asked > 250)
                QVERIFY(copy->next() == pair);
            if (!pair)
                break;
            const Answer answer =
                labels.tournament.label(pair->left, pair->right) > 0 ? Answer::Left : Answer::Right;
            original->tell(answer);
            if (copy) {
                if (asked == 250)
                    QVERIFY(copy->next() == pair);
                copy->tell(answer);
            }
        }
        QCOMPARE(copy->order(), original->order());
    }

    void aRefusedPairIsNotAskedAgain() {
        RingConfig config;
        config.budget = 66;
        config.resolveEvery = 10;
        const auto ring = makeActiveRing(12, config, RandomStream(9, "s"));
        std::set<std::pair<Item, Item>> asked;
        int refused = 0;
        for (int i = 0; auto pair = ring->next(); ++i) {
            QVERIFY(asked.insert(std::minmax(pair->left, pair->right)).second);
            refused += i % 3 == 0 ? 1 : 0;
            ring->tell(i % 3 == 0 ? Answer::Skip : Answer::Tie);
        }
        QCOMPARE(asked.size(), std::size_t{66});
        QCOMPARE(ring->labels().labels(), std::int64_t{66 - refused});
    }

    // What the published method asks for, by the page's own table of its constants.
    void theLiteralMethodCostsWhatItSays() {
        QVERIFY(std::abs(literalLabels(100, 0.5) / 1.3e7 - 1) < 0.03);
        QVERIFY(std::abs(literalLabels(500, 0.5) / 3.0e8 - 1) < 0.03);
        const SimulatedLabels labels = simulateLabels(200, FlipNoise{0.1}, RandomStream(1, "n"));
        SimulationConfig config = withBudget(1);
        config.literal.epsilon = 0.2;
        const SimulationResult all = simulate(StrategyId::SampleAndRank, labels.tournament, config,
                                              {}, RandomStream(1, "s"), goOn);
        // eps^-4 ln n > 3,000 labels for every chaos test, and the whole order is one: all pairs.
        QCOMPARE(all.labels, pairCount(200));
        QCOMPARE(all.literal.improveCalls, std::int64_t{0});
        // With eps = 1 the size test lets local improvement run on 200 > ln^3 200 = 149 items.
        config.literal.epsilon = 1;
        config.literal.c2 = 1000; // nothing is chaotic
        const SimulationResult improved = simulate(StrategyId::SampleAndRank, labels.tournament,
                                                   config, {}, RandomStream(1, "s"), goOn);
        QVERIFY(improved.literal.improveCalls >= 1);
        QVERIFY(improved.literal.nodes > 10);
    }

    void curveCheckpointsHoldTheMultiples() {
        const std::vector<std::int64_t> at = curveCheckpoints(200, labelBudget(200, 8), 24);
        for (const std::int64_t labels : {1060, 2119, 4239, 8477})
            QVERIFY2(std::binary_search(at.begin(), at.end(), labels),
                     qPrintable(QString::number(labels)));
        QVERIFY(std::is_sorted(at.begin(), at.end()));
        QCOMPARE(at.back(), std::int64_t{8477});
        QCOMPARE(curveCheckpoints(2, 1, 24), std::vector<std::int64_t>{1});
    }
};

QTEST_GUILESS_MAIN(TestActiveStrategies)
#include "test_active_strategies.moc"
