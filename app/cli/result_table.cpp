#include "app/cli/result_table.h"

#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

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

} // namespace inlay::app
