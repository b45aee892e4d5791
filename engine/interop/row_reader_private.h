#pragma once

#include <functional>
#include <string>
#include <utility>

#include "engine/interop/byte_stream.h"
#include "engine/interop/row_reader.h"

namespace inlay::engine {

/// Numbers (from 1) of the columns that are read. Throws Error when `skip` names others or all.
std::vector<std::int64_t> keptColumns(const std::string& file, std::int64_t columns,
                                      const std::vector<std::int64_t>& skip);

/// Refuses or drops rows that hold what is not a number to compute with.
class RowFilter {
public:
    /// `columns`: numbers of the columns, for sentences.
    RowFilter(std::string file, std::vector<std::int64_t> columns, BadRows badRows)
        : file_(std::move(file))
        , columns_(std::move(columns))
        , badRows_(badRows) {}

    /// Moves the rows that stay to the front and returns their number. `placeOf(row)` says where a
    /// row lies in the file, "line 7".
    std::int64_t keep(double* rows, std::int64_t count,
                      const std::function<std::string(std::int64_t)>& placeOf);
    std::int64_t dropped() const { return dropped_; }

private:
    std::string file_;
    std::vector<std::int64_t> columns_;
    BadRows badRows_;
    std::int64_t dropped_ = 0;
};

std::unique_ptr<RowReader> openTextRows(ByteStream input, const RowOptions& options);

} // namespace inlay::engine
