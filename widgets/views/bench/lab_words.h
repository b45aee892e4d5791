#pragma once

#include <QString>

#include "widgets/views/bench/lab_cells.h"

namespace inlay::widgets {

/// "8.59 G"
QString largeNumber(double value);
/// "94.7 ms", "235 µs", "1.62 s"
QString secondsText(double seconds);
/// "1.97×"
QString ratioText(double ratio);
/// "exact", "approximate, mixes rows" …
QString exactnessText(const QString& exactness);
/// "256", "none to 2,048", or "–" where it was not searched.
QString breakEvenText(const Lab& lab, const QString& label);

} // namespace inlay::widgets
