#pragma once

#include <span>

#include <QColor>

#include "widgets/theme/tokens.h"

namespace inlay::widgets {

/// Sequential maps grow in lightness; diverging ones have a neutral middle, for signed data.
enum class ColorMap { Viridis, Diverging };

/// The map's stops, evenly spaced.
std::span<const QColor> colorStops(ColorMap map, Appearance appearance);

/// The color at `t` in [0, 1] (clamped), linear between the stops; NaN gives Tokens::noValue.
QColor mapColor(ColorMap map, Appearance appearance, double t);

} // namespace inlay::widgets
