#include "widgets/plots/numbers.h"

#include <cmath>

namespace inlay::widgets {
namespace {

QString withMinus(QString text) {
    return text.replace(QLatin1Char('-'), QChar(0x2212));
}

QString nonFinite(double value) {
    if (std::isnan(value))
        return QStringLiteral("NaN");
    return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
}

/// Decimals that show `digits` significant digits of value.
int decimalsFor(double value, int digits) {
    if (value == 0)
        return 0;
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
    return std::max(0, digits - 1 - exponent);
}

} // namespace

QString formatNumber(double value, int digits, const QLocale& locale) {
    if (!std::isfinite(value))
        return nonFinite(value);
    const double size = std::abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e15))
        return withMinus(locale.toString(value, 'e', std::max(0, digits - 1)));
    return withMinus(locale.toString(value, 'f', decimalsFor(value, digits)));
}

QString formatValue(double value, const NumberFormat& format, const QLocale& locale) {
    const QString number = formatNumber(value, format.digits, locale);
    if (format.unit.isEmpty() || !std::isfinite(value))
        return number;
    if (format.unit == QStringLiteral("×"))
        return number + format.unit;
    return number + QLatin1Char(' ') + format.unit;
}

QString formatExact(double value, const QLocale& locale) {
    if (!std::isfinite(value))
        return nonFinite(value);
    return withMinus(locale.toString(value, 'g', QLocale::FloatingPointShortest));
}

QString formatStep(double value, const QLocale& locale) {
    if (!std::isfinite(value))
        return nonFinite(value);
    if (value == std::round(value) && std::abs(value) < 1e15)
        return withMinus(locale.toString(static_cast<qlonglong>(value)));
    return formatNumber(value, 4, locale);
}

QString formatTick(double value, double step, TickText text, const QLocale& locale) {
    // Ticks are multiples of the step: rounding noise must not print as -0 or 0.30000000000000004.
    if (std::abs(value) < step * 1e-9)
        value = 0;
    const double largest = std::max(std::abs(value), step);
    if (largest >= 1e15 || (step > 0 && step < 1e-6))
        return withMinus(locale.toString(value, 'g', 4));
    if (text == TickText::Compact && step >= 1000 && value != 0) {
        const bool millions = step >= 1e6;
        const double unit = millions ? 1e6 : 1e3;
        const QString suffix = millions ? QStringLiteral("M") : QStringLiteral("k");
        return formatTick(value / unit, step / unit, TickText::Plain, locale) + suffix;
    }
    const int decimals =
        step > 0 ? std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9))) : 0;
    // A step of 2.5 or 0.25 needs one digit more than its magnitude says.
    const double shifted = step * std::pow(10.0, decimals);
    const bool fraction = std::abs(shifted - std::round(shifted)) > 1e-6;
    return withMinus(locale.toString(value, 'f', decimals + (fraction ? 1 : 0)));
}

QString axisTitle(const AxisSpec& spec) {
    if (spec.format.unit.isEmpty() || spec.title.isEmpty())
        return spec.title;
    return spec.title + QStringLiteral(", ") + spec.format.unit;
}

} // namespace inlay::widgets
