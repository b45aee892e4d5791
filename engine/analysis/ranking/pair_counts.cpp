#include "engine/analysis/ranking/pair_counts.h"

#include <algorithm>
#include <map>

namespace inlay::engine {
namespace {

using Edges = std::vector<std::vector<std::int32_t>>;

// Everything reachable from `start` that is not visited yet; appends to `order` when it is done
// with an item.
void visit(const Edges& edges, std::int32_t start, std::vector<char>& visited,
           std::vector<std::int32_t>& order) {
    std::vector<std::pair<std::int32_t, std::size_t>> open = {{start, 0}};
    visited[static_cast<std::size_t>(start)] = 1;
    while (!open.empty()) {
        auto& [item, next] = open.back();
        const auto& out = edges[static_cast<std::size_t>(item)];
        if (next == out.size()) {
            order.push_back(item);
            open.pop_back();
            continue;
        }
        const std::int32_t to = out[next++];
        if (!visited[static_cast<std::size_t>(to)]) {
            visited[static_cast<std::size_t>(to)] = 1;
            open.emplace_back(to, 0);
        }
    }
}

ItemGroups sortedGroups(ItemGroups groups) {
    for (auto& group : groups)
        std::sort(group.begin(), group.end());
    std::sort(groups.begin(), groups.end());
    return groups;
}

} // namespace

PairCounts countPairs(const ComparisonTable& table) {
    std::map<std::pair<std::int32_t, std::int32_t>, PairCount> counts;
    for (const Comparison& row : table.rows) {
        if (row.outcome == Outcome::Skip)
            continue;
        const std::pair<std::int32_t, std::int32_t> key = std::minmax(row.left, row.right);
        PairCount& count = counts[key];
        count.first = key.first;
        count.second = key.second;
        if (row.outcome == Outcome::Tie) {
            count.firstWins += row.weight / 2;
            count.secondWins += row.weight / 2;
            count.ties += row.weight;
        } else {
            const bool firstWon = (row.outcome == Outcome::Left) == (row.left == key.first);
            (firstWon ? count.firstWins : count.secondWins) += row.weight;
        }
    }
    PairCounts result;
    result.items = static_cast<std::int32_t>(table.items.size());
    for (const auto& [key, count] : counts)
        result.pairs.push_back(count);
    return result;
}

ItemGroups connectedGroups(const PairCounts& counts) {
    Edges edges(static_cast<std::size_t>(counts.items));
    for (const PairCount& pair : counts.pairs) {
        edges[static_cast<std::size_t>(pair.first)].push_back(pair.second);
        edges[static_cast<std::size_t>(pair.second)].push_back(pair.first);
    }
    std::vector<char> visited(edges.size(), 0);
    ItemGroups groups;
    for (std::int32_t item = 0; item < counts.items; ++item)
        if (!visited[static_cast<std::size_t>(item)])
            visit(edges, item, visited, groups.emplace_back());
    return sortedGroups(std::move(groups));
}

ItemGroups winConnectedGroups(const PairCounts& counts) {
    // Kosaraju: finishing order along wins, then groups against them.
    Edges wins(static_cast<std::size_t>(counts.items));
    Edges losses(static_cast<std::size_t>(counts.items));
    const auto won = [&](std::int32_t winner, std::int32_t loser) {
        wins[static_cast<std::size_t>(winner)].push_back(loser);
        losses[static_cast<std::size_t>(loser)].push_back(winner);
    };
    for (const PairCount& pair : counts.pairs) {
        if (pair.firstWins > 0)
            won(pair.first, pair.second);
        if (pair.secondWins > 0)
            won(pair.second, pair.first);
    }
    std::vector<char> visited(wins.size(), 0);
    std::vector<std::int32_t> order;
    for (std::int32_t item = 0; item < counts.items; ++item)
        if (!visited[static_cast<std::size_t>(item)])
            visit(wins, item, visited, order);
    std::fill(visited.begin(), visited.end(), 0);
    ItemGroups groups;
    for (auto item = order.rbegin(); item != order.rend(); ++item)
        if (!visited[static_cast<std::size_t>(*item)])
            visit(losses, *item, visited, groups.emplace_back());
    return sortedGroups(std::move(groups));
}

} // namespace inlay::engine
