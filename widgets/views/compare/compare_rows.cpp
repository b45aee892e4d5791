#include "widgets/views/compare/compare_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include <QCoreApplication>
#include <QLocale>

#include "widgets/plots/numbers.h"
#include "widgets/plots/state_chip.h"

namespace inlay::widgets {
namespace {

using engine::Better;
using engine::RunColumn;
using engine::RunTable;

QString translated(const char* text) {
    return QCoreApplication::translate("CompareRows", text);
}

CompareRow section(const QString& title) {
    CompareRow row;
    row.type = CompareRow::Type::Section;
    row.title = title;
    return row;
}

std::optional<double> numberOf(const std::optional<engine::Json>& value) {
    if (!value || !value->is_number())
        return std::nullopt;
    return value->get<double>();
}

CompareRow settingRow(const engine::DifferingKey& key, CompareRow::Type type, const QString& title,
                      const ParameterWords& words) {
    CompareRow row;
    row.type = type;
    row.key = key.key;
    row.title = title;
    row.name = title;
    row.toolTip = QString::fromStdString(key.key);
    for (std::size_t i = 0; i < key.values.size(); ++i) {
        CompareCell cell;
        cell.text = words.value(key.key, key.values[i]);
        cell.differs = key.differs[i];
        cell.toolTip = cell.text;
        cell.value = numberOf(key.values[i]);
        cell.low = cell.high = cell.value.value_or(0);
        row.differs = row.differs || cell.differs;
        row.cells.push_back(std::move(cell));
    }
    return row;
}

// "Finished", "Running 61 %", "2 finished, 1 running".
CompareRow stateRow(const Comparison& comparison, const RunTable& runs) {
    CompareRow row;
    row.key = "state";
    row.title = translated(QT_TRANSLATE_NOOP("CompareRows", "State"));
    row.toolTip = row.title;
    for (const ComparedGroup& group : comparison.groups) {
        std::map<RunState, int> counts;
        QStringList sentences;
        QString progress;
        for (const ComparedRun& one : group.runs) {
            const auto at = runs.indexOf(one.id);
            if (at < 0)
                continue;
            const engine::RunRecord& run = runs.row(static_cast<std::size_t>(at));
            const auto name = engine::nameOf(run.status);
            ++counts[runStateFrom(
                QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())))];
            if (!run.message.empty())
                sentences << QString::fromStdString(run.message);
            if (engine::isActive(run.status) && run.totalSteps > 0)
                progress = QStringLiteral(" %1 %").arg(100 * run.step / run.totalSteps);
        }
        CompareCell cell;
        QStringList parts;
        for (const auto& [state, count] : counts) {
            const QString title = runStateTitle(state);
            parts << (group.runs.size() == 1
                          ? title + progress
                          : QStringLiteral("%1 %2").arg(count).arg(title.toLower()));
            if (state == RunState::Failed || state == RunState::Diverged || state == RunState::Lost)
                cell.tone = Tone::Bad;
        }
        cell.text = parts.join(QStringLiteral(", "));
        cell.toolTip = sentences.isEmpty() ? cell.text : sentences.join(QLatin1Char('\n'));
        row.cells.push_back(std::move(cell));
    }
    const QString finished = runStateTitle(RunState::Finished);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const bool isDone = row.cells[i].text == finished ||
                            row.cells[i].text == QStringLiteral("%1 %2")
                                                     .arg(comparison.groups[i].runs.size())
                                                     .arg(finished.toLower());
        row.differs = row.differs || !isDone;
        row.cells[i].differs = row.cells[i].text != row.cells.front().text && !isDone;
    }
    return row;
}

struct Statistic {
    int count = 0;
    double mean = 0;
    double deviation = 0;
    double low = 0;
    double high = 0;
};

Statistic statisticOf(const ComparedGroup& group, const RunTable& runs, const RunColumn& column) {
    Statistic s;
    std::vector<double> values;
    for (const ComparedRun& run : group.runs) {
        const auto at = runs.indexOf(run.id);
        if (at < 0 || column.cells[static_cast<std::size_t>(at)] != RunColumn::Cell::Number)
            continue;
        values.push_back(column.numbers[static_cast<std::size_t>(at)]);
    }
    s.count = static_cast<int>(values.size());
    if (values.empty())
        return s;
    s.low = *std::min_element(values.begin(), values.end());
    s.high = *std::max_element(values.begin(), values.end());
    for (const double value : values)
        s.mean += value / static_cast<double>(values.size());
    if (s.low == s.high)
        s.mean = s.low;
    for (const double value : values)
        s.deviation += (value - s.mean) * (value - s.mean);
    if (values.size() > 1)
        s.deviation = std::sqrt(s.deviation / static_cast<double>(values.size() - 1));
    return s;
}

// Percent, times and ratios as in the list of runs; other numbers with four digits, large ones with
// their prefix: "0.0403", "307 k", "4.99 M".
QString quantityText(double value, const RunColumnStyle& style) {
    if (!style.unit.empty() && style.unit != "B" && shownUnit(style.unit).factor != 1)
        return runNumberText(value, style);
    const double size = std::abs(value);
    for (const auto& [power, prefix] :
         {std::pair(1e9, "G"), std::pair(1e6, "M"), std::pair(1e4, "k")})
        if (size >= power)
            return formatNumber(value / (power == 1e4 ? 1e3 : power), 3, QLocale()) +
                   QLatin1Char(' ') + QLatin1String(prefix);
    const bool isWhole = value == std::floor(value);
    return isWhole ? formatStep(value, QLocale())
                   : formatNumber(value, size < 1 ? 3 : 4, QLocale());
}

Tone toneOf(double delta, Better better) {
    if (better == Better::Neither || delta == 0 || std::isnan(delta))
        return Tone::Normal;
    return (delta > 0) == (better == Better::Higher) ? Tone::Good : Tone::Bad;
}

CompareRow quantityRow(const Comparison& comparison, const RunTable& runs, const RunColumn& column,
                       const RunColumnStyle& style) {
    CompareRow row;
    row.type = CompareRow::Type::Quantity;
    row.key = column.key;
    row.title = style.title;
    row.toolTip = style.title + QLatin1Char('\n') + style.toolTip;
    row.name = quantityName(style);
    const ShownUnit shown = shownUnit(style.unit);
    row.unit = shown.unit;
    row.better = style.better;
    Statistic base;
    for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
        const ComparedGroup& group = comparison.groups[i];
        const Statistic s = statisticOf(group, runs, column);
        if (i == 0)
            base = s;
        CompareCell cell;
        cell.differs = s.count != base.count ? (s.count == 0) != (base.count == 0) : false;
        if (s.count == 0) {
            cell.text = QStringLiteral("–");
        } else {
            cell.value = s.mean * shown.factor;
            cell.low = s.low * shown.factor;
            cell.high = s.high * shown.factor;
            cell.text = quantityText(s.mean, style);
            cell.differs = cell.differs || (base.count > 0 && s.mean != base.mean &&
                                            !(std::isnan(s.mean) && std::isnan(base.mean)));
            cell.toolTip = formatExact(*cell.value, QLocale()) +
                           (row.unit.isEmpty() ? QString() : QLatin1Char(' ') + row.unit);
            if (group.runs.size() > 1) {
                if (s.count > 1 && s.deviation > 0)
                    cell.spread = QStringLiteral("± ") + quantityText(s.deviation, style);
                cell.toolTip =
                    translated(QT_TRANSLATE_NOOP("CompareRows", "Mean of %1 of %2 runs, ± one "
                                                                "standard deviation; %3 to %4"))
                        .arg(s.count)
                        .arg(group.runs.size())
                        .arg(quantityText(s.low, style), quantityText(s.high, style));
            }
            if (i > 0 && base.count > 0 && cell.differs) {
                const double delta = s.mean - base.mean;
                cell.delta = (delta < 0 ? QStringLiteral("−") : QStringLiteral("+")) +
                             quantityText(std::abs(delta), style);
                cell.tone = toneOf(delta, style.better);
            }
        }
        row.differs = row.differs || cell.differs;
        row.cells.push_back(std::move(cell));
    }
    return row;
}

// Baseline over own, of a cost that both have.
CompareRow ratioRow(const CompareRow& cost, const std::string& key, const QString& title,
                    const QString& toolTip) {
    CompareRow row;
    row.type = CompareRow::Type::Quantity;
    row.key = key;
    row.title = title;
    row.name = title;
    row.toolTip = toolTip;
    row.unit = QStringLiteral("×");
    row.better = Better::Higher;
    const std::optional<double> base = cost.cells.front().value;
    for (const CompareCell& of : cost.cells) {
        CompareCell cell;
        cell.text = QStringLiteral("–");
        if (base && of.value && *of.value > 0) {
            cell.value = *base / *of.value;
            cell.low = of.high > 0 ? *base / of.high : *cell.value;
            cell.high = of.low > 0 ? *base / of.low : *cell.value;
            cell.text = QLocale().toString(*cell.value, 'f', 2) + QStringLiteral("×");
            cell.toolTip = toolTip;
            cell.differs = *cell.value != 1;
            cell.tone = *cell.value < 1 ? Tone::Warn : Tone::Normal;
        }
        row.differs = row.differs || cell.differs;
        row.cells.push_back(std::move(cell));
    }
    return row;
}

// Quality first, then what it costs, then the rest.
std::size_t rankOf(const std::string& key) {
    static const std::vector<std::string> kFirst = {
        "test/accuracy",     "validation/accuracy", "test/loss",
        "validation/loss",   "parameters",          "multiply_adds",
        "time/step_seconds", "speed_up/counted",    "speed_up/measured"};
    const auto found = std::find(kFirst.begin(), kFirst.end(), key);
    return static_cast<std::size_t>(found - kFirst.begin()) +
           (found == kFirst.end() && key.rfind("time/", 0) != 0 ? 1 : 0);
}

void addQuantities(const Comparison& comparison, const RunTable& runs,
                   const RunColumnCatalog& catalog, const ParameterWords& words,
                   std::vector<CompareRow>& rows) {
    std::vector<CompareRow> found;
    for (const auto& column : runs.columns()) {
        // One value a layer belongs to the views of a single run.
        if (column->source != RunColumn::Source::Metric || words.isOneOfMany(column->key))
            continue;
        const RunColumnStyle style = catalog.style({RunField::Metric, column->key});
        CompareRow row = quantityRow(comparison, runs, *column, style);
        const bool isKnown = std::any_of(row.cells.begin(), row.cells.end(),
                                         [](const auto& cell) { return cell.value.has_value(); });
        if (isKnown)
            found.push_back(std::move(row));
    }
    if (found.empty())
        return;
    const auto addRatio = [&](const char* of, const char* key, const char* title, const char* tip) {
        const auto cost = std::find_if(found.begin(), found.end(),
                                       [&](const auto& row) { return row.key == of; });
        if (cost != found.end() && comparison.groups.size() > 1)
            found.push_back(ratioRow(*cost, key, translated(title), translated(tip)));
    };
    addRatio(
        "multiply_adds", "speed_up/counted", QT_TRANSLATE_NOOP("CompareRows", "Speed-up, counted"),
        QT_TRANSLATE_NOOP("CompareRows", "Multiply-adds of the baseline over those of the group"));
    addRatio("time/step_seconds", "speed_up/measured",
             QT_TRANSLATE_NOOP("CompareRows", "Speed-up, measured"),
             QT_TRANSLATE_NOOP("CompareRows",
                               "Median step time of the baseline over that of the group"));
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return rankOf(a.key) < rankOf(b.key); });
    rows.push_back(section(translated(QT_TRANSLATE_NOOP("CompareRows", "Results and cost"))));
    for (CompareRow& row : found)
        rows.push_back(std::move(row));
}

} // namespace

ShownUnit shownUnit(const std::string& unit) {
    if (unit == "fraction")
        return {QStringLiteral("%"), 100};
    if (unit == "s")
        return {QStringLiteral("ms"), 1000};
    if (unit == "x")
        return {QStringLiteral("×"), 1};
    if (unit == "count")
        return {};
    return {QString::fromStdString(unit), 1};
}

QString quantityName(const RunColumnStyle& style) {
    const QString suffix = QStringLiteral(", ") + shownUnit(style.unit).unit;
    return style.title.endsWith(suffix) && suffix.size() > 2
               ? style.title.left(style.title.size() - suffix.size())
               : style.title;
}

std::vector<CompareRow> compareRows(const Comparison& comparison, const RunTable& runs,
                                    const RunColumnCatalog& catalog, const ParameterWords& words) {
    std::vector<CompareRow> rows;
    if (comparison.groups.empty())
        return rows;
    rows.push_back(section(translated(QT_TRANSLATE_NOOP("CompareRows", "Run"))));
    rows.push_back(stateRow(comparison, runs));
    const auto isOfRun = [](const std::string& key) {
        return key == "kind" || key == "seed";
    };
    for (const engine::DiffSection& part : comparison.settings.sections)
        for (const engine::DifferingKey& key : part.keys) {
            if (key.key == "seed")
                rows.push_back(settingRow(key, CompareRow::Type::Setting,
                                          translated(QT_TRANSLATE_NOOP("CompareRows", "Seed")),
                                          words));
            if (key.key != "kind")
                continue;
            CompareRow row =
                settingRow(key, CompareRow::Type::Setting,
                           translated(QT_TRANSLATE_NOOP("CompareRows", "Kind")), words);
            for (std::size_t i = 0; i < row.cells.size(); ++i)
                row.cells[i].text = catalog.kindTitle(comparison.groups[i].kind);
            rows.push_back(std::move(row));
        }
    // What one family alone has says little; it stands below the results.
    std::vector<CompareRow> partial;
    for (const engine::DiffSection& part : comparison.settings.sections) {
        std::vector<CompareRow> found;
        for (const engine::DifferingKey& key : part.keys) {
            if (isOfRun(key.key))
                continue;
            const bool isEverywhere =
                std::all_of(key.values.begin(), key.values.end(),
                            [](const auto& value) { return value.has_value(); });
            (isEverywhere ? found : partial)
                .push_back(settingRow(key, CompareRow::Type::Setting, words.title(key.key), words));
        }
        if (found.empty())
            continue;
        rows.push_back(section(words.section(part.section)));
        std::move(found.begin(), found.end(), std::back_inserter(rows));
    }
    addQuantities(comparison, runs, catalog, words, rows);
    if (!partial.empty())
        rows.push_back(section(
            translated(QT_TRANSLATE_NOOP("CompareRows", "Parameters that only some have"))));
    std::move(partial.begin(), partial.end(), std::back_inserter(rows));
    if (!comparison.environment.sections.empty())
        rows.push_back(
            section(translated(QT_TRANSLATE_NOOP("CompareRows", "Environment and code"))));
    for (const engine::DiffSection& part : comparison.environment.sections)
        for (const engine::DifferingKey& key : part.keys)
            rows.push_back(
                settingRow(key, CompareRow::Type::Environment, environmentTitle(key.key), words));
    return rows;
}

} // namespace inlay::widgets
