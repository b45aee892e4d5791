#include "widgets/runs/run_columns.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QCoreApplication>
#include <QLocale>

#include "engine/experiments/active_ranking/place_column.h"
#include "engine/runner/output.h"

namespace inlay::widgets {
namespace {

struct FieldRow {
    RunField field;
    const char* id;
    const char* title;
    const char* toolTip;
    const char* unit;
    engine::Better better;
    bool isNumeric;
};

using engine::Better;

constexpr std::array<FieldRow, 13> kFields = {{
    {RunField::Name, "name", QT_TRANSLATE_NOOP("RunColumn", "Run"), "", "", Better::Neither, false},
    {RunField::State, "state", QT_TRANSLATE_NOOP("RunColumn", "State"), "", "", Better::Neither,
     false},
    {RunField::Kind, "kind", QT_TRANSLATE_NOOP("RunColumn", "Kind"), "", "", Better::Neither,
     false},
    {RunField::Result, "result", QT_TRANSLATE_NOOP("RunColumn", "Result"),
     QT_TRANSLATE_NOOP("RunColumn", "What a run of its kind is judged by: test accuracy, best "
                                    "speed-up, cost, ...; until a run ends, its last value"),
     "", Better::Neither, true},
    {RunField::Accuracy, "accuracy", QT_TRANSLATE_NOOP("RunColumn", "Acc., %"),
     QT_TRANSLATE_NOOP("RunColumn",
                       "Test accuracy; until a run ends, its last validation accuracy"),
     "fraction", Better::Higher, true},
    {RunField::SpeedUp, "speed_up", QT_TRANSLATE_NOOP("RunColumn", "Speed-up"),
     QT_TRANSLATE_NOOP("RunColumn", "Median step time of the dense twin (else of the pinned "
                                    "baseline) divided by that of the run, measured"),
     "x", Better::Higher, true},
    {RunField::Progress, "progress", QT_TRANSLATE_NOOP("RunColumn", "Progress, %"), "", "fraction",
     Better::Neither, true},
    {RunField::Seed, "seed", QT_TRANSLATE_NOOP("RunColumn", "Seed"), "", "", Better::Neither, true},
    {RunField::Device, "device", QT_TRANSLATE_NOOP("RunColumn", "Device"), "", "", Better::Neither,
     false},
    {RunField::Created, "created", QT_TRANSLATE_NOOP("RunColumn", "Created"), "", "time",
     Better::Neither, true},
    {RunField::Duration, "duration", QT_TRANSLATE_NOOP("RunColumn", "Duration"), "", "ms",
     Better::Neither, true},
    {RunField::Tags, "tags", QT_TRANSLATE_NOOP("RunColumn", "Tags"), "", "", Better::Neither,
     false},
    {RunField::Notes, "notes", QT_TRANSLATE_NOOP("RunColumn", "Notes"), "", "", Better::Neither,
     false},
}};

QString translated(const char* text) {
    return *text == '\0' ? QString() : QCoreApplication::translate("RunColumn", text);
}

QString withUnit(const QString& title, const std::string& unit) {
    if (unit.empty() || unit == "count" || unit == "x")
        return title;
    if (unit == "fraction")
        return title + QStringLiteral(", %");
    if (unit == "s")
        return title + QStringLiteral(", ms");
    return title + QStringLiteral(", ") + QString::fromStdString(unit);
}

QString decimals(double value, int digits) {
    return QLocale().toString(value, 'f', digits);
}

// Large counts with k, M, G, three significant digits.
QString countText(double value) {
    static constexpr std::array<const char*, 4> kSuffix = {"", " k", " M", " G"};
    std::size_t power = 0;
    double shown = value;
    while (std::abs(shown) >= 9999.5 && power + 1 < kSuffix.size()) {
        shown /= 1000;
        ++power;
    }
    if (power > 0 && std::abs(shown) < 1000)
        return decimals(shown, std::abs(shown) < 10    ? 2
                               : std::abs(shown) < 100 ? 1
                                                       : 0) +
               QString::fromLatin1(kSuffix[power]);
    if (value == std::floor(value))
        return decimals(shown, 0) + QString::fromLatin1(kSuffix[power]);
    return QLocale().toString(value, 'g', 4);
}

QString plainText(double value, const std::string& unit) {
    if (std::isnan(value))
        return QStringLiteral("NaN");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
    if (unit == "fraction")
        return decimals(value * 100, 2);
    if (unit == "x")
        return decimals(value, 2) + QStringLiteral("×");
    if (unit == "s") {
        const double ms = value * 1000;
        return decimals(ms, ms < 10 ? 2 : ms < 1000 ? 1 : 0);
    }
    if (unit == "ms")
        return durationText(static_cast<std::int64_t>(value));
    return countText(value);
}

} // namespace

QString textOf(const RunColumnId& column) {
    if (column.field == RunField::Parameter)
        return QStringLiteral("parameter:") + QString::fromStdString(column.key);
    if (column.field == RunField::Metric)
        return QStringLiteral("metric:") + QString::fromStdString(column.key);
    return QString::fromLatin1(kFields[static_cast<std::size_t>(column.field)].id);
}

RunColumnId runColumnFrom(const QString& text) {
    const qsizetype colon = text.indexOf(QLatin1Char(':'));
    if (colon > 0) {
        const std::string key = text.mid(colon + 1).toStdString();
        if (text.startsWith(QLatin1String("parameter:")))
            return {RunField::Parameter, key};
        if (text.startsWith(QLatin1String("metric:")))
            return {RunField::Metric, key};
    }
    for (const FieldRow& row : kFields)
        if (text == QLatin1String(row.id))
            return {row.field, {}};
    return {};
}

RunColumnCatalog::RunColumnCatalog(std::vector<const engine::ExperimentKind*> kinds)
    : kinds_(std::move(kinds)) {
    for (const engine::ExperimentKind* kind : kinds_)
        for (const engine::FieldInfo& field : kind->schema().allFields())
            parameterTitles_.emplace_back(field.key, QString::fromStdString(field.title));
}

RunColumnStyle RunColumnCatalog::style(const RunColumnId& column, const std::string& kind) const {
    RunColumnStyle style;
    const QString key = QString::fromStdString(column.key);
    if (column.field == RunField::Parameter) {
        const auto found =
            std::find_if(parameterTitles_.begin(), parameterTitles_.end(),
                         [&](const auto& title) { return title.first == column.key; });
        style.title = found != parameterTitles_.end() ? found->second : key;
        style.toolTip = QCoreApplication::translate("RunColumn", "Parameter %1").arg(key);
        style.isNumeric = false;
        return style;
    }
    if (column.field == RunField::Metric) {
        style.title = key;
        style.plainTitle = key;
        style.toolTip = QCoreApplication::translate("RunColumn", "Result %1").arg(key);
        if (column.key.starts_with(engine::active_ranking::kPlacePrefix)) {
            const QString session =
                key.mid(static_cast<qsizetype>(engine::active_ranking::kPlacePrefix.size()));
            style.title = QCoreApplication::translate("RunColumn", "By eye, %1").arg(session);
            style.toolTip = QCoreApplication::translate(
                                "RunColumn", "Place that a person gave the run in ranking %1")
                                .arg(session);
            style.better = engine::Better::Lower;
            return style;
        }
        const auto declaredBy = [&](const engine::ExperimentKind& one) {
            const engine::OutputDeclaration* metric =
                engine::findOutput(one.outputs(), engine::OutputType::Metric, column.key);
            return metric != nullptr
                       ? metric
                       : engine::findOutput(one.outputs(), engine::OutputType::Series, column.key);
        };
        const engine::OutputDeclaration* output = nullptr;
        for (const engine::ExperimentKind* one : kinds_)
            if (kind == one->id())
                output = declaredBy(*one);
        for (std::size_t i = 0; i < kinds_.size() && output == nullptr; ++i)
            output = declaredBy(*kinds_[i]);
        if (output == nullptr)
            return style;
        style.unit = output->unit;
        style.better = output->better;
        style.plainTitle = QString::fromStdString(engine::titleOf(*output, column.key));
        // What a pattern's member is called is too long for a column.
        if (output->name == column.key)
            style.title = withUnit(style.plainTitle, output->unit);
        else
            style.toolTip = QStringLiteral("%1 (%2)").arg(style.plainTitle, key);
        return style;
    }
    const FieldRow& row = kFields[static_cast<std::size_t>(column.field)];
    style.title = translated(row.title);
    style.toolTip = translated(row.toolTip);
    style.unit = row.unit;
    style.better = row.better;
    style.isNumeric = row.isNumeric;
    return style;
}

std::vector<RunColumnId> RunColumnCatalog::available(const engine::RunTable& runs) const {
    std::vector<RunColumnId> all;
    for (const FieldRow& row : kFields)
        if (row.field != RunField::Name)
            all.push_back({row.field, {}});
    for (const auto source :
         {engine::RunColumn::Source::Metric, engine::RunColumn::Source::Parameter})
        for (const auto& column : runs.columns())
            if (column->source == source)
                all.push_back({source == engine::RunColumn::Source::Metric ? RunField::Metric
                                                                           : RunField::Parameter,
                               column->key});
    return all;
}

QString RunColumnCatalog::kindTitle(const std::string& id) const {
    for (const engine::ExperimentKind* kind : kinds_)
        if (id == kind->id())
            return QString::fromUtf8(kind->title());
    return QString::fromStdString(id);
}

QString runNumberText(double value, const RunColumnStyle& style, NumberRole role) {
    if (role == NumberRole::Value)
        return plainText(value, style.unit);
    const QString text = plainText(std::abs(value), style.unit);
    if (std::isnan(value))
        return text;
    return (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) + text;
}

QString runValueText(double value, const RunColumnStyle& style) {
    const QString number = runNumberText(value, style);
    const std::string& unit = style.unit;
    if (unit.empty() || unit == "count" || unit == "x" || unit == "ms")
        return number;
    if (unit == "fraction")
        return number + QStringLiteral(" %");
    return number + QLatin1Char(' ') +
           (unit == "s" ? QStringLiteral("ms") : QString::fromStdString(unit));
}

QString durationText(std::int64_t milliseconds) {
    if (milliseconds < 0)
        return QStringLiteral("–");
    const auto translate = [](const char* text) {
        return QCoreApplication::translate("Duration", text);
    };
    const std::int64_t seconds = (milliseconds + 500) / 1000;
    if (milliseconds < 10'000)
        return translate("%1 s").arg(decimals(static_cast<double>(milliseconds) / 1000, 1));
    if (seconds < 60)
        return translate("%1 s").arg(seconds);
    if (seconds < 600)
        return translate("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    if (seconds < 5400)
        return translate("%1 min").arg((seconds + 30) / 60);
    return translate("%1 h").arg(decimals(static_cast<double>(seconds) / 3600, 1));
}

QString runCountText(std::int64_t count) {
    const char* text = count == 1 ? QT_TRANSLATE_NOOP("RunColumn", "%L1 run")
                                  : QT_TRANSLATE_NOOP("RunColumn", "%L1 runs");
    return QCoreApplication::translate("RunColumn", text).arg(count);
}

} // namespace inlay::widgets
