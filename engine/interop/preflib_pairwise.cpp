#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/preflib.h"
#include "engine/interop/preflib_lines.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {

PreflibPairwise parsePairwise(std::string_view text, const std::string& source) {
    preflib::Lines lines(text, source);
    if (lines.atEnd())
        throw Error(fmt::format("{} is empty", source));
    if (lines.text().starts_with('#'))
        throw Error(fmt::format("{} starts with a header of the current format, which has no "
                                "pairwise graphs; a legacy one starts with the number of "
                                "alternatives",
                                source));
    PreflibPairwise result;
    const std::int64_t count = lines.positive(lines.text(), "the number of alternatives");
    lines.next();
    for (std::int64_t i = 1; i <= count; ++i, lines.next()) {
        lines.need("a line id,name for each alternative");
        const auto [id, name] = lines.split(',');
        if (lines.positive(id, "the number of an alternative") != i)
            lines.fail(fmt::format("the number of the alternative is {}, expected is {}", id, i));
        if (name.empty())
            lines.fail("the alternative has no name");
        if (result.table.itemIndex(std::string(name)) != i - 1)
            lines.fail(fmt::format("ALTERNATIVE NAME {} duplicates {}", i,
                                   result.table.itemIndex(std::string(name)) + 1));
    }
    lines.need("the line voters,sum of counts,number of unique pairs");
    const auto [voters, rest] = lines.split(',');
    result.voters = lines.positive(voters, "the number of voters");
    const auto comma = rest.find(',');
    if (comma == rest.npos)
        lines.fail("the line needs three numbers: voters,sum of counts,number of unique pairs");
    const std::int64_t unique =
        lines.positive(rest.substr(comma + 1), "the number of unique pairs");
    lines.next();
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (; !lines.atEnd(); lines.next()) {
        if (preflib::trimmed(lines.text()).empty())
            lines.fail("a blank line in the data; allowed are lines count,a,b");
        const auto [weight, pair] = lines.split(',');
        const auto cut = pair.find(',');
        if (cut == pair.npos)
            lines.fail("a line needs three numbers: count,a,b");
        const std::int64_t a = lines.positive(pair.substr(0, cut), "an alternative");
        const std::int64_t b = lines.positive(pair.substr(cut + 1), "an alternative");
        for (const std::int64_t id : {a, b})
            if (id > count)
                lines.fail(
                    fmt::format("alternative {} does not exist, allowed are 1 to {}", id, count));
        if (a == b)
            lines.fail(fmt::format("alternative {} is compared with itself", a));
        if (!seen.emplace(a, b).second)
            lines.fail(fmt::format("the pair {},{} appears twice", a, b));
        result.table.rows.push_back({static_cast<std::int32_t>(a - 1),
                                     static_cast<std::int32_t>(b - 1),
                                     Outcome::Left,
                                     static_cast<double>(lines.positive(weight, "the count")),
                                     {},
                                     {}});
    }
    if (result.table.rows.empty())
        throw Error(fmt::format("{} has no pairs", source));
    if (unique != static_cast<std::int64_t>(result.table.rows.size()))
        result.warnings.push_back(fmt::format("{}: the header says {} unique pairs, the data have "
                                              "{}; the data count",
                                              source, unique, result.table.rows.size()));
    return result;
}

PreflibPairwise readPairwise(const std::string& path) {
    return parsePairwise(readTextFile(path), path);
}

std::string pairwiseText(const ComparisonTable& table, std::int64_t voters) {
    std::string text = fmt::format("{}\n", table.items.size());
    for (std::size_t i = 0; i < table.items.size(); ++i)
        text += fmt::format("{},{}\n", i + 1, table.items[i]);
    std::map<std::pair<std::int32_t, std::int32_t>, double> counts;
    std::vector<std::pair<std::int32_t, std::int32_t>> order; // as they appear
    for (const Comparison& row : table.rows) {
        if (row.outcome == Outcome::Tie || row.outcome == Outcome::Skip)
            continue;
        const bool isLeft = row.outcome == Outcome::Left;
        const std::pair pair(isLeft ? row.left : row.right, isLeft ? row.right : row.left);
        const auto [found, isNew] = counts.emplace(pair, 0.0);
        found->second += row.weight;
        if (isNew)
            order.push_back(pair);
    }
    std::int64_t sum = 0;
    std::string rows;
    for (const auto& pair : order) {
        const auto count = static_cast<std::int64_t>(std::llround(counts[pair]));
        rows += fmt::format("{},{},{}\n", count, pair.first + 1, pair.second + 1);
        sum += count;
    }
    return text + fmt::format("{},{},{}\n", voters, sum, order.size()) + rows;
}

} // namespace inlay::engine
