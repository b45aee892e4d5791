#include "app/cli/result_table.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "app/cli/metric_names.h"
#include "app/cli/output.h"
#include "engine/base/json.h"
#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr std::size_t kMostColumns = 8;

struct Row {
    RunRecord record;
    std::map<std::string, double> metrics;
    bool dense = false;
};

std::string ratio(const Row& row, const Row* dense, const char* metric) {
    if (!dense || !row.metrics.contains(metric) || !dense->metrics.contains(metric))
        return "–";
    return fmt::format("{:.2f}×", dense->metrics.at(metric) / row.metrics.at(metric));
}

std::string cell(const Row& row, const char* metric) {
    const auto found = row.metrics.find(metric);
    return found == row.metrics.end() ? "–" : metricText(metric, found->second);
}

std::string joined(const std::vector<std::string>& flags) {
    std::string text;
    for (const std::string& flag : flags)
        text += (text.empty() ? "" : ", ") + flag;
    return text;
}

void printTrainingRuns(const std::vector<Row>& rows) {
    const Row* dense = nullptr;
    for (const Row& row : rows) {
        if (row.dense && row.record.status == RunStatus::Finished && !dense)
            dense = &row;
    }
    TextTable table({"Run", "Name", "State", "Test accuracy", "Parameters", "Multiply-adds",
                     "Step time", "Speed-up by count", "Speed-up measured", "Flags"});
    for (const Row& row : rows)
        table.add({std::to_string(row.record.id), row.record.name,
                   std::string(nameOf(row.record.status)), cell(row, "test/accuracy"),
                   cell(row, "parameters"), cell(row, "multiply_adds"),
                   cell(row, "time/step_seconds"), ratio(row, dense, "multiply_adds"),
                   ratio(row, dense, "time/step_seconds"), joined(row.record.flags)});
    std::fputs(table.text().c_str(), stdout);
}

void printOneRun(const Row& row) {
    const ExperimentKind* kind = findKind(row.record.kind);
    TextTable table({fmt::format("Run {}", row.record.id), row.record.name});
    table.add({"State", std::string(nameOf(row.record.status))});
    if (!row.record.flags.empty())
        table.add({"Flags", joined(row.record.flags)});
    for (const auto& [name, value] : row.metrics)
        table.add({metricTitle(kind, name), metricValue(kind, name, value)});
    std::fputs(table.text().c_str(), stdout);
}

// Runs of one kind side by side, by the metrics that all of them have.
void printSideBySide(const std::vector<Row>& rows) {
    const ExperimentKind* kind = findKind(rows.front().record.kind);
    std::vector<std::string> names;
    for (const auto& [name, value] : rows.front().metrics)
        if (std::all_of(rows.begin(), rows.end(),
                        [&key = name](const Row& row) { return row.metrics.contains(key); }))
            names.push_back(name);
    if (names.size() > kMostColumns)
        names.resize(kMostColumns);
    std::vector<std::string> headers = {"Run", "Name", "State"};
    for (const std::string& name : names)
        headers.push_back(metricTitle(kind, name));
    TextTable table(headers);
    for (const Row& row : rows) {
        std::vector<std::string> cells = {std::to_string(row.record.id), row.record.name,
                                          std::string(nameOf(row.record.status))};
        for (const std::string& name : names)
            cells.push_back(metricValue(kind, name, row.metrics.at(name)));
        table.add(std::move(cells));
    }
    std::fputs(table.text().c_str(), stdout);
}

} // namespace

void printResultTable(const std::string& storePath, const std::vector<RunId>& runs) {
    RunStore store = RunStore::open(storePath, OpenMode::ReadOnly);
    std::vector<Row> rows;
    for (const RunId id : runs) {
        Row row{*store.run(id), {}, false};
        for (const auto& [name, value] : store.metrics(id))
            row.metrics[name] = value;
        const Json config = Json::parse(row.record.config, nullptr, false);
        const Json* kind = findPath(config, "network.operator.kind");
        row.dense = kind && *kind == "dense";
        rows.push_back(std::move(row));
    }
    const bool trains = std::all_of(rows.begin(), rows.end(),
                                    [](const Row& row) { return row.record.kind == "train"; });
    if (trains)
        printTrainingRuns(rows);
    else if (rows.size() == 1)
        printOneRun(rows.front());
    else
        printSideBySide(rows);
}

} // namespace inlay::app
