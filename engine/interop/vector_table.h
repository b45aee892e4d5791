#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlay::engine {

/// What happens to rows with NaN, an infinity or an empty cell.
enum class BadValues { Stop, Drop, Zero };

struct VectorTableOptions {
    BadValues badValues = BadValues::Stop;
    /// Array of an NPZ file; empty: the only one, or the first of two dimensions or more.
    std::string array;
    /// Title or number (from 1) of the column that holds the labels; empty: a text column titled
    /// label, class, target, category or species, or the only text column.
    std::string labelColumn;
    /// Title or number of a column of bracketed vectors, "[0.1, 0.2]"; empty: the first there is.
    std::string vectorColumn;
    /// A second file with one label a row: IDX, NPY, or text (one a line, or a table with titles
    /// such as the Projector's metadata.tsv, of which labelColumn or the first column counts).
    std::string labelsPath;
};

/// Vectors in memory, with what was found beside them.
struct VectorTable {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<float> values;           // rows x columns
    std::vector<std::string> titles;     // of the columns; empty when they have none
    std::vector<std::int32_t> labels;    // one a row, -1 = none; empty without labels
    std::vector<std::string> classNames; // by label
    /// Extent of an image where the rows are u8 images (IDX or NPY of 3 or 4 dimensions), else 0.
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::vector<std::string> notes; // sentences: what was left out or changed
};

/// Reads CSV and TSV (RFC 4180, with or without titles), numbers apart by blanks, NPY, NPZ and IDX,
/// told apart by their first bytes. Throws Error with file, line (or row) and column of what is
/// wrong: no number, ragged rows, NaN or infinity (BadValues::Stop), truncated files, vectors of
/// different lengths, another number of labels than of rows.
VectorTable readVectorTable(const std::string& path, const VectorTableOptions& options);

} // namespace inlay::engine
