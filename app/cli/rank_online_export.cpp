#include "app/cli/rank_online_export.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/csv.h"
#include "engine/store/series_reader.h"

namespace inlay::app {
namespace {

using namespace engine;

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file)
        throw Error(fmt::format("{} cannot be written.", path.string()));
}

std::map<std::int64_t, double> valuesOf(SeriesReader& reader, RunId run, const std::string& name) {
    std::map<std::int64_t, double> values;
    if (const auto info = reader.find(run, name)) {
        const SeriesData data = reader.read(info->id);
        for (std::size_t i = 0; i < data.size(); ++i)
            values[data.steps[i]] = data.values[i];
    }
    return values;
}

std::string curveOf(SeriesReader& reader, RunId run, const std::string& algorithm) {
    const auto loss = valuesOf(reader, run, "loss/" + algorithm);
    const auto regret = valuesOf(reader, run, "regret/" + algorithm);
    const auto bound = valuesOf(reader, run, "bound/" + algorithm);
    // Where the environment answers to the algorithm, each has an optimum of its own.
    auto opt = valuesOf(reader, run, "opt/" + algorithm);
    if (opt.empty())
        opt = valuesOf(reader, run, "opt");
    const auto cell = [](const std::map<std::int64_t, double>& values, std::int64_t t) {
        const auto found = values.find(t);
        return found == values.end() ? std::string() : csvNumber(found->second);
    };
    std::string text = "t,loss,opt,regret,bound\n";
    for (const auto& [t, value] : regret)
        text += fmt::format("{},{},{},{},{}\n", t, cell(loss, t), cell(opt, t), csvNumber(value),
                            cell(bound, t));
    return text;
}

} // namespace

void exportOnlineRanking(RunStore& store, RunId run, const std::string& folder) {
    const std::filesystem::path target(folder);
    std::error_code failure;
    std::filesystem::create_directories(target, failure);
    if (failure)
        throw Error(fmt::format("{} could not be made: {}", folder, failure.message()));
    SeriesReader reader(store);
    constexpr std::string_view kRegret = "regret/";
    for (const SeriesInfo& info : reader.list(run))
        if (info.name.starts_with(kRegret)) {
            const std::string algorithm = info.name.substr(kRegret.size());
            write(target / fmt::format("curve-{}.csv", algorithm), curveOf(reader, run, algorithm));
        }
    std::string ranking = "rank,item,score\n";
    for (const ResultRow& row : store.resultRows(run, "ranking")) {
        const Json data = parseJson(row.data, "a result row");
        const double score =
            numberFromJson(data.at("score")).value_or(std::numeric_limits<double>::quiet_NaN());
        ranking += fmt::format("{},{},{}\n", data.at("rank").get<std::int64_t>(),
                               csvText(data.at("name").get<std::string>()), csvNumber(score));
    }
    write(target / "ranking.csv", ranking);
}

} // namespace inlay::app
