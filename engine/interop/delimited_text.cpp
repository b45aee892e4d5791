#include "engine/interop/delimited_text.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

char sniff(std::string_view text) {
    constexpr std::string_view kDelimiters = ",;\t";
    std::size_t counts[kDelimiters.size()] = {};
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        else if (c == '\n' && !quoted)
            break;
        else if (const auto at = kDelimiters.find(c); at != kDelimiters.npos && !quoted)
            ++counts[at];
    }
    return kDelimiters[static_cast<std::size_t>(
        std::max_element(std::begin(counts), std::end(counts)) - std::begin(counts))];
}

// Splits text into records; quotes may hold delimiters, line breaks and doubled quotes.
class RecordReader {
public:
    RecordReader(std::string_view text, const std::string& source, char delimiter)
        : text_(text)
        , source_(source)
        , delimiter_(delimiter) {}

    bool next(DelimitedRow& row) {
        while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
            skip();
        if (at_ >= text_.size())
            return false;
        row.line = line_;
        row.cells.assign(1, {});
        while (at_ < text_.size() && text_[at_] != '\n') {
            if (text_[at_] == delimiter_) {
                row.cells.emplace_back();
                skip();
            } else if (text_[at_] == '"') {
                readQuoted(row.cells.back());
            } else {
                if (text_[at_] != '\r')
                    row.cells.back() += text_[at_];
                skip();
            }
        }
        return true;
    }

private:
    void skip() {
        if (text_[at_] == '\n')
            ++line_;
        ++at_;
    }

    void readQuoted(std::string& cell) {
        const std::int64_t opened = line_;
        if (!cell.empty())
            throw Error(
                fmt::format("{}a quote inside of the cell {}", atLine(source_, line_), cell));
        skip();
        for (;; skip()) {
            if (at_ >= text_.size())
                throw Error(
                    fmt::format("{}a quote is opened and never closed", atLine(source_, opened)));
            if (text_[at_] != '"') {
                cell += text_[at_];
                continue;
            }
            if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"')
                break;
            cell += '"';
            skip();
        }
        skip();
        if (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
            text_[at_] != '\r')
            throw Error(
                fmt::format("{}text after the closing quote of {}", atLine(source_, line_), cell));
    }

    std::string_view text_;
    const std::string& source_;
    char delimiter_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
};

} // namespace

std::string atLine(const std::string& source, std::int64_t line) {
    return fmt::format("{}, line {}: ", source, line);
}

DelimitedText parseDelimited(std::string_view text, const std::string& source) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    DelimitedText result;
    result.delimiter = sniff(text);
    RecordReader reader(text, source, result.delimiter);
    DelimitedRow row;
    if (!reader.next(row))
        throw Error(fmt::format("{} is empty; it needs a first line with the names of its columns",
                                source));
    result.header = std::move(row.cells);
    while (reader.next(row)) {
        if (row.cells.size() != result.header.size())
            throw Error(fmt::format("{}{} cells, the first line names {} columns",
                                    atLine(source, row.line), row.cells.size(),
                                    result.header.size()));
        result.rows.push_back(std::move(row));
        row = {};
    }
    return result;
}

DelimitedText readDelimited(const std::string& path) {
    return parseDelimited(readTextFile(path), path);
}

} // namespace inlay::engine
