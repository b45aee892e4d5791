#include "engine/interop/vector_text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/error.h"
#include "engine/interop/byte_stream.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/row_reader.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kPieceRows = 4096;

std::string lower(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

bool isMissing(std::string_view text) {
    for (const char* word : {"", "NA", "N/A", "?", "null", "NULL"})
        if (text == word)
            return true;
    return false;
}

/// A number, NaN for what stands for none; nothing for text.
std::optional<double> numberOf(std::string_view cell) {
    cell = trimmed(cell);
    if (isMissing(cell))
        return std::numeric_limits<double>::quiet_NaN();
    if (cell.front() == '+')
        cell.remove_prefix(1);
    return parseNumber(cell);
}

bool isVector(std::string_view cell) {
    cell = trimmed(cell);
    return cell.size() >= 2 && cell.front() == '[' && cell.back() == ']';
}

/// Numbers between brackets, apart by commas, semicolons or blanks.
std::vector<double> vectorOf(std::string_view cell, const std::string& where) {
    cell = trimmed(cell);
    cell = cell.substr(1, cell.size() - 2);
    std::vector<double> values;
    for (std::size_t at = 0; at < cell.size();) {
        const std::size_t first = cell.find_first_not_of(" ,;\t\n", at);
        if (first == std::string_view::npos)
            break;
        const std::size_t end = std::min(cell.find_first_of(" ,;\t\n", first), cell.size());
        const auto number = numberOf(cell.substr(first, end - first));
        if (!number)
            throw Error(fmt::format("{}\"{}\" in a vector is not a number", where,
                                    cell.substr(first, std::min<std::size_t>(end - first, 40))));
        values.push_back(*number);
        at = end;
    }
    return values;
}

/// Number of the column that a title or a number from 1 names.
std::size_t columnOf(const std::string& path, const std::vector<std::string>& titles,
                     std::size_t columns, const std::string& wanted, const char* what) {
    const auto found = std::find(titles.begin(), titles.end(), wanted);
    if (found != titles.end())
        return static_cast<std::size_t>(found - titles.begin());
    const auto number = parseInteger(wanted);
    if (number && *number >= 1 && static_cast<std::size_t>(*number) <= columns)
        return static_cast<std::size_t>(*number - 1);
    const std::string allowed =
        titles.empty() ? fmt::format("1 to {}", columns)
                       : fmt::format("{} or 1 to {}", fmt::join(titles, ", "), columns);
    throw Error(fmt::format("{} has no {} {}; allowed are {}", path, what, wanted, allowed));
}

/// Roles of the columns.
struct Columns {
    std::vector<std::size_t> numbers;
    std::optional<std::size_t> vector;
    std::optional<std::size_t> label;
    std::vector<std::size_t> texts;
};

bool isLabelTitle(const std::string& title) {
    const std::string name = lower(title);
    for (const char* usual : {"label", "labels", "class", "target", "category", "species"})
        if (name == usual)
            return true;
    return false;
}

class Table {
public:
    Table(const std::string& path, DelimitedText text, const VectorTableOptions& options)
        : path_(path)
        , text_(std::move(text))
        , options_(options) {
        // Titles have no number and no vector at all.
        const auto& first = text_.header;
        const bool titled = std::none_of(first.begin(), first.end(), [](const std::string& cell) {
            const auto number = numberOf(cell);
            return isVector(cell) || (number && std::isfinite(*number));
        });
        if (titled)
            titles_ = first;
        else
            text_.rows.insert(text_.rows.begin(), DelimitedRow{1, first});
        if (text_.rows.empty())
            throw Error(fmt::format("{} has titles but no rows", path_));
        assignRoles();
    }

    VectorText read() {
        VectorText out;
        out.rows = static_cast<std::int64_t>(text_.rows.size());
        for (const DelimitedRow& row : text_.rows) {
            out.places.push_back(fmt::format("line {}", row.line));
            if (columns_.vector)
                readVector(row, out);
            else
                readNumbers(row, out);
            if (columns_.label)
                out.labels.push_back(std::string(trimmed(row.cells[*columns_.label])));
        }
        if (columns_.vector) {
            out.titles.clear();
        } else {
            out.columns = static_cast<std::int64_t>(columns_.numbers.size());
            for (const std::size_t column : columns_.numbers)
                if (!titles_.empty())
                    out.titles.push_back(titles_[column]);
        }
        describe(out);
        return out;
    }

private:
    std::size_t width() const { return text_.header.size(); }

    /// By the first cell that says something.
    bool holdsText(std::size_t column) const {
        for (const DelimitedRow& row : text_.rows)
            if (const std::string_view cell = trimmed(row.cells[column]); !isMissing(cell))
                return !numberOf(cell);
        return false;
    }
    bool holdsVectors(std::size_t column) const {
        return isVector(text_.rows.front().cells[column]);
    }

    void assignRoles() {
        if (!options_.vectorColumn.empty())
            columns_.vector = columnOf(path_, titles_, width(), options_.vectorColumn, "column");
        if (!options_.labelColumn.empty() && options_.labelsPath.empty())
            columns_.label = columnOf(path_, titles_, width(), options_.labelColumn, "column");
        for (std::size_t column = 0; column < width(); ++column) {
            if (columns_.label == column)
                continue;
            if (!columns_.vector && holdsVectors(column))
                columns_.vector = column;
            else if (columns_.vector != column && holdsText(column))
                columns_.texts.push_back(column);
            else if (columns_.vector != column)
                columns_.numbers.push_back(column);
        }
        if (!columns_.label && options_.labelsPath.empty())
            chooseLabel();
        if (!columns_.vector && columns_.numbers.empty())
            throw Error(fmt::format("{} has no column of numbers", path_));
    }

    void chooseLabel() {
        for (auto* candidates : {&columns_.texts, &columns_.numbers})
            for (const std::size_t column : *candidates)
                if (!titles_.empty() && isLabelTitle(titles_[column])) {
                    columns_.label = column;
                    std::erase(*candidates, column);
                    return;
                }
        if (columns_.texts.size() == 1) {
            columns_.label = columns_.texts.front();
            columns_.texts.clear();
        }
    }

    std::string where(const DelimitedRow& row, std::size_t column) const {
        const std::string title =
            column < titles_.size() ? fmt::format(" ({})", titles_[column]) : std::string();
        return fmt::format("{}, line {}, column {}{}: ", path_, row.line, column + 1, title);
    }

    void readNumbers(const DelimitedRow& row, VectorText& out) const {
        for (const std::size_t column : columns_.numbers) {
            const auto number = numberOf(row.cells[column]);
            if (!number)
                throw Error(
                    fmt::format("{}\"{}\" is not a number; allowed are numbers, a vector in "
                                "brackets, or labels (label_column)",
                                where(row, column), row.cells[column].substr(0, 40)));
            out.values.push_back(*number);
        }
    }

    void readVector(const DelimitedRow& row, VectorText& out) const {
        const std::size_t column = *columns_.vector;
        if (!isVector(row.cells[column]))
            throw Error(fmt::format("{}\"{}\" is not a vector like [0.1, 0.2]", where(row, column),
                                    row.cells[column].substr(0, 40)));
        const std::vector<double> values = vectorOf(row.cells[column], where(row, column));
        const auto size = static_cast<std::int64_t>(values.size());
        if (out.columns == 0)
            out.columns = size;
        if (size != out.columns || size == 0)
            throw Error(fmt::format("{}a vector of {} numbers, the first one has {}",
                                    where(row, column), size, out.columns));
        out.values.insert(out.values.end(), values.begin(), values.end());
    }

    void describe(VectorText& out) const {
        const auto nameOf = [&](std::size_t column) {
            return column < titles_.size() ? titles_[column] : std::to_string(column + 1);
        };
        if (columns_.label)
            out.notes.push_back(fmt::format("Labels: column {}.", nameOf(*columns_.label)));
        std::vector<std::string> left;
        for (const std::size_t column : columns_.texts)
            left.push_back(nameOf(column));
        for (const std::size_t column : columns_.numbers)
            if (columns_.vector)
                left.push_back(nameOf(column));
        if (!left.empty())
            out.notes.push_back(
                fmt::format("Columns that are not used: {}.", fmt::join(left, ", ")));
    }

    std::string path_;
    DelimitedText text_;
    const VectorTableOptions& options_;
    std::vector<std::string> titles_;
    Columns columns_;
};

/// Numbers apart by blanks.
VectorText readBlanks(const std::string& path) {
    VectorText out;
    // NaN is for the caller to judge, but rows can only be refused or dropped here.
    const auto reader = openRows(path, {BadRows::Refuse, {}});
    out.columns = reader->columns();
    out.titles = reader->titles();
    for (;;) {
        const std::size_t before = out.values.size();
        out.values.resize(before + static_cast<std::size_t>(kPieceRows * out.columns));
        const std::int64_t got = reader->read(out.values.data() + before, kPieceRows);
        out.values.resize(before + static_cast<std::size_t>(got * out.columns));
        out.rows += got;
        if (got < kPieceRows)
            return out;
    }
}

std::string wholeText(const std::string& path) {
    ByteStream input(path);
    std::string text;
    constexpr std::size_t kPiece = 1 << 20;
    for (;;) {
        const std::size_t before = text.size();
        text.resize(before + kPiece);
        const std::size_t got =
            input.read({reinterpret_cast<std::uint8_t*>(text.data()) + before, kPiece});
        text.resize(before + got);
        if (got < kPiece)
            return text;
    }
}

} // namespace

VectorText readVectorText(const std::string& path, const VectorTableOptions& options) {
    const std::string text = wholeText(path);
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    const bool delimited = first.find_first_of(",;\t") != std::string_view::npos;
    if (!delimited && trimmed(first).find(' ') != std::string_view::npos && !isVector(first))
        return readBlanks(path);
    return Table(path, parseDelimited(text, path), options).read();
}

} // namespace inlay::engine
