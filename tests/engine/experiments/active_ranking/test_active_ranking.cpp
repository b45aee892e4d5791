#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "engine/experiments/active_ranking/confidence.h"
#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/noise.h"
#include "engine/experiments/active_ranking/sort_cursor.h"

using namespace inlay::engine;
using namespace inlay::engine::active_ranking;

namespace {

bool always() {
    return true;
}

Tournament coinTournament(Item items, RandomStream& draws) {
    Tournament tournament(items);
    for (Item u = 0; u < items; ++u) {
        for (Item v = u + 1; v < items; ++v)
            tournament.set(u, v, draws.uniform() < 0.5 ? 1 : -1);
    }
    return tournament;
}

std::int64_t bruteForceLoss(const Tournament& tournament) {
    Order order(static_cast<std::size_t>(tournament.items()));
    std::iota(order.begin(), order.end(), 0);
    std::int64_t least = tournament.loss(order);
    while (std::next_permutation(order.begin(), order.end()))
        least = std::min(least, tournament.loss(order));
    return least;
}

template <class Cursor>
std::pair<Order, std::int64_t> sortBy(Cursor cursor, const Tournament& tournament) {
    std::int64_t labels = 0;
    std::set<std::pair<Item, Item>> asked;
    while (const auto pair = cursor.next()) {
        ++labels;
        asked.insert(std::minmax(pair->left, pair->right));
        // What is known so far is an order of all items at any moment.
        Order order = cursor.order();
        std::sort(order.begin(), order.end());
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (order[i] != static_cast<Item>(i))
                return {{}, -1};
        }
        cursor.tell(tournament.label(pair->left, pair->right) > 0);
    }
    if (static_cast<std::int64_t>(asked.size()) != labels)
        return {{}, -2}; // a pair was asked twice
    return {cursor.order(), labels};
}

LabelBook allLabels(const Tournament& tournament) {
    LabelBook book(tournament.items());
    for (Item u = 0; u < tournament.items(); ++u) {
        for (Item v = u + 1; v < tournament.items(); ++v)
            book.add(u, v, static_cast<float>(tournament.label(u, v)));
    }
    return book;
}

} // namespace

/// Labels, sorts and solvers of active ranking against exact answers.
class TestActiveRanking : public QObject {
    Q_OBJECT

private slots:
    void exactOrderIsTheBestOfAllOrders() {
        RandomStream draws(3, "exact");
        for (int round = 0; round < 20; ++round) {
            const Tournament tournament = coinTournament(7, draws);
            const BestKnown exact = exactOrder(tournament);
            QCOMPARE(exact.loss, bruteForceLoss(tournament));
            QCOMPARE(tournament.loss(exact.order), exact.loss);
        }
    }

    // Pairs without a label cost nothing, whatever their order.
    void exactOrderLeavesOutPairsWithoutLabels() {
        RandomStream draws(4, "holes");
        for (int round = 0; round < 20; ++round) {
            Tournament tournament = coinTournament(6, draws);
            for (int hole = 0; hole < 6; ++hole) {
                const auto u = static_cast<Item>(draws.below(6));
                const auto v = static_cast<Item>(draws.below(6));
                if (u != v)
                    tournament.set(u, v, 0);
            }
            QCOMPARE(exactOrder(tournament).loss, bruteForceLoss(tournament));
        }
    }

    // Acceptance check 10.
    void bestKnownIsExactInNearlyAllSmallTournaments() {
        RandomStream draws(10, "small");
        int exactly = 0;
        for (int round = 0; round < 100; ++round) {
            const auto items = static_cast<Item>(4 + draws.below(9));
            const Tournament tournament = coinTournament(items, draws);
            const auto best = bestKnownOrder(
                tournament, {}, 20, RandomStream(static_cast<std::uint64_t>(round), "b"), always);
            const std::int64_t exact = exactOrder(tournament).loss;
            QVERIFY(best->loss >= exact);
            QCOMPARE(tournament.loss(best->order), best->loss);
            exactly += best->loss == exact ? 1 : 0;
        }
        QVERIFY2(exactly > 95, qPrintable(QString::number(exactly)));
    }

    // Acceptance check 11, first half.
    void quickSortAsksAsManyAsTheFormula() {
        constexpr int kRounds = 200;
        const Item n = 200;
        const SimulatedLabels labels = simulateLabels(n, FlipNoise{0}, RandomStream(1, "labels"));
        double sum = 0;
        for (int round = 0; round < kRounds; ++round) {
            const auto [order, asked] =
                sortBy(QuickSortCursor(n, RandomStream(static_cast<std::uint64_t>(round), "quick")),
                       labels.tournament);
            QCOMPARE(order, labels.base);
            sum += static_cast<double>(asked);
        }
        QVERIFY(std::abs(quickSortLabels(n) - 1563) < 1);
        QVERIFY2(std::abs(sum / kRounds / quickSortLabels(n) - 1) < 0.02,
                 qPrintable(QString::number(sum / kRounds)));
    }

    void mergeSortAsksAsManyAsTheFormula() {
        for (const Item n : {2, 3, 20, 30, 50, 100, 333}) {
            const SimulatedLabels labels =
                simulateLabels(n, FlipNoise{0}, RandomStream(2, "labels"));
            double sum = 0;
            constexpr int kRounds = 40;
            for (int round = 0; round < kRounds; ++round) {
                const auto [order, asked] = sortBy(
                    MergeSortCursor(n, RandomStream(static_cast<std::uint64_t>(round), "merge")),
                    labels.tournament);
                QCOMPARE(order, labels.base);
                sum += static_cast<double>(asked);
            }
            if (n >= 20)
                QVERIFY2(std::abs(sum / kRounds / mergeSortLabels(n) - 1) < 0.04,
                         qPrintable(QString::number(sum / kRounds)));
        }
    }

    // Acceptance check 11, second half: at most 3 OPT in expectation on any tournament.
    void quickSortCostsAtMostThreeTimesTheOptimum() {
        RandomStream draws(11, "three");
        for (const NoiseConfig& noise :
             {NoiseConfig(FlipNoise{0.1}), NoiseConfig(CyclesNoise{7}),
              NoiseConfig(AdversarialNoise{0.5}), NoiseConfig(ChaosNoise{0.3})}) {
            const SimulatedLabels labels = simulateLabels(14, noise, draws.split(noise.index()));
            const std::int64_t opt = exactOrder(labels.tournament).loss;
            double sum = 0;
            constexpr int kRounds = 4000;
            for (int round = 0; round < kRounds; ++round) {
                const auto sorted = sortBy(
                    QuickSortCursor(14, RandomStream(static_cast<std::uint64_t>(round), "three")),
                    labels.tournament);
                sum += static_cast<double>(labels.tournament.loss(sorted.first));
            }
            QVERIFY2(sum / kRounds <= 3.0 * static_cast<double>(opt),
                     qPrintable(QString("%1 of %2").arg(sum / kRounds).arg(opt)));
        }
    }

    // Acceptance check 13.
    void aCycleBlockCostsItsSize() {
        const SimulatedLabels block = simulateLabels(10, CyclesNoise{10}, RandomStream(5, "block"));
        QCOMPARE(exactOrder(block.tournament).loss, std::int64_t{10});
        for (const Item n : {100, 200, 500}) {
            const SimulatedLabels labels =
                simulateLabels(n, CyclesNoise{10}, RandomStream(6, "cycles"));
            // Between blocks all labels agree with the base order, so that no order costs less.
            const std::vector<Item> place = positionsOf(labels.base);
            for (Item u = 0; u < n; ++u) {
                for (Item v = 0; v < n; ++v) {
                    const Item pu = place[static_cast<std::size_t>(u)];
                    const Item pv = place[static_cast<std::size_t>(v)];
                    if (pu / 10 < pv / 10)
                        QCOMPARE(labels.tournament.label(u, v), 1);
                }
            }
            const auto best =
                bestKnownOrder(labels.tournament, {}, 20, RandomStream(7, "opt"), always);
            QCOMPARE(best->loss, std::int64_t{n});
        }
    }

    void noiseHasTheSharesItSays() {
        const Item n = 400;
        const auto wrong = [&](const NoiseConfig& noise, auto counts) {
            const SimulatedLabels labels = simulateLabels(n, noise, RandomStream(8, "noise"));
            double wrongLabels = 0;
            double pairs = 0;
            for (Item i = 0; i < n; ++i) {
                for (Item j = i + 1; j < n; ++j) {
                    if (!counts(j - i))
                        continue;
                    ++pairs;
                    wrongLabels +=
                        labels.tournament.label(labels.base[static_cast<std::size_t>(i)],
                                                labels.base[static_cast<std::size_t>(j)]) < 0
                            ? 1
                            : 0;
                }
            }
            return wrongLabels / pairs;
        };
        const auto all = [](Item) {
            return true;
        };
        const auto far = [](Item d) {
            return 2 * d > n;
        };
        const auto near = [](Item d) {
            return 2 * d <= n;
        };
        const auto at40 = [](Item d) {
            return d == 40;
        };
        QVERIFY(std::abs(wrong(FlipNoise{0.1}, all) - 0.1) < 0.005);
        QVERIFY(std::abs(wrong(AdversarialNoise{0.2}, far) - 0.2) < 0.01);
        QCOMPARE(wrong(AdversarialNoise{0.2}, near), 0.0);
        QVERIFY(std::abs(wrong(ChaosNoise{0.1}, all) - 0.5 * (1 - 0.9 * 0.9)) < 0.01);
        QVERIFY(std::abs(wrong(BtlNoise{20}, at40) - 1 / (1 + std::exp(2.0))) < 0.06);
    }

    // With all labels known the sparse and the dense search stand at local minima of the same loss.
    void insertionNeverWorsensAndCountsItsGain() {
        RandomStream draws(12, "insertion");
        for (int round = 0; round < 20; ++round) {
            const SimulatedLabels labels =
                simulateLabels(60, FlipNoise{0.2}, draws.split(static_cast<std::uint64_t>(round)));
            const LabelBook book = allLabels(labels.tournament);
            Order start(60);
            std::iota(start.begin(), start.end(), 0);
            Order sparse = start;
            Order dense = start;
            const auto before = static_cast<double>(labels.tournament.loss(start));
            const double gain = improveOrder(sparse, book);
            QCOMPARE(before - static_cast<double>(labels.tournament.loss(sparse)), gain);
            QCOMPARE(static_cast<double>(labels.tournament.loss(sparse)), book.loss(sparse));
            const std::int64_t denseGain = improveOrder(dense, labels.tournament);
            QCOMPARE(before - static_cast<double>(labels.tournament.loss(dense)),
                     static_cast<double>(denseGain));
            // No single item can move to gain more.
            Order again = dense;
            QCOMPARE(improveOrder(again, labels.tournament), std::int64_t{0});
            QCOMPARE(improveOrder(sparse, book), 0.0);
        }
    }

    // An item that loses to everyone, seen by three labels only: moved just past the last of them.
    void insertionTakesTheNearestBestGap() {
        LabelBook book(6);
        for (const Item other : {1, 2, 3})
            book.add(0, other, -1);
        Order order = {0, 1, 2, 3, 4, 5};
        QCOMPARE(improveOrder(order, book), 3.0);
        QCOMPARE(order, (Order{1, 2, 3, 0, 4, 5}));
    }

    // Two items, one answer: the likelihood of a swap is p against 1 - p.
    void confidenceOfOneAnswerIsItsNoise() {
        LabelBook book(2);
        book.add(0, 1, 1);
        const auto places = placeConfidences({0, 1}, book, 0.2);
        QVERIFY(std::abs(places[0].here - 0.8) < 1e-12);
        QCOMPARE(places[0].low, 0);
        QCOMPARE(places[0].high, 1);
        const auto doubt = doubtfulPairs({0, 1}, book, 0.2, 10);
        QCOMPARE(doubt.size(), std::size_t{1});
        QVERIFY(std::abs(doubt[0].probability - 0.2) < 1e-12);
        book.add(0, 1, 1); // said again: 0.04 against 0.64
        QVERIFY(doubtfulPairs({0, 1}, book, 0.2, 10).empty());
        QVERIFY(std::abs(placeConfidences({0, 1}, book, 0.2)[0].here - 16.0 / 17) < 1e-12);
        // Never asked: nothing is known.
        QVERIFY(std::abs(doubtfulPairs({0, 1}, LabelBook(2), 0.2, 10)[0].probability - 0.5) <
                1e-12);
    }

    // Three quarters of repeats agreeing means p = (1 - sqrt(1/2)) / 2.
    void noiseFollowsFromRepeats() {
        LabelBook book(3);
        book.add(0, 1, 1);
        book.add(1, 2, 1);
        QVERIFY(std::abs(estimatedNoise({0, 1, 2}, book, 100, 75) -
                         std::max(0.25, (1 - std::sqrt(0.5)) / 2)) < 1e-12);
        QVERIFY(std::abs(estimatedNoise({0, 1, 2}, book, 100, 55) - (1 - std::sqrt(0.1)) / 2) <
                1e-12);
        QCOMPARE(estimatedNoise({0, 1, 2}, book, 100, 10), 0.45);
    }
};

QTEST_GUILESS_MAIN(TestActiveRanking)
#include "test_active_ranking.moc"
