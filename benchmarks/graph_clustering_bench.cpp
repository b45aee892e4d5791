// Recovery and times of the graph experiments of Ailon, Chen, Xu (ICML 2013), section 5, over
// seeds: graph_clustering_bench EXPERIMENT FIRST_SEED SEEDS [paper], EXPERIMENT = 1, 2, 3, 3A or 4.
// With "paper" whole solutions are taken and nothing is cleaned up, otherwise clusters one by one
// and by likelihood. One JSON line a seed: sizes found, which planted clusters are exact, solves,
// seconds, queries.
//
// EXPERIMENT = s0 solves for one planted block of a multiple of s0 among 600 nodes: one JSON line a
// seed, multiple and pair of rates, with the noise number, the block's mean in the solution and
// whether the block was found exactly.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/experiments/graph_clustering/recovery.h"

namespace {

using namespace inlay::engine;
using namespace inlay::engine::graph_clustering;

struct Experiment {
    std::vector<std::int64_t> sizes;
    double inside;
    double across;
    RecoverySettings settings;
};

Experiment experiment(const std::string& name, bool paper) {
    Experiment e{{800, 200, 80, 20}, 0.7, 0.3, {}};
    if (name == "2") {
        e = {{800, 200, 50, 50}, 0.7, 0.1, {}};
        e.settings.observation = Observation::Fixed;
        e.settings.rate = 0.3;
    } else if (name == "3") {
        e = {{800, 200, 50, 50}, 0.7, 0.3, {}};
        e.settings.observation = Observation::Active;
    } else if (name == "3A") {
        e = {{3200, 800, 200, 200, 50, 50}, 0.8, 0.2, {}};
        e.settings.observation = Observation::Active;
    } else if (name == "4") {
        e = {{500, 150, 70, 30}, 0.8, 0.2, {}};
        e.settings.observation = Observation::Fixed;
        e.settings.rate = 0.12;
        e.settings.kappaStart = 1.25;
        e.settings.algorithm = Algorithm::Single;
    } else if (name != "1") {
        std::fprintf(stderr, "the experiments are 1, 2, 3, 3A, 4 and s0, not %s\n", name.c_str());
        std::exit(2);
    }
    if (!paper) {
        e.settings.acceptance = Acceptance::Each;
        e.settings.cleanUp = CleanUp::Likelihood;
    }
    e.settings.rates = EdgeRates{e.inside, e.across, thresholdOf(e.inside, e.across)};
    return e;
}

struct Log final : RecoveryObserver {
    Json solves = Json::array();
    std::vector<std::int32_t> truth;
    std::vector<double> means;
    void solveEnded(const SolveRecord& r, const ConvexProgram& program,
                    const std::vector<std::int32_t>& members, const RecoveryState&) override {
        Json found = Json::array();
        for (const NodeSet& set : r.found)
            found.push_back(set.size());
        solves.push_back({{"nodes", r.setting.nodes},
                          {"kappa", r.setting.kappa},
                          {"rate", r.rate},
                          {"iterations", r.report.last.iteration},
                          {"rank", r.report.last.rank},
                          {"seconds", r.report.seconds},
                          {"found", found}});
        if (static_cast<std::size_t>(members.size()) == truth.size()) {
            const std::int64_t parts = truth.back() + 1;
            const std::vector<double> all = blockMeans(program.state(), truth, parts);
            means.clear();
            for (std::int64_t c = 0; c < parts; ++c)
                means.push_back(all[static_cast<std::size_t>(c * parts + c)]);
        }
    }
};

void run(const std::string& name, std::uint64_t seed, bool paper) {
    const Experiment e = experiment(name, paper);
    PlantedGraph planted =
        plantGraph(e.sizes, e.inside, e.across, RandomStream(seed, "graph_clustering.graph"));
    Log log;
    log.truth = planted.truth;
    const PairOracle oracle(std::move(planted.graph), {},
                            RandomStream(seed, "graph_clustering.pairs"));
    const double start = monotonicSeconds();
    const std::clock_t cpuStart = std::clock();
    const RecoveryOutcome outcome = recover(oracle, e.settings, {}, log);
    const double seconds = monotonicSeconds() - start;
    const double cpuSeconds = static_cast<double>(std::clock() - cpuStart) / CLOCKS_PER_SEC;
    Json exact = Json::array();
    std::int32_t first = 0;
    for (const std::int64_t size : e.sizes) {
        NodeSet nodes(static_cast<std::size_t>(size));
        std::iota(nodes.begin(), nodes.end(), first);
        first += static_cast<std::int32_t>(size);
        exact.push_back(
            std::count(outcome.state.clusters.begin(), outcome.state.clusters.end(), nodes));
    }
    std::printf("%s\n", dumpJson({{"experiment", name},
                                  {"seed", seed},
                                  {"accept", paper ? "whole" : "each"},
                                  {"exact", exact},
                                  {"left", outcome.left.size()},
                                  {"seconds", seconds},
                                  {"cpu_seconds", cpuSeconds},
                                  {"queries", outcome.state.queries},
                                  {"block_means", log.means},
                                  {"solves", log.solves}})
                            .c_str());
    std::fflush(stdout);
}

// One block of `times` s0 among nodes that are alone: is it there, is it gone?
void sweepBlock(std::uint64_t seed, double inside, double across, double times) {
    constexpr std::int64_t nodes = 600;
    const ProgramSetting setting = {nodes, inside, across, thresholdOf(inside, across), 2, 1.0};
    const double s0 = smallestRecoverable(setting);
    std::vector<std::int64_t> sizes = {std::llround(times * s0)};
    sizes.resize(static_cast<std::size_t>(nodes - sizes[0] + 1), 1);
    PlantedGraph planted =
        plantGraph(sizes, inside, across, RandomStream(seed, "graph_clustering.graph"));
    Log log;
    // The block and all others together, for its mean in the solution.
    for (const std::int32_t label : planted.truth)
        log.truth.push_back(std::min<std::int32_t>(label, 1));
    const PairOracle oracle(std::move(planted.graph), {},
                            RandomStream(seed, "graph_clustering.pairs"));
    RecoverySettings settings;
    settings.algorithm = Algorithm::Single;
    settings.rates = EdgeRates{inside, across, 0};
    const RecoveryOutcome outcome = recover(oracle, settings, {}, log);
    NodeSet block(static_cast<std::size_t>(sizes[0]));
    std::iota(block.begin(), block.end(), 0);
    std::printf("%s\n", dumpJson({{"experiment", "s0"},
                                  {"seed", seed},
                                  {"p", inside},
                                  {"q", across},
                                  {"s0", s0},
                                  {"times", times},
                                  {"size", sizes[0]},
                                  {"noise_number", noiseNumber(setting)},
                                  {"block_mean", log.means[0]},
                                  {"clusters", outcome.state.clusters.size()},
                                  {"exact", std::count(outcome.state.clusters.begin(),
                                                       outcome.state.clusters.end(), block)}})
                            .c_str());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const bool paper = argc == 5 && std::string(argv[4]) == "paper";
    if (argc != 4 && !paper) {
        std::fprintf(stderr, "usage: graph_clustering_bench EXPERIMENT FIRST_SEED SEEDS [paper]\n");
        return 2;
    }
    const std::uint64_t first = std::strtoull(argv[2], nullptr, 10);
    const std::uint64_t count = std::strtoull(argv[3], nullptr, 10);
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        if (std::string(argv[1]) == "s0") {
            for (const auto& [inside, across] : {std::pair(0.9, 0.1), std::pair(0.8, 0.2)})
                for (const double times : {0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4})
                    sweepBlock(seed, inside, across, times);
        } else
            run(argv[1], seed, paper);
    return 0;
}
