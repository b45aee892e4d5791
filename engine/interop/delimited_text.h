#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// One record of a delimited file.
struct DelimitedRow {
    std::int64_t line = 0; // where it starts, from 1
    std::vector<std::string> cells;
};

/// A CSV file (RFC 4180) whose delimiter is that of ',', ';' and tab which the first record holds
/// most often outside of quotes. Empty lines are left out; a byte order mark is dropped.
struct DelimitedText {
    char delimiter = ',';
    std::vector<std::string> header;
    std::vector<DelimitedRow> rows;
};

/// Reads a file with a header; every record has as many cells as it. Throws Error naming the file
/// and the line.
DelimitedText readDelimited(const std::string& path);
/// The same of text; `source` names it in sentences.
DelimitedText parseDelimited(std::string_view text, const std::string& source);

/// "file.csv, line 14: " before a sentence's end.
std::string atLine(const std::string& source, std::int64_t line);

} // namespace inlay::engine
