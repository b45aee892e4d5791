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

std::string valueText(const Json& value) {
    return value.is_string() ? value.get<std::string>() : dumpJson(value);
}

std::string orNothing(const std::string& text) {
    return text.empty() ? kNothing : text;
}

/// The first line: a note may have many.
std::string firstLine(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string cellOf(const Listed& listed, const std::string& column) {
    const RunRecord& run = listed.run;
    if (column == "seed")
        return std::to_string(run.seed);
    if (column == "device")
        return orNothing(run.device);
    if (column == "tags")
        return orNothing(fmt::format("{}", fmt::join(run.tags, ", ")));
    if (column == "notes")
        return orNothing(firstLine(run.notes));
    if (metricOf(listed.metrics, column))
        return metricCell(listed, column);
    for (const auto& [key, value] : flatten(configOf(run)))
        if (key == column)
            return valueText(value);
    return kNothing;
}

std::vector<std::string> leading(const RunRecord& run) {
    return {std::to_string(run.id), (run.star ? "★ " : "") + run.name, run.kind, stateText(run)};
}

void printChosen(const std::vector<Listed>& runs, const std::vector<std::string>& columns) {
    std::vector<std::string> headers{"Run", "Name", "Kind", "State"};
    headers.insert(headers.end(), columns.begin(), columns.end());
    TextTable table(std::move(headers));
    for (const Listed& listed : runs) {
        std::vector<std::string> cells = leading(listed.run);
        for (const std::string& column : columns)
            cells.push_back(cellOf(listed, column));
        table.add(std::move(cells));
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

/// Columns that no run has, with what they are near.
std::vector<Issue> unknownColumns(RunStore& store, const std::vector<std::string>& columns) {
    std::vector<Issue> issues;
    for (const std::string& column : columns) {
        if (std::find(std::begin(kOwnColumns), std::end(kOwnColumns), column) !=
            std::end(kOwnColumns))
            continue;
        if (const std::string hint = keyHint(store, column); !hint.empty())
            issues.push_back({"column", fmt::format("{}; allowed are parameters, results, {}", hint,
                                                    fmt::join(kOwnColumns, ", "))});
    }
    return issues;
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
    if (const auto issues = unknownColumns(store, arguments.columns); !issues.empty())
        return badInput(issues, common.json);
    RunFilter filter;
    filter.query = std::move(query.query);
    filter.limit = arguments.limit;
    filter.bin = arguments.bin ? RunFilter::Bin::Only : RunFilter::Bin::Exclude;
    std::vector<RunRecord> runs = store.listRuns(filter);
    if (common.json)
        for (const RunRecord& run : runs)
            printJson(rowJson(store, run));
    if (runs.empty())
        for (const std::string& hint : queryHints(store, *filter.query, filter.bin))
            printSentence(hint + '.');
    if (common.json) {
        printJson({{"runs", runs.size()}});
        return kOk;
    }
    std::vector<Listed> listed;
    for (RunRecord& run : runs) {
        Metrics metrics = store.metrics(run.id);
        const ExperimentKind* kind = findKind(run.kind);
        listed.push_back({std::move(run), std::move(metrics), kind});
    }
    if (arguments.columns.empty())
        printUsual(listed);
    else
        printChosen(listed, arguments.columns);
    return kOk;
}

} // namespace inlay::app
