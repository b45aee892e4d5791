#include "widgets/views/ranking/active_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <QCoreApplication>
#include <QObject>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

using engine::Json;

QString text(const Json& value) {
    return value.is_string() ? QString::fromStdString(value.get<std::string>()) : QString();
}

std::string noiseKey(const Json& noise) {
    const std::string kind = noise.at("kind");
    return kind == "flip"     ? "probability"
           : kind == "btl"    ? "steepness"
           : kind == "cycles" ? "block"
                              : "share";
}

QString noiseWords(const Json& noise) {
    const std::string kind = noise.at("kind");
    const QString number = QString::number(noise.value(noiseKey(noise), 0.0));
    if (kind == "flip")
        return QCoreApplication::translate("ActiveView", "flips %1").arg(number);
    if (kind == "btl")
        return QCoreApplication::translate("ActiveView", "Bradley-Terry-Luce %1").arg(number);
    if (kind == "cycles")
        return QCoreApplication::translate("ActiveView", "cycles of %1").arg(number);
    if (kind == "adversarial")
        return QCoreApplication::translate("ActiveView", "adversarial %1").arg(number);
    return QCoreApplication::translate("ActiveView", "chaos %1").arg(number);
}

std::vector<std::int32_t> integersOf(const engine::FrameRecord& frame) {
    std::vector<std::int32_t> values(frame.data.size() / sizeof(std::int32_t));
    if (!values.empty())
        std::memcpy(values.data(), frame.data.data(), values.size() * sizeof(std::int32_t));
    return values;
}

// Rows of the newest attempt, in their order.
std::vector<Json> newestRows(engine::RunStore& store, engine::RunId run, const char* table) {
    const std::vector<engine::ResultRow> rows = store.resultRows(run, table);
    int newest = 0;
    for (const engine::ResultRow& row : rows)
        newest = std::max(newest, row.attempt);
    std::vector<Json> found;
    for (const engine::ResultRow& row : rows) {
        Json data = engine::parseJson(row.data, "a result row");
        if (row.attempt == newest && !data.empty())
            found.push_back(std::move(data));
    }
    return found;
}

enum class Attempts { Newest, All };

// In order of step; of one step the newest attempt's.
std::vector<engine::FrameRecord> readFrames(engine::RunStore& store, engine::RunId run,
                                            const std::string& name, Attempts attempts) {
    std::vector<engine::FrameRecord> frames = store.frames(run, name);
    int newest = 0;
    for (const engine::FrameRecord& frame : frames)
        newest = std::max(newest, frame.attempt);
    if (attempts == Attempts::Newest)
        std::erase_if(frames, [&](const auto& frame) { return frame.attempt != newest; });
    std::sort(frames.begin(), frames.end(), [](const auto& a, const auto& b) {
        return std::pair(a.step, -a.attempt) < std::pair(b.step, -b.attempt);
    });
    frames.erase(std::unique(frames.begin(), frames.end(),
                             [](const auto& a, const auto& b) { return a.step == b.step; }),
                 frames.end());
    for (engine::FrameRecord& frame : frames) {
        if (auto full = store.frame(run, name, frame.attempt, frame.step))
            frame = std::move(*full);
    }
    return frames;
}

ActiveFilm readFilm(engine::RunStore& store, engine::RunId run, const std::string& strategy) {
    ActiveFilm film;
    film.isPerson = strategy == "person";
    // A session goes on where it was left; a simulation that is resumed begins anew.
    const Attempts attempts = film.isPerson ? Attempts::All : Attempts::Newest;
    for (const engine::FrameRecord& frame : readFrames(store, run, "order/" + strategy, attempts))
        film.moments.push_back({frame.step, integersOf(frame), {}});
    for (const engine::FrameRecord& frame :
         readFrames(store, run, "labels/" + strategy, attempts)) {
        const auto moment = std::find_if(film.moments.begin(), film.moments.end(),
                                         [&](const auto& m) { return m.labels == frame.step; });
        if (film.isPerson && moment == film.moments.end())
            continue;
        auto& pairs = film.isPerson ? moment->decided : film.bought;
        const std::vector<std::int32_t> values = integersOf(frame);
        for (std::size_t i = 0; i + 1 < values.size(); i += 2)
            pairs.emplace_back(values[i], values[i + 1]);
    }
    return film;
}

// A list of numbers; anything else is a gap.
std::vector<double> numbersOf(const Json& list) {
    std::vector<double> numbers;
    for (const Json& value : list)
        numbers.push_back(engine::numberFromJson(value).value_or(0));
    return numbers;
}

RunCardFacts cardOf(const Json& card) {
    RunCardFacts facts;
    if (card.contains("lines"))
        for (const Json& line : card.at("lines"))
            facts.lines.emplace_back(text(line.at("title")), text(line.at("text")));
    if (card.contains("curve")) {
        const Json& curve = card.at("curve");
        facts.curveTitle = curve.contains("title") ? text(curve.at("title")) : QString();
        facts.curve.x = numbersOf(curve.at("x"));
        facts.curve.y = numbersOf(curve.at("y"));
    }
    return facts;
}

ActiveCurve readCurve(engine::SeriesReader& reader, engine::RunId run, const std::string& strategy,
                      int replicates) {
    // By number of labels: sum, least, largest and how many replicates have a point there.
    struct At {
        double sum = 0;
        double low = std::numeric_limits<double>::infinity();
        double high = -std::numeric_limits<double>::infinity();
        int count = 0;
    };
    std::map<std::int64_t, At> points;
    int found = 0;
    for (int replicate = 1; replicate <= replicates; ++replicate) {
        const auto info = reader.find(run, "regret/" + strategy + "/" + std::to_string(replicate));
        if (!info)
            continue;
        ++found;
        const engine::SeriesData data = reader.read(info->id);
        for (std::size_t i = 0; i < data.size(); ++i) {
            At& at = points[data.steps[i]];
            at.sum += data.values[i];
            at.low = std::min(at.low, data.values[i]);
            at.high = std::max(at.high, data.values[i]);
            ++at.count;
        }
    }
    ActiveCurve curve;
    for (const auto& [labels, at] : points) {
        if (at.count < found)
            continue;
        const auto x = static_cast<double>(labels);
        curve.mean.x.push_back(x);
        curve.mean.y.push_back(at.sum / at.count);
        curve.band.x.push_back(x);
        curve.band.low.push_back(at.low);
        curve.band.high.push_back(at.high);
    }
    // Sorts end at different numbers of labels; the run's own mean has their common end.
    if (const auto info = reader.find(run, "regret/" + strategy)) {
        const engine::SeriesData data = reader.read(info->id);
        curve.mean = {};
        for (std::size_t i = 0; i < data.size(); ++i) {
            curve.mean.x.push_back(static_cast<double>(data.steps[i]));
            curve.mean.y.push_back(data.values[i]);
        }
    }
    return curve;
}

void readThings(engine::RunStore& store, ActiveRun& active) {
    for (const Json& row : newestRows(store, active.run, "items")) {
        ActiveItem item;
        item.name = text(row.at("name"));
        item.file = text(row.at("file"));
        if (row.contains("card"))
            item.run = cardOf(row.at("card"));
        active.things.push_back(std::move(item));
    }
    const auto frames = readFrames(store, active.run, "items/images", Attempts::Newest);
    if (frames.empty() || frames.back().shape.size() != 3)
        return;
    const engine::FrameRecord& frame = frames.back();
    const auto height = static_cast<int>(frame.shape[1]);
    const auto width = static_cast<int>(frame.shape[2]);
    const auto bytes = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    for (std::size_t i = 0; i < active.things.size() && (i + 1) * bytes <= frame.data.size(); ++i) {
        QImage image(width, height, QImage::Format_Grayscale8);
        for (int y = 0; y < height; ++y)
            std::memcpy(image.scanLine(y),
                        frame.data.data() + i * bytes +
                            static_cast<std::size_t>(y) * static_cast<std::size_t>(width),
                        static_cast<std::size_t>(width));
        active.things[i].image = image;
    }
}

void readPerson(engine::RunStore& store, engine::SeriesReader& reader, ActiveRun& active) {
    readThings(store, active);
    active.items = static_cast<int>(active.things.size());
    active.strategies = {"person"};
    active.films["person"] = readFilm(store, active.run, "person");
    for (const Json& row : newestRows(store, active.run, "ranking"))
        active.ranking.push_back({row.at("item"), text(row.at("name")), row.at("confidence"),
                                  row.at("low"), row.at("high")});
    const auto nameOf = [&](const Json& item) {
        const auto index = item.get<std::size_t>();
        return index < active.things.size() ? active.things[index].name : QString();
    };
    for (const Json& row : newestRows(store, active.run, "doubt"))
        active.doubt.push_back(
            {nameOf(row.at("above")), nameOf(row.at("below")), row.at("probability")});
    const auto share = [](const Json& value) {
        return engine::numberFromJson(value).value_or(std::numeric_limits<double>::quiet_NaN());
    };
    for (const Json& row : newestRows(store, active.run, "annotators"))
        active.annotators.push_back({text(row.at("annotator")), row.at("answers"),
                                     share(row.at("consensus")), share(row.at("leave_one_out")),
                                     share(row.at("tau_without"))});
    if (const auto info = reader.find(active.run, "contradictions")) {
        const engine::SeriesData data = reader.read(info->id);
        for (std::size_t i = 0; i < data.size(); ++i) {
            active.contradictions.x.push_back(static_cast<double>(data.steps[i]));
            active.contradictions.y.push_back(data.values[i]);
        }
    }
}

} // namespace

std::span<const std::pair<std::int32_t, std::int32_t>>
ActiveFilm::labelsAt(std::size_t moment) const {
    if (moment >= moments.size())
        return {};
    if (isPerson)
        return moments[moment].decided;
    const auto count = std::min(
        bought.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, moments[moment].labels)));
    return std::span(bought).first(count);
}

QString ActiveRun::itemName(std::int64_t item) const {
    const auto index = static_cast<std::size_t>(item);
    return index < things.size()
               ? things[index].name
               : QCoreApplication::translate("ActiveView", "item %1").arg(item + 1);
}

QString strategyTitle(const std::string& strategy) {
    if (strategy == "active_ring")
        return QStringLiteral("ActiveRing");
    if (strategy == "uniform")
        return QCoreApplication::translate("ActiveView", "Uniform pairs");
    if (strategy == "quick_sort")
        return QStringLiteral("QuickSort");
    if (strategy == "merge_sort")
        return QStringLiteral("MergeSort");
    if (strategy == "sample_and_rank")
        return QStringLiteral("SampleAndRank");
    return QCoreApplication::translate("ActiveView", "Your answers");
}

ActiveRun readActiveRun(engine::RunStore& store, engine::RunId run) {
    ActiveRun active;
    active.run = run;
    const auto record = store.run(run);
    if (!record)
        return active;
    const Json config = engine::parseJson(record->config, "a configuration");
    const Json& oracle = config.at("oracle");
    active.byPerson = oracle.at("kind") == "person";
    engine::SeriesReader reader(store);
    if (active.byPerson) {
        readPerson(store, reader, active);
        return active;
    }
    if (oracle.at("kind") == "file") {
        readThings(store, active);
        active.items = static_cast<int>(active.things.size());
        active.noise = QCoreApplication::translate("ActiveView", "labels of a file");
    } else {
        active.items = oracle.at("items");
        active.noise = noiseWords(oracle.at("noise"));
    }
    active.replicates = config.at("replicates");
    for (const auto& [strategy, isOn] : config.at("strategies").items()) {
        if (!isOn.get<bool>())
            continue;
        active.strategies.push_back(strategy);
        active.curves[strategy] = readCurve(reader, run, strategy, active.replicates);
        active.films[strategy] = readFilm(store, run, strategy);
    }
    for (const Json& row : newestRows(store, run, "blocks"))
        active.blocks[row.at("strategy")].push_back(
            {row.at("first"), row.at("last"), row.at("reason") == "chaotic"});
    for (const Json& row : newestRows(store, run, "results")) {
        ActiveResult& result = active.results[row.at("strategy")];
        const auto add = [&](double& mean, const char* key) {
            const double value = engine::numberFromJson(row.at(key)).value_or(0);
            mean += (value - mean) / (result.replicates + 1);
        };
        add(result.labels, "labels");
        add(result.loss, "loss");
        add(result.regret, "regret");
        ++result.replicates;
    }
    return active;
}

} // namespace inlay::widgets
