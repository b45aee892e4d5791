#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/analysis/partition_metrics.h"
#include "engine/experiments/graph_clustering/baselines/communities.h"
#include "engine/experiments/graph_clustering/baselines/spectral.h"
#include "engine/experiments/graph_clustering/comparison.h"
#include "engine/experiments/graph_clustering/recovery.h"
#include "engine/experiments/graph_clustering/recovery_labels.h"
#include "engine/experiments/graph_clustering/recovery_state.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
using namespace inlay::engine::graph_clustering;

namespace {

struct Planted {
    PairOracle oracle;
    std::vector<std::int32_t> truth;
    RecoverySettings settings;
};

Planted plant(const std::vector<std::int64_t>& sizes, double p, double q, std::uint64_t seed) {
    PlantedGraph graph = plantGraph(sizes, p, q, RandomStream(seed, "graph_clustering.graph"));
    Planted planted{
        PairOracle(std::move(graph.graph), {}, RandomStream(seed, "graph_clustering.pairs")),
        std::move(graph.truth),
        {}};
    planted.settings.rates = EdgeRates{p, q, 0};
    return planted;
}

/// Clusters one by one, cleaned up by likelihood: the defaults of the kind.
void asShipped(RecoverySettings& settings) {
    settings.acceptance = Acceptance::Each;
    settings.cleanUp = CleanUp::Likelihood;
}

struct Keep final : RecoveryObserver {
    std::vector<SolveRecord> solves;
    std::vector<double> means; // of the blocks of the truth, first solve
    const std::vector<std::int32_t>* truth = nullptr;
    QStringList notes;
    void solveEnded(const SolveRecord& record, const ConvexProgram& program,
                    const std::vector<std::int32_t>& members, const RecoveryState&) override {
        solves.push_back(record);
        if (truth && means.empty() && members.size() == truth->size()) {
            const std::int64_t parts = truth->back() + 1;
            const std::vector<double> all = blockMeans(program.state(), *truth, parts);
            for (std::int64_t c = 0; c < parts; ++c)
                means.push_back(all[static_cast<std::size_t>(c * parts + c)]);
        }
    }
    QStringList warnings;
    void note(const std::string& sentence) override { notes << QString::fromStdString(sentence); }
    void warning(const std::string& sentence) override {
        warnings << QString::fromStdString(sentence);
    }
};

std::vector<bool> exactOf(const Planted& planted, const RecoveryOutcome& outcome) {
    return exactlyRecovered(planted.truth,
                            labelsOf(planted.oracle.nodes(), outcome.state.clusters));
}

void requireDisjoint(const RecoveryOutcome& outcome, std::int64_t nodes) {
    std::vector<int> seen(static_cast<std::size_t>(nodes));
    for (const NodeSet& cluster : outcome.state.clusters)
        for (const std::int32_t node : cluster)
            ++seen[static_cast<std::size_t>(node)];
    for (const std::int32_t node : outcome.left)
        ++seen[static_cast<std::size_t>(node)];
    QVERIFY(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));
}

} // namespace

class TestRecovery : public QObject {
    Q_OBJECT

private slots:
    // Test 2: Exp 1 of the paper. All 20 seeds of the calibration: docs/clustering-graph.md.
    void experimentOne_data() {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 3; ++seed)
            QTest::addRow("seed %d", seed) << seed;
    }

    void experimentOne() {
        QFETCH(const int, seed);
        const Planted planted =
            plant({800, 200, 80, 20}, 0.7, 0.3, static_cast<std::uint64_t>(seed));
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        const std::vector<bool> exact = exactOf(planted, outcome);
        QVERIFY(exact[0] && exact[1] && exact[2]);
        requireDisjoint(outcome, 1100);
        QCOMPARE(outcome.state.queries, std::int64_t(1100 * 1099 / 2));
    }

    // Test 3: Exp 2.
    void experimentTwo() {
        Planted planted = plant({800, 200, 50, 50}, 0.7, 0.1, 0);
        planted.settings.observation = Observation::Fixed;
        planted.settings.rate = 0.3;
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        const std::vector<bool> exact = exactOf(planted, outcome);
        QVERIFY(exact[0] && exact[1]);
        const auto after = std::find_if(keep.solves.begin(), keep.solves.end(),
                                        [](const SolveRecord& r) { return r.round == 2; });
        QVERIFY(after != keep.solves.end());
        QCOMPARE(after->setting.nodes, std::int64_t(100));
    }

    // Test 4: Figure 2 of the paper.
    void middleSizedBlocksArePartlyThere() {
        Planted planted = plant({500, 150, 70, 30}, 0.8, 0.2, 0);
        planted.settings.observation = Observation::Fixed;
        planted.settings.rate = 0.12;
        planted.settings.kappaStart = 1.25;
        planted.settings.algorithm = Algorithm::Single;
        Keep keep;
        keep.truth = &planted.truth;
        recover(planted.oracle, planted.settings, {}, keep);
        QCOMPARE(keep.means.size(), std::size_t(4));
        QVERIFY2(keep.means[0] >= 0.98, qPrintable(QString::number(keep.means[0])));
        QVERIFY2(keep.means[1] >= 0.3 && keep.means[1] <= 0.8,
                 qPrintable(QString::number(keep.means[1])));
        QVERIFY(keep.means[2] <= 0.02 && keep.means[3] <= 0.02);
    }

    // Test 5: one planted block among 600 nodes (the others are alone). The page's p = .8, q = .2
    // has a noise number of 1.08 there; .9 and .1 have the 0.8 that it asks for. Of twenty
    // seeds all find the block at 1.25 s0 and none anything at 0.8 s0 (docs/clustering-graph.md).
    void sizeDecides_data() {
        QTest::addColumn<double>("times");
        QTest::newRow("1.25 s0") << 1.25;
        QTest::newRow("0.8 s0") << 0.8;
    }

    void sizeDecides() {
        QFETCH(const double, times);
        const std::int64_t n = 600;
        const ProgramSetting setting = {n, 0.9, 0.1, thresholdOf(0.9, 0.1), 2, 1.0};
        QVERIFY(noiseNumber(setting) < 0.9);
        const double s0 = smallestRecoverable(setting);
        std::vector<std::int64_t> sizes = {std::llround(times * s0)};
        sizes.resize(static_cast<std::size_t>(n - sizes[0] + 1), 1);
        Planted planted = plant(sizes, 0.9, 0.1, 1);
        planted.settings.algorithm = Algorithm::Single;
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        if (times > 1) {
            QCOMPARE(outcome.state.clusters.size(), std::size_t(1));
            QVERIFY(exactOf(planted, outcome)[0]);
        } else {
            QVERIFY(outcome.state.clusters.empty());
            QVERIFY(keep.solves[0].rounding.roundedEntries <= n / 2); // the diagonal at most
        }
    }

    /// Rates far from those of the graph: what the solution shows stays, and the run ends.
    void wrongRatesTakeNothingApart() {
        std::vector<std::int64_t> sizes(41, 1);
        sizes[0] = 160;
        Planted planted = plant(sizes, 0.4, 0.1, 1);
        planted.settings.rates = EdgeRates{0.9, 0.1, 0};
        asShipped(planted.settings);
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QCOMPARE(outcome.state.clusters.size(), std::size_t(1));
        // Up to a twentieth may be in doubt, and no answer is likely at these rates.
        const NodeSet& found = outcome.state.clusters[0];
        QVERIFY2(found.size() >= 152 && found.back() < 160,
                 qPrintable(QString::number(found.size())));
        QVERIFY(keep.warnings.join(' ').contains("Check the rates"));
    }

    /// Blocks of fewer nodes than the smallest cluster are none, however they are taken.
    void smallestClusterIsKept_data() {
        QTest::addColumn<bool>("each");
        QTest::newRow("each") << true;
        QTest::newRow("whole") << false;
    }
    void smallestClusterIsKept() {
        QFETCH(const bool, each);
        Planted planted = plant({120, 60}, 0.9, 0.1, 2);
        planted.settings.acceptance = each ? Acceptance::Each : Acceptance::Whole;
        planted.settings.cleanUp = CleanUp::Likelihood;
        Keep both;
        QCOMPARE(recover(planted.oracle, planted.settings, {}, both).state.clusters.size(),
                 std::size_t(2));
        planted.settings.smallestCluster = 100;
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        for (const NodeSet& cluster : outcome.state.clusters)
            QVERIFY(cluster.size() >= 100);
        QVERIFY(!exactOf(planted, outcome)[1]);
    }

    /// Pairs that nobody knows ('?') are seen at no rate, and p, q and t of what is solved are
    /// smaller for it.
    void unknownPairsLowerTheRates() {
        PlantedGraph graph =
            plantGraph({150, 150}, 0.8, 0.2, RandomStream(6, "graph_clustering.graph"));
        DenseGraph unknown(300);
        const PairUniforms chance(RandomStream(6, "test.unknown"));
        for (std::int64_t i = 0; i < 300; ++i)
            for (std::int64_t j = 0; j < i; ++j)
                if (chance.at(i, j) < 0.7)
                    unknown.mutableRow(i)[j] = unknown.mutableRow(j)[i] = 1;
        Planted planted{PairOracle(std::move(graph.graph), std::move(unknown),
                                   RandomStream(6, "graph_clustering.pairs")),
                        std::move(graph.truth),
                        {}};
        planted.settings.rates = EdgeRates{0.8, 0.2, 0};
        asShipped(planted.settings);
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QVERIFY2(std::abs(keep.solves[0].setting.inside - 0.24) < 0.01,
                 qPrintable(QString::number(keep.solves[0].setting.inside)));
        QCOMPARE(exactOf(planted, outcome), (std::vector<bool>{true, true}));
    }

    /// A cluster found at the last rate does not end the search: the rest is smaller then.
    void theLastRateIsTriedAgain() {
        Planted planted = plant({500, 16}, 0.8, 0.2, 7);
        planted.settings.observation = Observation::Active;
        planted.settings.rateStep = 1;
        asShipped(planted.settings);
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QCOMPARE(exactOf(planted, outcome), (std::vector<bool>{true, true}));
        QCOMPARE(outcome.state.round, std::int64_t(2));
        QCOMPARE(outcome.state.queries, std::int64_t(516 * 515 / 2));
    }

    void activeAsksUntilAClusterAppears() {
        Planted planted = plant({120, 40}, 0.9, 0.1, 3);
        planted.settings.observation = Observation::Active;
        asShipped(planted.settings);
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        const std::vector<bool> exact = exactOf(planted, outcome);
        QVERIFY(exact[0]);
        const std::vector<PairCount> asked =
            pairsAsked(planted.oracle, planted.truth, 2, outcome.rateOfNode);
        QCOMPARE(asked[0].available, std::int64_t(120 * 119 / 2));
        const auto share = [](const PairCount& count) {
            return static_cast<double>(count.asked) / static_cast<double>(count.available);
        };
        QVERIFY(share(asked[0]) < 1);
        QVERIFY(share(asked[1]) > share(asked[0]) - 0.05);
        QVERIFY(outcome.state.queries < 160 * 159 / 2);
    }

    /// Experiment 3 of the paper, seed 0: the largest cluster is taken first, and what is asked
    /// afterwards is about the smaller ones. Of seeds 0 to 19 all have the first two exact, 16 all.
    void smallClustersAreAskedAboutMore() {
        Planted planted = plant({800, 200, 50, 50}, 0.7, 0.3, 0);
        planted.settings.observation = Observation::Active;
        asShipped(planted.settings);
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QCOMPARE(exactOf(planted, outcome), (std::vector<bool>{true, true, true, true}));
        const std::vector<double>& rates = outcome.state.rateOf;
        QCOMPARE(rates.size(), std::size_t(4));
        QVERIFY(std::is_sorted(rates.begin(), rates.end()));
        QVERIFY2(rates[0] <= 0.2, qPrintable(QString::number(rates[0])));
        QVERIFY2(rates[1] <= 0.425, qPrintable(QString::number(rates[1])));
        QVERIFY(rates[2] >= 2 * rates[0]);
        QVERIFY(outcome.state.queries < 1100 * 1099 / 2 / 3);
    }

    /// Experiments 1 and 2 with clusters taken one by one and clean-up by likelihood. Of seeds 0 to
    /// 19 all four clusters are exact in 17 and 17 (the paper says 90 % and 70 %), the first two in
    /// all.
    void everyClusterIsFound_data() {
        QTest::addColumn<bool>("partial");
        QTest::newRow("experiment 1") << false;
        QTest::newRow("experiment 2") << true;
    }
    void everyClusterIsFound() {
        QFETCH(bool, partial);
        for (const std::uint64_t seed : {2, 5}) {
            Planted planted = partial ? plant({800, 200, 50, 50}, 0.7, 0.1, seed)
                                      : plant({800, 200, 80, 20}, 0.7, 0.3, seed);
            if (partial) {
                planted.settings.observation = Observation::Fixed;
                planted.settings.rate = 0.3;
            }
            asShipped(planted.settings);
            Keep keep;
            const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
            QCOMPARE(exactOf(planted, outcome), (std::vector<bool>{true, true, true, true}));
        }
    }

    /// Whole solutions are clean at higher rates only.
    void wholeSolutionsAreWaitedFor() {
        Planted planted = plant({120, 40, 12}, 0.85, 0.15, 3);
        planted.settings.observation = Observation::Active;
        planted.settings.acceptance = Acceptance::Each;
        Keep each;
        const RecoveryOutcome taken = recover(planted.oracle, planted.settings, {}, each);
        planted.settings.acceptance = Acceptance::Whole;
        Keep whole;
        const RecoveryOutcome waited = recover(planted.oracle, planted.settings, {}, whole);
        QVERIFY(!taken.state.rateOf.empty() && !waited.state.rateOf.empty());
        QVERIFY(taken.state.rateOf.front() < waited.state.rateOf.front());
        QVERIFY(taken.state.queries < waited.state.queries);
    }

    void budgetEndsTheQuestions() {
        Planted planted = plant({60, 40}, 0.9, 0.1, 3);
        planted.settings.observation = Observation::Active;
        planted.settings.queryBudget = 300;
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QVERIFY(outcome.end == RecoveryEnd::BudgetSpent);
        QVERIFY(outcome.state.queries <= 300);
        QVERIFY(outcome.sentence.find("budget of 300 pairs is spent") != std::string::npos);
    }

    void kappaTooLargeIsSaid() {
        Planted planted = plant({40, 20}, 0.9, 0.1, 3);
        planted.settings.kappaStart = 50;
        Keep keep;
        const RecoveryOutcome outcome = recover(planted.oracle, planted.settings, {}, keep);
        QVERIFY(outcome.state.clusters.empty());
        QCOMPARE(keep.warnings.size(), 1);
        QVERIFY2(keep.warnings[0].contains("no cluster can appear; lower kappa below"),
                 qPrintable(keep.warnings[0]));
    }

    void stoppingAndGoingOnChangesNothing_data() {
        QTest::addColumn<bool>("active");
        QTest::newRow("full, whole solutions, no clean-up") << false;
        QTest::newRow("active, each cluster, by likelihood") << true;
    }
    void stoppingAndGoingOnChangesNothing() {
        QFETCH(const bool, active);
        Planted planted = plant({60, 30, 15}, 0.9, 0.1, 2);
        if (active) {
            planted.settings.observation = Observation::Active;
            asShipped(planted.settings);
        }
        Keep keep;
        const RecoveryOutcome whole = recover(planted.oracle, planted.settings, {}, keep);
        QVERIFY(whole.state.clusters.size() >= 2);
        struct StopLate final : RecoveryObserver {
            int left = 0;
            bool iterated(const SolverIteration&, const ConvexProgram&) override {
                return left-- > 0;
            }
        };
        const QTemporaryDir folder;
        const std::string path = folder.filePath("checkpoint").toStdString();
        RecoveryOutcome outcome;
        int stops = 0;
        for (int allowed = 5; allowed < 8000; allowed = 2 * allowed) {
            StopLate stop;
            stop.left = allowed;
            outcome = recover(planted.oracle, planted.settings, outcome.state, stop);
            if (outcome.end != RecoveryEnd::Stopped)
                break;
            ++stops;
            writeRecovery(path, {outcome.state, 0, 0, 0, 0});
            outcome.state = readRecovery(path, 105).state;
        }
        QVERIFY(stops >= 2);
        QVERIFY(outcome.end != RecoveryEnd::Stopped);
        QVERIFY(outcome.state.clusters == whole.state.clusters);
        QCOMPARE(outcome.state.queries, whole.state.queries);
        QVERIFY(outcome.state.rateOf == whole.state.rateOf);
        QVERIFY(outcome.rateOfNode == whole.rateOfNode);
    }

    void threadsChangeNothing() {
        Planted planted = plant({160, 60}, 0.8, 0.2, 4);
        planted.settings.observation = Observation::Active;
        asShipped(planted.settings);
        const int before = inlay::kernels::threadCount();
        std::vector<Keep> keeps(3);
        std::vector<RecoveryOutcome> outcomes;
        for (std::size_t i = 0; i < keeps.size(); ++i) {
            inlay::kernels::setThreadCount(i == 0 ? 1 : static_cast<int>(2 * i + 1));
            outcomes.push_back(recover(planted.oracle, planted.settings, {}, keeps[i]));
        }
        inlay::kernels::setThreadCount(before);
        QVERIFY(!outcomes[0].state.clusters.empty());
        for (std::size_t i = 1; i < keeps.size(); ++i) {
            QVERIFY(outcomes[i].state.clusters == outcomes[0].state.clusters);
            QCOMPARE(keeps[i].solves.size(), keeps[0].solves.size());
            for (std::size_t s = 0; s < keeps[0].solves.size(); ++s) {
                QCOMPARE(keeps[i].solves[s].report.objective, keeps[0].solves[s].report.objective);
                QCOMPARE(keeps[i].solves[s].report.last.primal,
                         keeps[0].solves[s].report.last.primal);
            }
        }
    }

    // Empty, edgeless, complete, and tiny graphs are answers, not errors.
    void plainGraphsAreNoErrors() {
        for (const std::int64_t n : {0, 1, 2, 40}) {
            for (const double joined : {0.0, 1.0}) {
                DenseGraph graph(n);
                for (std::int64_t i = 0; i < n; ++i)
                    for (std::int64_t j = 0; j < i; ++j)
                        graph.setEdge(i, j, joined > 0);
                const PairOracle oracle(std::move(graph), {}, RandomStream(0, "test"));
                RecoverySettings settings; // rates are estimated
                Keep keep;
                const RecoveryOutcome outcome = recover(oracle, settings, {}, keep);
                requireDisjoint(outcome, n);
                if (n == 40 && joined == 0)
                    QVERIFY(outcome.state.clusters.empty());
                // All 40 are one cluster.
                if (n == 40 && joined == 1) {
                    QCOMPARE(outcome.state.clusters.size(), std::size_t(1));
                    QCOMPARE(outcome.state.clusters[0].size(), std::size_t(40));
                }
            }
        }
    }

    void unknownPairsAreNotAsked() {
        PlantedGraph planted = plantGraph({30, 20}, 0.9, 0.1, RandomStream(1, "test"));
        DenseGraph unknown(50);
        unknown.setEdge(0, 1, true);
        unknown.setEdge(2, 40, true);
        const PairOracle oracle(std::move(planted.graph), std::move(unknown),
                                RandomStream(1, "test.pairs"));
        std::vector<std::int32_t> nodes(50);
        std::iota(nodes.begin(), nodes.end(), 0);
        QVERIFY(!oracle.observe(nodes, 1).edge(0, 1));
        QCOMPARE(oracle.pairsBetween(nodes, 0, 1), std::int64_t(50 * 49 / 2 - 2));
    }

    void baselinesFindEqualClusters() {
        PlantedGraph planted = plantGraph({50, 50, 50}, 0.7, 0.1, RandomStream(2, "test"));
        EdgeSet edges;
        for (std::int32_t i = 0; i < 150; ++i)
            for (std::int32_t j = i + 1; j < 150; ++j)
                if (planted.graph.edge(i, j))
                    edges.emplace_back(i, j);
        const auto spectral = spectralClusters(planted.graph, 3, RandomStream(2, "spectral"));
        QCOMPARE(adjustedRandIndex(planted.truth, spectral), 1.0);
        const auto louvain = louvainCommunities(150, edges, 7);
        const auto leiden = leidenCommunities(150, edges, 7);
        QCOMPARE(adjustedRandIndex(planted.truth, louvain), 1.0);
        QCOMPARE(adjustedRandIndex(planted.truth, leiden), 1.0);
        QVERIFY(leiden == leidenCommunities(150, edges, 7));
    }

    void ratesAreEstimated() {
        const PlantedGraph planted = plantGraph({100, 100, 100}, 0.7, 0.2, RandomStream(3, "test"));
        const EdgeRates rates = estimateFromSpectrum(planted.graph);
        QVERIFY2(std::abs(rates.inside - 0.7) < 0.05, qPrintable(QString::number(rates.inside)));
        QVERIFY2(std::abs(rates.across - 0.2) < 0.05, qPrintable(QString::number(rates.across)));
        NodeSet first(100);
        std::iota(first.begin(), first.end(), 0);
        NodeSet rest(200);
        std::iota(rest.begin(), rest.end(), 100);
        const EdgeRates known = estimateFromClusters(planted.graph, {first});
        QVERIFY(std::abs(known.inside - 0.7) < 0.03);
    }
};

QTEST_GUILESS_MAIN(TestRecovery)
#include "test_recovery.moc"
