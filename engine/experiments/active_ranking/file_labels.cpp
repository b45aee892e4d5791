#include "engine/experiments/active_ranking/file_labels.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/comparison_file.h"

namespace inlay::engine::active_ranking {
namespace {

constexpr const char* kKey = "oracle.comparisons";
constexpr std::size_t kShownPairs = 5;

std::vector<std::vector<Item>> componentsOf(const Tournament& tournament) {
    std::vector<std::vector<Item>> components;
    std::vector<bool> seen(static_cast<std::size_t>(tournament.items()), false);
    for (Item start = 0; start < tournament.items(); ++start) {
        if (seen[static_cast<std::size_t>(start)])
            continue;
        std::vector<Item> members = {start};
        seen[static_cast<std::size_t>(start)] = true;
        for (std::size_t next = 0; next < members.size(); ++next) {
            for (Item other = 0; other < tournament.items(); ++other) {
                if (!seen[static_cast<std::size_t>(other)] &&
                    tournament.label(members[next], other) != 0) {
                    seen[static_cast<std::size_t>(other)] = true;
                    members.push_back(other);
                }
            }
        }
        components.push_back(std::move(members));
    }
    return components;
}

} // namespace

FileLabels readFileLabels(const FileOracle& oracle) {
    ComparisonFile file = readComparisonFile(oracle.comparisons.string(), Unranked::Incomparable);
    const ComparisonTable& table = file.table;
    FileLabels labels;
    labels.warnings = std::move(file.warnings);
    labels.names = table.items;
    const auto n = table.items.size();
    std::vector<double> net(n * n, 0);
    for (const Comparison& row : table.rows) {
        const double sign = row.outcome == Outcome::Left    ? row.weight
                            : row.outcome == Outcome::Right ? -row.weight
                                                            : 0;
        net[static_cast<std::size_t>(row.left) * n + static_cast<std::size_t>(row.right)] += sign;
        net[static_cast<std::size_t>(row.right) * n + static_cast<std::size_t>(row.left)] -= sign;
    }
    labels.tournament = Tournament(static_cast<Item>(n));
    for (std::size_t u = 0; u < n; ++u) {
        for (std::size_t v = u + 1; v < n; ++v) {
            const double sum = net[u * n + v];
            labels.tournament.set(static_cast<Item>(u), static_cast<Item>(v),
                                  sum > 0   ? 1
                                  : sum < 0 ? -1
                                            : 0);
        }
    }
    labels.components = componentsOf(labels.tournament);
    return labels;
}

std::vector<Issue> checkFile(const FileOracle& oracle) {
    const std::string path = oracle.comparisons.string();
    try {
        const ComparisonTable table = readComparisonFile(path, Unranked::Incomparable).table;
        const auto items = static_cast<std::int64_t>(table.items.size());
        if (items < 2 || items > kMostFileItems)
            return {{kKey, fmt::format("{} compares {} items, allowed are 2 to {}", path, items,
                                       kMostFileItems)}};
        if (!oracle.strict)
            return {};
        std::vector<std::string> pairs = contradictions(table);
        if (pairs.empty())
            return {};
        const std::size_t count = pairs.size();
        pairs.resize(std::min(count, kShownPairs));
        return {
            {kKey, fmt::format("{} answers {} pairs both ways, and strict allows none: {}{}", path,
                               count, fmt::join(pairs, ", "), count > kShownPairs ? ", …" : "")}};
    } catch (const Error& error) {
        return {{kKey, error.what()}};
    }
}

} // namespace inlay::engine::active_ranking
