#include "engine/interop/ranking_feedback.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

double scoreOf(const std::string& text, Rescale rescale, const std::string& place) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc() && end == text.data() + text.size();
    if (!number || !std::isfinite(value) || value < 0)
        throw Error(fmt::format("{}the value is {}, allowed is a number from 0 to 1", place,
                                text.empty() ? "empty" : text));
    if (value > 1 && rescale == Rescale::No)
        throw Error(fmt::format("{}the value is {}, allowed is a number from 0 to 1 (or rescale "
                                "all to [0, 1])",
                                place, text));
    return value;
}

} // namespace

FeedbackTable parseFeedback(std::string_view text, const std::string& source, Rescale rescale) {
    const DelimitedText cells = parseDelimited(text, source);
    const bool valued = cells.header == std::vector<std::string>{"round", "item", "value"};
    if (!valued && cells.header != std::vector<std::string>{"round", "item"})
        throw Error(fmt::format("{}the columns are {}; allowed are round,item or round,item,value",
                                atLine(source, 1), fmt::join(cells.header, ",")));
    if (cells.rows.empty())
        throw Error(fmt::format("{} has no rounds", source));
    FeedbackTable table;
    std::map<std::string, std::int32_t> index;
    std::set<std::string> finished;
    std::string current;
    double largest = 0;
    for (const DelimitedRow& row : cells.rows) {
        const std::string place = atLine(source, row.line);
        const std::string& round = row.cells[0];
        const std::string& item = row.cells[1];
        if (round.empty() || item.empty())
            throw Error(fmt::format("{}the {} is empty", place, round.empty() ? "round" : "item"));
        if (table.rounds.empty() || round != current) {
            if (!finished.insert(round).second)
                throw Error(fmt::format("{}round {} comes back after other rounds; its rows must "
                                        "stand together",
                                        place, round));
            table.rounds.emplace_back();
            current = round;
        }
        const auto [found, added] =
            index.emplace(item, static_cast<std::int32_t>(table.items.size()));
        if (added)
            table.items.push_back(item);
        FeedbackRound& target = table.rounds.back();
        if (std::find(target.items.begin(), target.items.end(), found->second) !=
            target.items.end())
            throw Error(fmt::format("{}{} is chosen twice in round {}", place, item, round));
        target.items.push_back(found->second);
        target.values.push_back(valued ? scoreOf(row.cells[2], rescale, place) : 1.0);
        largest = std::max(largest, target.values.back());
    }
    if (table.items.size() < 2)
        throw Error(fmt::format("{} names one item only ({}); a ranking needs two", source,
                                table.items.front()));
    if (largest > 1) {
        table.scale = 1 / largest;
        for (FeedbackRound& round : table.rounds)
            for (double& value : round.values)
                value /= largest;
    }
    return table;
}

FeedbackTable readFeedback(const std::string& path, Rescale rescale) {
    return parseFeedback(readTextFile(path), path, rescale);
}

} // namespace inlay::engine
