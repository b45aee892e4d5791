#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>

#include "engine/experiments/graph_clustering/convex_program.h"
#include "engine/experiments/graph_clustering/pair_oracle.h"
#include "engine/experiments/graph_clustering/planted_model.h"
#include "engine/experiments/graph_clustering/rounding.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
using namespace inlay::engine::graph_clustering;

namespace {

ProgramSetting settingOf(std::int64_t n, double p, double q, double kappa) {
    return {n, p, q, thresholdOf(p, q), 2, kappa};
}

PlantedGraph plant(const std::vector<std::int64_t>& sizes, double p, double q, std::uint64_t seed) {
    return plantGraph(sizes, p, q, RandomStream(seed, "graph_clustering.graph"));
}

Eigen::MatrixXd solutionOf(const ProgramState& state) {
    const std::int64_t n = state.nodes();
    Eigen::MatrixXd z(n, n);
    std::vector<float> row(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) {
        state.solutionRow(i, row.data());
        for (std::int64_t j = 0; j < n; ++j)
            z(i, j) = row[static_cast<std::size_t>(j)];
    }
    return z;
}

std::vector<std::size_t> sizesOf(const Rounding& rounding) {
    std::vector<std::size_t> sizes;
    for (const NodeSet& block : rounding.blocks)
        sizes.push_back(block.size());
    return sizes;
}

} // namespace

class TestConvexProgram : public QObject {
    Q_OBJECT

private slots:
    // The table of section 2.4 of the page, first column of numbers.
    void predictorMatchesTheTable() {
        const auto s0 = [](std::int64_t n, double p, double q) {
            return smallestRecoverable(settingOf(n, p, q, 1));
        };
        QVERIFY(std::abs(s0(1100, 0.7, 0.3) - 71.7) < 0.05);
        QVERIFY(std::abs(s0(20, 0.7, 0.3) - 6.3) < 0.05);
        QVERIFY(std::abs(s0(1100, 0.21, 0.03) - 85.6) < 0.05);
        QVERIFY(std::abs(s0(100, 0.21, 0.03) - 20.9) < 0.05);
        QVERIFY(std::abs(s0(1100, 0.14, 0.06) - 198) < 0.5);
        QVERIFY(std::abs(s0(300, 0.28, 0.12) - 63) < 0.5);
        QVERIFY(std::abs(s0(100, 0.665, 0.285) - 18.3) < 0.05);
        QVERIFY(std::abs(s0(4500, 0.12, 0.03) - 321) < 1);
        QVERIFY(std::abs(s0(750, 0.096, 0.024) - 131) < 0.5);
        QVERIFY(std::abs(noiseNumber(settingOf(1100, 0.7, 0.3, 1)) - 1.21) < 0.01);
        QVERIFY(std::abs(noiseNumber(settingOf(750, 0.096, 0.024, 1)) - 1.17) < 0.01);
        const ProgramWeights w = programWeights(settingOf(1100, 0.7, 0.3, 1));
        QVERIFY(std::abs(w.absentEdge / (w.missedEdge + w.absentEdge) - 0.4) < 1e-12);
    }

    // Test 1: A = K*, t as for p = .99, q = .01.
    void noiselessIsExact() {
        const PlantedGraph planted = plant({90, 60, 40}, 1, 0, 0);
        const ProgramSetting setting = settingOf(190, 0.99, 0.01, 1);
        QVERIFY(smallestRecoverable(setting) < 40);
        ConvexProgram program(planted.graph);
        const SolveReport report = program.solve(programWeights(setting), {}, {});
        QVERIFY(report.last.iteration < 20);
        QCOMPARE(report.last.rank, std::int64_t(3));
        const Rounding rounding = roundSolution(program.state(), 0.5, 2);
        QVERIFY(rounding.clean);
        QVERIFY(sizesOf(rounding) == std::vector<std::size_t>({90, 60, 40}));
    }

    // Test 8, and the solver of small matrices beside that of large ones.
    void partialAgreesWithFullDecomposition() {
        const PlantedGraph planted = plant({150, 90}, 0.8, 0.2, 3);
        const ProgramSetting setting = settingOf(240, 0.8, 0.2, 1.2);
        double objectives[2] = {};
        std::vector<std::size_t> sizes[2];
        for (const bool full : {false, true}) {
            ConvexProgram program(planted.graph);
            SolverOptions options;
            options.eigen = full ? EigenMethod::Full : EigenMethod::Partial;
            objectives[full] = program.solve(programWeights(setting), options, {}).objective;
            const Rounding rounding = roundSolution(program.state(), 0.5, 2);
            QVERIFY(rounding.clean);
            sizes[full] = sizesOf(rounding);
        }
        QVERIFY(sizes[0] == sizes[1]);
        QVERIFY2(std::abs(objectives[0] - objectives[1]) < 1e-3 * objectives[1],
                 qPrintable(QString("%1 %2").arg(objectives[0]).arg(objectives[1])));
    }

    void eigenpairsMatchLapack() {
        const PlantedGraph planted = plant({180, 90, 50}, 0.7, 0.3, 1);
        const std::int64_t n = 320;
        std::vector<float> matrix(static_cast<std::size_t>(n * n));
        for (std::int64_t i = 0; i < n; ++i)
            std::copy_n(planted.graph.row(i), n, matrix.data() + i * n);
        EigenRequest request;
        request.leading = 4;
        request.residual = 1e-5;
        PartialEigensolver partial(n);
        const EigenPairs some = partial.solve(matrix.data(), request);
        request.method = EigenMethod::Full;
        const EigenPairs all = partial.solve(matrix.data(), request);
        QCOMPARE(some.values.size(), std::size_t(4));
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY(std::abs(some.values[i] - all.values[i]) < 1e-3);
        QVERIFY(!some.full && all.full);
    }

    // Test 6: the four sign rules of the box constraint and the subdifferential of the trace norm.
    void solutionSatisfiesItsConditions() {
        const PlantedGraph planted = plant({90, 45, 15}, 0.8, 0.2, 2);
        const std::int64_t n = 150;
        const ProgramWeights w = programWeights(settingOf(n, 0.8, 0.2, 1.3));
        ConvexProgram program(planted.graph);
        SolverOptions options;
        options.tolerance = 1e-4;
        options.maxIterations = 1500;
        const SolveReport report = program.solve(w, options, {});
        QVERIFY(report.end == SolveEnd::Converged);
        // G = -Y, with Y/rho kept by the state.
        Eigen::MatrixXd g(n, n);
        std::vector<float> row(static_cast<std::size_t>(n));
        for (std::int64_t i = 0; i < n; ++i) {
            program.state().dualRow(i, row.data());
            for (std::int64_t j = 0; j < n; ++j)
                g(i, j) = -row[static_cast<std::size_t>(j)] / program.inverseRho();
        }
        const Eigen::MatrixXd z = solutionOf(program.state());
        const double slack = 1e-4;
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < n; ++j) {
                const bool edge = planted.graph.edge(i, j);
                if (z(i, j) <= 0) {
                    QVERIFY(edge ? g(i, j) >= w.missedEdge - slack
                                 : g(i, j) >= -w.absentEdge - slack);
                } else if (z(i, j) >= 1) {
                    QVERIFY(edge ? g(i, j) <= w.missedEdge + slack
                                 : g(i, j) <= -w.absentEdge + slack);
                } else {
                    QVERIFY(std::abs(g(i, j) - (edge ? w.missedEdge : -w.absentEdge)) < slack);
                }
            }
        // ||G|| <= 1 and V' G V = sign(w) on the range of K.
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum((g + g.transpose()) / 2);
        QVERIFY(spectrum.eigenvalues().cwiseAbs().maxCoeff() < 1 + 1e-2);
        const EigenPairs& k = program.lowRank();
        QVERIFY(!k.values.empty());
        for (std::size_t r = 0; r < k.values.size(); ++r) {
            const Eigen::VectorXd v = Eigen::Map<const Eigen::VectorXf>(
                                          k.vectors.data() + r * static_cast<std::size_t>(n), n)
                                          .cast<double>();
            if (std::abs(k.values[r]) > 1)
                QVERIFY(std::abs(v.dot(g * v) - (k.values[r] > 0 ? 1 : -1)) < 1e-2);
        }
    }

    // Test 7: permuting the nodes permutes the solution.
    void permutationOfTheNodes() {
        const PlantedGraph planted = plant({100, 60, 40}, 0.8, 0.2, 4);
        std::vector<std::int64_t> order(200);
        std::iota(order.begin(), order.end(), std::int64_t{0});
        RandomStream(9, "test.order").shuffle(order);
        std::vector<std::int32_t> nodes(order.begin(), order.end());
        const DenseGraph moved = planted.graph.restrictedTo(nodes);
        const ProgramWeights weights = programWeights(settingOf(200, 0.8, 0.2, 1.2));
        ConvexProgram first(planted.graph);
        ConvexProgram second(moved);
        first.solve(weights, {}, {});
        second.solve(weights, {}, {});
        std::vector<NodeSet> a = roundSolution(first.state(), 0.5, 2).blocks;
        std::vector<NodeSet> b = roundSolution(second.state(), 0.5, 2).blocks;
        QVERIFY(!a.empty());
        for (NodeSet& block : b) {
            for (std::int32_t& node : block)
                node = nodes[static_cast<std::size_t>(node)];
            std::sort(block.begin(), block.end());
        }
        std::sort(a.begin(), a.end());
        std::sort(b.begin(), b.end());
        QVERIFY(a == b);
    }

    // The same bits for any number of threads.
    void threadsDoNotMatter() {
        const PlantedGraph planted = plant({140, 60}, 0.7, 0.3, 5);
        const ProgramWeights weights = programWeights(settingOf(200, 0.7, 0.3, 1.2));
        const int before = inlay::kernels::threadCount();
        std::vector<Eigen::MatrixXd> solutions;
        for (const int threads : {1, 2, 3}) {
            inlay::kernels::setThreadCount(threads);
            ConvexProgram program(planted.graph);
            program.solve(weights, {}, {});
            solutions.push_back(solutionOf(program.state()));
        }
        inlay::kernels::setThreadCount(before);
        QVERIFY(solutions[0] == solutions[1]);
        QVERIFY(solutions[0] == solutions[2]);
    }

    // Test 7: nested samples and the count of pairs.
    void samplesAreNested() {
        PlantedGraph planted = plant({30, 20}, 0.8, 0.3, 6);
        const PairOracle oracle(planted.graph, {}, RandomStream(6, "graph_clustering.pairs"));
        std::vector<std::int32_t> nodes(50);
        std::iota(nodes.begin(), nodes.end(), 0);
        const DenseGraph low = oracle.observe(nodes, 0.3);
        const DenseGraph high = oracle.observe(nodes, 0.6);
        for (std::int64_t i = 0; i < 50; ++i)
            for (std::int64_t j = 0; j < 50; ++j) {
                QVERIFY(!low.edge(i, j) || high.edge(i, j));
                QVERIFY(!high.edge(i, j) || i == j || planted.graph.edge(i, j));
                QCOMPARE(high.edge(i, j), high.edge(j, i));
            }
        const std::int64_t first = oracle.pairsBetween(nodes, 0, 0.3);
        const std::int64_t more = oracle.pairsBetween(nodes, 0.3, 0.6);
        QCOMPARE(first + more, oracle.pairsBetween(nodes, 0, 0.6));
        QCOMPARE(oracle.pairsBetween(nodes, 0, 1), std::int64_t(50 * 49 / 2));
        QVERIFY(first > 0.2 * 1225 && first < 0.4 * 1225);
    }
};

QTEST_GUILESS_MAIN(TestConvexProgram)
#include "test_convex_program.moc"
