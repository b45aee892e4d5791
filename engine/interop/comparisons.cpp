#include "engine/interop/comparisons.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/csv.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

enum class Form { WinnerLoser, LeftRight, Models };

struct Columns {
    Form form = Form::WinnerLoser;
    std::size_t first = 0;
    std::size_t second = 0;
    std::size_t outcome = 0;
    std::optional<std::size_t> weight;
    std::optional<std::size_t> annotator;
    std::optional<std::size_t> timestamp;
};

Columns findColumns(const DelimitedText& text, const std::string& source) {
    std::map<std::string, std::size_t> at;
    for (std::size_t i = 0; i < text.header.size(); ++i)
        if (!at.emplace(text.header[i], i).second)
            throw Error(
                fmt::format("{}the column {} appears twice", atLine(source, 1), text.header[i]));
    Columns columns;
    std::vector<std::string> known;
    if (at.contains("model_a") && at.contains("model_b") && at.contains("winner")) {
        columns = {Form::Models, at["model_a"], at["model_b"], at["winner"], {}, {}, {}};
        known = {"model_a", "model_b", "winner"};
    } else if (at.contains("left") && at.contains("right") && at.contains("outcome")) {
        columns = {Form::LeftRight, at["left"], at["right"], at["outcome"], {}, {}, {}};
        known = {"left", "right", "outcome"};
    } else if (at.contains("winner") && at.contains("loser")) {
        columns = {Form::WinnerLoser, at["winner"], at["loser"], 0, {}, {}, {}};
        known = {"winner", "loser"};
    } else {
        throw Error(fmt::format("{}the columns are {}; allowed are winner,loser or "
                                "left,right,outcome or model_a,model_b,winner",
                                atLine(source, 1), fmt::join(text.header, ",")));
    }
    const auto optional = [&](const char* name) -> std::optional<std::size_t> {
        known.emplace_back(name);
        const auto found = at.find(name);
        return found == at.end() ? std::nullopt : std::optional(found->second);
    };
    columns.weight = optional("weight");
    columns.annotator = optional("annotator");
    columns.timestamp = optional("timestamp");
    for (const std::string& name : text.header)
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw Error(fmt::format("{}unknown column {}; allowed beside it are {}",
                                    atLine(source, 1), name.empty() ? "without a name" : name,
                                    fmt::join(known, ", ")));
    return columns;
}

Outcome outcomeOf(Form form, const std::string& text, const std::string& place) {
    const bool models = form == Form::Models;
    if (text == (models ? "model_a" : "left"))
        return Outcome::Left;
    if (text == (models ? "model_b" : "right"))
        return Outcome::Right;
    if (text == "tie")
        return Outcome::Tie;
    if (text == "skip")
        return Outcome::Skip;
    throw Error(fmt::format("{}the outcome is {}, allowed are {}, tie, skip", place,
                            text.empty() ? "empty" : text,
                            models ? "model_a, model_b" : "left, right"));
}

double weightOf(const std::string& text, const std::string& place) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
        value <= 0)
        throw Error(fmt::format("{}the weight is {}, allowed is a number above 0", place,
                                text.empty() ? "empty" : text));
    return value;
}

} // namespace

std::string_view nameOf(Outcome outcome) {
    switch (outcome) {
    case Outcome::Left:
        return "left";
    case Outcome::Right:
        return "right";
    case Outcome::Tie:
        return "tie";
    case Outcome::Skip:
        break;
    }
    return "skip";
}

std::int32_t ComparisonTable::itemIndex(const std::string& name) {
    if (index_.size() != items.size())
        for (std::size_t i = 0; i < items.size(); ++i)
            index_.emplace(items[i], static_cast<std::int32_t>(i));
    const auto [found, added] = index_.emplace(name, static_cast<std::int32_t>(items.size()));
    if (added)
        items.push_back(name);
    return found->second;
}

ComparisonTable parseComparisons(std::string_view text, const std::string& source) {
    const DelimitedText cells = parseDelimited(text, source);
    const Columns columns = findColumns(cells, source);
    if (cells.rows.empty())
        throw Error(fmt::format("{} has no comparisons", source));
    ComparisonTable table;
    for (const DelimitedRow& row : cells.rows) {
        const std::string place = atLine(source, row.line);
        const std::string& first = row.cells[columns.first];
        const std::string& second = row.cells[columns.second];
        if (first.empty() || second.empty())
            throw Error(fmt::format("{}the {} has no name", place,
                                    cells.header[first.empty() ? columns.first : columns.second]));
        if (first == second)
            throw Error(fmt::format("{}{} is compared with itself", place, first));
        Comparison comparison;
        if (columns.form != Form::WinnerLoser)
            comparison.outcome = outcomeOf(columns.form, row.cells[columns.outcome], place);
        comparison.left = table.itemIndex(first);
        comparison.right = table.itemIndex(second);
        if (columns.weight)
            comparison.weight = weightOf(row.cells[*columns.weight], place);
        if (columns.annotator)
            comparison.annotator = row.cells[*columns.annotator];
        if (columns.timestamp)
            comparison.timestamp = row.cells[*columns.timestamp];
        table.rows.push_back(std::move(comparison));
    }
    return table;
}

ComparisonTable readComparisons(const std::string& path) {
    return parseComparisons(readTextFile(path), path);
}

std::string comparisonsCsv(const ComparisonTable& table) {
    const auto any = [&](auto&& holds) {
        return std::any_of(table.rows.begin(), table.rows.end(), holds);
    };
    const bool undecided = any([](const Comparison& row) {
        return row.outcome == Outcome::Tie || row.outcome == Outcome::Skip ||
               row.outcome == Outcome::Right;
    });
    const bool weighted = any([](const Comparison& row) { return row.weight != 1; });
    const bool annotated = any([](const Comparison& row) { return !row.annotator.empty(); });
    const bool timed = any([](const Comparison& row) { return !row.timestamp.empty(); });
    std::string text = undecided ? "left,right,outcome" : "winner,loser";
    text += weighted ? ",weight" : "";
    text += annotated ? ",annotator" : "";
    text += timed ? ",timestamp\n" : "\n";
    for (const Comparison& row : table.rows) {
        text += csvText(table.items[static_cast<std::size_t>(row.left)]) + ',' +
                csvText(table.items[static_cast<std::size_t>(row.right)]);
        if (undecided)
            text += fmt::format(",{}", nameOf(row.outcome));
        if (weighted)
            text += ',' + csvNumber(row.weight);
        if (annotated)
            text += ',' + csvText(row.annotator);
        if (timed)
            text += ',' + csvText(row.timestamp);
        text += '\n';
    }
    return text;
}

std::vector<std::string> contradictions(const ComparisonTable& table) {
    std::map<std::pair<std::int32_t, std::int32_t>, std::pair<double, double>> wins;
    for (const Comparison& row : table.rows) {
        if (row.outcome != Outcome::Left && row.outcome != Outcome::Right)
            continue;
        const bool ordered = row.left < row.right;
        auto& pair = wins[std::minmax(row.left, row.right)];
        ((row.outcome == Outcome::Left) == ordered ? pair.first : pair.second) += row.weight;
    }
    std::vector<std::string> found;
    for (const auto& [pair, counts] : wins)
        if (counts.first > 0 && counts.second > 0)
            found.push_back(fmt::format("{} and {} ({} : {})",
                                        table.items[static_cast<std::size_t>(pair.first)],
                                        table.items[static_cast<std::size_t>(pair.second)],
                                        csvNumber(counts.first), csvNumber(counts.second)));
    return found;
}

} // namespace inlay::engine
