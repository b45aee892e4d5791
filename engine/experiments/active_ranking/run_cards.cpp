#include "engine/experiments/active_ranking/run_cards.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/text_file.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/headline.h"
#include "engine/store/series_reader.h"

namespace inlay::engine::active_ranking {
namespace {

namespace fs = std::filesystem;

// What a name is called by the kind of the run; nothing for names that no direction is better in.
const OutputDeclaration* judged(FindKind kindOf, const RunRecord& run, OutputType type,
                                const std::string& name) {
    const ExperimentKind* kind = kindOf(run.kind);
    const OutputDeclaration* output =
        kind == nullptr ? nullptr : findOutput(kind->outputs(), type, name);
    return output == nullptr || output->better == Better::Neither || name.starts_with("time/")
               ? nullptr
               : output;
}

std::string titleFor(const OutputDeclaration& output, const std::string& name) {
    // One declaration stands for many names; the name tells them apart.
    return output.name == name ? output.title : name;
}

std::string valueText(const OutputDeclaration& output, double value) {
    if (!std::isfinite(value))
        return "none";
    if (output.unit == "fraction")
        return fmt::format("{:.2f} %", 100 * value);
    return output.unit.empty() ? fmt::format("{:.4g}", value)
                               : fmt::format("{:.4g} {}", value, output.unit);
}

/// Names by how many runs have them, held-out data first, then in the order they were met.
class Ballot {
public:
    void add(const std::string& name) {
        const auto found = std::find_if(counts_.begin(), counts_.end(),
                                        [&](const auto& entry) { return entry.first == name; });
        if (found == counts_.end())
            counts_.emplace_back(name, 1);
        else
            ++found->second;
    }
    std::vector<std::string> best(std::size_t most) {
        std::stable_sort(counts_.begin(), counts_.end(), [](const auto& a, const auto& b) {
            return std::pair(-a.second, dataRank(a.first)) <
                   std::pair(-b.second, dataRank(b.first));
        });
        std::vector<std::string> names;
        for (const auto& [name, count] : counts_)
            if (names.size() < most)
                names.push_back(name);
        return names;
    }

private:
    std::vector<std::pair<std::string, int>> counts_;
};

Json curveOf(FindKind kindOf, SeriesReader& reader, const RunRecord& run, const std::string& name) {
    const auto info = reader.find(run.id, name);
    if (!info)
        return nullptr;
    const SeriesData data = reader.read(info->id);
    if (data.size() == 0)
        return nullptr;
    Json x = Json::array();
    Json y = Json::array();
    const std::size_t points = std::min(data.size(), kMostCardPoints);
    for (std::size_t i = 0; i < points; ++i) {
        const std::size_t at = points == 1 ? 0 : i * (data.size() - 1) / (points - 1);
        if (!std::isfinite(data.values[at]))
            continue;
        x.push_back(data.steps[at]);
        y.push_back(data.values[at]);
    }
    const OutputDeclaration* output = judged(kindOf, run, OutputType::Series, name);
    return {{"title", output == nullptr ? name : titleFor(*output, name)}, {"x", x}, {"y", y}};
}

std::vector<RunRecord> recordsOf(RunStore& store, const std::vector<RunId>& runs) {
    if (runs.size() < 2)
        throw Error(fmt::format("{} runs are given; comparing needs two", runs.size()));
    std::set<RunId> seen;
    std::vector<RunRecord> records;
    for (const RunId id : runs) {
        if (!seen.insert(id).second)
            throw Error(fmt::format("run {} is given twice", id));
        auto record = store.run(id);
        if (!record)
            throw Error(fmt::format("there is no run {}", id));
        records.push_back(std::move(*record));
    }
    return records;
}

std::string chosenCurve(FindKind kindOf, SeriesReader& reader,
                        const std::vector<RunRecord>& records, const std::string& wanted) {
    Ballot curves;
    std::set<std::string> all;
    for (const RunRecord& record : records) {
        for (const SeriesInfo& info : reader.list(record.id)) {
            all.insert(info.name);
            if (judged(kindOf, record, OutputType::Series, info.name) != nullptr)
                curves.add(info.name);
        }
    }
    if (!wanted.empty()) {
        if (!all.contains(wanted))
            throw Error(
                fmt::format("no run has the series {}; they have {}", wanted,
                            all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", "))));
        return wanted;
    }
    const std::vector<std::string> best = curves.best(1);
    return best.empty() ? std::string() : best.front();
}

// 64-bit FNV-1a: names a file by its content.
std::uint64_t hashOf(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ull;
    for (const unsigned char c : text)
        hash = (hash ^ c) * 1099511628211ull;
    return hash;
}

} // namespace

Json makeRunCards(RunStore& store, const std::vector<RunId>& runs, FindKind kindOf,
                  const std::string& curve) {
    const std::vector<RunRecord> records = recordsOf(store, runs);
    SeriesReader reader(store);
    const std::string series = chosenCurve(kindOf, reader, records, curve);
    Ballot ballot;
    for (const RunRecord& record : records)
        for (const auto& [name, value] : store.metrics(record.id))
            if (judged(kindOf, record, OutputType::Metric, name) != nullptr)
                ballot.add(name);
    const std::vector<std::string> shown = ballot.best(kMostCardLines);
    std::multiset<std::string> names;
    for (const RunRecord& record : records)
        names.insert(record.name);
    Json items = Json::array();
    for (const RunRecord& record : records) {
        Json lines = Json::array();
        const Metrics metrics = store.metrics(record.id);
        for (const std::string& name : shown) {
            const auto found =
                std::find_if(metrics.begin(), metrics.end(),
                             [&](const auto& metric) { return metric.first == name; });
            const OutputDeclaration* output = judged(kindOf, record, OutputType::Metric, name);
            if (found != metrics.end() && output != nullptr)
                lines.push_back({{"title", titleFor(*output, name)},
                                 {"text", valueText(*output, found->second)}});
        }
        const bool isUnique = !record.name.empty() && names.count(record.name) == 1;
        Json card = {{"name", isUnique ? record.name
                              : record.name.empty()
                                  ? fmt::format("run {}", record.id)
                                  : fmt::format("{} (run {})", record.name, record.id)},
                     {"run", record.id},
                     {"lines", std::move(lines)}};
        if (Json points = series.empty() ? Json() : curveOf(kindOf, reader, record, series);
            !points.is_null())
            card["curve"] = std::move(points);
        items.push_back(std::move(card));
    }
    return {{"inlay_cards", 1}, {"items", std::move(items)}};
}

fs::path writeRunCards(RunStore& store, const std::vector<RunId>& runs, FindKind kindOf,
                       const std::string& curve) {
    const std::string text = makeRunCards(store, runs, kindOf, curve).dump(2) + '\n';
    const fs::path folder = fs::absolute(store.filesRoot()) / "cards";
    std::error_code failure;
    fs::create_directories(folder, failure);
    const fs::path path = folder / fmt::format("runs-{:016x}.json", hashOf(text));
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (failure || !file)
        throw Error(fmt::format("{} cannot be written", path.string()));
    return path;
}

std::vector<Json> readRunCards(const fs::path& path) {
    const std::string source = path.string();
    const Json file = parseJson(readTextFile(source), source);
    if (!file.is_object() || file.value("inlay_cards", 0) != 1 || !file.contains("items") ||
        !file.at("items").is_array())
        throw Error(fmt::format("{} is no file of cards: it needs {{\"inlay_cards\": 1, \"items\": "
                                "[…]}}",
                                source));
    std::set<std::string> names;
    std::vector<Json> cards;
    for (const Json& card : file.at("items")) {
        const std::string place = fmt::format("{}, card {}: ", source, cards.size() + 1);
        if (!card.is_object() || !card.contains("name") || !card.at("name").is_string() ||
            card.at("name").get<std::string>().empty())
            throw Error(place + "it has no name");
        const std::string name = card.at("name");
        if (!names.insert(name).second)
            throw Error(fmt::format("{}the name \"{}\" is taken by an earlier card", place, name));
        if (card.contains("lines"))
            for (const Json& line : card.at("lines"))
                if (!line.is_object() || !line.contains("title") || !line.contains("text") ||
                    !line.at("title").is_string() || !line.at("text").is_string())
                    throw Error(place + "a line needs a title and a text");
        if (card.contains("curve")) {
            const Json& curve = card.at("curve");
            const auto isNumbers = [](const Json& list) {
                return list.is_array() &&
                       std::all_of(list.begin(), list.end(),
                                   [](const Json& one) { return one.is_number(); });
            };
            if (!curve.is_object() || !curve.contains("x") || !curve.contains("y") ||
                !isNumbers(curve.at("x")) || !isNumbers(curve.at("y")) ||
                curve.at("x").size() != curve.at("y").size())
                throw Error(place + "the curve needs two lists of as many numbers, x and y");
        }
        cards.push_back(card);
    }
    return cards;
}

} // namespace inlay::engine::active_ranking
