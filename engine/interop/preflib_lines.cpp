#include "engine/interop/preflib_lines.h"

#include <charconv>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/delimited_text.h"

namespace inlay::engine::preflib {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Lines::Lines(std::string_view text, const std::string& source)
    : source_(source) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines_.push_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
}

void Lines::fail(const std::string& what) const {
    throw Error(atLine(source_, static_cast<std::int64_t>(at_) + 1) + what);
}

void Lines::refuseNoData(const std::string& allowed) const {
    if (trimmed(text()).empty())
        fail(fmt::format("a blank line in the data; allowed are lines {}", allowed));
    if (text().starts_with('#'))
        fail("a header line after the data; they all stand at the start");
}

void Lines::need(const char* what) const {
    if (atEnd())
        throw Error(fmt::format("{} ends too early: missing is {}", source_, what));
}

std::pair<std::string_view, std::string_view> Lines::split(char separator) const {
    const auto at = text().find(separator);
    if (at == text().npos)
        fail(fmt::format("there is no '{}' in: {}", separator, trimmed(text())));
    return {trimmed(text().substr(0, at)), trimmed(text().substr(at + 1))};
}

std::int64_t Lines::positive(std::string_view word, std::string_view what) const {
    word = trimmed(word);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < 1)
        fail(fmt::format("{} is {}, allowed is a whole number from 1", what,
                         word.empty() ? "empty" : word));
    return value;
}

} // namespace inlay::engine::preflib
