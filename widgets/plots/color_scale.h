#pragma once

#include <QString>

#include "widgets/plots/plot_data.h"
#include "widgets/theme/color_map.h"

class QFont;
class QPainter;
class QRect;

namespace inlay::widgets {

/// How values become colors: on a log scale values <= 0 have none; a diverging map is symmetric
/// around 0 and linear.
struct ColorScale {
    ColorMap map = ColorMap::Viridis;
    AxisScale scale = AxisScale::Linear;
    Range range;

    bool hasColor(double value) const;
    /// Place of a value on the scale, 0 to 1 (not clamped); NaN for no value.
    double position(double value) const;
};

/// The bar of the scale with its two or three numbers at the right, inside `room`, beside axes that
/// span top to bottom of it.
void paintColorScale(QPainter& painter, const QRect& room, const ColorScale& scale,
                     Appearance appearance, const QColor& text, const QFont& font,
                     const QFont& small);

/// Width that paintColorScale wants.
int colorScaleWidth(const ColorScale& scale, const QFont& font, const QFont& small);

} // namespace inlay::widgets
