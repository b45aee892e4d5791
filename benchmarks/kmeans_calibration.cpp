// How far the acceptance thresholds of streaming k-means lie from what its runs give: the costs
// behind each test of tests/engine/experiments/streaming_kmeans/test_kmeans_paper.cpp over seeds.
//   kmeans_calibration FIRST_SEED SEEDS [spambase.csv]
// One JSON line a measurement with every seed's value: norm25 at k = 25 as multiples of the planted
// cost, Spambase as costs.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/experiments/streaming_kmeans/seeding.h"
#include "tests/engine/experiments/streaming_kmeans/paper_runs.h"

namespace {

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::engine::kmeans;
using namespace inlay::kmeans_tests;

struct Seeds {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

void report(const char* set, const char* what, std::int64_t k, Seeds seeds,
            const std::function<double(std::uint64_t)>& measure) {
    std::vector<double> values;
    double sum = 0;
    for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        values.push_back(measure(seed));
        sum += values.back();
    }
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::printf("%s\n", dumpJson({{"set", set},
                                  {"what", what},
                                  {"k", k},
                                  {"first_seed", seeds.first},
                                  {"least", *least},
                                  {"mean", sum / static_cast<double>(values.size())},
                                  {"most", *most},
                                  {"values", values}})
                            .c_str());
    std::fflush(stdout);
}

void norm25(Seeds seeds) {
    constexpr std::int64_t k = 25;
    const Loaded set = load(Norm25Config{400, 1});
    for (const auto& [name, algorithm] :
         {std::pair("dc1", Algorithm::Dc1), std::pair("dc2", Algorithm::Dc2)}) {
        const KmeansConfig config = paperConfig(algorithm, k);
        std::vector<WeightedPoints> centers(static_cast<std::size_t>(seeds.count));
        report("norm25", name, k, seeds, [&](std::uint64_t seed) {
            Streamed found = divideAndConquer(set.points, config, seed);
            centers[static_cast<std::size_t>(seed - seeds.first)] = std::move(found.centers);
            return found.cost / set.optimum;
        });
        report("norm25", algorithm == Algorithm::Dc1 ? "dc1_lloyd" : "dc2_lloyd", k, seeds,
               [&](std::uint64_t seed) {
                   LloydOptions options;
                   options.relativeChange = 0;
                   const auto& start = centers[static_cast<std::size_t>(seed - seeds.first)];
                   return lloyd(set.points, asCenters(start), options).cost / set.optimum;
               });
    }
    report("norm25", "k_means_sharp", k, seeds, [&](std::uint64_t seed) {
        return seedCenters(set.points, {k, sharpDraws(k, false)}, RandomStream(seed, "test")).cost /
               set.optimum;
    });
    report("norm25", "lloyd_random_start", k, seeds, [&](std::uint64_t seed) {
        return randomStartLloydCost(set.points, k, seed) / set.optimum;
    });
}

void spambase(const char* file, Seeds seeds) {
    const Loaded set = load(TableConfig{file, BadRows::Refuse, {}});
    for (const std::int64_t k : {10, 25}) {
        report("spambase", "lloyd_random_start", k, seeds,
               [&](std::uint64_t seed) { return randomStartLloydCost(set.points, k, seed); });
        report("spambase", "dc2", k, seeds, [&](std::uint64_t seed) {
            return divideAndConquer(shuffled(set.points, seed), paperConfig(Algorithm::Dc2, k),
                                    seed)
                .cost;
        });
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: kmeans_calibration FIRST_SEED SEEDS [spambase.csv]\n");
        return 2;
    }
    const Seeds seeds = {std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10)};
    if (seeds.count == 0) {
        std::fprintf(stderr, "SEEDS must be 1 or more\n");
        return 2;
    }
    norm25(seeds);
    if (argc == 4)
        spambase(argv[3], seeds);
    return 0;
}
