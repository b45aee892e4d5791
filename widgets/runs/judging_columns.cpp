#include "widgets/runs/judging_columns.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/runner/headline.h"

namespace inlay::widgets {
namespace {

using engine::RunColumn;

/// Metrics of the table that runs of a kind are judged by, the most telling first.
std::vector<const RunColumn*> columnsOf(const engine::RunTable& table,
                                        const engine::ExperimentKind* kind) {
    std::vector<const RunColumn*> columns;
    if (kind == nullptr) {
        for (const char* key : {"test/accuracy", "validation/accuracy"})
            if (const RunColumn* column = table.column(RunColumn::Source::Metric, key))
                columns.push_back(column);
        return columns;
    }
    std::vector<std::pair<engine::HeadlineRank, const RunColumn*>> ranked;
    for (const auto& column : table.columns())
        if (column->source == RunColumn::Source::Metric && !column->key.starts_with("train/") &&
            !column->key.starts_with("time/"))
            if (const auto rank = engine::headlineRank(*kind, column->key))
                ranked.emplace_back(*rank, column.get());
    std::sort(ranked.begin(), ranked.end());
    for (const auto& [rank, column] : ranked)
        columns.push_back(column);
    return columns;
}

} // namespace

std::vector<JudgingColumn> judgingColumns(const engine::RunTable& table,
                                          const std::vector<std::uint32_t>& rows,
                                          const std::vector<const engine::ExperimentKind*>& kinds) {
    std::unordered_map<std::string, std::vector<const RunColumn*>> ofKind;
    std::vector<JudgingColumn> judging(table.rowCount());
    for (const std::uint32_t row : rows) {
        const std::string& id = table.row(row).kind;
        const auto [found, isNew] = ofKind.try_emplace(id);
        if (isNew) {
            const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                           [&](const auto* one) { return id == one->id(); });
            found->second = columnsOf(table, kind == kinds.end() ? nullptr : *kind);
        }
        const std::vector<const RunColumn*>& columns = found->second;
        for (std::size_t place = 0; place < columns.size(); ++place)
            if (columns[place]->cells[row] == RunColumn::Cell::Number) {
                judging[row] = {columns[place], place};
                break;
            }
    }
    return judging;
}

bool isAccuracy(const RunColumn& column) {
    return column.key == "test/accuracy" || column.key == "validation/accuracy";
}

} // namespace inlay::widgets
