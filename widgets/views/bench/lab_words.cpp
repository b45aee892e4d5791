#include "widgets/views/bench/lab_words.h"

#include <QCoreApplication>
#include <QLocale>

#include "widgets/plots/numbers.h"

namespace inlay::widgets {
namespace {

QString wordText(const char* text) {
    return QCoreApplication::translate("LabView", text);
}

} // namespace

QString largeNumber(double value) {
    static constexpr struct {
        double size;
        const char* unit;
    } kUnits[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
    for (const auto& unit : kUnits)
        if (value >= unit.size)
            return formatNumber(value / unit.size, 3, QLocale()) + QLatin1String(unit.unit);
    return formatStep(value, QLocale()) + QLatin1Char(' ');
}

QString secondsText(double seconds) {
    const QLocale locale;
    if (seconds >= 1)
        return formatNumber(seconds, 3, locale) + QStringLiteral(" s");
    if (seconds >= 1e-3)
        return formatNumber(seconds * 1e3, 3, locale) + QStringLiteral(" ms");
    return formatNumber(seconds * 1e6, 3, locale) + QStringLiteral(" µs");
}

QString ratioText(double ratio) {
    return formatNumber(ratio, 3, QLocale()) + QStringLiteral("×");
}

QString exactnessText(const QString& exactness) {
    if (exactness == QLatin1String("exact"))
        return wordText("exact product");
    if (exactness == QLatin1String("approximate"))
        return wordText("approximate product");
    if (exactness == QLatin1String("sparse"))
        return wordText("sparse matrix");
    return wordText("structured matrix");
}

QString breakEvenText(const Lab& lab, const QString& label) {
    const LabBreakEven* found = lab.breakEvenOf(label);
    const QLocale locale;
    if (found == nullptr)
        return QStringLiteral("–");
    if (found->size)
        return locale.toString(static_cast<qlonglong>(*found->size));
    return wordText("none to %1").arg(locale.toString(static_cast<qlonglong>(found->searchedUpTo)));
}

} // namespace inlay::widgets
