// What is taken from solutions that are not clean, and where nodes go in the end.

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/experiments/graph_clustering/clusters_apart.h"
#include "engine/experiments/graph_clustering/likely_clusters.h"

using namespace inlay::engine;
using namespace inlay::engine::graph_clustering;

namespace {

NodeSet range(std::int32_t begin, std::int32_t end) {
    NodeSet nodes(static_cast<std::size_t>(end - begin));
    std::iota(nodes.begin(), nodes.end(), begin);
    return nodes;
}

/// Rows of a symmetric 0/1 matrix with blocks of these sizes, then `alone` empty rows.
class Rows {
public:
    Rows(const std::vector<std::int32_t>& sizes, std::int32_t alone) {
        std::int32_t first = 0;
        for (const std::int32_t size : sizes) {
            for (std::int32_t i = 0; i < size; ++i)
                supports.push_back(range(first, first + size));
            first += size;
        }
        supports.resize(static_cast<std::size_t>(first + alone));
    }

    void flip(std::int32_t i, std::int32_t j) {
        flipOne(i, j);
        if (i != j)
            flipOne(j, i);
    }

    std::vector<NodeSet> supports;

private:
    void flipOne(std::int32_t i, std::int32_t j) {
        NodeSet& row = supports[static_cast<std::size_t>(i)];
        const auto at = std::lower_bound(row.begin(), row.end(), j);
        if (at != row.end() && *at == j)
            row.erase(at);
        else
            row.insert(at, j);
    }
};

struct Planted {
    PairOracle oracle;
    std::vector<NodeSet> truth;
};

Planted plant(const std::vector<std::int64_t>& sizes, double p, double q, std::uint64_t seed) {
    PlantedGraph graph = plantGraph(sizes, p, q, RandomStream(seed, "graph_clustering.graph"));
    std::vector<NodeSet> truth;
    std::int32_t first = 0;
    for (const std::int64_t size : sizes) {
        truth.push_back(range(first, first + static_cast<std::int32_t>(size)));
        first += static_cast<std::int32_t>(size);
    }
    return {PairOracle(std::move(graph.graph), {}, RandomStream(seed, "graph_clustering.pairs")),
            std::move(truth)};
}

/// Moves a node to the end of another set, in order.
void move(NodeSet& from, NodeSet& to, std::int32_t node) {
    from.erase(std::find(from.begin(), from.end(), node));
    to.insert(std::lower_bound(to.begin(), to.end(), node), node);
}

} // namespace

class TestClustersApart : public QObject {
    Q_OBJECT

private slots:
    void cleanBlocksAreAllFound() {
        const Rows rows({30, 12, 5}, 10);
        const ClustersApart found = clustersApart(rows.supports, 4, 0);
        QCOMPARE(found.clusters,
                 (std::vector<NodeSet>{range(0, 30), range(30, 42), range(42, 47)}));
        QCOMPARE(found.doubtful, std::int64_t(0));
        QCOMPARE(clustersApart(rows.supports, 6, 0).clusters.size(), std::size_t(2));
        QVERIFY(clustersApart({}, 2, 0.05).clusters.empty());
    }

    /// Noise among other nodes does not keep a clean cluster back.
    void noiseElsewhereDoesNotMatter() {
        Rows rows({40, 24}, 16);
        for (std::int32_t i = 40; i < 80; ++i)
            for (std::int32_t j = 40; j < i; ++j)
                if ((i * 7 + j * 13) % 5 == 0)
                    rows.flip(i, j);
        QCOMPARE(clustersApart(rows.supports, 10, 0.05).clusters,
                 std::vector<NodeSet>{range(0, 40)});
    }

    /// One node joined to both clusters breaks every row of them.
    void aBridgeIsLeftOut() {
        Rows rows({40, 40}, 0);
        for (std::int32_t j = 40; j < 62; ++j)
            rows.flip(3, j);
        QVERIFY(clustersApart(rows.supports, 10, 0).clusters.empty());
        const ClustersApart found = clustersApart(rows.supports, 10, 0.05);
        NodeSet first = range(0, 40);
        first.erase(first.begin() + 3);
        QCOMPARE(found.clusters, (std::vector<NodeSet>{range(40, 80), first}));
    }

    void tooManyInDoubtIsNoCluster() {
        Rows rows({40, 40}, 0);
        for (const std::int32_t bridge : {3, 9, 17})
            for (std::int32_t j = 40; j < 62; ++j)
                rows.flip(bridge, j);
        QVERIFY(clustersApart(rows.supports, 10, 0.05).clusters.empty()); // at most 2 of 40
        QCOMPARE(clustersApart(rows.supports, 10, 0.08).clusters.size(), std::size_t(2));
    }

    void misplacedNodesGoHome() {
        const Planted planted = plant({60, 40}, 0.7, 0.3, 1);
        std::vector<NodeSet> clusters = planted.truth;
        move(clusters[0], clusters[1], 7);
        move(clusters[1], clusters[0], 90);
        clusters[1].erase(std::find(clusters[1].begin(), clusters[1].end(), 70));
        const std::vector<double> rates{1, 1};
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.7, 0.3, 0}, rates, 1, clusters),
                 std::int64_t(3));
        QCOMPARE(clusters, planted.truth);
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.7, 0.3, 0}, rates, 1, clusters),
                 std::int64_t(0));
    }

    /// A cluster that was not found is not poured into one that was.
    void strangersStayOut() {
        const Planted planted = plant({80, 40}, 0.8, 0.2, 2);
        std::vector<NodeSet> clusters{planted.truth[0]};
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.8, 0.2, 0}, {1}, 1, clusters),
                 std::int64_t(0));
        QCOMPARE(clusters[0], planted.truth[0]);
    }

    void ratesThatSayNothingMoveNothing_data() {
        QTest::addColumn<double>("inside");
        QTest::addColumn<double>("across");
        QTest::newRow("equal") << 0.5 << 0.5;
        QTest::newRow("across is larger") << 0.3 << 0.6;
        QTest::newRow("none across") << 0.5 << 0.0;
        QTest::newRow("all inside") << 1.0 << 0.2;
    }
    void ratesThatSayNothingMoveNothing() {
        QFETCH(double, inside);
        QFETCH(double, across);
        const Planted planted = plant({20, 20}, 0.7, 0.3, 1);
        std::vector<NodeSet> clusters{planted.truth[1], planted.truth[0]};
        move(clusters[0], clusters[1], 25);
        const std::vector<NodeSet> before = clusters;
        QCOMPARE(moveToLikelyClusters(planted.oracle, {inside, across, 0}, {1, 1}, 1, clusters),
                 std::int64_t(0));
        QCOMPARE(clusters, before);
    }

    /// Only pairs that were seen count: the lower rate of the two nodes.
    void ratesAreThoseOfSeenPairs() {
        const Planted planted = plant({300, 200}, 0.7, 0.2, 4);
        const EdgeRates rates = ratesOfSeenPairs(planted.oracle, {0.2, 0.6}, planted.truth);
        // 9,000 and 12,000 pairs inside, 12,000 across: five deviations are 0.016 and 0.018.
        QVERIFY2(std::abs(rates.inside - 0.7) < 0.016, qPrintable(QString::number(rates.inside)));
        QVERIFY2(std::abs(rates.across - 0.2) < 0.018, qPrintable(QString::number(rates.across)));
    }
};

QTEST_APPLESS_MAIN(TestClustersApart)
#include "test_clusters_apart.moc"
