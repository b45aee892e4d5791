#pragma once

#include <string>
#include <vector>

namespace inlay::engine {

/// One label a row as text: an IDX or NPY vector of whole numbers, or a text file. `rows` tells a
/// title line from a label where the file has one line more. Throws Error with both numbers when
/// there are not as many labels as rows.
std::vector<std::string> readLabels(const std::string& path, const std::string& column,
                                    std::size_t rows, const std::string& vectorsPath);

/// Distinct labels in order (numbers by value, before texts by bytes) and the number of each row's;
/// empty texts have none (-1).
struct NumberedLabels {
    std::vector<std::int32_t> labels;
    std::vector<std::string> names;
};
NumberedLabels numberLabels(const std::vector<std::string>& texts);

} // namespace inlay::engine
