#include "widgets/views/compare/comparison.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <QCoreApplication>
#include <QLocale>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/store/run_facts.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

constexpr int kFamilyStyles = 3;

const engine::Json* valueOf(const engine::FlatConfig& facts, std::string_view key) {
    for (const auto& [name, value] : facts)
        if (name == key)
            return &value;
    return nullptr;
}

QString textOf(const engine::FlatConfig& facts, std::string_view key) {
    const engine::Json* value = valueOf(facts, key);
    return value != nullptr && value->is_string()
               ? QString::fromStdString(value->get<std::string>())
               : QString();
}

double stepsPerEpochOf(const engine::RunRecord& run, const engine::FlatConfig& settings) {
    const engine::Json* epochs = valueOf(settings, "epochs");
    if (run.totalSteps <= 0 || epochs == nullptr || !epochs->is_number() ||
        epochs->get<double>() <= 0)
        return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(run.totalSteps) / epochs->get<double>();
}

std::int64_t firstStepOf(engine::RunStore& store, engine::RunId run) {
    const std::vector<engine::AttemptRecord> attempts = store.attempts(run);
    return attempts.empty() ? 0 : attempts.front().fromStep;
}

// Data that have been moved or deleted leave a run without a count.
std::optional<engine::TrainingCount> countOf(const engine::RunRecord& run) {
    if (run.kind != engine::train::trainKind().id())
        return std::nullopt;
    try {
        return engine::countTraining(engine::parseJson(run.config, "the run's configuration"));
    } catch (const engine::Error&) {
        return std::nullopt;
    }
}

// Columns of one name could not be told apart in plots.
void makeNamesUnique(std::vector<ComparedGroup>& groups) {
    std::map<QString, int> uses;
    for (const ComparedGroup& group : groups)
        ++uses[group.name];
    for (ComparedGroup& group : groups)
        if (uses.at(group.name) > 1)
            group.name += QStringLiteral(" #%1").arg(group.runs.front().id);
}

// Colors of families, unless one of them has more members than it has styles.
void giveStyles(std::vector<ComparedGroup>& groups) {
    std::map<QString, int> members;
    for (const ComparedGroup& group : groups)
        ++members[group.familyId];
    const bool byFamily = std::none_of(members.begin(), members.end(), [](const auto& family) {
        return family.first.isEmpty() || family.second > kFamilyStyles;
    });
    std::map<QString, int> ranks;
    int index = 0;
    for (ComparedGroup& group : groups)
        group.style =
            byFamily ? familyStyle(group.familyId, ranks[group.familyId]++) : seriesStyle(index++);
}

QString provenanceOf(const Comparison& comparison, const std::set<std::uint64_t>& seeds,
                     const std::set<QString>& machines) {
    QStringList parts;
    for (const ComparedGroup& group : comparison.groups) {
        QStringList ids;
        for (const ComparedRun& run : group.runs)
            ids << QString::number(run.id);
        parts << QStringLiteral("%1 (%2)").arg(group.name, ids.join(QStringLiteral(", ")));
    }
    QStringList seedTexts;
    for (const std::uint64_t seed : seeds)
        seedTexts << QString::number(seed);
    return QCoreApplication::translate("Comparison", "Runs: %1. Seeds %2. %3")
        .arg(parts.join(QStringLiteral("; ")), seedTexts.join(QStringLiteral(", ")),
             QStringList(machines.begin(), machines.end()).join(QStringLiteral("; ")));
}

} // namespace

Comparison readComparison(engine::RunStore& store, const ComparisonWish& wish) {
    Comparison comparison;
    std::vector<engine::FlatConfig> settings;
    std::vector<engine::FlatConfig> environments;
    std::map<std::string, std::size_t> byKey;
    std::map<std::string, std::size_t> series;
    std::set<engine::RunId> seen;
    std::set<std::uint64_t> seeds;
    std::set<QString> machines;
    std::size_t baseline = 0;
    std::vector<engine::RunId> wanted = wish.runs;
    if (wish.baseline != 0 && !wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), wish.baseline) == wanted.end())
        wanted.insert(wanted.begin(), wish.baseline);
    engine::SeriesReader reader(store);
    for (const engine::RunId id : wanted) {
        const auto run = store.run(id);
        if (!run || run->deletedMs != 0 || !seen.insert(id).second)
            continue;
        ++comparison.runs;
        seeds.insert(run->seed);
        for (const engine::SeriesInfo& info : reader.list(id))
            if (info.count > 0)
                ++series[info.name];
        const std::string key =
            wish.grouping == RunGrouping::Seeds ? seedGroupKey(*run) : std::to_string(id);
        const auto [found, isNew] = byKey.emplace(key, comparison.groups.size());
        if (isNew) {
            ComparedGroup group;
            group.name = wish.grouping == RunGrouping::Seeds ? runGroupName(run->name)
                                                             : QString::fromStdString(run->name);
            if (group.name.isEmpty())
                group.name = QStringLiteral("#%1").arg(id);
            group.kind = run->kind;
            engine::FlatConfig facts = engine::settingsOf(*run);
            group.familyId = textOf(facts, "network.operator.kind");
            group.stepsPerEpoch = stepsPerEpochOf(*run, facts);
            group.count = countOf(*run);
            if (group.count)
                group.plannedWork = group.count->ofSteps(run->totalSteps);
            // Wishes ("auto", 0 threads) say less than what the run got.
            std::erase_if(facts, [](const auto& fact) {
                return fact.first == "device" || fact.first == "threads";
            });
            settings.push_back(std::move(facts));
            environments.push_back(engine::environmentOf(*run));
            if (std::find(comparison.kinds.begin(), comparison.kinds.end(), run->kind) ==
                comparison.kinds.end())
                comparison.kinds.push_back(run->kind);
            const engine::FlatConfig& place = environments.back();
            const engine::Json* threads = valueOf(place, "threads");
            group.machine =
                QStringLiteral("Inlay %1, %2, %3 threads")
                    .arg(textOf(place, "inlay"), textOf(place, "device"),
                         threads == nullptr ? QStringLiteral("?")
                                            : QString::fromStdString(engine::dumpJson(*threads)));
            machines.insert(group.machine);
            comparison.groups.push_back(std::move(group));
        }
        comparison.groups[found->second].runs.push_back(
            {id, run->seed, run->status, static_cast<double>(run->startedMs),
             static_cast<double>(std::max<std::int64_t>(
                 0, (run->endedMs > 0 ? run->endedMs : run->heartbeatMs) - run->startedMs)),
             firstStepOf(store, id)});
        if (id == wish.baseline) {
            baseline = found->second;
            comparison.baselineIsPinned = true;
        }
    }
    // Cheaper layers are measured against dense ones unless a person says otherwise.
    if (!comparison.baselineIsPinned)
        for (std::size_t i = comparison.groups.size(); i-- > 0;)
            if (comparison.groups[i].familyId == QLatin1String("dense"))
                baseline = i;
    const auto toFront = [baseline](auto& all) {
        const auto at = all.begin() + static_cast<std::ptrdiff_t>(baseline);
        std::rotate(all.begin(), at, at + 1);
    };
    if (!comparison.groups.empty()) {
        toFront(comparison.groups);
        toFront(settings);
        toFront(environments);
    }
    for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
        std::vector<ComparedRun>& runs = comparison.groups[i].runs;
        std::stable_sort(runs.begin(), runs.end(),
                         [](const auto& a, const auto& b) { return a.seed < b.seed; });
        if (runs.size() < 2)
            continue;
        std::string all;
        for (const ComparedRun& run : runs)
            all += (all.empty() ? "" : ", ") + std::to_string(run.seed);
        for (auto& [key, value] : settings[i])
            if (key == "seed")
                value = all;
    }
    makeNamesUnique(comparison.groups);
    giveStyles(comparison.groups);
    comparison.settings = engine::diffConfigs(settings, 0, engine::DiffKeys::All);
    comparison.environment = engine::diffConfigs(environments, 0, engine::DiffKeys::All);
    for (const auto& [name, runs] : series)
        comparison.series.push_back({QString::fromStdString(name), runs});
    comparison.provenance = provenanceOf(comparison, seeds, machines);
    return comparison;
}

} // namespace inlay::widgets
