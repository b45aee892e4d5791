#include "widgets/runs/run_arrangement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include <QRegularExpression>

#include "widgets/runs/dense_twins.h"

namespace inlay::widgets {
namespace {

using engine::RunColumn;
using engine::RunRecord;
using engine::RunTable;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

RunCell number(double value) {
    return {RunCell::Type::Number, value, {}};
}

RunCell text(const std::string& value) {
    if (value.empty())
        return {};
    return {RunCell::Type::Text, 0, QString::fromStdString(value)};
}

RunCell columnCell(const RunTable& table, const RunColumn* column, std::uint32_t row) {
    if (column == nullptr)
        return {};
    switch (column->cells[row]) {
    case RunColumn::Cell::Missing:
        return {};
    case RunColumn::Cell::Number:
        return number(column->numbers[row]);
    case RunColumn::Cell::Boolean:
        return text(column->numbers[row] != 0 ? "true" : "false");
    case RunColumn::Cell::Text:
        return text(table.text(column->texts[row]));
    }
    return {};
}

std::vector<RunNode> nodesOf(const RunTable& table, const std::vector<std::uint32_t>& rows,
                             RunGrouping grouping) {
    std::vector<RunNode> nodes;
    if (grouping == RunGrouping::None) {
        for (const std::uint32_t row : rows)
            nodes.push_back({{row}});
        return nodes;
    }
    std::unordered_map<std::string, std::size_t> byKey;
    for (const std::uint32_t row : rows) {
        const auto [found, isNew] = byKey.emplace(seedGroupKey(table.row(row)), nodes.size());
        if (isNew)
            nodes.push_back({});
        nodes[found->second].rows.push_back(row);
    }
    for (RunNode& node : nodes)
        std::stable_sort(node.rows.begin(), node.rows.end(),
                         [&](auto a, auto b) { return table.row(a).seed < table.row(b).seed; });
    return nodes;
}

// Missing values come last in either order.
void sortNodes(RunArrangement& arrangement, const RunWish& wish) {
    std::vector<RunCell> keys;
    keys.reserve(arrangement.nodes.size());
    for (const RunNode& node : arrangement.nodes)
        keys.push_back(arrangement.cell(node, wish.sortBy));
    // Results of several kinds are apart: percents are not less than ratios.
    std::vector<std::string> judged(keys.size());
    if (wish.sortBy.field == RunField::Result)
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (const RunColumn* column = arrangement.judging(arrangement.nodes[i]))
                judged[i] = isAccuracy(*column) ? "accuracy" : column->key;
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool ascending = wish.order == Qt::AscendingOrder;
    const auto rank = [](const RunCell& cell) {
        if (cell.type == RunCell::Type::Missing)
            return 3;
        if (cell.type == RunCell::Type::Number)
            return std::isnan(cell.number) ? 2 : 0;
        return 1;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const RunCell& one = keys[a];
        const RunCell& other = keys[b];
        const int ranks[] = {rank(one), rank(other)};
        if (ranks[0] != ranks[1])
            return ranks[0] < ranks[1];
        if (judged[a] != judged[b])
            return judged[a] < judged[b];
        // A sweep is made within one millisecond; its runs still have an order.
        if (ranks[0] == 0 && one.number == other.number)
            return wish.sortBy.field == RunField::Created && (ascending ? a < b : a > b);
        if (ranks[0] == 0)
            return ascending ? one.number < other.number : one.number > other.number;
        if (ranks[0] == 1) {
            const int compared = QString::compare(one.text, other.text, Qt::CaseInsensitive);
            return ascending ? compared < 0 : compared > 0;
        }
        return false;
    });
    std::vector<RunNode> sorted;
    sorted.reserve(order.size());
    for (const std::size_t index : order)
        sorted.push_back(std::move(arrangement.nodes[index]));
    arrangement.nodes = std::move(sorted);
}

void putBaselineFirst(RunArrangement& arrangement, const RunWish& wish) {
    if (wish.baseline == 0)
        return;
    const auto holds = [&](const RunNode& node) {
        return std::any_of(node.rows.begin(), node.rows.end(), [&](std::uint32_t row) {
            return arrangement.table->row(row).id == wish.baseline;
        });
    };
    const auto found = std::find_if(arrangement.nodes.begin(), arrangement.nodes.end(), holds);
    if (found == arrangement.nodes.end())
        return;
    std::rotate(arrangement.nodes.begin(), found, found + 1);
    arrangement.startsWithBaseline = true;
}

} // namespace

RunCell RunArrangement::cell(std::uint32_t row, const RunColumnId& column) const {
    const RunRecord& run = table->row(row);
    switch (column.field) {
    case RunField::Name:
        return text(run.name);
    case RunField::State:
        return text(std::string(engine::nameOf(run.status)));
    case RunField::Kind:
        return text(run.kind);
    case RunField::Result:
        return columnCell(*table, results[row].column, row);
    case RunField::Accuracy: {
        const RunCell test =
            columnCell(*table, table->column(RunColumn::Source::Metric, "test/accuracy"), row);
        if (test.type == RunCell::Type::Number)
            return test;
        return columnCell(*table, table->column(RunColumn::Source::Metric, "validation/accuracy"),
                          row);
    }
    case RunField::SpeedUp:
        return std::isnan(speedUps[row]) ? RunCell() : number(speedUps[row]);
    case RunField::Progress:
        return run.totalSteps > 0
                   ? number(static_cast<double>(run.step) / static_cast<double>(run.totalSteps))
                   : RunCell();
    case RunField::Seed:
        return number(static_cast<double>(run.seed));
    case RunField::Device:
        return text(run.device);
    case RunField::Created:
        return number(static_cast<double>(run.createdMs));
    case RunField::Duration: {
        const std::int64_t end = run.endedMs > 0 ? run.endedMs : run.heartbeatMs;
        return run.startedMs > 0 && end >= run.startedMs
                   ? number(static_cast<double>(end - run.startedMs))
                   : RunCell();
    }
    case RunField::Tags: {
        std::string all;
        for (const std::string& tag : run.tags)
            all += (all.empty() ? "" : ", ") + tag;
        return text(all);
    }
    case RunField::Notes:
        return text(run.notes);
    case RunField::Parameter:
        return columnCell(*table, table->column(RunColumn::Source::Parameter, column.key), row);
    case RunField::Metric:
        return columnCell(*table, table->column(RunColumn::Source::Metric, column.key), row);
    }
    return {};
}

RunCell RunArrangement::cell(const RunNode& node, const RunColumnId& column) const {
    const RunCell first = cell(node.rows.front(), column);
    if (node.rows.size() == 1)
        return first;
    if (column.field == RunField::Name)
        return {RunCell::Type::Text, 0, runGroupName(table->row(node.rows.front()).name)};
    if (column.field == RunField::Seed)
        return {};
    if (column.field == RunField::Created) {
        double newest = first.number;
        for (const std::uint32_t row : node.rows)
            newest = std::max(newest, static_cast<double>(table->row(row).createdMs));
        return number(newest);
    }
    // The mean of one metric, although runs that go on are judged by another.
    const RunColumn* judged = column.field == RunField::Result ? judging(node) : nullptr;
    double sum = 0;
    int count = 0;
    for (const std::uint32_t row : node.rows) {
        const RunCell one = judged != nullptr ? columnCell(*table, judged, row) : cell(row, column);
        if (one.type == RunCell::Type::Text)
            return one.text == first.text ? first : RunCell();
        if (one.type != RunCell::Type::Number)
            continue;
        sum += one.number;
        ++count;
    }
    return count == 0 ? RunCell() : number(sum / count);
}

const RunColumn* RunArrangement::judging(const RunNode& node) const {
    JudgingColumn best;
    for (const std::uint32_t row : node.rows)
        if (const JudgingColumn& own = results[row];
            own.column != nullptr && (best.column == nullptr || own.place < best.place))
            best = own;
    return best.column;
}

RunArrangement arrangeRuns(std::shared_ptr<const RunTable> table, const RunWish& wish,
                           const std::vector<const engine::ExperimentKind*>& kinds) {
    RunArrangement arrangement;
    arrangement.table = std::move(table);
    const RunTable& runs = *arrangement.table;
    std::vector<std::uint32_t> rows = runs.select(wish.query);
    const auto elsewhere = [&](std::uint32_t row) {
        return wish.project != 0 && runs.row(row).project != wish.project;
    };
    std::erase_if(rows, elsewhere);
    const std::ptrdiff_t baseline = wish.baseline == 0 ? -1 : runs.indexOf(wish.baseline);
    // The pinned run stays in sight whatever the query.
    if (baseline >= 0 && !elsewhere(static_cast<std::uint32_t>(baseline)) &&
        !std::binary_search(rows.begin(), rows.end(), static_cast<std::uint32_t>(baseline)))
        rows.insert(
            std::lower_bound(rows.begin(), rows.end(), static_cast<std::uint32_t>(baseline)),
            static_cast<std::uint32_t>(baseline));
    for (std::uint32_t row = 0; row < runs.rowCount(); ++row)
        arrangement.total += elsewhere(row) ? 0 : 1;
    arrangement.shown = rows.size();
    const DenseTwins twins(runs);
    arrangement.speedUps.assign(runs.rowCount(), kNone);
    for (const std::uint32_t row : rows)
        arrangement.speedUps[row] = twins.speedUp(row, baseline);
    arrangement.results = judgingColumns(runs, rows, kinds);
    arrangement.nodes = nodesOf(runs, rows, wish.grouping);
    sortNodes(arrangement, wish);
    putBaselineFirst(arrangement, wish);
    return arrangement;
}

std::string seedGroupKey(const RunRecord& run) {
    return run.configHash + '\n' + run.device + '\n' + std::to_string(run.threads) + '\n' +
           std::to_string(run.project) + '\n' + runGroupName(run.name).toStdString();
}

QString runGroupName(const std::string& name) {
    static const QRegularExpression seedPart(QStringLiteral(" · seed \\d+$|^seed \\d+$"));
    return QString::fromStdString(name).remove(seedPart);
}

} // namespace inlay::widgets
