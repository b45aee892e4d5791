#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// Walks the lines of a text; "\r\n" and "\n" both end one.
class TextLines {
public:
    explicit TextLines(std::string_view text)
        : text_(text) {}
    /// False at the end.
    bool next(std::string_view& line);
    /// 1-based number of the line last given.
    std::int64_t number() const { return number_; }

private:
    std::string_view text_;
    std::int64_t number_ = 0;
};

/// Words between blanks and tabs.
std::vector<std::string_view> splitWords(std::string_view line);
/// Without blanks at either end.
std::string_view trimmed(std::string_view text);
/// The whole text as a number, or nothing.
std::optional<std::int64_t> parseInteger(std::string_view text);
std::optional<double> parseNumber(std::string_view text);

} // namespace inlay::engine
