#include "app/cli/runs_list.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/metric_names.h"
#include "app/cli/output.h"
#include "app/cli/run_row.h"
#include "engine/analysis/config_diff.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/headline.h"
#include "engine/store/query_hints.h"
#include "engine/store/run_query.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr const char* kNothing = "–";
constexpr const char* kStepSeconds = "time/step_seconds";
constexpr const char* kOwnColumns[] = {"seed", "device", "tags", "notes"};

/// A run with what its row is made of.
struct Listed {
    RunRecord run;
    Metrics metrics;
    const ExperimentKind* kind;
};

std::optional<double> metricOf(const Metrics& metrics, const std::string& wanted) {
    for (const auto& [name, value] : metrics)
        if (name == wanted)
            return value;
    return std::nullopt;
}

std::string metricCell(const Listed& listed, const std::string& name) {
    const std::optional<double> value = metricOf(listed.metrics, name);
    return value ? metricValue(listed.kind, name, *value) : kNothing;
}

/// The first line: a table's row has no more.
std::string firstLine(const std::string& text) {
    return text.empty() ? kNothing : text.substr(0, text.find('\n'));
}

std::string ownCell(const RunRecord& run, const std::string& column) {
    if (column == "seed")
        return std::to_string(run.seed);
    if (column == "device")
        return firstLine(run.device);
    if (column == "tags")
        return firstLine(fmt::format("{}", fmt::join(run.tags, ", ")));
    return firstLine(run.notes);
}

bool isOwn(const std::string& column) {
    return std::find(std::begin(kOwnColumns), std::end(kOwnColumns), column) !=
           std::end(kOwnColumns);
}

/// Cells of the chosen columns; of a series without a result of that name its last value.
std::vector<std::string> chosenCells(RunStore& store, const Listed& listed,
                                     const std::vector<std::string>& columns) {
    const FlatConfig config = flatten(configOf(listed.run));
    std::vector<std::string> cells;
    for (const std::string& column : columns) {
        const auto parameter = std::find_if(
            config.begin(), config.end(), [&](const auto& entry) { return entry.first == column; });
        if (isOwn(column)) {
            cells.push_back(ownCell(listed.run, column));
        } else if (parameter != config.end()) {
            const Json& value = parameter->second;
            cells.push_back(
                firstLine(value.is_string() ? value.get<std::string>() : dumpJson(value)));
        } else if (metricOf(listed.metrics, column)) {
            cells.push_back(metricCell(listed, column));
        } else {
            const auto series = SeriesReader(store).find(listed.run.id, column);
            cells.push_back(series && series->count > 0
                                ? metricText(series->name, series->lastValue, series->unit)
                                : kNothing);
        }
    }
    return cells;
}

std::vector<std::string> leading(const RunRecord& run) {
    return {std::to_string(run.id), (run.star ? "★ " : "") + run.name, run.kind, stateText(run)};
}

/// Columns that none of the listed runs has, with what they are near; empty where there is no run.
std::vector<Issue> unknownColumns(RunStore& store, const std::vector<std::string>& columns,
                                  const std::vector<std::vector<std::string>>& cells) {
    std::vector<Issue> issues;
    for (std::size_t c = 0; c < columns.size() && !cells.empty(); ++c) {
        const bool isThere = std::any_of(cells.begin(), cells.end(),
                                         [&](const auto& row) { return row[c] != kNothing; });
        if (isThere || isOwn(columns[c]))
            continue;
        // Another run may have it: then dashes are the answer.
        if (const std::string hint = keyHint(store, columns[c]); !hint.empty())
            issues.push_back({"column", fmt::format("{}; allowed are parameters, results, {}", hint,
                                                    fmt::join(kOwnColumns, ", "))});
    }
    return issues;
}

void printChosen(const std::vector<Listed>& runs, const std::vector<std::string>& columns,
                 const std::vector<std::vector<std::string>>& cells) {
    std::vector<std::string> headers{"Run", "Name", "Kind", "State"};
    headers.insert(headers.end(), columns.begin(), columns.end());
    TextTable table(std::move(headers));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::vector<std::string> row = leading(runs[i].run);
        row.insert(row.end(), cells[i].begin(), cells[i].end());
        table.add(std::move(row));
    }
    std::fputs(table.text().c_str(), stdout);
}

/// By what each run is judged first, and how long it took. Where all runs are judged by the same,
/// it stands above the column.
void printUsual(const std::vector<Listed>& runs) {
    std::vector<std::string> titles;
    std::vector<std::string> values;
    std::string common;
    bool same = true;
    bool steps = false;
    for (const Listed& listed : runs) {
        const std::string name =
            listed.kind ? headlineMetric(*listed.kind, listed.metrics) : std::string();
        titles.push_back(name.empty() ? "" : metricTitle(listed.kind, name));
        values.push_back(name.empty() ? kNothing : metricCell(listed, name));
        if (common.empty())
            common = titles.back();
        same = same && (titles.back().empty() || titles.back() == common);
        steps = steps || metricOf(listed.metrics, kStepSeconds).has_value();
    }
    std::vector<std::string> headers{"Run", "Name", "Kind", "State",
                                     same && !common.empty() ? common : "Result"};
    if (steps)
        headers.push_back("Step time");
    headers.insert(headers.end(), {"Took", "Created"});
    TextTable table(std::move(headers));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const RunRecord& run = runs[i].run;
        std::vector<std::string> cells = leading(run);
        cells.push_back(same || titles[i].empty() ? values[i] : titles[i] + ": " + values[i]);
        if (steps)
            cells.push_back(metricCell(runs[i], kStepSeconds));
        cells.push_back(run.startedMs > 0 && run.endedMs > 0
                            ? durationText(static_cast<double>(run.endedMs - run.startedMs) / 1000)
                            : kNothing);
        cells.push_back(timeText(run.createdMs));
        table.add(std::move(cells));
    }
    std::fputs(table.text().c_str(), stdout);
}

} // namespace

int listRuns(const Common& common, const ListArguments& arguments) {
    ParsedQuery query = parseRunQuery(arguments.query);
    if (!query.issues.empty()) {
        std::vector<Issue> issues;
        for (const QueryIssue& issue : query.issues)
            issues.push_back({"query", issue.message});
        return badInput(issues, common.json);
    }
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadOnly);
    RunFilter filter;
    filter.query = std::move(query.query);
    filter.limit = arguments.limit;
    filter.bin = arguments.bin ? RunFilter::Bin::Only : RunFilter::Bin::Exclude;
    std::vector<Listed> listed;
    std::vector<std::vector<std::string>> cells; // of the chosen columns, if there are
    for (RunRecord& run : store.listRuns(filter)) {
        Metrics metrics = store.metrics(run.id);
        const ExperimentKind* kind = findKind(run.kind);
        listed.push_back({std::move(run), std::move(metrics), kind});
        if (!arguments.columns.empty())
            cells.push_back(chosenCells(store, listed.back(), arguments.columns));
    }
    if (const auto issues = unknownColumns(store, arguments.columns, cells); !issues.empty())
        return badInput(issues, common.json);
    if (listed.empty())
        for (const std::string& hint : queryHints(store, *filter.query, filter.bin))
            printSentence(hint + '.');
    if (common.json) {
        for (const Listed& one : listed)
            printJson(rowJson(one.run, one.metrics));
        printJson({{"runs", listed.size()}});
        return kOk;
    }
    if (arguments.columns.empty())
        printUsual(listed);
    else
        printChosen(listed, arguments.columns, cells);
    return kOk;
}

} // namespace inlay::app
