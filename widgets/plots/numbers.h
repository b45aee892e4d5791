#pragma once

#include <QLocale>
#include <QString>

#include "widgets/plots/plot_data.h"

namespace inlay::widgets {

/// A number for people: `digits` significant digits (trailing zeros kept, so that columns of a
/// read-out do not jump), thousands grouped, "NaN", "∞", "−∞" (a real minus sign).
QString formatNumber(double value, int digits, const QLocale& locale);

/// The number with its unit: "97.86 %", "1.97×", "12.4 ms".
QString formatValue(double value, const NumberFormat& format, const QLocale& locale);

/// The shortest digits that give the same double again, in the locale; for tables.
QString formatExact(double value, const QLocale& locale);

/// A step or count as it is, grouped: "5,710"; fractions keep four digits.
QString formatStep(double value, const QLocale& locale);

/// Text of a tick on an axis whose ticks are `step` apart: only the digits needed, "k" and "M" from
/// 10,000 ticks on when `compact`.
enum class TickText { Plain, Compact };
QString formatTick(double value, double step, TickText text, const QLocale& locale);

/// Title with unit as axes show it: "Loss, nats".
QString axisTitle(const AxisSpec& spec);

} // namespace inlay::widgets
