#include "engine/interop/comparison_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/preflib_header.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

enum class Format { Csv, Current, Legacy };

Format formatOf(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (text.starts_with('#'))
        return Format::Current;
    // A legacy file begins with a line that is one number.
    const std::string_view first = preflib::trimmed(text.substr(0, text.find('\n')));
    const bool isNumber = !first.empty() && std::all_of(first.begin(), first.end(), [](char c) {
        return c >= '0' && c <= '9';
    });
    return isNumber ? Format::Legacy : Format::Csv;
}

// The type that a current header names.
std::optional<PreflibType> namedType(std::string_view text) {
    while (text.starts_with('#')) {
        const std::string_view line = text.substr(1, text.find('\n') - 1);
        const auto colon = line.find(':');
        if (colon != line.npos && preflib::trimmed(line.substr(0, colon)) == "DATA TYPE")
            return preflibTypeNamed(preflib::trimmed(line.substr(colon + 1)));
        const auto end = text.find('\n');
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return std::nullopt;
}

RankingContent contentOf(const std::string& text, const std::string& path) {
    const std::string ending = preflib::endingOf(path);
    switch (formatOf(text)) {
    case Format::Current:
        // The reader of orders says what a header without a known type lacks.
        return {namedType(text).value_or(PreflibType::Soc), false};
    case Format::Legacy:
        if (isPreflibOrderPath(path))
            return {preflibTypeNamed(ending), false};
        if (ending != "pwg")
            throw Error(fmt::format("{} looks like PrefLib's legacy format, whose ending says what "
                                    "the data are; allowed are .pwg, .soc, .soi, .toc, .toi",
                                    path));
        return {std::nullopt, true};
    case Format::Csv:
        break;
    }
    return {};
}

template <class File>
void take(ComparisonFile& result, File file, PreflibType type, Unranked unranked) {
    result.type = type;
    result.voters = file.voters();
    result.table = comparisonsOf(file, unranked);
    result.warnings = std::move(file.warnings);
    const bool leavesOut = type != PreflibType::Soc && type != PreflibType::Toc;
    if (unranked == Unranked::Below && leavesOut)
        result.warnings.emplace_back(
            "alternatives without a place count as below all that have one (imbued)");
}

} // namespace

RankingContent rankingContentOf(const std::string& path) {
    return contentOf(readTextFile(path), path);
}

ComparisonFile readComparisonFile(const std::string& path, Unranked unranked) {
    const std::string text = readTextFile(path);
    const RankingContent content = contentOf(text, path);
    ComparisonFile result;
    if (content.type == PreflibType::Wmd)
        throw Error(fmt::format("{} holds a weighted matching graph (wmd), which compares nothing; "
                                "`inlay rank convert` writes its edges as CSV",
                                path));
    if (content.type == PreflibType::Cat) {
        take(result, parsePreflibCategories(text, path), PreflibType::Cat, unranked);
        return result;
    }
    if (content.type) {
        PreflibFile file = parsePreflib(text, path);
        const PreflibType type = file.type;
        take(result, std::move(file), type, unranked);
        return result;
    }
    if (content.isPairwise) {
        PreflibPairwise read = parsePairwise(text, path);
        result.table = std::move(read.table);
        result.voters = read.voters;
        result.warnings = std::move(read.warnings);
        return result;
    }
    const std::string ending = preflib::endingOf(path);
    const bool saysPreflib = ending == "pwg" || preflibTypeNamed(ending).has_value();
    if (text.empty() && saysPreflib)
        throw Error(fmt::format("{} is empty", path));
    result.table = parseComparisons(text, path);
    if (saysPreflib)
        result.warnings.push_back(
            fmt::format("{} ends with .{}, its content is CSV and was read as that; it should end "
                        "with .csv",
                        path, ending));
    return result;
}

} // namespace inlay::engine
