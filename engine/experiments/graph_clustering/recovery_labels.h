#pragma once

#include <algorithm>
#include <vector>

#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

/// Cluster of each of n nodes, -1 for none.
inline std::vector<std::int32_t> labelsOf(std::int64_t n, const std::vector<NodeSet>& clusters) {
    std::vector<std::int32_t> labels(static_cast<std::size_t>(n), -1);
    for (std::size_t c = 0; c < clusters.size(); ++c)
        for (const std::int32_t node : clusters[c])
            labels[static_cast<std::size_t>(node)] = static_cast<std::int32_t>(c);
    return labels;
}

/// Fills the clusters anew, each with the nodes of its label in order. Returns the number of nodes
/// whose label is not that of `before`.
inline std::int64_t relabel(const std::vector<std::int32_t>& before,
                            const std::vector<std::int32_t>& labels,
                            std::vector<NodeSet>& clusters) {
    for (NodeSet& cluster : clusters)
        cluster.clear();
    std::int64_t changed = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= 0)
            clusters[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::int32_t>(i));
        changed += labels[i] != before[i];
    }
    return changed;
}

/// The rate up to which the pairs of each node were asked for: that at which its cluster was taken,
/// `lastRate` for nodes of none. A pair of nodes takes the smaller one.
inline std::vector<double> ratesOfNodes(std::int64_t n, const std::vector<NodeSet>& clusters,
                                        const std::vector<double>& rateOf, double lastRate) {
    std::vector<double> rates(static_cast<std::size_t>(n), lastRate);
    for (std::size_t c = 0; c < clusters.size(); ++c)
        for (const std::int32_t node : clusters[c])
            rates[static_cast<std::size_t>(node)] = rateOf[c];
    return rates;
}

/// Nodes by cluster, those of none last; ties by truth (where there is one), then by number.
inline std::vector<std::int32_t> foundOrder(const std::vector<std::int32_t>& labels,
                                            const std::vector<std::int32_t>& truth) {
    std::vector<std::int32_t> order(labels.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = static_cast<std::int32_t>(i);
    const auto key = [&](std::int32_t node) {
        const auto i = static_cast<std::size_t>(node);
        const std::uint32_t found = static_cast<std::uint32_t>(labels[i]); // -1 is the largest
        return std::pair(found, truth.empty() ? 0 : truth[i]);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
    return order;
}

} // namespace inlay::engine::graph_clustering
