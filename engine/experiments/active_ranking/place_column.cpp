#include "engine/experiments/active_ranking/place_column.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace inlay::engine::active_ranking {
namespace {

constexpr std::size_t kLongestName = 64;

std::string metricOf(RunId session, const std::string& name) {
    const auto isAllowed = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    };
    if (name.size() > kLongestName || !std::all_of(name.begin(), name.end(), isAllowed))
        throw Error(
            fmt::format("\"{}\" cannot name a column; allowed are up to {} letters, digits, "
                        "'.', '_' and '-'",
                        name, kLongestName));
    return std::string(kPlacePrefix) + (name.empty() ? std::to_string(session) : name);
}

std::vector<Json> newestRows(RunStore& store, RunId run, const std::string& table) {
    const std::vector<ResultRow> rows = store.resultRows(run, table);
    int newest = 0;
    for (const ResultRow& row : rows)
        newest = std::max(newest, row.attempt);
    std::vector<Json> found;
    for (const ResultRow& row : rows)
        if (row.attempt == newest)
            found.push_back(parseJson(row.data, "a result row"));
    return found;
}

/// The run behind each item; empty when they are not recorded runs.
std::map<std::int64_t, RunId> comparedRuns(RunStore& store, RunId session) {
    std::map<std::int64_t, RunId> runs;
    for (const Json& row : newestRows(store, session, "items"))
        if (row.contains("card") && row.at("card").contains("run"))
            runs[row.at("item").get<std::int64_t>()] = row.at("card").at("run").get<RunId>();
    return runs;
}

/// A session that runs has answers and no results yet; one that ended counted those that stand.
bool hasAnswers(RunStore& store, RunId session) {
    for (const auto& [name, value] : store.metrics(session))
        if (name == "answered")
            return value > 0;
    return !store.answers(session).empty();
}

Metrics without(Metrics metrics, const std::string& name) {
    std::erase_if(metrics, [&](const auto& metric) { return metric.first == name; });
    return metrics;
}

} // namespace

PlaceColumn writePlaceColumn(RunStore& store, RunId session, const std::string& name) {
    PlaceColumn column;
    column.metric = metricOf(session, name);
    const auto record = store.run(session);
    if (!record)
        throw Error(fmt::format("there is no run {}", session));
    const std::map<std::int64_t, RunId> runs = comparedRuns(store, session);
    if (runs.empty())
        throw Error(fmt::format("run {} is no ranking of recorded runs by eye", session));
    const std::vector<Json> ranking = newestRows(store, session, "ranking");
    // Without an answer the stored order is the one the runs were given in.
    if (ranking.empty() || !hasAnswers(store, session))
        throw Error(fmt::format("run {} has no ranking yet: no question was answered", session));
    store.transaction([&] {
        for (const Json& row : ranking) {
            const auto found = runs.find(row.at("item").get<std::int64_t>());
            if (found == runs.end())
                continue;
            const RunId run = found->second;
            const auto compared = store.run(run);
            if (!compared) {
                column.leftOut.push_back(fmt::format("run {} is deleted", run));
            } else if (!hasEnded(compared->status)) {
                column.leftOut.push_back(
                    fmt::format("run {} has not ended and will write its own results", run));
            } else {
                const auto place = row.at("position").get<std::int64_t>();
                Metrics metrics = without(store.metrics(run), column.metric);
                metrics.emplace_back(column.metric, static_cast<double>(place));
                store.setMetrics(run, metrics);
                column.places.push_back({run, place});
            }
        }
    });
    return column;
}

void removePlaceColumn(RunStore& store, RunId session, const std::string& name) {
    const std::string metric = metricOf(session, name);
    store.transaction([&] {
        for (const auto& [item, run] : comparedRuns(store, session))
            if (store.run(run))
                store.setMetrics(run, without(store.metrics(run), metric));
    });
}

} // namespace inlay::engine::active_ranking
