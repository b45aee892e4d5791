#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

/// Both directions of a pair i < j.
struct Directions {
    std::int32_t i = 0;
    std::int32_t j = 0;
    double up = 0; // i to j
    double down = 0;
    std::int64_t line = 0;
};

std::string counted(std::int64_t count, const char* one, const char* many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::vector<Directions> collect(const GraphData& data, SimpleGraph& graph) {
    struct Half {
        std::int32_t i, j;
        bool up;
        double weight;
        std::int64_t line;
    };
    std::vector<Half> halves;
    std::int64_t loops = 0;
    for (const GraphEntry& entry : data.entries) {
        if (entry.from == entry.to) {
            ++loops;
            continue;
        }
        const bool up = entry.from < entry.to;
        halves.push_back({std::min(entry.from, entry.to), std::max(entry.from, entry.to), up,
                          entry.weight, entry.line});
    }
    std::stable_sort(halves.begin(), halves.end(), [](const Half& a, const Half& b) {
        return std::tie(a.i, a.j, a.up) < std::tie(b.i, b.j, b.up);
    });
    std::vector<Directions> pairs;
    std::int64_t duplicates = 0;
    for (std::size_t h = 0; h < halves.size(); ++h) {
        const Half& half = halves[h];
        const bool samePair =
            !pairs.empty() && pairs.back().i == half.i && pairs.back().j == half.j;
        if (!samePair)
            pairs.push_back({half.i, half.j, 0, 0, half.line});
        else if (halves[h - 1].up == half.up || data.undirected)
            ++duplicates;
        Directions& pair = pairs.back();
        // Duplicates count once, with the largest weight.
        double& weight = half.up ? pair.up : pair.down;
        weight = std::max(weight, half.weight);
        if (data.undirected)
            pair.up = pair.down = std::max(pair.up, pair.down);
    }
    if (loops > 0)
        graph.notes.push_back(
            counted(loops, "self loop was left out.", "self loops were left out."));
    if (duplicates > 0)
        graph.notes.push_back(
            counted(duplicates, "duplicate edge was merged.", "duplicate edges were merged."));
    return pairs;
}

void requireBinary(const GraphData& data) {
    for (const GraphEntry& entry : data.entries)
        if (entry.weight != 0 && entry.weight != 1)
            throw Error(fmt::format("{}, line {}: the weight {} is neither 0 nor 1; set "
                                    "graph.weights to threshold and graph.threshold to the value "
                                    "above which a weight is an edge.",
                                    data.path, entry.line, entry.weight));
}

} // namespace

SimpleGraph simplifyGraph(const GraphData& data, const SimplifyOptions& options) {
    if (!options.threshold)
        requireBinary(data);
    SimpleGraph graph;
    graph.labels = data.labels;
    const double threshold = options.threshold.value_or(0);
    std::vector<Directions> pairs = collect(data, graph);
    std::int64_t differing = 0;
    const Directions* first = nullptr;
    for (const Directions& pair : pairs)
        if ((pair.up > threshold) != (pair.down > threshold)) {
            ++differing;
            first = first ? first : &pair;
        }
    Symmetrize how = options.symmetrize;
    if (how == Symmetrize::Auto) {
        if (data.matrix && first)
            throw Error(fmt::format(
                "{} is not symmetric: {} differ, the first between {} and {} (line {}); set "
                "graph.symmetrize to or, and, or average.",
                data.path, counted(differing, "pair", "pairs"),
                data.labels[static_cast<std::size_t>(first->i)],
                data.labels[static_cast<std::size_t>(first->j)], first->line));
        how = Symmetrize::Or;
    }
    for (const Directions& pair : pairs) {
        const bool up = pair.up > threshold;
        const bool down = pair.down > threshold;
        const bool edge = how == Symmetrize::And  ? up && down
                          : how == Symmetrize::Or ? up || down
                                                  : (pair.up + pair.down) / 2 > threshold;
        if (edge)
            graph.edges.emplace_back(pair.i, pair.j);
    }
    if (differing > 0)
        graph.notes.push_back(fmt::format("{} joined in one direction only; {}.",
                                          counted(differing, "pair is", "pairs are"),
                                          how == Symmetrize::And  ? "they are no edges (and)"
                                          : how == Symmetrize::Or ? "they are edges (or)"
                                                                  : "their average decides"));
    for (auto [a, b] : data.unknown)
        if (a != b)
            graph.unknown.emplace_back(std::min(a, b), std::max(a, b));
    std::sort(graph.unknown.begin(), graph.unknown.end());
    graph.unknown.erase(std::unique(graph.unknown.begin(), graph.unknown.end()),
                        graph.unknown.end());
    if (!graph.unknown.empty())
        graph.notes.push_back(counted(static_cast<std::int64_t>(graph.unknown.size()),
                                      "pair is unobserved (?).", "pairs are unobserved (?)."));
    std::map<std::string, std::int32_t> classes;
    for (const std::string& value : data.truth) {
        const auto found =
            classes.try_emplace(value, static_cast<std::int32_t>(classes.size())).first;
        if (static_cast<std::size_t>(found->second) == graph.truthNames.size())
            graph.truthNames.push_back(value);
        graph.truth.push_back(found->second);
    }
    return graph;
}

void readTruth(const std::string& path, SimpleGraph& graph) {
    const std::string text = readTextFile(path);
    std::unordered_map<std::string, std::int32_t> nodes;
    for (std::size_t i = 0; i < graph.labels.size(); ++i)
        nodes.emplace(graph.labels[i], static_cast<std::int32_t>(i));
    struct Line {
        std::int64_t number;
        std::vector<std::string> words;
    };
    std::vector<Line> rows;
    TextLines lines(text);
    std::string_view line;
    bool pairsOnly = true;
    std::unordered_map<std::string, int> firsts;
    while (lines.next(line)) {
        const std::vector<std::string_view> words = splitWords(line);
        if (words.empty() || words[0].front() == '#')
            continue;
        rows.push_back({lines.number(), {words.begin(), words.end()}});
        pairsOnly = pairsOnly && words.size() == 2 && ++firsts[rows.back().words[0]] == 1;
    }
    std::vector<std::int32_t> truth(graph.labels.size(), -1);
    std::vector<std::string> names;
    std::unordered_map<std::string, std::int32_t> classes;
    const auto place = [&](const Line& row, const std::string& node, std::int32_t label) {
        const auto found = nodes.find(node);
        if (found == nodes.end())
            return; // departments list nodes without edges as well
        if (truth[static_cast<std::size_t>(found->second)] >= 0)
            throw Error(fmt::format("{}, line {}: the node {} has a class already; overlapping "
                                    "communities cannot be compared.",
                                    path, row.number, node));
        truth[static_cast<std::size_t>(found->second)] = label;
    };
    // "node class" lines name (nearly) every node once; communities repeat no node either, but
    // their lines differ in length.
    for (const Line& row : rows) {
        if (pairsOnly) {
            const auto label =
                classes.try_emplace(row.words[1], static_cast<std::int32_t>(names.size()));
            if (label.second)
                names.push_back(row.words[1]);
            place(row, row.words[0], label.first->second);
        } else {
            for (const std::string& node : row.words)
                place(row, node, static_cast<std::int32_t>(names.size()));
            names.push_back(std::to_string(names.size() + 1));
        }
    }
    if (std::all_of(truth.begin(), truth.end(), [](std::int32_t label) { return label < 0; }))
        throw Error(
            fmt::format("{} names none of the {} nodes of the graph.", path, graph.labels.size()));
    for (std::int32_t& label : truth)
        if (label < 0) {
            label = static_cast<std::int32_t>(names.size());
            names.push_back(std::to_string(names.size() + 1));
        }
    graph.truth = std::move(truth);
    graph.truthNames = std::move(names);
}

} // namespace inlay::engine
