#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inlay::engine {

/// What a reader does with a row that holds NaN, an infinity or an empty cell.
enum class BadRows { Refuse, Drop };

struct RowOptions {
    BadRows badRows = BadRows::Refuse;
    /// Columns left out, counted from 1; they need not hold numbers.
    std::vector<std::int64_t> skipColumns;
};

/// Rows of numbers from a table, one after the other, in memory that does not grow with the file.
/// A file or standard input ("-"), told apart by its first bytes: NPY (2-D, or 1-D as one column),
/// IDX (a record is a row), else text with commas, semicolons, tabs or blanks. Gzip files are
/// decompressed on the way.
class RowReader {
public:
    virtual ~RowReader() = default;

    /// Columns that are read; at least 1.
    virtual std::int64_t columns() const = 0;
    /// Rows that the head promises; nothing for text.
    virtual std::optional<std::int64_t> promisedRows() const = 0;
    /// Titles of the columns; empty when the table has none.
    virtual const std::vector<std::string>& titles() const = 0;

    /// Fills `out` (rows x columns, row-major) with the next rows and returns how many: fewer only
    /// at the end. Throws Error with file, row (or line) and column of what is wrong: not a number,
    /// too few or too many cells, a magnitude above 1e18, NaN or infinity (BadRows::Refuse), a
    /// file that is cut.
    virtual std::int64_t read(double* out, std::int64_t rows) = 0;

    /// Rows left out so far (BadRows::Drop).
    virtual std::int64_t droppedRows() const = 0;
};

/// Throws Error when the file cannot be opened, has no rows or not the columns to be left out.
std::unique_ptr<RowReader> openRows(const std::string& path, const RowOptions& options);

} // namespace inlay::engine
