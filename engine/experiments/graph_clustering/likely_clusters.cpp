#include "engine/experiments/graph_clustering/likely_clusters.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/graph_clustering/recovery_labels.h"
#include "kernels/parallel.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr int kRounds = 5;
constexpr double kFarBelow = 3.3; // standard deviations

/// Answers about a node and one cluster.
struct Answers {
    double edges = 0;
    double pairs = 0;
};

/// The rates at which nodes were taken, and where they are now.
struct Places {
    std::vector<std::int32_t> cluster;
    std::vector<double> rate;

    Places(std::int64_t nodes, const std::vector<NodeSet>& clusters,
           const std::vector<double>& rateOf, double lastRate)
        : cluster(labelsOf(nodes, clusters))
        , rate(ratesOfNodes(nodes, clusters, rateOf, lastRate)) {}

    bool seen(const PairOracle& oracle, std::size_t i, std::size_t j) const {
        return oracle.sees(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j),
                           std::min(rate[i], rate[j]));
    }
};

std::vector<Answers> answersAbout(const PairOracle& oracle, const Places& places, std::size_t node,
                                  std::size_t clusters) {
    std::vector<Answers> answers(clusters);
    const std::uint8_t* row = oracle.graph().row(static_cast<std::int64_t>(node));
    for (std::size_t j = 0; j < places.cluster.size(); ++j) {
        const std::int32_t c = places.cluster[j];
        if (c < 0 || j == node || !places.seen(oracle, node, j))
            continue;
        answers[static_cast<std::size_t>(c)].pairs += 1;
        answers[static_cast<std::size_t>(c)].edges += row[j];
    }
    return answers;
}

/// The cluster that a node goes to; its own on a tie.
std::int32_t likeliest(const std::vector<Answers>& answers, const EdgeRates& rates,
                       std::int32_t own) {
    const double edge = std::log(rates.inside / rates.across);
    const double none = std::log((1 - rates.inside) / (1 - rates.across));
    const auto evidence = [&](std::size_t c) {
        return edge * answers[c].edges + none * (answers[c].pairs - answers[c].edges);
    };
    std::int32_t best = own;
    for (std::size_t c = 0; c < answers.size(); ++c) {
        if (own < 0) {
            const double expected = rates.inside * answers[c].pairs;
            const double deviation = std::sqrt(expected * (1 - rates.inside));
            if (answers[c].pairs == 0 || answers[c].edges < expected - kFarBelow * deviation)
                continue;
        }
        if (best < 0 || evidence(c) > evidence(static_cast<std::size_t>(best)))
            best = static_cast<std::int32_t>(c);
    }
    return best;
}

} // namespace

std::int64_t moveToLikelyClusters(const PairOracle& oracle, const EdgeRates& rates,
                                  const std::vector<double>& rateOf, double lastRate,
                                  std::vector<NodeSet>& clusters) {
    if (clusters.empty() || rates.inside <= rates.across || rates.across <= 0 || rates.inside >= 1)
        return 0;
    Places places(oracle.nodes(), clusters, rateOf, lastRate);
    const std::vector<std::int32_t> before = places.cluster;
    std::vector<std::int64_t> size(clusters.size());
    for (std::size_t c = 0; c < clusters.size(); ++c)
        size[c] = static_cast<std::int64_t>(clusters[c].size());
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::int32_t> next(places.cluster.size());
        kernels::parallelFor(oracle.nodes(), 16, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                next[i] = likeliest(answersAbout(oracle, places, i, clusters.size()), rates,
                                    places.cluster[i]);
        });
        bool changed = false;
        for (std::size_t i = 0; i < next.size(); ++i) {
            const std::int32_t from = places.cluster[i];
            if (next[i] == from || (from >= 0 && size[static_cast<std::size_t>(from)] == 1))
                continue;
            if (from >= 0)
                --size[static_cast<std::size_t>(from)];
            ++size[static_cast<std::size_t>(next[i])];
            places.cluster[i] = next[i];
            changed = true;
        }
        if (!changed)
            break;
    }
    return relabel(before, places.cluster, clusters);
}

EdgeRates ratesOfSeenPairs(const PairOracle& oracle, const std::vector<double>& rateOf,
                           const std::vector<NodeSet>& clusters) {
    const Places places(oracle.nodes(), clusters, rateOf, 0);
    Answers inside;
    Answers across;
    for (std::size_t i = 0; i < places.cluster.size(); ++i) {
        if (places.cluster[i] < 0)
            continue;
        const std::vector<Answers> answers = answersAbout(oracle, places, i, clusters.size());
        for (std::size_t c = 0; c < answers.size(); ++c) {
            Answers& sum = static_cast<std::int32_t>(c) == places.cluster[i] ? inside : across;
            sum.edges += answers[c].edges;
            sum.pairs += answers[c].pairs;
        }
    }
    const auto share = [](const Answers& sum) {
        return (sum.edges + 0.5) / (sum.pairs + 1);
    };
    return {share(inside), share(across), 0};
}

} // namespace inlay::engine::graph_clustering
