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
        const std::vector<double> rates(100, 1.0);
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.7, 0.3, 0}, rates, 2, clusters),
                 std::int64_t(3));
        QCOMPARE(clusters, planted.truth);
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.7, 0.3, 0}, rates, 2, clusters),
                 std::int64_t(0));
    }

    void strangersStayOut_data() {
        QTest::addColumn<int>("found");
        QTest::addColumn<int>("strangers");
        QTest::addColumn<double>("inside");
        QTest::newRow("large cluster") << 80 << 40 << 0.8;
        // Of 20 pairs 8 are edges by chance: not far below a member, but no sign of one.
        QTest::newRow("small cluster") << 20 << 80 << 0.7;
    }
    /// A cluster that was not found is not poured into one that was.
    void strangersStayOut() {
        QFETCH(const int, found);
        QFETCH(const int, strangers);
        QFETCH(const double, inside);
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            const Planted planted = plant({found, strangers}, inside, 1 - inside, seed);
            std::vector<NodeSet> clusters{planted.truth[0]};
            const std::vector<double> rates(static_cast<std::size_t>(found + strangers), 1.0);
            moveToLikelyClusters(planted.oracle, {inside, 1 - inside, 0}, rates, 2, clusters);
            const auto joined = static_cast<int>(clusters[0].size()) - found;
            // P(more than 10 edges of 20 at .3) is 1.7 %; each that joins speaks for the next.
            QVERIFY2(joined <= strangers / 10, qPrintable(QString::number(joined)));
        }
    }

    /// Nodes do not leave a cluster that would be smaller than any may be.
    void smallestClustersKeepTheirNodes() {
        const Planted planted = plant({60, 8}, 0.9, 0.1, 5);
        std::vector<NodeSet> clusters = planted.truth;
        move(clusters[0], clusters[1], 3);
        const std::vector<double> rates(68, 1.0);
        std::vector<NodeSet> kept = clusters;
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.9, 0.1, 0}, rates, 9, kept),
                 std::int64_t(0));
        QCOMPARE(moveToLikelyClusters(planted.oracle, {0.9, 0.1, 0}, rates, 8, clusters),
                 std::int64_t(1));
        QCOMPARE(clusters, planted.truth);
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
        const std::vector<double> rates(40, 1.0);
        QCOMPARE(moveToLikelyClusters(planted.oracle, {inside, across, 0}, rates, 2, clusters),
                 std::int64_t(0));
        QCOMPARE(clusters, before);
    }

    /// Only pairs that were seen count: the lower rate of the two nodes.
    void ratesAreThoseOfSeenPairs() {
        const Planted planted = plant({300, 200}, 0.7, 0.2, 4);
        std::vector<double> rateOfNode(300, 0.2);
        rateOfNode.resize(500, 0.6);
        const EdgeRates rates = ratesOfSeenPairs(planted.oracle, rateOfNode, planted.truth);
        // 9,000 and 12,000 pairs inside, 12,000 across: five deviations are 0.016 and 0.018.
        QVERIFY2(std::abs(rates.inside - 0.7) < 0.016, qPrintable(QString::number(rates.inside)));
        QVERIFY2(std::abs(rates.across - 0.2) < 0.018, qPrintable(QString::number(rates.across)));
        // One cluster found: the pairs of its nodes with all others are across.
        const EdgeRates one = ratesOfSeenPairs(planted.oracle, rateOfNode, {planted.truth.front()});
        QVERIFY(std::abs(one.inside - 0.7) < 0.024); // 9,000 pairs
        QVERIFY2(std::abs(one.across - 0.2) < 0.018, qPrintable(QString::number(one.across)));
    }
};

QTEST_APPLESS_MAIN(TestClustersApart)
#include "test_clusters_apart.moc"
