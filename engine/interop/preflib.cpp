#include "engine/interop/preflib.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/preflib_lines.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

using preflib::Lines;
using preflib::trimmed;

// Keys of the current format, in its order; the counts and names are not metadata here.
constexpr const char* kMetadata[] = {
    "FILE NAME",  "TITLE",         "DESCRIPTION",      "DATA TYPE",        "MODIFICATION TYPE",
    "RELATES TO", "RELATED FILES", "PUBLICATION DATE", "MODIFICATION DATE"};

std::string endingOf(std::string_view path) {
    const auto dot = path.rfind('.');
    std::string ending(dot == path.npos ? std::string_view() : path.substr(dot + 1));
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

std::optional<PreflibType> typeNamed(std::string_view name) {
    for (const PreflibType type :
         {PreflibType::Soc, PreflibType::Soi, PreflibType::Toc, PreflibType::Toi})
        if (nameOf(type) == name)
            return type;
    return std::nullopt;
}

bool allowsTies(PreflibType type) {
    return type == PreflibType::Toc || type == PreflibType::Toi;
}
bool isComplete(PreflibType type) {
    return type == PreflibType::Soc || type == PreflibType::Toc;
}

struct Counts {
    std::optional<std::int64_t> alternatives;
    std::optional<std::int64_t> voters;
    std::optional<std::int64_t> orders;
};

class Reader {
public:
    Reader(std::string_view text, const std::string& source)
        : lines_(text, source)
        , source_(source) {}

    PreflibFile read() {
        const bool current = !lines_.atEnd() && lines_.text().starts_with('#');
        current ? readHeader() : readLegacyHeader();
        readOrders(current ? ':' : ',');
        checkCounts();
        return std::move(file_);
    }

private:
    [[noreturn]] void fail(const std::string& what) const { lines_.fail(what); }

    void readHeader() {
        std::map<std::string, std::string> found;
        std::map<std::int64_t, std::string> names;
        for (; !lines_.atEnd() && lines_.text().starts_with('#'); lines_.next()) {
            const std::string_view line = lines_.text().substr(1);
            const auto colon = line.find(':');
            if (colon == line.npos)
                fail("a header line needs a colon: # KEY: value");
            const std::string key(trimmed(line.substr(0, colon)));
            const std::string value(trimmed(line.substr(colon + 1)));
            constexpr std::string_view kName = "ALTERNATIVE NAME ";
            if (key.starts_with(kName)) {
                const std::int64_t id =
                    lines_.positive(key.substr(kName.size()), "the number of an alternative");
                addName(id, value, names);
            } else if (key == "NUMBER ALTERNATIVES") {
                counts_.alternatives = lines_.positive(value, key);
            } else if (key == "NUMBER VOTERS") {
                counts_.voters = lines_.positive(value, key);
            } else if (key == "NUMBER UNIQUE ORDERS") {
                counts_.orders = lines_.positive(value, key);
            } else if (std::find(std::begin(kMetadata), std::end(kMetadata), key) ==
                       std::end(kMetadata)) {
                fail(fmt::format("unknown key {}; allowed are {}, NUMBER ALTERNATIVES, NUMBER "
                                 "VOTERS, NUMBER UNIQUE ORDERS, ALTERNATIVE NAME X",
                                 key, fmt::join(kMetadata, ", ")));
            } else if (!found.emplace(key, value).second) {
                fail(fmt::format("{} appears twice", key));
            }
        }
        for (const char* key : kMetadata) {
            if (!found.contains(key))
                throw Error(fmt::format("{} has no line # {}:", source_, key));
            file_.metadata.emplace_back(key, found.at(key));
        }
        for (const auto& [count, key] : {std::pair(counts_.alternatives, "NUMBER ALTERNATIVES"),
                                         std::pair(counts_.voters, "NUMBER VOTERS"),
                                         std::pair(counts_.orders, "NUMBER UNIQUE ORDERS")})
            if (!count)
                throw Error(fmt::format("{} has no line # {}:", source_, key));
        takeNames(names);
        setType(found.at("DATA TYPE"));
    }

    void readLegacyHeader() {
        if (lines_.atEnd())
            throw Error(fmt::format("{} is empty", source_));
        const std::int64_t count = lines_.positive(lines_.text(), "the number of alternatives");
        counts_.alternatives = count;
        lines_.next();
        std::map<std::int64_t, std::string> names;
        for (std::int64_t i = 0; i < count; ++i, lines_.next()) {
            lines_.need("a line id,name for each alternative");
            const auto [id, name] = lines_.split(',');
            addName(lines_.positive(id, "the number of an alternative"), std::string(name), names);
        }
        takeNames(names);
        lines_.need("the line voters,sum of counts,number of unique orders");
        const auto [voters, rest] = lines_.split(',');
        counts_.voters = lines_.positive(voters, "the number of voters");
        const auto comma = rest.find(',');
        if (comma == rest.npos)
            fail("the line needs three numbers: voters,sum of counts,number of unique orders");
        counts_.orders = lines_.positive(rest.substr(comma + 1), "the number of unique orders");
        lines_.next();
        for (const char* key : kMetadata)
            file_.metadata.emplace_back(key, "");
        setType(endingOf(source_));
    }

    void addName(std::int64_t id, const std::string& name,
                 std::map<std::int64_t, std::string>& names) {
        if (name.empty())
            fail(fmt::format("ALTERNATIVE NAME {} is empty", id));
        for (const auto& [other, text] : names)
            if (text == name || other == id)
                fail(fmt::format("ALTERNATIVE NAME {} duplicates {}", id, other));
        names.emplace(id, name);
    }

    void takeNames(const std::map<std::int64_t, std::string>& names) {
        std::int64_t expected = 1;
        for (const auto& [id, name] : names) {
            if (id != expected)
                throw Error(fmt::format("{} has no ALTERNATIVE NAME {}; they count from 1", source_,
                                        expected));
            ++expected;
            file_.alternatives.push_back(name);
        }
        if (file_.alternatives.size() < 2)
            throw Error(fmt::format("{} names {} alternatives; a ranking needs two", source_,
                                    file_.alternatives.size()));
    }

    void setType(const std::string& named) {
        const std::string ending = endingOf(source_);
        const std::optional<PreflibType> type = typeNamed(named);
        if (!type)
            throw Error(fmt::format("{} has the type {}; allowed are soc, soi, toc, toi (cat and "
                                    "wmd hold no rankings)",
                                    source_, named.empty() ? "(none)" : named));
        file_.type = *type;
        if (ending != named)
            file_.warnings.push_back(fmt::format(
                "{} ends with .{}, its header says {}; the header counts", source_, ending, named));
    }

    void readOrders(char afterCount) {
        std::set<std::vector<std::vector<std::int32_t>>> seen;
        for (; !lines_.atEnd(); lines_.next()) {
            if (trimmed(lines_.text()).empty())
                fail("a blank line in the data; allowed are lines count: order");
            if (lines_.text().starts_with('#'))
                fail("a header line after the data; they all stand at the start");
            const auto [count, order] = lines_.split(afterCount);
            PreflibOrder read;
            read.count = lines_.positive(count, "the count");
            readGroups(order, read.groups);
            std::vector<std::vector<std::int32_t>> normal = read.groups;
            for (auto& group : normal)
                std::sort(group.begin(), group.end());
            if (!seen.insert(std::move(normal)).second)
                fail("the order appears twice; each may appear once, with its count");
            file_.orders.push_back(std::move(read));
        }
        if (file_.orders.empty())
            throw Error(fmt::format("{} has no orders", source_));
    }

    void readGroups(std::string_view text, std::vector<std::vector<std::int32_t>>& groups) {
        std::vector<char> used(file_.alternatives.size(), 0);
        const auto take = [&](std::string_view word) {
            const auto id = lines_.positive(word, "an alternative");
            if (id > static_cast<std::int64_t>(used.size()))
                fail(fmt::format("alternative {} does not exist, allowed are 1 to {}", id,
                                 used.size()));
            if (used[static_cast<std::size_t>(id - 1)]++)
                fail(fmt::format("alternative {} appears twice in the order", id));
            return static_cast<std::int32_t>(id - 1);
        };
        text = trimmed(text);
        for (bool more = true; more;) {
            std::vector<std::int32_t> group;
            std::string_view word;
            if (text.starts_with('{')) {
                const auto close = text.find('}');
                if (close == text.npos)
                    fail("a brace is opened and never closed");
                std::string_view inner = text.substr(1, close - 1);
                for (bool inside = true; inside;) {
                    const auto comma = inner.find(',');
                    group.push_back(take(inner.substr(0, comma)));
                    inside = comma != inner.npos;
                    inner.remove_prefix(inside ? comma + 1 : 0);
                }
                text = trimmed(text.substr(close + 1));
                if (!text.empty() && text.front() != ',')
                    fail("a comma is missing after a brace");
                more = !text.empty();
                text = trimmed(text.substr(more ? 1 : 0));
            } else {
                const auto comma = text.find(',');
                group.push_back(take(text.substr(0, comma)));
                more = comma != text.npos;
                text = trimmed(more ? text.substr(comma + 1) : std::string_view());
            }
            if (group.size() > 1 && !allowsTies(file_.type))
                fail(fmt::format("a tie in an order of the type {}, which is strict; toc and toi "
                                 "allow ties",
                                 nameOf(file_.type)));
            groups.push_back(std::move(group));
        }
        const auto ranked = std::count(used.begin(), used.end(), 1);
        if (isComplete(file_.type) && ranked != static_cast<std::int64_t>(used.size()))
            fail(fmt::format("the order ranks {} of {} alternatives, the type {} wants all; soi "
                             "and toi allow less",
                             ranked, used.size(), nameOf(file_.type)));
    }

    void checkCounts() {
        const auto differ = [&](const char* what, std::optional<std::int64_t> said,
                                std::int64_t is) {
            if (said && *said != is)
                file_.warnings.push_back(
                    fmt::format("{}: the header says {} {}, the data have {}; the data count",
                                source_, *said, what, is));
        };
        differ("alternatives", counts_.alternatives,
               static_cast<std::int64_t>(file_.alternatives.size()));
        differ("voters", counts_.voters, file_.voters());
        differ("unique orders", counts_.orders, static_cast<std::int64_t>(file_.orders.size()));
        if (file_.contentType() != file_.type)
            file_.warnings.push_back(
                fmt::format("{} says {}, the most restrictive type of its orders is {}", source_,
                            nameOf(file_.type), nameOf(file_.contentType())));
    }

    Lines lines_;
    const std::string& source_;
    PreflibFile file_;
    Counts counts_;
};

} // namespace

std::string_view nameOf(PreflibType type) {
    switch (type) {
    case PreflibType::Soc:
        return "soc";
    case PreflibType::Soi:
        return "soi";
    case PreflibType::Toc:
        return "toc";
    case PreflibType::Toi:
        break;
    }
    return "toi";
}

std::int64_t PreflibFile::voters() const {
    std::int64_t sum = 0;
    for (const PreflibOrder& order : orders)
        sum += order.count;
    return sum;
}

PreflibType PreflibFile::contentType() const {
    bool ties = false;
    bool complete = true;
    for (const PreflibOrder& order : orders) {
        std::size_t ranked = 0;
        for (const auto& group : order.groups) {
            ranked += group.size();
            ties = ties || group.size() > 1;
        }
        complete = complete && ranked == alternatives.size();
    }
    if (ties)
        return complete ? PreflibType::Toc : PreflibType::Toi;
    return complete ? PreflibType::Soc : PreflibType::Soi;
}

PreflibFile parsePreflib(std::string_view text, const std::string& source) {
    return Reader(text, source).read();
}

PreflibFile readPreflib(const std::string& path) {
    return parsePreflib(readTextFile(path), path);
}

std::string preflibText(const PreflibFile& file) {
    std::string text;
    const auto line = [&](std::string_view key, std::string_view value) {
        text += fmt::format("# {}:{}{}\n", key, value.empty() ? "" : " ", value);
    };
    for (const auto& [key, value] : file.metadata)
        line(key, key == "DATA TYPE" ? nameOf(file.type) : std::string_view(value));
    line("NUMBER ALTERNATIVES", std::to_string(file.alternatives.size()));
    line("NUMBER VOTERS", std::to_string(file.voters()));
    line("NUMBER UNIQUE ORDERS", std::to_string(file.orders.size()));
    for (std::size_t i = 0; i < file.alternatives.size(); ++i)
        line(fmt::format("ALTERNATIVE NAME {}", i + 1), file.alternatives[i]);
    for (const PreflibOrder& order : file.orders) {
        text += fmt::format("{}: ", order.count);
        bool first = true;
        for (const auto& group : order.groups) {
            std::string members;
            for (const std::int32_t item : group)
                members += fmt::format("{}{}", members.empty() ? "" : ",", item + 1);
            text += fmt::format(fmt::runtime(group.size() > 1 ? "{}{{{}}}" : "{}{}"),
                                first ? "" : ",", members);
            first = false;
        }
        text += '\n';
    }
    return text;
}

ComparisonTable comparisonsOf(const PreflibFile& file, Unranked unranked) {
    std::map<std::pair<std::int32_t, std::int32_t>, double> counts;
    for (const PreflibOrder& order : file.orders) {
        std::vector<std::vector<std::int32_t>> groups = order.groups;
        if (unranked == Unranked::Below) {
            std::vector<char> ranked(file.alternatives.size(), 0);
            for (const auto& group : groups)
                for (const std::int32_t item : group)
                    ranked[static_cast<std::size_t>(item)] = 1;
            std::vector<std::int32_t> rest;
            for (std::size_t i = 0; i < ranked.size(); ++i)
                if (!ranked[i])
                    rest.push_back(static_cast<std::int32_t>(i));
            groups.push_back(std::move(rest));
        }
        for (std::size_t above = 0; above < groups.size(); ++above)
            for (std::size_t below = above + 1; below < groups.size(); ++below)
                for (const std::int32_t a : groups[above])
                    for (const std::int32_t b : groups[below])
                        counts[{a, b}] += static_cast<double>(order.count);
    }
    ComparisonTable table;
    table.items = file.alternatives;
    for (const auto& [pair, count] : counts)
        table.rows.push_back({pair.first, pair.second, Outcome::Left, count, {}, {}});
    return table;
}

bool isPreflibOrderPath(std::string_view path) {
    return typeNamed(endingOf(path)).has_value();
}

} // namespace inlay::engine
