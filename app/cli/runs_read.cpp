#include "app/cli/runs_read.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "app/cli/metric_names.h"
#include "app/cli/output.h"
#include "app/cli/run_reference.h"
#include "app/cli/run_row.h"
#include "engine/analysis/config_diff.h"
#include "engine/base/error.h"
#include "engine/experiments/catalog.h"
#include "engine/interop/csv.h"
#include "engine/store/file_system.h"
#include "engine/store/run_facts.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::app {
namespace {

using namespace engine;

void printSection(const char* title, const TextTable& table) {
    std::fputs(fmt::format("\n{}\n{}", title, table.text()).c_str(), stdout);
}

void showForPeople(RunStore& store, const RunRecord& run) {
    TextTable head({"Run", run.name});
    head.add({"id", fmt::format("{} ({})", run.id, run.uuid)});
    head.add({"kind", run.kind});
    head.add({"state", stateText(run)});
    if (!run.message.empty())
        head.add({"message", run.message});
    head.add({"created", timeText(run.createdMs)});
    if (run.endedMs > 0)
        head.add({"took", durationText(static_cast<double>(run.endedMs - run.startedMs) / 1000)});
    head.add({"seed", std::to_string(run.seed)});
    head.add({"device", run.device});
    std::fputs(head.text().c_str(), stdout);
    TextTable config({"Parameter", "Value"});
    for (const auto& [key, value] : flatten(configOf(run)))
        config.add({key, dumpJson(value)});
    printSection("Parameters", config);
    const ExperimentKind* kind = findKind(run.kind);
    TextTable metrics({"Metric", "Value", "Meaning"});
    for (const auto& [name, value] : store.metrics(run.id))
        metrics.add({name, metricValue(kind, name, value), metricTitle(kind, name)});
    printSection("Metrics", metrics);
    TextTable series({"Series", "Points", "Last step", "Last value"});
    for (const SeriesInfo& info : SeriesReader(store).list(run.id))
        series.add({info.name, std::to_string(info.count), std::to_string(info.lastStep),
                    metricText(info.name, info.lastValue, info.unit)});
    printSection("Series", series);
    TextTable events({"Time", "Event"});
    for (const EventRecord& event : store.events(run.id))
        events.add({timeText(event.timeMs), event.text});
    printSection("Events", events);
}

void showAsJson(RunStore& store, const RunRecord& run) {
    Json row = rowJson(run, store.metrics(run.id));
    row.erase("type");
    row["environment"] = Json::parse(run.environment, nullptr, false);
    Json series = Json::array();
    for (const SeriesInfo& info : SeriesReader(store).list(run.id))
        series.push_back({{"name", info.name},
                          {"unit", info.unit},
                          {"points", info.count},
                          {"last_step", info.lastStep},
                          {"last_value", jsonNumber(info.lastValue)}});
    row["series"] = std::move(series);
    Json artifacts = Json::array();
    for (const ArtifactRecord& artifact : store.artifacts(run.id))
        artifacts.push_back({{"name", artifact.name},
                             {"path", store.absolutePath(artifact.path)},
                             {"bytes", artifact.bytes}});
    row["artifacts"] = std::move(artifacts);
    Json attempts = Json::array();
    for (const AttemptRecord& attempt : store.attempts(run.id))
        attempts.push_back(
            {{"attempt", attempt.n}, {"from_step", attempt.fromStep}, {"reason", attempt.reason}});
    row["attempts"] = std::move(attempts);
    Json events = Json::array();
    for (const EventRecord& event : store.events(run.id))
        events.push_back({{"ms", event.timeMs},
                          {"level", std::string(nameOf(event.level))},
                          {"text", event.text}});
    row["events"] = std::move(events);
    printJson(row);
}

// Keys with their value for each run, only those that are not the same everywhere.
Json differing(const std::vector<FlatConfig>& runs) {
    Json out = Json::object();
    for (const DiffSection& section : diffConfigs(runs).sections)
        for (const DifferingKey& key : section.keys) {
            Json values = Json::array();
            for (const std::optional<Json>& value : key.values)
                values.push_back(value.value_or(Json()));
            out[key.key] = std::move(values);
        }
    return out;
}

void writeText(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush())
        throw Error(fmt::format("{} could not be written.", path.string()));
}

} // namespace

int showRun(const Common& common, const std::string& reference) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadOnly);
    std::string problem;
    const std::optional<RunRecord> run = findRun(store, reference, problem);
    if (!run)
        return badInput(problem, common.json);
    if (common.json)
        showAsJson(store, *run);
    else
        showForPeople(store, *run);
    return kOk;
}

int compareRuns(const Common& common, const std::vector<std::string>& references) {
    if (references.size() < 2)
        return badInput("compare needs two or more runs.", common.json);
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadOnly);
    std::vector<RunRecord> runs;
    std::vector<FlatConfig> parameters;
    std::vector<FlatConfig> metrics;
    for (const std::string& reference : references) {
        std::string problem;
        const std::optional<RunRecord> run = findRun(store, reference, problem);
        if (!run)
            return badInput(problem, common.json);
        runs.push_back(*run);
        parameters.push_back(settingsOf(*run));
        FlatConfig& results = metrics.emplace_back();
        for (const auto& [name, value] : store.metrics(run->id))
            results.emplace_back(name, jsonNumber(value));
    }
    const Json differences = differing(parameters);
    const Json results = differing(metrics);
    if (common.json) {
        printJson({{"parameters", differences}, {"metrics", results}});
        return kOk;
    }
    std::vector<std::string> headers = {""};
    for (const RunRecord& run : runs)
        headers.push_back(fmt::format("{} {}", run.id, run.name));
    for (const auto& [title, section] :
         {std::pair{"Parameters that differ", &differences}, {"Metrics", &results}}) {
        TextTable table(headers);
        for (const auto& [key, values] : section->items()) {
            std::vector<std::string> cells = {key};
            for (const Json& value : values)
                cells.push_back(
                    value.is_null() ? "–"
                    : value.is_number() && section == &results
                        ? metricValue(findKind(runs.front().kind), key, value.get<double>())
                        : dumpJson(value));
            table.add(std::move(cells));
        }
        printSection(title, table);
    }
    return kOk;
}

int exportRun(const Common& common, const std::string& reference, const std::string& folder) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadOnly);
    std::string problem;
    const std::optional<RunRecord> run = findRun(store, reference, problem);
    if (!run)
        return badInput(problem, common.json);
    const std::filesystem::path root(folder);
    std::error_code failure;
    std::filesystem::create_directories(root, failure);
    if (failure)
        return badInput(fmt::format("The folder {} cannot be made: {}.", folder, failure.message()),
                        common.json);
    SeriesReader reader(store);
    std::size_t files = 0;
    for (const SeriesInfo& info : reader.list(run->id)) {
        if (!staysBelow(info.name + ".csv"))
            throw Error(
                fmt::format("A series of run {} is named \"{}\", which is no name for a file "
                            "below {}; it was not written.",
                            run->id, info.name, folder));
        const SeriesData data = reader.read(info.id);
        const std::filesystem::path path = root / (info.name + ".csv");
        std::filesystem::create_directories(path.parent_path());
        writeSeriesCsv(path.string(), data.steps, data.values);
        ++files;
    }
    writeText(root / "config.json", dumpJsonPretty(configOf(*run)));
    writeText(root / "metrics.json", dumpJsonPretty(metricsJson(store.metrics(run->id))));
    if (common.json)
        printJson({{"run", run->id}, {"series", files}, {"folder", folder}});
    else
        printSentence(
            fmt::format("{} series, config.json and metrics.json are in {}.", files, folder));
    return kOk;
}

} // namespace inlay::app
