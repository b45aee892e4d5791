#include "widgets/runs/dense_twins.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inlay::widgets {
namespace {

using engine::RunColumn;
using engine::RunRecord;
using engine::RunTable;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kStepTime = "time/step_seconds";

double numberAt(const RunColumn* column, std::size_t row) {
    return column != nullptr && column->cells[row] == RunColumn::Cell::Number ? column->numbers[row]
                                                                              : kNone;
}

bool isOperatorKey(std::string_view key) {
    return key.starts_with("network.operator") || key == "network.apply" ||
           key.starts_with("network.layers");
}

bool isWorkKey(std::string_view key) {
    return key.starts_with("network.") || key == "batch_size" || key == "precision";
}

} // namespace

DenseTwins::DenseTwins(const RunTable& table)
    : table_(table)
    , steps_(table.column(RunColumn::Source::Metric, kStepTime))
    , isDense_(table.rowCount()) {
    const RunColumn* family = table.column(RunColumn::Source::Parameter, "network.operator.kind");
    const RunColumn* layers = table.column(RunColumn::Source::Parameter, "network.layers");
    if (family == nullptr || steps_ == nullptr)
        return;
    for (const auto& column : table.columns())
        if (column->source == RunColumn::Source::Parameter && !isOperatorKey(column->key)) {
            shared_.push_back(column.get());
            if (isWorkKey(column->key))
                work_.push_back(column.get());
        }
    for (std::uint32_t row = 0; row < table.rowCount(); ++row) {
        const RunRecord& run = table.row(row);
        if (run.status != engine::RunStatus::Finished ||
            family->cells[row] != RunColumn::Cell::Text ||
            table.text(family->texts[row]) != "dense" || std::isnan(numberAt(steps_, row)))
            continue;
        if (layers != nullptr && layers->cells[row] == RunColumn::Cell::Text &&
            table.text(layers->texts[row]) != "[]")
            continue;
        isDense_[row] = true;
        if (!run.groupKey.empty())
            dense_[run.groupKey].push_back(row);
    }
}

std::ptrdiff_t DenseTwins::twinOf(std::uint32_t row) const {
    const auto candidates = dense_.find(table_.row(row).groupKey);
    if (candidates != dense_.end())
        for (auto twin = candidates->second.rbegin(); twin != candidates->second.rend(); ++twin)
            if (differsOnlyInOperators(row, *twin))
                return static_cast<std::ptrdiff_t>(*twin);
    return denseParentOf(row);
}

std::ptrdiff_t DenseTwins::denseParentOf(std::uint32_t row) const {
    const RunRecord& run = table_.row(row);
    const std::ptrdiff_t parent = run.parentRun ? table_.indexOf(*run.parentRun) : -1;
    if (parent < 0 || isDense_[row] || !isDense_[static_cast<std::size_t>(parent)])
        return -1;
    const auto other = static_cast<std::uint32_t>(parent);
    return runAlike(row, other) && agree(work_, row, other) ? parent : -1;
}

double DenseTwins::speedUp(std::uint32_t row, std::ptrdiff_t baseline) const {
    const double own = numberAt(steps_, row);
    if (!(own > 0))
        return kNone;
    const std::ptrdiff_t twin = twinOf(row);
    const std::ptrdiff_t against = twin >= 0 ? twin : baseline;
    return against < 0 ? kNone : numberAt(steps_, static_cast<std::size_t>(against)) / own;
}

bool DenseTwins::runAlike(std::uint32_t a, std::uint32_t b) const {
    const RunRecord& one = table_.row(a);
    const RunRecord& other = table_.row(b);
    return one.kind == other.kind && one.device == other.device && one.threads == other.threads;
}

bool DenseTwins::differsOnlyInOperators(std::uint32_t a, std::uint32_t b) const {
    return runAlike(a, b) && table_.row(a).seed == table_.row(b).seed && agree(shared_, a, b);
}

bool DenseTwins::agree(const Columns& columns, std::uint32_t a, std::uint32_t b) {
    return std::all_of(columns.begin(), columns.end(), [a, b](const RunColumn* column) {
        if (column->cells[a] != column->cells[b] || column->texts[a] != column->texts[b])
            return false;
        const bool isNumber = column->cells[a] == RunColumn::Cell::Number ||
                              column->cells[a] == RunColumn::Cell::Boolean;
        return !isNumber || column->numbers[a] == column->numbers[b];
    });
}

} // namespace inlay::widgets
