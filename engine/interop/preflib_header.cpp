#include "engine/interop/preflib_header.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

// Keys of the current format, in its order; the counts and names are not metadata here.
constexpr const char* kMetadata[] = {
    "FILE NAME",  "TITLE",         "DESCRIPTION",      "DATA TYPE",        "MODIFICATION TYPE",
    "RELATES TO", "RELATED FILES", "PUBLICATION DATE", "MODIFICATION DATE"};
constexpr std::string_view kAlternativeName = "ALTERNATIVE NAME ";
constexpr std::string_view kCategoryName = "CATEGORY NAME ";

std::vector<std::string> numbersOf(PreflibType type) {
    if (type == PreflibType::Wmd)
        return {"NUMBER ALTERNATIVES", "NUMBER EDGES"};
    if (type == PreflibType::Cat)
        return {"NUMBER ALTERNATIVES", "NUMBER VOTERS", "NUMBER UNIQUE PREFERENCES",
                "NUMBER CATEGORIES"};
    return {"NUMBER ALTERNATIVES", "NUMBER VOTERS", "NUMBER UNIQUE ORDERS"};
}

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
        return "toi";
    case PreflibType::Cat:
        return "cat";
    case PreflibType::Wmd:
        break;
    }
    return "wmd";
}

std::optional<PreflibType> preflibTypeNamed(std::string_view name) {
    for (const PreflibType type : {PreflibType::Soc, PreflibType::Soi, PreflibType::Toc,
                                   PreflibType::Toi, PreflibType::Cat, PreflibType::Wmd})
        if (nameOf(type) == name)
            return type;
    return std::nullopt;
}

bool isOrder(PreflibType type) {
    return type != PreflibType::Cat && type != PreflibType::Wmd;
}

PreflibMetadata emptyPreflibMetadata() {
    PreflibMetadata metadata;
    for (const char* key : kMetadata)
        metadata.emplace_back(key, "");
    return metadata;
}

void setMetadata(PreflibMetadata& metadata, std::string_view key, std::string value) {
    for (auto& [known, text] : metadata)
        if (known == key)
            text = std::move(value);
}

namespace preflib {
namespace {

using Names = std::map<std::int64_t, std::string>;

void addName(const Lines& lines, std::string_view key, std::int64_t id, const std::string& name,
             Names& names) {
    if (name.empty())
        lines.fail(fmt::format("{}{} is empty", key, id));
    for (const auto& [other, text] : names)
        if (text == name || other == id)
            lines.fail(fmt::format("{}{} duplicates {}", key, id, other));
    names.emplace(id, name);
}

std::vector<std::string> inOrder(const Names& names, std::string_view key,
                                 const std::string& source) {
    std::vector<std::string> list;
    for (const auto& [id, name] : names) {
        if (id != static_cast<std::int64_t>(list.size()) + 1)
            throw Error(
                fmt::format("{} has no {}{}; they count from 1", source, key, list.size() + 1));
        list.push_back(name);
    }
    return list;
}

void takeAlternatives(Header& header, const Names& names, const std::string& source) {
    header.alternatives = inOrder(names, kAlternativeName, source);
    if (header.alternatives.size() < 2)
        throw Error(fmt::format("{} names {} alternatives; a ranking needs two", source,
                                header.alternatives.size()));
}

PreflibType checkedType(Header& header, const std::string& named, const std::string& source,
                        std::span<const PreflibType> allowed) {
    const std::optional<PreflibType> type = preflibTypeNamed(named);
    if (!type || std::find(allowed.begin(), allowed.end(), *type) == allowed.end()) {
        std::vector<std::string_view> names;
        for (const PreflibType one : allowed)
            names.push_back(nameOf(one));
        throw Error(fmt::format("{} has the type {}; allowed here are {}", source,
                                named.empty() ? "(none)" : named, fmt::join(names, ", ")));
    }
    if (const std::string ending = endingOf(source); ending != named)
        header.warnings.push_back(
            ending.empty()
                ? fmt::format("{} has no ending, its header says {}; it should end with .{}",
                              source, named, named)
                : fmt::format("{} ends with .{}, its header says {}; the header counts", source,
                              ending, named));
    return *type;
}

// The value of DATA TYPE, wherever its line is; what may stand in the others depends on it.
std::string namedType(const Lines& lines) {
    for (std::size_t i = 0; lines.isHeaderAhead(i); ++i) {
        const std::string_view line = lines.ahead(i).substr(1);
        const auto colon = line.find(':');
        if (colon != line.npos && trimmed(line.substr(0, colon)) == "DATA TYPE")
            return std::string(trimmed(line.substr(colon + 1)));
    }
    return {};
}

bool isNumberKey(PreflibType type, const std::string& key) {
    const std::vector<std::string> required = numbersOf(type);
    if (std::find(required.begin(), required.end(), key) != required.end())
        return true;
    // The format's own example of a matching graph has this one.
    return type == PreflibType::Wmd && key == "NUMBER VOTERS";
}

} // namespace

std::string endingOf(std::string_view path) {
    const auto name = path.substr(path.find_last_of('/') + 1);
    const auto dot = name.rfind('.');
    std::string ending(dot == name.npos ? std::string_view() : name.substr(dot + 1));
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

std::optional<std::int64_t> Header::number(std::string_view key) const {
    const auto found = numbers.find(key);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

void Header::compare(std::string_view key, const char* what, std::int64_t data,
                     const std::string& source) {
    const auto said = number(key);
    if (said && *said != data)
        warnings.push_back(fmt::format("{}: the header says {} {}, the data have {}; the data "
                                       "count",
                                       source, *said, what, data));
}

Header readHeader(Lines& lines, const std::string& source, std::span<const PreflibType> allowed) {
    Header header;
    const std::string named = namedType(lines);
    if (!named.empty())
        header.type = checkedType(header, named, source, allowed);
    const PreflibType type = named.empty() ? allowed.front() : header.type;
    std::map<std::string, std::string> found;
    Names alternatives;
    Names categories;
    for (; !lines.atEnd() && lines.text().starts_with('#'); lines.next()) {
        const std::string_view line = lines.text().substr(1);
        const auto colon = line.find(':');
        if (colon == line.npos)
            lines.fail("a header line needs a colon: # KEY: value");
        const std::string key(trimmed(line.substr(0, colon)));
        const std::string value(trimmed(line.substr(colon + 1)));
        const auto idAfter = [&](std::string_view prefix, std::string_view what) {
            return lines.positive(std::string_view(key).substr(prefix.size()), what);
        };
        if (key.starts_with(kAlternativeName)) {
            addName(lines, kAlternativeName,
                    idAfter(kAlternativeName, "the number of an alternative"), value, alternatives);
        } else if (type == PreflibType::Cat && key.starts_with(kCategoryName)) {
            addName(lines, kCategoryName, idAfter(kCategoryName, "the number of a category"), value,
                    categories);
        } else if (isNumberKey(type, key)) {
            if (!header.numbers.emplace(key, lines.positive(value, key)).second)
                lines.fail(fmt::format("{} appears twice", key));
        } else if (std::find(std::begin(kMetadata), std::end(kMetadata), key) ==
                   std::end(kMetadata)) {
            lines.fail(fmt::format("unknown key {}; allowed are {}, {}, {}ALTERNATIVE NAME X", key,
                                   fmt::join(kMetadata, ", "), fmt::join(numbersOf(type), ", "),
                                   type == PreflibType::Cat ? "CATEGORY NAME X, " : ""));
        } else if (!found.emplace(key, value).second) {
            lines.fail(fmt::format("{} appears twice", key));
        }
    }
    for (const char* key : kMetadata) {
        if (!found.contains(key))
            throw Error(fmt::format("{} has no line # {}:", source, key));
        header.metadata.emplace_back(key, found.at(key));
    }
    if (named.empty())
        checkedType(header, named, source, allowed); // throws
    for (const std::string& key : numbersOf(header.type))
        if (!header.numbers.contains(key))
            throw Error(fmt::format("{} has no line # {}:", source, key));
    takeAlternatives(header, alternatives, source);
    header.categories = inOrder(categories, kCategoryName, source);
    if (header.type == PreflibType::Cat && header.categories.empty())
        throw Error(fmt::format("{} has no line # CATEGORY NAME 1:", source));
    return header;
}

Header readLegacyHeader(Lines& lines, const std::string& source) {
    if (lines.atEnd())
        throw Error(fmt::format("{} is empty", source));
    Header header;
    const std::int64_t count = lines.positive(lines.text(), "the number of alternatives");
    header.numbers["NUMBER ALTERNATIVES"] = count;
    lines.next();
    Names names;
    for (std::int64_t i = 0; i < count; ++i, lines.next()) {
        lines.need("a line id,name for each alternative");
        const auto [id, name] = lines.split(',');
        addName(lines, kAlternativeName, lines.positive(id, "the number of an alternative"),
                std::string(name), names);
    }
    takeAlternatives(header, names, source);
    lines.need("the line voters,sum of counts,number of unique orders");
    const auto [voters, rest] = lines.split(',');
    header.numbers["NUMBER VOTERS"] = lines.positive(voters, "the number of voters");
    const auto comma = rest.find(',');
    if (comma == rest.npos)
        lines.fail("the line needs three numbers: voters,sum of counts,number of unique orders");
    lines.positive(rest.substr(0, comma), "the sum of the counts");
    header.numbers["NUMBER UNIQUE ORDERS"] =
        lines.positive(rest.substr(comma + 1), "the number of unique orders");
    lines.next();
    header.metadata = emptyPreflibMetadata();
    constexpr PreflibType kOrders[] = {PreflibType::Soc, PreflibType::Soi, PreflibType::Toc,
                                       PreflibType::Toi};
    header.type = checkedType(header, endingOf(source), source, kOrders);
    return header;
}

std::string headerText(PreflibType type, const PreflibMetadata& metadata,
                       const std::vector<std::pair<const char*, std::int64_t>>& numbers,
                       const std::vector<std::string>& categories,
                       const std::vector<std::string>& alternatives) {
    std::string text;
    const auto line = [&](std::string_view key, std::string_view value) {
        text += fmt::format("# {}:{}{}\n", key, value.empty() ? "" : " ", value);
    };
    for (const auto& [key, value] : metadata)
        line(key, key == "DATA TYPE" ? nameOf(type) : std::string_view(value));
    for (const auto& [key, value] : numbers)
        line(key, std::to_string(value));
    for (std::size_t i = 0; i < categories.size(); ++i)
        line(fmt::format("CATEGORY NAME {}", i + 1), categories[i]);
    for (std::size_t i = 0; i < alternatives.size(); ++i)
        line(fmt::format("ALTERNATIVE NAME {}", i + 1), alternatives[i]);
    return text;
}

} // namespace preflib
} // namespace inlay::engine
