// Text tables: CSV, TSV, or numbers apart by blanks; the separator and a head line are told by the
// first two lines.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/row_reader_private.h"

namespace inlay::engine {
namespace {

constexpr std::size_t kPieceBytes = 1 << 18;
constexpr std::size_t kLongestLine = 1 << 26;

std::string_view unquoted(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return text;
}

// Empty cells and the usual words are NaN. False: not a number.
bool parseCell(std::string_view text, double& value) {
    if (!text.empty() && text.front() == '+')
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size())
        return true;
    if (error == std::errc::result_out_of_range) { // 1e400, 1e-400
        value =
            text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos
                ? 0.0
                : std::numeric_limits<double>::infinity();
        return true;
    }
    for (const char* word : {"", "NA", "N/A", "?", "null", "NULL", "NaN", "nan"})
        if (text == word) {
            value = std::numeric_limits<double>::quiet_NaN();
            return true;
        }
    return false;
}

class Lines {
public:
    explicit Lines(ByteStream input)
        : input_(std::move(input)) {}

    const std::string& file() const { return input_.name(); }
    /// Number of the line that next() gave last, from 1.
    std::int64_t number() const { return number_; }

    /// The next line that is neither empty nor a remark (#); valid until the next call.
    bool next(std::string_view& line) {
        while (raw(line)) {
            const std::string_view text = unquoted(line);
            if (!text.empty() && text.front() != '#')
                return true;
        }
        return false;
    }

private:
    bool raw(std::string_view& line) {
        for (;;) {
            const std::size_t end = buffer_.find('\n', scanned_);
            if (end != std::string::npos) {
                line = std::string_view(buffer_).substr(start_, end - start_);
                start_ = scanned_ = end + 1;
                ++number_;
                return true;
            }
            scanned_ = buffer_.size();
            if (ended_) {
                if (start_ == buffer_.size())
                    return false;
                line = std::string_view(buffer_).substr(start_);
                start_ = buffer_.size();
                ++number_;
                return true;
            }
            refill();
        }
    }

    void refill() {
        buffer_.erase(0, start_);
        start_ = 0;
        scanned_ = buffer_.size();
        if (buffer_.size() > kLongestLine)
            throw Error(fmt::format("{}, line {}: longer than {} bytes; this is not a table",
                                    input_.name(), number_ + 1, kLongestLine));
        const std::size_t before = buffer_.size();
        buffer_.resize(before + kPieceBytes);
        const std::size_t got =
            input_.read({reinterpret_cast<std::uint8_t*>(buffer_.data()) + before, kPieceBytes});
        buffer_.resize(before + got);
        ended_ = got < kPieceBytes;
    }

    ByteStream input_;
    std::string buffer_;
    std::size_t start_ = 0;
    std::size_t scanned_ = 0;
    std::int64_t number_ = 0;
    bool ended_ = false;
};

char separatorOf(std::string_view line) {
    for (const char candidate : {'\t', ',', ';'})
        if (line.find(candidate) != std::string_view::npos)
            return candidate;
    return ' ';
}

// Where the quotes that open a cell close (RFC 4180: doubled quotes stand for one), else `at`.
std::size_t endOfQuotes(std::string_view line, std::size_t at) {
    std::size_t end = at;
    if (at >= line.size() || line[at] != '"')
        return at;
    for (;;) {
        end = line.find('"', end + 1);
        if (end == std::string_view::npos)
            return at;
        if (end + 1 >= line.size() || line[end + 1] != '"')
            return end;
        ++end;
    }
}

template <class Visit>
void forEachCell(std::string_view line, char separator, Visit&& visit) {
    if (separator == ' ') {
        std::size_t at = line.find_first_not_of(" \r");
        while (at != std::string_view::npos) {
            const std::size_t end = std::min(line.find_first_of(" \r", at), line.size());
            visit(unquoted(line.substr(at, end - at)));
            at = line.find_first_not_of(" \r", end);
        }
        return;
    }
    std::size_t at = 0;
    for (;;) {
        const std::size_t end = line.find(separator, endOfQuotes(line, at));
        visit(unquoted(line.substr(at, end == std::string_view::npos ? end : end - at)));
        if (end == std::string_view::npos)
            return;
        at = end + 1;
    }
}

class TextRows final : public RowReader {
public:
    TextRows(ByteStream input, const RowOptions& options)
        : lines_(std::move(input)) {
        std::string_view line;
        if (!lines_.next(line))
            throw Error(fmt::format("{} has no rows", lines_.file()));
        separator_ = separatorOf(unquoted(line));
        std::vector<std::string> cells;
        forEachCell(line, separator_, [&](std::string_view cell) { cells.emplace_back(cell); });
        fileColumns_ = static_cast<std::int64_t>(cells.size());
        kept_ = keptColumns(lines_.file(), fileColumns_, options.skipColumns);
        filter_.emplace(lines_.file(), kept_, options.badRows);
        // A head has no number at all; one bad cell among numbers is a mistake to be told.
        const bool isHead = std::none_of(kept_.begin(), kept_.end(), [&](std::int64_t column) {
            double value = 0;
            return parseCell(cells[static_cast<std::size_t>(column - 1)], value) &&
                   std::isfinite(value);
        });
        if (isHead)
            for (const std::int64_t column : kept_)
                titles_.push_back(cells[static_cast<std::size_t>(column - 1)]);
        else
            parse(line, pending_);
    }

    std::int64_t columns() const override { return static_cast<std::int64_t>(kept_.size()); }
    std::optional<std::int64_t> promisedRows() const override { return {}; }
    const std::vector<std::string>& titles() const override { return titles_; }
    std::int64_t droppedRows() const override { return filter_->dropped(); }

    std::int64_t read(double* out, std::int64_t rows) override {
        std::int64_t done = 0;
        std::string_view line;
        while (done < rows) {
            if (pending_.empty()) {
                if (!lines_.next(line))
                    break;
                parse(line, pending_);
            }
            std::copy(pending_.begin(), pending_.end(), out + done * columns());
            pending_.clear();
            done +=
                filter_->keep(out + done * columns(), 1, [this](std::int64_t) { return place(); });
        }
        if (done == 0 && !any_)
            throw Error(fmt::format("{} has titles but no rows", lines_.file()));
        return done;
    }

private:
    std::string place() const { return fmt::format("line {}", lines_.number()); }

    void parse(std::string_view line, std::vector<double>& values) {
        any_ = true;
        values.clear();
        std::int64_t cells = 0;
        std::size_t at = 0; // in kept_
        forEachCell(line, separator_, [&](std::string_view cell) {
            ++cells;
            if (at == kept_.size() || kept_[at] != cells)
                return;
            double value = 0;
            if (!parseCell(cell, value))
                throw Error(fmt::format("{}, {}, column {}{}: \"{}\" is not a number; allowed are "
                                        "numbers (source.skip_columns leaves columns out)",
                                        lines_.file(), place(), cells, titleOf(at),
                                        cell.substr(0, 40)));
            values.push_back(value);
            ++at;
        });
        if (cells != fileColumns_)
            throw Error(fmt::format("{}, {}: {} cells, but the table has {} columns", lines_.file(),
                                    place(), cells, fileColumns_));
    }

    std::string titleOf(std::size_t at) const {
        return at < titles_.size() ? fmt::format(" ({})", titles_[at]) : std::string();
    }

    Lines lines_;
    char separator_ = ',';
    std::int64_t fileColumns_ = 0;
    std::vector<std::int64_t> kept_; // numbers of the columns that are read
    std::vector<std::string> titles_;
    std::optional<RowFilter> filter_;
    std::vector<double> pending_;
    bool any_ = false;
};

} // namespace

std::unique_ptr<RowReader> openTextRows(ByteStream input, const RowOptions& options) {
    return std::make_unique<TextRows>(std::move(input), options);
}

} // namespace inlay::engine
