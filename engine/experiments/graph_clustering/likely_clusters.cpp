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
    const std::vector<double>& rate;

    Places(std::int64_t nodes, const std::vector<NodeSet>& clusters,
           const std::vector<double>& rateOfNode)
        : cluster(labelsOf(nodes, clusters))
        , rate(rateOfNode) {}

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

/// The cluster that a node goes to; its own on a tie. Being in none has evidence 0, and as much
/// weight beside a cluster as there are nodes in none beside those in the cluster.
std::int32_t likeliest(const std::vector<Answers>& answers, const std::vector<std::int64_t>& size,
                       std::int64_t alone, const EdgeRates& rates, std::int32_t own) {
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
            const double least =
                std::log(static_cast<double>(alone) / static_cast<double>(size[c]));
            if (answers[c].edges < expected - kFarBelow * deviation || evidence(c) <= least)
                continue;
        }
        if (best < 0 || evidence(c) > evidence(static_cast<std::size_t>(best)))
            best = static_cast<std::int32_t>(c);
    }
    return best;
}

} // namespace

std::int64_t moveToLikelyClusters(const PairOracle& oracle, const EdgeRates& rates,
                                  const std::vector<double>& rateOfNode, std::int64_t smallest,
                                  std::vector<NodeSet>& clusters) {
    if (clusters.empty() || rates.inside <= rates.across || rates.across <= 0 || rates.inside >= 1)
        return 0;
    Places places(oracle.nodes(), clusters, rateOfNode);
    const std::vector<std::int32_t> before = places.cluster;
    std::vector<std::int64_t> size(clusters.size());
    for (std::size_t c = 0; c < clusters.size(); ++c)
        size[c] = static_cast<std::int64_t>(clusters[c].size());
    for (int round = 0; round < kRounds; ++round) {
        const auto alone = std::count(places.cluster.begin(), places.cluster.end(), -1);
        std::vector<std::int32_t> next(places.cluster.size());
        kernels::parallelFor(oracle.nodes(), 16, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                next[i] = likeliest(answersAbout(oracle, places, i, clusters.size()), size, alone,
                                    rates, places.cluster[i]);
        });
        bool changed = false;
        for (std::size_t i = 0; i < next.size(); ++i) {
            const std::int32_t from = places.cluster[i];
            if (next[i] == from || (from >= 0 && size[static_cast<std::size_t>(from)] <= smallest))
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

EdgeRates ratesOfSeenPairs(const PairOracle& oracle, const std::vector<double>& rateOfNode,
                           const std::vector<NodeSet>& clusters) {
    const Places places(oracle.nodes(), clusters, rateOfNode);
    Answers inside;
    Answers across;
    for (std::size_t i = 0; i < places.cluster.size(); ++i) {
        const std::int32_t own = places.cluster[i];
        if (own < 0)
            continue;
        const std::uint8_t* row = oracle.graph().row(static_cast<std::int64_t>(i));
        for (std::size_t j = 0; j < places.cluster.size(); ++j) {
            if (j == i || !places.seen(oracle, i, j))
                continue;
            Answers& sum = places.cluster[j] == own ? inside : across;
            // Pairs of two nodes in clusters come up twice.
            const double weight = places.cluster[j] < 0 ? 1 : 0.5;
            sum.edges += weight * row[j];
            sum.pairs += weight;
        }
    }
    const auto share = [](const Answers& sum) {
        return (sum.edges + 0.5) / (sum.pairs + 1);
    };
    return {share(inside), share(across), 0};
}

} // namespace inlay::engine::graph_clustering
