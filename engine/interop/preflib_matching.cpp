#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/csv.h"
#include "engine/interop/preflib_header.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

using preflib::Lines;

double weightOf(const Lines& lines, std::string_view word) {
    word = preflib::trimmed(word);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
        lines.fail(fmt::format("the weight is {}, allowed is a finite number",
                               word.empty() ? "empty" : word));
    return value;
}

// As the files have it: whole weights with ".0".
std::string weightText(double weight) {
    std::string text = csvNumber(weight);
    if (text.find_first_of(".e") == text.npos)
        text += ".0";
    return text;
}

} // namespace

PreflibMatching parsePreflibMatching(std::string_view text, const std::string& source) {
    Lines lines(text, source);
    constexpr PreflibType kAllowed[] = {PreflibType::Wmd};
    preflib::Header header = preflib::readHeader(lines, source, kAllowed);
    PreflibMatching file;
    file.metadata = std::move(header.metadata);
    file.alternatives = std::move(header.alternatives);
    file.voters = header.number("NUMBER VOTERS");
    const auto count = static_cast<std::int64_t>(file.alternatives.size());
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (; !lines.atEnd(); lines.next()) {
        lines.refuseNoData("source,target,weight");
        const auto [first, rest] = lines.split(',');
        const auto cut = rest.find(',');
        if (cut == rest.npos)
            lines.fail("a line needs three numbers: source,target,weight");
        const std::int64_t from = lines.positive(first, "an alternative");
        const std::int64_t to = lines.positive(rest.substr(0, cut), "an alternative");
        for (const std::int64_t id : {from, to})
            if (id > count)
                lines.fail(
                    fmt::format("alternative {} does not exist, allowed are 1 to {}", id, count));
        if (from == to)
            lines.fail(fmt::format("alternative {} has an edge to itself", from));
        if (!seen.emplace(from, to).second)
            lines.fail(fmt::format("the edge {},{} appears twice", from, to));
        file.edges.push_back({static_cast<std::int32_t>(from - 1),
                              static_cast<std::int32_t>(to - 1),
                              weightOf(lines, rest.substr(cut + 1))});
    }
    if (file.edges.empty())
        throw Error(fmt::format("{} has no edges", source));
    header.compare("NUMBER ALTERNATIVES", "alternatives", count, source);
    header.compare("NUMBER EDGES", "edges", static_cast<std::int64_t>(file.edges.size()), source);
    file.warnings = std::move(header.warnings);
    return file;
}

PreflibMatching readPreflibMatching(const std::string& path) {
    return parsePreflibMatching(readTextFile(path), path);
}

std::string preflibText(const PreflibMatching& file) {
    std::vector<std::pair<const char*, std::int64_t>> numbers = {
        {"NUMBER ALTERNATIVES", static_cast<std::int64_t>(file.alternatives.size())}};
    if (file.voters)
        numbers.emplace_back("NUMBER VOTERS", *file.voters);
    numbers.emplace_back("NUMBER EDGES", static_cast<std::int64_t>(file.edges.size()));
    std::string text =
        preflib::headerText(PreflibType::Wmd, file.metadata, numbers, {}, file.alternatives);
    for (const PreflibMatching::Edge& edge : file.edges)
        text +=
            fmt::format("{},{},{}\n", edge.source + 1, edge.target + 1, weightText(edge.weight));
    return text;
}

std::string edgesCsv(const PreflibMatching& file) {
    std::string text = "source,target,weight\n";
    for (const PreflibMatching::Edge& edge : file.edges)
        text += fmt::format("{},{},{}\n",
                            csvText(file.alternatives[static_cast<std::size_t>(edge.source)]),
                            csvText(file.alternatives[static_cast<std::size_t>(edge.target)]),
                            csvNumber(edge.weight));
    return text;
}

} // namespace inlay::engine
