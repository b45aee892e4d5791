#include <QtTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "engine/analysis/ranking/permutahedron.h"
#include "engine/analysis/ranking/rank_orders.h"
#include "engine/experiments/online_ranking/doubly_stochastic.h"

using namespace inlay::engine;

namespace {

using Order = std::vector<std::int32_t>;
using Draw = std::function<void(RandomStream&, std::span<std::int32_t>)>;

std::map<Order, double> shares(std::size_t n, int draws, const Draw& draw) {
    std::map<Order, double> counts;
    RandomStream root(7, "test.orders");
    Order order(n);
    for (int i = 0; i < draws; ++i) {
        RandomStream stream = root.split(static_cast<std::uint64_t>(i));
        draw(stream, order);
        counts[order] += 1.0 / draws;
    }
    return counts;
}

// Probability of each order by enumerating all pivots and all sides.
void enumerateQuickSort(const std::vector<double>& weights, const Order& items, double share,
                        const std::function<void(const Order&, double)>& take) {
    if (items.size() < 2) {
        take(items, share);
        return;
    }
    for (const std::int32_t pivot : items) {
        Order others;
        std::copy_if(items.begin(), items.end(), std::back_inserter(others),
                     [pivot](std::int32_t v) { return v != pivot; });
        for (unsigned sides = 0; sides < 1u << others.size(); ++sides) {
            Order left;
            Order right;
            double p = share / static_cast<double>(items.size());
            for (std::size_t i = 0; i < others.size(); ++i) {
                const double a = std::exp(weights[static_cast<std::size_t>(others[i])]);
                const double b = std::exp(weights[static_cast<std::size_t>(pivot)]);
                const bool isLeft = (sides >> i & 1) != 0;
                p *= isLeft ? a / (a + b) : b / (a + b);
                (isLeft ? left : right).push_back(others[i]);
            }
            enumerateQuickSort(weights, left, p, [&](const Order& first, double q) {
                enumerateQuickSort(weights, right, q, [&](const Order& second, double r) {
                    Order all = first;
                    all.push_back(pivot);
                    all.insert(all.end(), second.begin(), second.end());
                    take(all, r);
                });
            });
        }
    }
}

double plackettLuceShare(const std::vector<double>& weights, const Order& order) {
    double left = 0;
    for (const double w : weights)
        left += std::exp(w);
    double share = 1;
    for (const std::int32_t item : order) {
        const double e = std::exp(weights[static_cast<std::size_t>(item)]);
        share *= e / left;
        left -= e;
    }
    return share;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

} // namespace

class TestRankingLaws : public QObject {
    Q_OBJECT

    const std::vector<double> vector_ = {std::log(3.0), std::log(2.0), 0};

private slots:
    // The table of exact probabilities for w = (ln 3, ln 2, 0).
    void exactOrders_data() {
        QTest::addColumn<QString>("order");
        QTest::addColumn<double>("quickSort");
        QTest::addColumn<double>("plackettLuce");
        QTest::newRow("012") << "012" << 1.0 / 3 << 1.0 / 3;
        QTest::newRow("021") << "021" << 11.0 / 60 << 1.0 / 6;
        QTest::newRow("102") << "102" << 7.0 / 30 << 1.0 / 4;
        QTest::newRow("120") << "120" << 1.0 / 10 << 1.0 / 12;
        QTest::newRow("201") << "201" << 1.0 / 12 << 1.0 / 10;
        QTest::newRow("210") << "210" << 1.0 / 15 << 1.0 / 15;
    }

    void exactOrders() {
        QFETCH(const QString, order);
        QFETCH(const double, quickSort);
        QFETCH(const double, plackettLuce);
        Order wanted;
        for (const QChar c : order)
            wanted.push_back(c.digitValue());
        std::map<Order, double> exact;
        enumerateQuickSort(vector_, {0, 1, 2}, 1, [&](const Order& o, double p) { exact[o] += p; });
        QVERIFY(std::abs(exact[wanted] - quickSort) < 1e-15);
        QVERIFY(std::abs(plackettLuceShare(vector_, wanted) - plackettLuce) < 1e-15);
        WeightedOrder sampler;
        static const auto quick = shares(
            3, 1'000'000, [&](RandomStream& s, auto o) { sampler.quickSort(vector_, s, o); });
        static const auto gumbel = shares(
            3, 1'000'000, [&](RandomStream& s, auto o) { sampler.plackettLuce(vector_, s, o); });
        QVERIFY(std::abs(quick.at(wanted) - quickSort) < 0.002);
        QVERIFY(std::abs(gumbel.at(wanted) - plackettLuce) < 0.002);
    }

    // At n = 4 both laws are enumerated: every pair is logistic, the laws themselves differ.
    void pairMarginalsExactly() {
        const std::vector<double> weights = {0.3, -1, 2, 0.7};
        std::map<Order, double> quick;
        enumerateQuickSort(weights, {0, 1, 2, 3}, 1,
                           [&](const Order& o, double p) { quick[o] += p; });
        double largest = 0;
        std::vector<double> quickPairs(16, 0.0);
        std::vector<double> lucePairs(16, 0.0);
        for (const auto& [order, p] : quick) {
            const double luce = plackettLuceShare(weights, order);
            largest = std::max(largest, std::abs(p - luce));
            for (std::size_t a = 0; a < 4; ++a)
                for (std::size_t b = a + 1; b < 4; ++b) {
                    const auto cell = static_cast<std::size_t>(order[a] * 4 + order[b]);
                    quickPairs[cell] += p;
                    lucePairs[cell] += luce;
                }
        }
        for (std::size_t u = 0; u < 4; ++u)
            for (std::size_t v = 0; v < 4; ++v) {
                if (u == v)
                    continue;
                const double exact = 1 / (1 + std::exp(weights[v] - weights[u]));
                QVERIFY(std::abs(quickPairs[u * 4 + v] - exact) < 1e-14);
                QVERIFY(std::abs(lucePairs[u * 4 + v] - exact) < 1e-14);
            }
        QVERIFY(std::abs(largest - 0.0235) < 5e-5);
    }

    void pairMarginalsDrawn_data() {
        QTest::addColumn<bool>("quickSort");
        QTest::newRow("QuickSort") << true;
        QTest::newRow("Plackett-Luce") << false;
    }

    void pairMarginalsDrawn() {
        QFETCH(const bool, quickSort);
        const std::vector<double> weights = {0.5, -0.8, 1.6, 0, -2, 0.9};
        constexpr int kDraws = 2'000'000;
        std::vector<double> before(36, 0.0);
        WeightedOrder sampler;
        RandomStream stream(3, "test.pairs");
        Order order(6);
        for (int i = 0; i < kDraws; ++i) {
            if (quickSort)
                sampler.quickSort(weights, stream, order);
            else
                sampler.plackettLuce(weights, stream, order);
            for (std::size_t a = 0; a < 6; ++a)
                for (std::size_t b = a + 1; b < 6; ++b)
                    before[static_cast<std::size_t>(order[a] * 6 + order[b])] += 1;
        }
        double worst = 0;
        for (std::size_t u = 0; u < 6; ++u)
            for (std::size_t v = 0; v < 6; ++v)
                if (u != v)
                    worst = std::max(worst, std::abs(before[u * 6 + v] / kDraws -
                                                     1 / (1 + std::exp(weights[v] - weights[u]))));
        QVERIFY2(worst < 0.0015, qPrintable(QString::number(worst)));
    }

    // Weights far beyond the range of exp.
    void hugeWeights() {
        WeightedOrder sampler;
        RandomStream stream(1, "test.huge");
        const std::vector<double> weights = {-4000, 5000, 0, 1e6};
        Order order(4);
        const Order expected = {3, 1, 2, 0};
        for (int i = 0; i < 100; ++i) {
            sampler.quickSort(weights, stream, order);
            QCOMPARE(order, expected);
            sampler.plackettLuce(weights, stream, order);
            QCOMPARE(order, expected);
        }
    }

    void radixSortsLikeStableSort_data() {
        QTest::addColumn<int>("size");
        for (const int size : {1, 2, 100, 511, 512, 5000})
            QTest::addRow("%d", size) << size;
    }

    void radixSortsLikeStableSort() {
        QFETCH(const int, size);
        RandomStream stream(5, "test.radix");
        std::vector<float> keys;
        for (int i = 0; i < size; ++i) {
            const double value = stream.uniform(-50, 50);
            keys.push_back(static_cast<float>(i % 3 == 0 ? std::round(value) : value * 1e3));
        }
        Order expected(keys.size());
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
            return keys[static_cast<std::size_t>(a)] > keys[static_cast<std::size_t>(b)];
        });
        Order order(keys.size());
        RadixOrder().sortDescending(keys, order);
        QCOMPARE(order, expected);
    }

    void projectionIsThePermutahedrons() {
        RandomStream stream(11, "test.projection");
        Permutahedron permutahedron;
        for (int round = 0; round < 200; ++round) {
            const auto n = static_cast<std::size_t>(2 + stream.below(30));
            std::vector<double> point(n);
            for (double& x : point)
                x = stream.uniform(-20, 20) * (round % 2 ? 1 : 5);
            std::vector<double> x(n);
            permutahedron.project(point, x);
            std::vector<double> sorted = x;
            std::sort(sorted.begin(), sorted.end(), std::greater<>());
            double sum = 0;
            double most = 0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += sorted[i];
                most += static_cast<double>(n - 1 - i);
                QVERIFY(sum <= most + 1e-9);
            }
            QVERIFY(std::abs(sum - most) < 1e-9);
            std::vector<double> again(n);
            permutahedron.project(x, again);
            QVERIFY(distance(x, again) < 1e-18);
        }
    }

    // Brute force over all vertices: a point of a polytope is the nearest one to another exactly
    // where no vertex lies on the far side of it.
    void projectionIsTheNearestPoint() {
        RandomStream stream(13, "test.nearest");
        Permutahedron permutahedron;
        for (int round = 0; round < 30; ++round) {
            const auto n = static_cast<std::size_t>(2 + round % 5);
            std::vector<double> point(n);
            for (double& x : point)
                x = stream.uniform(-3, 6);
            std::vector<double> x(n);
            permutahedron.project(point, x);
            std::vector<double> vertex(n);
            std::iota(vertex.begin(), vertex.end(), 0.0);
            do {
                double slope = 0;
                for (std::size_t i = 0; i < n; ++i)
                    slope += (x[i] - point[i]) * (vertex[i] - x[i]);
                QVERIFY(slope > -1e-9);
            } while (std::next_permutation(vertex.begin(), vertex.end()));
        }
    }

    void roundingKeepsTheMeans() {
        const std::vector<double> means = {3.1, 3.4, 1.2, 1.8, 0.5, 5.0};
        std::vector<double> sums(6, 0.0);
        Permutahedron permutahedron;
        RandomStream stream(17, "test.rounding");
        Order order(6);
        constexpr int kDraws = 1'000'000;
        std::map<Order, int> seen;
        for (int i = 0; i < kDraws; ++i) {
            permutahedron.round(means, stream, order);
            ++seen[order];
            for (std::size_t place = 0; place < 6; ++place)
                sums[static_cast<std::size_t>(order[place])] += static_cast<double>(place);
        }
        for (std::size_t i = 0; i < 6; ++i)
            QVERIFY2(std::abs(sums[i] / kDraws - means[i]) < 0.004,
                     qPrintable(QString::number(sums[i] / kDraws)));
        // At most three exchanges happen at these means: each doubles the rankings at most.
        QVERIFY2(seen.size() <= 8, qPrintable(QString::number(seen.size())));
        for (const auto& [drawn, count] : seen) {
            Order sorted = drawn;
            std::sort(sorted.begin(), sorted.end());
            QCOMPARE(sorted, (Order{0, 1, 2, 3, 4, 5}));
        }
    }

    void birkhoffKeepsTheMarginals() {
        using namespace online_ranking;
        std::vector<double> matrix = {5, 1, 1, 1, 1, 3, 0.5, 2, 0.2, 1, 4, 1, 1, 2, 1, 0.1};
        const Balance balanced = balance(matrix, 4, 1e-12, 500);
        QVERIFY(balanced.converged);
        for (std::size_t j = 0; j < 4; ++j) {
            double row = 0;
            double column = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                row += matrix[j * 4 + i];
                column += matrix[i * 4 + j];
            }
            QVERIFY(std::abs(row - 1) < 1e-11 && std::abs(column - 1) < 1e-11);
        }
        BirkhoffSampler sampler;
        RandomStream stream(19, "test.birkhoff");
        std::vector<double> counts(16, 0.0);
        Order columnOf(4);
        constexpr int kDraws = 400'000;
        for (int i = 0; i < kDraws; ++i) {
            sampler.draw(matrix, 4, stream, columnOf);
            for (std::size_t row = 0; row < 4; ++row)
                counts[row * 4 + static_cast<std::size_t>(columnOf[row])] += 1.0 / kDraws;
        }
        for (std::size_t i = 0; i < 16; ++i)
            QVERIFY(std::abs(counts[i] - matrix[i]) < 0.004);
    }

    void balancingSaysWhenItDidNot() {
        // No doubly stochastic matrix has these zeros' limit within two sweeps.
        std::vector<double> matrix = {1, 1e-9, 1e-9, 1, 1e-12, 1, 1, 1e-6, 1};
        const online_ranking::Balance balanced = online_ranking::balance(matrix, 3, 1e-12, 2);
        QVERIFY(!balanced.converged);
        QCOMPARE(balanced.sweeps, 2);
        QVERIFY(balanced.residual > 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestRankingLaws)
#include "test_ranking_laws.moc"
