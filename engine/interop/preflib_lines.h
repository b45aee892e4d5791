#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inlay::engine::preflib {

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

/// The lines of a PrefLib file, with sentences that name file and line. The text outlives it.
class Lines {
public:
    Lines(std::string_view text, const std::string& source);

    bool atEnd() const { return at_ >= lines_.size(); }
    std::string_view text() const { return lines_[at_]; }
    void next() { ++at_; }
    /// Whether the line so many after this one exists and belongs to a header, and that line.
    bool isHeaderAhead(std::size_t count) const {
        return at_ + count < lines_.size() && lines_[at_ + count].starts_with('#');
    }
    std::string_view ahead(std::size_t count) const { return lines_[at_ + count]; }

    /// Throws Error "<file>, line <n>: <what>".
    [[noreturn]] void fail(const std::string& what) const;
    /// Throws when this line is blank or belongs to a header; `allowed` is what stands in the data.
    void refuseNoData(const std::string& allowed) const;
    /// Throws when there is no line any more; `what` names the one that is missing.
    void need(const char* what) const;
    /// The line before and after the first `separator`, both trimmed.
    std::pair<std::string_view, std::string_view> split(char separator) const;
    /// A whole number above 0; `what` names it in the sentence.
    std::int64_t positive(std::string_view word, std::string_view what) const;

private:
    std::vector<std::string_view> lines_;
    const std::string& source_;
    std::size_t at_ = 0;
};

} // namespace inlay::engine::preflib
