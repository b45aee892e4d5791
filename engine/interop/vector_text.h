#pragma once

#include <string>
#include <vector>

#include "engine/interop/vector_table.h"

namespace inlay::engine {

/// The numbers of a text table, NaN where a cell is empty or says so, with its labels as text.
struct VectorText {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<double> values;
    std::vector<std::string> places; // "line 7", one a row; empty where rows are numbered
    std::vector<std::string> titles;
    std::vector<std::string> labels; // empty: none
    std::vector<std::string> notes;
};

/// Throws Error with line and column; see readVectorTable().
VectorText readVectorText(const std::string& path, const VectorTableOptions& options);

} // namespace inlay::engine
