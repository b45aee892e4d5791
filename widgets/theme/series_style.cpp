#include "widgets/theme/series_style.h"

#include <array>

#include <QPainter>
#include <QPolygonF>

namespace inlay::widgets {
namespace {

/// Color index, dash and marker belong together.
const std::array<SeriesStyle, 8>& table() {
    static const std::array<SeriesStyle, 8> styles = {{
        {0, {5, 3}, Marker::Disc},
        {1, {3, 2}, Marker::Diamond},
        {2, {7, 3}, Marker::TriangleUp},
        {3, {2, 2}, Marker::TriangleUp},
        {4, {6, 2, 1, 2}, Marker::Plus},
        {5, {}, Marker::Square},
        {6, {6, 2, 1, 2}, Marker::Plus},
        {7, {2, 2}, Marker::TriangleDown},
    }};
    return styles;
}

SeriesStyle styleOf(int color) {
    return table()[static_cast<std::size_t>(color)];
}

QPolygonF triangle(const QPointF& c, double radius, double up) {
    return QPolygonF({{c.x(), c.y() - up * radius * 1.15},
                      {c.x() + radius * 1.1, c.y() + up * radius * 0.85},
                      {c.x() - radius * 1.1, c.y() + up * radius * 0.85}});
}

} // namespace

SeriesStyle seriesStyle(int index) {
    // The strongest contrasts first; the spare style, whose dash is that of 6, comes last.
    static constexpr std::array<int, 8> kOrder = {5, 6, 3, 7, 1, 2, 0, 4};
    SeriesStyle style = styleOf(kOrder[static_cast<std::size_t>(index) % kOrder.size()]);
    if (index >= static_cast<int>(kOrder.size()))
        style.fill = MarkerFill::Hollow;
    return style;
}

SeriesStyle familyStyle(const QString& familyId, int rank) {
    SeriesStyle style = styleOf(4);
    if (familyId == QLatin1String("dense"))
        style = styleOf(0);
    else if (familyId == QLatin1String("block_diagonal"))
        style = styleOf(1);
    else if (familyId == QLatin1String("monarch")) {
        style = styleOf(1);
        style.marker = Marker::Square;
    } else if (familyId == QLatin1String("btt")) {
        style = styleOf(7);
        style.marker = Marker::Disc;
    } else if (familyId == QLatin1String("butterfly"))
        style = styleOf(3);
    else if (familyId == QLatin1String("two_four"))
        style = styleOf(6);
    else if (familyId == QLatin1String("low_rank"))
        style = styleOf(7);
    else if (familyId == QLatin1String("stl")) {
        if (rank == 1)
            return styleOf(2);
        if (rank == 2) {
            style = styleOf(3);
            style.marker = Marker::Diamond;
            return style;
        }
        style = styleOf(5);
        rank = rank > 2 ? rank - 2 : 0;
    }
    if (rank > 0)
        style.fill = MarkerFill::Hollow;
    return style;
}

SeriesStyle trainStyle() {
    return styleOf(5);
}

SeriesStyle validationStyle() {
    SeriesStyle style = styleOf(6);
    style.dash = {7, 3};
    style.marker = Marker::Square;
    return style;
}

SeriesStyle baselineStyle() {
    return styleOf(0);
}

QColor seriesColor(const SeriesStyle& style, const Tokens& tokens) {
    return tokens.series[static_cast<std::size_t>(style.color) % tokens.series.size()];
}

QPen seriesPen(const SeriesStyle& style, const Tokens& tokens, double width) {
    QPen pen(seriesColor(style, tokens), width);
    pen.setJoinStyle(Qt::RoundJoin);
    pen.setCapStyle(Qt::FlatCap);
    if (!style.dash.isEmpty()) {
        QList<qreal> pattern;
        for (const qreal length : style.dash)
            pattern << length / width;
        pen.setDashPattern(pattern);
    }
    return pen;
}

void paintMarker(QPainter& painter, const QPointF& center, const SeriesStyle& style,
                 const Tokens& tokens, double radius) {
    const QColor color = seriesColor(style, tokens);
    const bool hollow = style.fill == MarkerFill::Hollow;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, hollow ? 1.4 : 1.0));
    painter.setBrush(hollow ? tokens.surface : color);
    switch (style.marker) {
    case Marker::Disc:
        painter.drawEllipse(center, radius, radius);
        break;
    case Marker::Diamond:
        painter.drawPolygon(
            QPolygonF({center + QPointF(0, -radius * 1.2), center + QPointF(radius * 1.2, 0),
                       center + QPointF(0, radius * 1.2), center + QPointF(-radius * 1.2, 0)}));
        break;
    case Marker::TriangleUp:
        painter.drawPolygon(triangle(center, radius, 1));
        break;
    case Marker::TriangleDown:
        painter.drawPolygon(triangle(center, radius, -1));
        break;
    case Marker::Square:
        painter.drawRect(
            QRectF(center - QPointF(radius, radius) * 0.85, QSizeF(radius, radius) * 1.7));
        break;
    case Marker::Plus:
        painter.setPen(QPen(color, hollow ? 1.2 : 2.0));
        painter.drawLine(center - QPointF(radius * 1.2, 0), center + QPointF(radius * 1.2, 0));
        painter.drawLine(center - QPointF(0, radius * 1.2), center + QPointF(0, radius * 1.2));
        break;
    }
    painter.restore();
}

} // namespace inlay::widgets
