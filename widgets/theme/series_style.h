#pragma once

#include <QList>
#include <QPen>
#include <QPointF>
#include <QString>

#include "widgets/theme/tokens.h"

class QPainter;

namespace inlay::widgets {

enum class Marker { Disc, Diamond, TriangleUp, TriangleDown, Square, Plus };
enum class MarkerFill { Filled, Hollow };

/// How a series is told apart: color always together with dash and marker.
struct SeriesStyle {
    /// Index into Tokens::series.
    int color = 5;
    /// Dash lengths in pixels; empty = solid.
    QList<qreal> dash;
    Marker marker = Marker::Square;
    MarkerFill fill = MarkerFill::Filled;

    bool operator==(const SeriesStyle&) const = default;
};

/// The style of the index-th of several series without families; from the ninth on the styles
/// return with hollow marks.
SeriesStyle seriesStyle(int index);

/// The style of an operator family (catalog id), fixed everywhere; `rank` 0 is the first (or
/// chosen) variant of this family on a plot. Unknown families get the spare style.
SeriesStyle familyStyle(const QString& familyId, int rank = 0);

/// Fixed styles of plots that show one run.
SeriesStyle trainStyle();
SeriesStyle validationStyle();
SeriesStyle baselineStyle();

QColor seriesColor(const SeriesStyle& style, const Tokens& tokens);

/// A pen with the style's color and dash; dash lengths stay in pixels whatever the width.
QPen seriesPen(const SeriesStyle& style, const Tokens& tokens, double width);

/// Paints the style's marker around `center`.
void paintMarker(QPainter& painter, const QPointF& center, const SeriesStyle& style,
                 const Tokens& tokens, double radius);

} // namespace inlay::widgets
