#include <unordered_map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

/// Ids need not be contiguous: nodes are numbered in order of appearance, ids stay as labels.
class NodeIds {
public:
    explicit NodeIds(std::vector<std::string>& labels)
        : labels_(labels) {}
    std::int32_t of(std::int64_t id) {
        const auto [found, added] =
            indices_.try_emplace(id, static_cast<std::int32_t>(labels_.size()));
        if (added)
            labels_.push_back(std::to_string(id));
        return found->second;
    }

private:
    std::vector<std::string>& labels_;
    std::unordered_map<std::int64_t, std::int32_t> indices_;
};

} // namespace

GraphData readEdgeList(const std::string& path) {
    const std::string text = readTextFile(path);
    GraphData data;
    data.path = path;
    NodeIds ids(data.labels);
    TextLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        const std::vector<std::string_view> words = splitWords(line);
        if (words.empty() || words[0].front() == '#' || words[0].front() == '%')
            continue;
        if (words.size() < 2 || words.size() > 3)
            throw Error(fmt::format("{}, line {}: {} values in \"{}\"; an edge list has two node "
                                    "ids a line and perhaps a weight or ?.",
                                    path, lines.number(), words.size(), trimmed(line)));
        std::int32_t ends[2] = {};
        for (int e = 0; e < 2; ++e) {
            const auto id = parseInteger(words[static_cast<std::size_t>(e)]);
            if (!id)
                throw Error(fmt::format("{}, line {}: {} is no node id; a whole number is needed.",
                                        path, lines.number(), words[static_cast<std::size_t>(e)]));
            ends[e] = ids.of(*id);
        }
        if (words.size() == 3 && words[2] == "?") {
            data.unknown.emplace_back(ends[0], ends[1]);
            continue;
        }
        const auto weight = words.size() == 3 ? parseNumber(words[2]) : std::optional(1.0);
        if (!weight)
            throw Error(fmt::format("{}, line {}: {} is no weight; a number or ? is needed.", path,
                                    lines.number(), words[2]));
        data.entries.push_back({ends[0], ends[1], *weight, lines.number()});
    }
    return data;
}

} // namespace inlay::engine
