#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/preflib_groups.h"
#include "engine/interop/preflib_header.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {

using preflib::Lines;

PreflibCategories parsePreflibCategories(std::string_view text, const std::string& source) {
    Lines lines(text, source);
    constexpr PreflibType kAllowed[] = {PreflibType::Cat};
    preflib::Header header = preflib::readHeader(lines, source, kAllowed);
    PreflibCategories file;
    file.metadata = std::move(header.metadata);
    file.alternatives = std::move(header.alternatives);
    file.categories = std::move(header.categories);
    file.preferences = preflib::readOrders(
        lines, ':', file.alternatives.size(), preflib::EmptyGroups::Allowed, "preference",
        [&](const std::vector<std::vector<std::int32_t>>& groups) {
            if (groups.size() != file.categories.size())
                lines.fail(fmt::format("the preference has {} categories, the header names {}; an "
                                       "empty one is written {{}}",
                                       groups.size(), file.categories.size()));
        });
    if (file.preferences.empty())
        throw Error(fmt::format("{} has no preferences", source));
    header.compare("NUMBER ALTERNATIVES", "alternatives",
                   static_cast<std::int64_t>(file.alternatives.size()), source);
    header.compare("NUMBER VOTERS", "voters", file.voters(), source);
    header.compare("NUMBER UNIQUE PREFERENCES", "unique preferences",
                   static_cast<std::int64_t>(file.preferences.size()), source);
    header.compare("NUMBER CATEGORIES", "categories",
                   static_cast<std::int64_t>(file.categories.size()), source);
    file.warnings = std::move(header.warnings);
    return file;
}

PreflibCategories readPreflibCategories(const std::string& path) {
    return parsePreflibCategories(readTextFile(path), path);
}

std::string preflibText(const PreflibCategories& file) {
    std::string text = preflib::headerText(
        PreflibType::Cat, file.metadata,
        {{"NUMBER ALTERNATIVES", static_cast<std::int64_t>(file.alternatives.size())},
         {"NUMBER VOTERS", file.voters()},
         {"NUMBER UNIQUE PREFERENCES", static_cast<std::int64_t>(file.preferences.size())},
         {"NUMBER CATEGORIES", static_cast<std::int64_t>(file.categories.size())}},
        file.categories, file.alternatives);
    for (const PreflibOrder& preference : file.preferences)
        text += preflib::orderText(preference);
    return text;
}

} // namespace inlay::engine
