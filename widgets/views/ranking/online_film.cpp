#include "widgets/views/ranking/online_film.h"

#include <algorithm>
#include <cstring>
#include <map>

#include <QCoreApplication>
#include <QLocale>

#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::widgets {
namespace {

QString filmText(const char* text) {
    return QCoreApplication::translate("OnlineView", text);
}

struct Known {
    const char* key; // of the configuration
    const char* id;
    const char* title;
    const char* curve; // short, for the ends of curves
    engine::LawKind law;
    int color;
    MarkerFill fill;
};

// In the order of the kind's algorithms, which is that of the frames.
const std::vector<Known>& knownAlgorithms() {
    using engine::LawKind;
    using enum MarkerFill;
    static const std::vector<Known> known = {
        {"anytime", "online_rank_anytime", QT_TRANSLATE_NOOP("OnlineView", "OnlineRank, anytime"),
         QT_TRANSLATE_NOOP("OnlineView", "OnlineRank"), LawKind::Logistic, 5, Filled},
        {"fixed", "online_rank_fixed", QT_TRANSLATE_NOOP("OnlineView", "OnlineRank, fixed η*"),
         QT_TRANSLATE_NOOP("OnlineView", "OnlineRank η*"), LawKind::Logistic, 2, Filled},
        {"small_loss", "online_rank_small_loss",
         QT_TRANSLATE_NOOP("OnlineView", "OnlineRank, small loss"),
         QT_TRANSLATE_NOOP("OnlineView", "small loss"), LawKind::Logistic, 4, Filled},
        {"manual", "online_rank_manual", QT_TRANSLATE_NOOP("OnlineView", "OnlineRank, manual η"),
         QT_TRANSLATE_NOOP("OnlineView", "manual η"), LawKind::Logistic, 5, Hollow},
        {"rate_grid", "online_rank_grid",
         QT_TRANSLATE_NOOP("OnlineView", "OnlineRank, rates mixed"),
         QT_TRANSLATE_NOOP("OnlineView", "rates mixed"), LawKind::Unknown, 2, Hollow},
        {"permutahedron", "permutahedron", QT_TRANSLATE_NOOP("OnlineView", "Permutahedron"),
         QT_TRANSLATE_NOOP("OnlineView", "Permutahedron"), LawKind::Rounded, 3, Filled},
        {"fpl", "fpl", QT_TRANSLATE_NOOP("OnlineView", "Perturbed leader"),
         QT_TRANSLATE_NOOP("OnlineView", "Perturbed leader"), LawKind::UniformNoise, 7, Filled},
        {"perm_elearn", "perm_elearn", QT_TRANSLATE_NOOP("OnlineView", "PermELearn"),
         QT_TRANSLATE_NOOP("OnlineView", "PermELearn"), LawKind::Unknown, 1, Filled},
        {"follow_leader", "follow_leader", QT_TRANSLATE_NOOP("OnlineView", "Follow the leader"),
         QT_TRANSLATE_NOOP("OnlineView", "Leader"), LawKind::Sorted, 6, Filled},
        {"random", "random", QT_TRANSLATE_NOOP("OnlineView", "Random order"),
         QT_TRANSLATE_NOOP("OnlineView", "Random order"), LawKind::Uniform, 4, Hollow},
    };
    return known;
}

// Dash and marker belong to the color.
SeriesStyle styleOf(int color, MarkerFill fill) {
    switch (color) {
    case 1:
        return {color, {3, 2}, Marker::Diamond, fill};
    case 2:
        return {color, {7, 3}, Marker::TriangleUp, fill};
    case 3:
        return {color, {2, 2}, Marker::TriangleUp, fill};
    case 5:
        return {color, {}, Marker::Square, fill};
    case 7:
        return {color, {2, 2}, Marker::TriangleDown, fill};
    default:
        return {color, {6, 2, 1, 2}, Marker::Plus, fill};
    }
}

void readConfig(const engine::Json& config, OnlineFilm& film) {
    for (const Known& known : knownAlgorithms()) {
        const engine::Json* on = engine::findPath(config, std::string("algorithms.") + known.key);
        if (on == nullptr || !on->is_boolean() || !on->get<bool>())
            continue;
        film.algorithms.push_back({QString::fromLatin1(known.id), filmText(known.title),
                                   filmText(known.curve), known.law,
                                   styleOf(known.color, known.fill)});
    }
    const auto number = [&](const char* key) {
        const engine::Json* value = engine::findPath(config, key);
        return value && value->is_number() ? value->get<std::int64_t>() : std::int64_t{0};
    };
    const auto text = [&](const char* key) {
        const engine::Json* value = engine::findPath(config, key);
        return value && value->is_string() ? value->get<std::string>() : std::string();
    };
    const bool replay = text("environment.kind") == "file";
    film.chosen = std::max<std::int64_t>(1, number("chosen"));
    film.isChoice = !replay && text("feedback") == "choice";
    film.replicates = static_cast<int>(std::max<std::int64_t>(1, number("replicates")));
    QStringList parts;
    if (!replay)
        parts << filmText("%L1 items").arg(number("items"))
              << filmText("T = %L1").arg(number("rounds"));
    if (film.isChoice)
        parts << filmText("k = %L1").arg(film.chosen);
    parts << (film.replicates > 1 ? filmText("mean and band over %L1 seeds").arg(film.replicates)
                                  : filmText("one seed"));
    film.subtitle = parts.join(QStringLiteral(", "));
}

} // namespace

QString OnlineFilm::itemName(std::int64_t item) const {
    return item < names.size() ? names[static_cast<qsizetype>(item)]
                               : filmText("item %1").arg(item + 1);
}

std::shared_ptr<const OnlineFilm> readOnlineFilm(engine::RunStore& store, engine::RunId run,
                                                 std::shared_ptr<const OnlineFilm> before) {
    auto film = std::make_shared<OnlineFilm>();
    film->run = run;
    const auto record = store.run(run);
    if (!record)
        return film;
    readConfig(engine::parseJson(record->config, "the configuration of the run"), *film);
    std::map<std::int64_t, int> newest; // round -> attempt
    for (const engine::FrameRecord& header : store.frames(run, "state"))
        if (header.shape.size() == 3 && header.shape[1] == 2 &&
            header.shape[0] == static_cast<std::int64_t>(film->algorithms.size())) {
            newest[header.step] = std::max(newest[header.step], header.attempt);
            film->items = header.shape[2];
        }
    const bool same = before && before->run == run && before->items == film->items;
    for (const auto& [round, attempt] : newest) {
        if (same) {
            const auto at = std::lower_bound(before->rounds.begin(), before->rounds.end(), round);
            if (at != before->rounds.end() && *at == round) {
                film->rounds.push_back(round);
                film->frames.push_back(
                    before->frames[static_cast<std::size_t>(at - before->rounds.begin())]);
                continue;
            }
        }
        const auto frame = store.frame(run, "state", attempt, round);
        if (!frame || frame->type != engine::FrameType::F32)
            continue;
        std::vector<float> values(frame->data.size() / sizeof(float));
        std::memcpy(values.data(), frame->data.data(), values.size() * sizeof(float));
        film->rounds.push_back(round);
        film->frames.push_back(std::move(values));
    }
    for (const engine::ResultRow& row : store.resultRows(run, "items")) {
        const engine::Json data = engine::parseJson(row.data, "a row of items");
        const auto name = data.find("name");
        if (name != data.end() && name->is_string())
            film->names << QString::fromStdString(name->get<std::string>());
    }
    return film;
}

} // namespace inlay::widgets
