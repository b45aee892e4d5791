#pragma once

#include <span>

#include <QRectF>

#include "widgets/theme/series_style.h"

class QPainter;

namespace inlay::widgets {

/// A tiny line without axes for table cells: finite values over their index, scaled to `rect`, the
/// last one marked. Long series keep their extremes; gaps stay gaps. Nothing for no finite value.
void paintSparkline(QPainter& painter, const QRectF& rect, std::span<const double> values,
                    const SeriesStyle& style, const Tokens& tokens);

} // namespace inlay::widgets
