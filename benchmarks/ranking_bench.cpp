// Measures online ranking and prints one JSON object a line:
//   ranking_bench speed          drawing one ranking of n items, whole runs of n = 50
//   ranking_bench memory         bytes an item that a game of n items holds, for growing n
//   ranking_bench shape [SEEDS]  regret / (n^{3/2} sqrt(T k)) over n, T and k, with the bound

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <malloc.h>

#include <fmt/format.h>

#include "engine/analysis/ranking/rank_orders.h"
#include "engine/base/json.h"
#include "engine/experiments/online_ranking/simulation.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
using namespace inlay::engine::online_ranking;

namespace {

// Processor time of this thread: on a machine with other work wall time says little.
double threadSeconds() {
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double medianSeconds(int repeats, const std::function<void(int)>& work) {
    std::vector<double> all;
    for (int i = 0; i < repeats; ++i) {
        const double start = threadSeconds();
        work(i);
        all.push_back(threadSeconds() - start);
    }
    std::nth_element(all.begin(), all.begin() + repeats / 2, all.end());
    return all[static_cast<std::size_t>(repeats / 2)];
}

const Algorithm& algorithm(const std::string& id) {
    for (const Algorithm& candidate : algorithms())
        if (id == candidate.id)
            return candidate;
    std::abort();
}

void print(const Json& row) {
    std::puts(dumpJson(row).c_str());
    std::fflush(stdout);
}

void measureRound(std::int64_t n, Sampler sampler, int repeats) {
    OnlineRankingConfig config;
    config.items = n;
    config.rounds = 1000;
    config.lossCurve = LossCurve::Sampled;
    config.onlineRank.sampler = sampler;
    const Game game = makeGame(config);
    Simulation simulation(algorithm("online_rank_fixed"), config, game, RandomStream(1, "bench"));
    simulation.advance(1);
    // A whole round: the environment's choice, the drawn ranking, its loss, the new scores.
    const double seconds = medianSeconds(repeats, [&](int) { simulation.advance(1); });
    print({{"what", "round"},
           {"items", n},
           {"sampler", sampler == Sampler::PlackettLuce ? "plackett_luce" : "quick_sort"},
           {"median_ms", 1e3 * seconds}});
}

std::int64_t heapBytes() {
    const struct mallinfo2 info = ::mallinfo2();
    return static_cast<std::int64_t>(info.uordblks) + static_cast<std::int64_t>(info.hblkhd);
}

// What the game, its environment, the scores and the sampler hold after a round.
void measureMemory(std::int64_t n) {
    OnlineRankingConfig config;
    config.items = n;
    config.rounds = 1000;
    config.lossCurve = LossCurve::Sampled;
    const std::int64_t before = heapBytes();
    const Game game = makeGame(config);
    Simulation simulation(algorithm("online_rank_fixed"), config, game, RandomStream(1, "bench"));
    simulation.advance(2);
    const std::int64_t bytes = heapBytes() - before;
    print({{"what", "memory"},
           {"items", n},
           {"bytes", bytes},
           {"bytes_per_item", static_cast<double>(bytes) / static_cast<double>(n)}});
}

void measureRuns() {
    for (const Algorithm& candidate : algorithms()) {
        OnlineRankingConfig config;
        const Game game = makeGame(config);
        double regret = 0;
        const int repeats = std::string(candidate.id) == "perm_elearn" ? 1 : 5;
        const double seconds = medianSeconds(repeats, [&](int seed) {
            Simulation simulation(candidate, config, game,
                                  RandomStream(static_cast<std::uint64_t>(seed) + 1, "bench"));
            simulation.advance(game.rounds);
            regret = simulation.regret();
        });
        print({{"what", "run"},
               {"algorithm", candidate.id},
               {"items", game.n},
               {"rounds", game.rounds},
               {"median_seconds", seconds},
               {"regret", regret}});
    }
}

void measureShape(std::int64_t n, std::int64_t rounds, std::int64_t k, int seeds) {
    OnlineRankingConfig config;
    config.environment = UniformConfig{};
    config.items = n;
    config.rounds = rounds;
    config.chosen = k;
    const Game game = makeGame(config);
    std::vector<double> regrets(static_cast<std::size_t>(seeds));
    double bound = 0;
    inlay::kernels::parallelFor(seeds, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t s = begin; s < end; ++s) {
            Simulation simulation(algorithm("online_rank_fixed"), config, game,
                                  RandomStream(static_cast<std::uint64_t>(s) + 1, "shape"));
            simulation.advance(rounds);
            regrets[static_cast<std::size_t>(s)] = simulation.regret();
            if (s == 0)
                bound = *simulation.learner().bound();
        }
    });
    double mean = 0;
    for (const double regret : regrets)
        mean += regret / seeds;
    double variance = 0;
    for (const double regret : regrets)
        variance += (regret - mean) * (regret - mean) / std::max(1, seeds - 1);
    const double unit = std::pow(static_cast<double>(n), 1.5) *
                        std::sqrt(static_cast<double>(rounds) * static_cast<double>(k));
    print({{"what", "shape"},
           {"items", n},
           {"rounds", rounds},
           {"chosen", k},
           {"seeds", seeds},
           {"ratio", mean / unit},
           {"standard_error", std::sqrt(variance / seeds) / unit},
           {"lower_bound", uniformLowerBound(n, k, rounds) / unit},
           {"bound", bound / unit}});
}

} // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "speed") {
        measureRound(100'000, Sampler::PlackettLuce, 51);
        measureRound(100'000, Sampler::QuickSort, 11);
        measureRound(1'000'000, Sampler::PlackettLuce, 7);
        measureRuns();
    } else if (what == "memory") {
        for (const std::int64_t n : {25'000, 100'000, 400'000, 1'000'000})
            measureMemory(n);
    } else if (what == "shape") {
        const int seeds = argc > 2 ? std::atoi(argv[2]) : 10;
        for (const std::int64_t n : {10, 20, 50, 100, 200})
            measureShape(n, 10'000, 1, seeds);
        for (const std::int64_t rounds : {1'000, 3'000, 30'000, 100'000})
            measureShape(50, rounds, 1, seeds);
        for (const std::int64_t k : {2, 5, 10, 25})
            measureShape(50, 10'000, k, seeds);
    } else {
        std::fputs("ranking_bench speed | memory | shape [SEEDS]\n", stderr);
        return 2;
    }
    return 0;
}
