// What each strategy of active ranking reaches for 8 n ln n labels, under five kinds of noise.
//
//     active_ranking_bench [ITEMS [REPLICATES [FACTOR]]]      (500, 10, 8)
//
// Prints one JSON object a line: noise, strategy, labels, regret as a share of OPT^ (mean, standard
// deviation, largest), seconds a replicate. Draws what `inlay run` draws with seed 1, as many
// replicates and ring.stop_gain = 0. With the default sizes, exit code 1 when ActiveRing's mean
// regret exceeds 8 %.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/noise.h"
#include "engine/experiments/active_ranking/simulation.h"

namespace {

using namespace inlay::engine;
using namespace inlay::engine::active_ranking;

constexpr double kBar = 0.08;
constexpr StrategyId kStrategies[] = {StrategyId::ActiveRing, StrategyId::Uniform,
                                      StrategyId::QuickSort, StrategyId::MergeSort,
                                      StrategyId::SampleAndRank};

struct Samples {
    std::vector<double> regrets;
    double labels = 0;
    double seconds = 0;
};

struct Noise {
    const char* name;
    NoiseConfig config;
};

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
    const double center = mean(values);
    double sum = 0;
    for (const double value : values)
        sum += (value - center) * (value - center);
    return values.size() > 1 ? std::sqrt(sum / static_cast<double>(values.size() - 1)) : 0;
}

bool measure(const Noise& noise, Item items, int replicates, double factor) {
    std::vector<Samples> samples(std::size(kStrategies));
    double opt = 0;
    for (int replicate = 0; replicate < replicates; ++replicate) {
        const RandomStream stream = RandomStream(1, "active_ranking.replicate")
                                        .split(static_cast<std::uint64_t>(replicate));
        const SimulatedLabels labels = simulateLabels(items, noise.config, stream.split("noise"));
        const auto best = bestKnownOrder(labels.tournament, labels.base, 20,
                                         stream.split("reference"), [] { return true; });
        opt += static_cast<double>(best->loss);
        SimulationConfig config;
        config.ring.budget = labelBudget(items, factor);
        config.ring.stopGain = 0; // all labels are spent, by everyone
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const double start = monotonicSeconds();
            const SimulationResult result = simulate(kStrategies[i], labels.tournament, config, {},
                                                     stream, [](const Snapshot&) { return true; });
            samples[i].seconds += (monotonicSeconds() - start) / replicates;
            samples[i].labels += static_cast<double>(result.labels);
            samples[i].regrets.push_back(
                static_cast<double>(labels.tournament.loss(result.order) - best->loss) /
                static_cast<double>(std::max<std::int64_t>(1, best->loss)));
        }
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const Json line = {
            {"items", items},
            {"noise", noise.name},
            {"strategy", nameOf(kStrategies[i])},
            {"replicates", replicates},
            {"opt_share", opt / replicates / static_cast<double>(pairCount(items))},
            {"labels", samples[i].labels / replicates},
            {"regret", mean(samples[i].regrets)},
            {"deviation", deviation(samples[i].regrets)},
            {"largest", *std::max_element(samples[i].regrets.begin(), samples[i].regrets.end())},
            {"seconds", samples[i].seconds}};
        std::puts(dumpJson(line).c_str());
    }
    return mean(samples[0].regrets) <= kBar;
}

} // namespace

int main(int argc, char** argv) {
    const auto items = static_cast<Item>(argc > 1 ? std::atoi(argv[1]) : 500);
    const int replicates = argc > 2 ? std::atoi(argv[2]) : 10;
    const double factor = argc > 3 ? std::atof(argv[3]) : 8;
    if (items < 2 || items > 500 || replicates < 1 || factor <= 0) {
        std::fputs("active_ranking_bench: ITEMS is 2 to 500, REPLICATES at least 1, FACTOR above "
                   "0.\n",
                   stderr);
        return 2;
    }
    bool isMet = true;
    for (const Noise& noise :
         {Noise{"flip 0.1", FlipNoise{0.1}}, Noise{"btl 20", BtlNoise{20}},
          Noise{"cycles 10", CyclesNoise{10}}, Noise{"adversarial 0.2", AdversarialNoise{0.2}},
          Noise{"chaos 0.1", ChaosNoise{0.1}}})
        isMet = measure(noise, items, replicates, factor) && isMet;
    return argc == 1 && !isMet ? 1 : 0;
}
