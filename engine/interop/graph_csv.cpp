#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

/// Cells of a line; a cell in quotes may hold commas and doubled quotes, not line breaks.
std::vector<std::string> splitCells(const std::string& path, std::int64_t number,
                                    std::string_view line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            cells.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else {
            cells.back() += c;
        }
    }
    if (quoted)
        throw Error(fmt::format("{}, line {}: a quote is not closed.", path, number));
    for (std::string& cell : cells)
        cell = std::string(trimmed(cell));
    return cells;
}

bool isValue(const std::string& cell) {
    return cell == "?" || parseNumber(cell).has_value();
}

struct Row {
    std::int64_t line = 0;
    std::vector<std::string> cells;
};

} // namespace

GraphData readAdjacencyCsv(const std::string& path) {
    const std::string text = readTextFile(path);
    TextLines lines(text);
    std::string_view line;
    std::vector<Row> rows;
    while (lines.next(line))
        if (!trimmed(line).empty())
            rows.push_back({lines.number(), splitCells(path, lines.number(), line)});
    GraphData data;
    data.path = path;
    data.matrix = true;
    if (rows.empty())
        return data;
    // A first row with a cell that is no number holds names.
    std::vector<std::string> header;
    for (const std::string& cell : rows.front().cells)
        if (!isValue(cell))
            header = rows.front().cells;
    if (!header.empty())
        rows.erase(rows.begin());
    // With names there may be a column of them; without, there is none.
    const bool nameColumn = !header.empty() && header.size() == rows.size() + 1;
    if (nameColumn)
        header.erase(header.begin());
    const std::size_t size = rows.size();
    for (std::size_t i = 0; i < size; ++i) {
        Row& row = rows[i];
        if (nameColumn && !row.cells.empty())
            row.cells.erase(row.cells.begin());
        if (row.cells.size() != size)
            throw Error(fmt::format("{}, line {}: {} values, but the matrix has {} rows; an "
                                    "adjacency matrix is square.",
                                    path, row.line, row.cells.size(), size));
        for (std::size_t j = 0; j < size; ++j) {
            const std::string& cell = row.cells[j];
            const auto a = static_cast<std::int32_t>(i);
            const auto b = static_cast<std::int32_t>(j);
            if (cell == "?") {
                data.unknown.emplace_back(a, b);
                continue;
            }
            const auto weight = parseNumber(cell);
            if (!weight)
                throw Error(fmt::format("{}, line {}, column {}: \"{}\" is no number; 0, 1, a "
                                        "weight or ? is needed.",
                                        path, row.line, j + 1 + (nameColumn ? 1 : 0), cell));
            if (*weight != 0)
                data.entries.push_back({a, b, *weight, row.line});
        }
    }
    for (std::size_t i = 0; i < size; ++i)
        data.labels.push_back(header.size() == size ? header[i] : std::to_string(i + 1));
    return data;
}

GraphData readGraph(const std::string& path, GraphFormat format) {
    if (format == GraphFormat::Auto)
        format = path.ends_with(".gml")   ? GraphFormat::Gml
                 : path.ends_with(".mtx") ? GraphFormat::MatrixMarket
                 : path.ends_with(".csv") ? GraphFormat::Csv
                                          : GraphFormat::EdgeList;
    switch (format) {
    case GraphFormat::Gml:
        return readGml(path);
    case GraphFormat::MatrixMarket:
        return readMatrixMarket(path);
    case GraphFormat::Csv:
        return readAdjacencyCsv(path);
    default:
        return readEdgeList(path);
    }
}

} // namespace inlay::engine
