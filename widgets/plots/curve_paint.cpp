#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plots/curve_private.h"
#include "widgets/plots/label_layout.h"
#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr float kBandAlpha = 0.16F;
constexpr double kMarkRadius = 3;
/// Marks closer than this would run into each other.
constexpr double kMarkSpacing = 16;
constexpr double kLabelSpacing = 13;
constexpr std::size_t kReadoutRows = 12;

/// A sign at the plot's edge for a value that has no place on the axis.
void paintEdgeSign(QPainter& painter, const QPointF& at, double value) {
    constexpr double r = 3.5;
    if (std::isnan(value)) {
        painter.drawLine(at + QPointF(-r, -r), at + QPointF(r, r));
        painter.drawLine(at + QPointF(-r, r), at + QPointF(r, -r));
        return;
    }
    const double up = value > 0 ? -1 : 1;
    painter.drawPolygon(
        QPolygonF({at + QPointF(0, up * r), at + QPointF(r, -up * r), at + QPointF(-r, -up * r)}));
}

} // namespace

void CurvePlot::paintBehind(QPainter& painter) {
    painter.setPen(Qt::NoPen);
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const BandPoints& band = series_[i].band;
        if (!shown_[i].visible || band.x.empty())
            continue;
        QColor fill = seriesColor(series_[i].style, colors());
        fill.setAlphaF(kBandAlpha);
        painter.setBrush(fill);
        const Window window = windowOf(band.x, xRange());
        QPolygonF upper;
        QPolygonF lower;
        const auto flush = [&] {
            std::reverse(lower.begin(), lower.end());
            if (upper.size() > 1)
                painter.drawPolygon(upper + lower);
            upper.clear();
            lower.clear();
        };
        // One vertex a pixel column: the highest top and the lowest bottom within it.
        for (std::size_t k = window.first; k < window.last; ++k) {
            double low = band.low[k];
            const double high = band.high[k];
            if (yAxis().scale == AxisScale::Log && low <= 0)
                low = yRange().low;
            if (!std::isfinite(low) || !std::isfinite(high) ||
                (yAxis().scale == AxisScale::Log && high <= 0)) {
                flush();
                continue;
            }
            const QPointF top(toPixelX(band.x[k]), toPixelY(high));
            const QPointF bottom(top.x(), toPixelY(low));
            if (upper.size() > 1 && std::floor(upper.last().x()) == std::floor(top.x())) {
                upper.last().setY(std::min(upper.last().y(), top.y()));
                lower.last().setY(std::max(lower.last().y(), bottom.y()));
            } else {
                upper << top;
                lower << bottom;
            }
        }
        flush();
    }
}

void CurvePlot::paintFront(QPainter& painter) {
    const QRect axes = axisRect();
    const Tokens& t = colors();
    for (const PlotMark& mark : marks_) {
        const double x = std::round(toPixelX(mark.x)) + 0.5;
        painter.setPen(QPen(t.axis, 1.4, Qt::DotLine));
        painter.drawLine(QPointF(x, axes.top()), QPointF(x, axes.bottom()));
    }
    for (std::size_t i = 0; i < series_.size(); ++i) {
        if (!shown_[i].visible)
            continue;
        const Points& points = series_[i].points;
        const Window window = windowOf(points.x, xRange());
        const std::size_t count = window.last - window.first;
        std::size_t stride = 1;
        // Without any room the doubling ends with the points.
        const auto room = [&](std::size_t by) {
            const std::size_t marks = count / by;
            return static_cast<double>(marks) * kMarkSpacing;
        };
        while (stride < count && room(stride) > axes.width())
            stride *= 2;
        const auto drawable = [&](std::size_t k) {
            return std::isfinite(points.y[k]) &&
                   (yAxis().scale == AxisScale::Linear || points.y[k] > 0);
        };
        const auto alone = [&](std::size_t k) {
            return (k == 0 || !drawable(k - 1)) && (k + 1 == points.size() || !drawable(k + 1));
        };
        double lastAlone = -1e9;
        for (std::size_t k = window.first; k < window.last; ++k) {
            if (!drawable(k))
                continue;
            const bool marked = series_[i].marks == PointMarks::Shown && k % stride == 0;
            if (!marked && !alone(k))
                continue;
            const QPointF at(toPixelX(points.x[k]), toPixelY(points.y[k]));
            // A point without neighbors has no line; a crowd of them needs one mark a few pixels.
            if (!marked && at.x() - lastAlone < 3)
                continue;
            lastAlone = at.x();
            paintMarker(painter, at, series_[i].style, t, kMarkRadius);
        }
        if (!shown_[i].firstNonFinite)
            continue;
        painter.setPen(QPen(seriesColor(series_[i].style, t), 1.6));
        painter.setBrush(seriesColor(series_[i].style, t));
        double lastX = -1e9;
        for (std::size_t k = window.first; k < window.last; ++k) {
            if (std::isfinite(points.y[k]))
                continue;
            const double x = toPixelX(points.x[k]);
            if (x - lastX < 9)
                continue;
            lastX = x;
            const bool bottom = std::isinf(points.y[k]) && points.y[k] < 0;
            paintEdgeSign(painter, {x, bottom ? axes.bottom() - 5.0 : axes.top() + 6.0},
                          points.y[k]);
        }
    }
}

void CurvePlot::paintOverlay(QPainter& painter) {
    const Tokens& t = colors();
    const QRect axes = axisRect();
    const QFont normal = smallFont();
    QFont bold = normal;
    bold.setWeight(QFont::DemiBold);
    const int canvasRight = canvas()->viewport().right() - 2;
    const double leader = scaled(kLeader, font());
    struct Label {
        QString text;
        QPointF end;
        double textX;
        QColor color;
        bool strong;
    };
    std::vector<Label> labels;
    std::vector<LabelBox> boxes;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const CurveSeries& s = series_[i];
        if (!shown_[i].visible || s.label == EndLabel::None)
            continue;
        const Window window = windowOf(s.points.x, xRange());
        std::size_t k = window.last;
        while (k > window.first &&
               (!std::isfinite(s.points.y[k - 1]) || s.points.x[k - 1] > xRange().high ||
                (yAxis().scale == AxisScale::Log && s.points.y[k - 1] <= 0)))
            --k;
        if (k == window.first)
            continue;
        double px = toPixelX(s.points.x[k - 1]);
        double py = toPixelY(s.points.y[k - 1]);
        // A line that goes on beyond the right edge is labeled where it leaves.
        if (k < s.points.size() && std::isfinite(s.points.y[k]) && s.points.x[k] > xRange().high &&
            (yAxis().scale == AxisScale::Linear || s.points.y[k] > 0)) {
            const double qx = toPixelX(s.points.x[k]);
            const double qy = toPixelY(s.points.y[k]);
            const double edge = axes.left() + axes.width();
            py += (qy - py) * (edge - px) / std::max(1e-9, qx - px);
            px = edge;
        }
        if (px < axes.left() || py < axes.top() - 1 || py > axes.bottom() + 1)
            continue;
        const bool strong =
            s.emphasis == Emphasis::Chosen || s.id == highlighted_ || s.id == hovered_;
        const QFontMetrics metrics(strong ? bold : normal);
        const QString text = endLabelText(s, metrics);
        const double width = metrics.horizontalAdvance(text) + 2;
        const double textX = std::min(px + leader, canvasRight - width);
        labels.push_back({text, {px, py}, textX, seriesColor(s.style, t), strong});
        // The signs of values beyond the axis stand at its upper edge.
        const bool signs = k < s.points.size() && !std::isfinite(s.points.y[k]);
        boxes.push_back(
            {textX - leader, signs ? std::max(py, axes.top() + 20.0) : py, width + leader});
    }
    const double half = scaled(kLabelSpacing, font()) / 2.0;
    const std::vector<double> middles =
        placeLabels(boxes, 2 * half, axes.top() - half + 2, axes.bottom() + half - 2);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Label& label = labels[i];
        painter.setFont(label.strong ? bold : normal);
        const QFontMetrics metrics(painter.font());
        const QRectF box(label.textX, middles[i] - half, boxes[i].width - leader, 2 * half);
        QColor veil = t.surface;
        veil.setAlphaF(0.8F);
        painter.fillRect(box.adjusted(-1, 0, 0, 0), veil);
        painter.setPen(QPen(label.color, 1));
        if (std::abs(middles[i] - label.end.y()) > 1.5)
            painter.drawLine(label.end + QPointF(1.5, 0), QPointF(label.textX - 2, middles[i]));
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, label.text);
    }
    painter.setFont(normal);
    const QFontMetrics metrics(normal);
    painter.setPen(t.muted);
    for (const PlotMark& mark : marks_) {
        const double x = toPixelX(mark.x);
        if (mark.text.isEmpty() || x < axes.left() || x > axes.right())
            continue;
        const int width = metrics.horizontalAdvance(mark.text);
        const bool left = x + 5 + width > axes.right();
        painter.drawText(QPointF(left ? x - 5 - width : x + 5, axes.bottom() - 5), mark.text);
    }
    if (const int hidden = hiddenOnLogAxis())
        paintRemark(painter, hiddenText(hidden));
}

QString CurvePlot::hiddenText(int count) {
    return count == 1 ? tr("1 value ≤ 0 hidden") : tr("%n values ≤ 0 hidden", nullptr, count);
}

std::vector<Plot::ReadoutRowText> CurvePlot::readoutRows(double x) const {
    std::vector<ReadoutRowText> rows;
    const Range range = xRange();
    std::size_t more = 0;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const CurveSeries& s = series_[i];
        const int k = nearestPoint(s.points, x);
        if (!shown_[i].visible || k < 0)
            continue;
        const auto at = static_cast<std::size_t>(k);
        // Far from the series' own points its value would be a guess.
        if (std::abs(s.points.x[at] - x) > 0.02 * range.size() &&
            (x < s.points.x.front() || x > s.points.x.back()))
            continue;
        if (rows.size() == kReadoutRows) {
            ++more;
            continue;
        }
        QString value = formatValue(s.points.y[at], yAxis().format, QLocale());
        const int rawAt = nearestPoint(s.raw, x);
        if (rawAt >= 0)
            value += tr(" (raw %1)")
                         .arg(formatNumber(s.raw.y[static_cast<std::size_t>(rawAt)],
                                           yAxis().format.digits, QLocale()));
        rows.push_back({s.name, value, seriesColor(s.style, colors())});
    }
    if (more > 0)
        rows.push_back({tr("and %n more", nullptr, static_cast<int>(more)), {}, {}});
    return rows;
}

void CurvePlot::paintCursor(QPainter& painter) {
    Plot::paintCursor(painter);
    if (!cursor())
        return;
    const QRect axes = axisRect();
    const Range range = xRange();
    std::optional<QPointF> anchor = pointer();
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const int k = nearestPoint(series_[i].points, *cursor());
        if (!shown_[i].visible || k < 0)
            continue;
        const double x = series_[i].points.x[static_cast<std::size_t>(k)];
        const double y = series_[i].points.y[static_cast<std::size_t>(k)];
        if (!std::isfinite(y) || (yAxis().scale == AxisScale::Log && y <= 0) ||
            std::abs(x - *cursor()) > 0.02 * range.size())
            continue;
        const QPointF at(toPixelX(x), toPixelY(y));
        if (!axes.adjusted(-1, -1, 1, 1).contains(at.toPoint()))
            continue;
        painter.setPen(QPen(seriesColor(series_[i].style, colors()), 1.6));
        painter.setBrush(colors().surface);
        painter.drawEllipse(at, 4, 4);
        if (!anchor)
            anchor = at;
    }
    if (!ownsCursor())
        return;
    const QString heading =
        heading_ ? heading_(*cursor())
                 : xAxis().title + QLatin1Char(' ') + formatStep(*cursor(), QLocale());
    paintReadout(painter, anchor.value_or(QPointF(toPixelX(*cursor()), axes.center().y())), heading,
                 readoutRows(*cursor()));
}

int CurvePlot::nearestSeries(const QPointF& pixel) const {
    constexpr double kReach = 12;
    double best = kReach;
    int found = -1;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        if (!shown_[i].visible)
            continue;
        const int k = nearestPoint(series_[i].points, toValueX(pixel.x()));
        if (k < 0)
            continue;
        const Points& points = series_[i].points;
        // The distance to the segments around the nearest point.
        for (const int from : {k - 1, k}) {
            if (from < 0 || static_cast<std::size_t>(from) + 1 >= points.size())
                continue;
            const auto f = static_cast<std::size_t>(from);
            const QPointF a(toPixelX(points.x[f]), toPixelY(points.y[f]));
            const QPointF b(toPixelX(points.x[f + 1]), toPixelY(points.y[f + 1]));
            const QPointF d = b - a;
            const double length = QPointF::dotProduct(d, d);
            const double share =
                length > 0 ? std::clamp(QPointF::dotProduct(pixel - a, d) / length, 0.0, 1.0) : 0;
            const QPointF off = pixel - (a + share * d);
            const double distance = std::hypot(off.x(), off.y());
            if (distance < best) {
                best = distance;
                found = static_cast<int>(i);
            }
        }
    }
    return found;
}

std::optional<double> CurvePlot::cursorAt(const QPointF& pixel) const {
    const CurveSeries* series = leading();
    const double x = toValueX(pixel.x());
    if (!series)
        return x;
    const int k = nearestPoint(series->points, x);
    // Beyond the end of a live curve the pointer stands for itself.
    const double snapped = series->points.x[static_cast<std::size_t>(k)];
    return std::abs(toPixelX(snapped) - pixel.x()) < 40 ? snapped : x;
}

void CurvePlot::hoverAt(const std::optional<QPointF>& pixel) {
    const int index = pixel ? nearestSeries(*pixel) : -1;
    const QString id = index < 0 ? QString() : series_[static_cast<std::size_t>(index)].id;
    if (id == hovered_)
        return;
    hovered_ = id;
    markUrgent();
    emit seriesHovered(id);
}

void CurvePlot::clickAt(const QPointF& pixel) {
    const int index = nearestSeries(pixel);
    if (index >= 0)
        emit seriesClicked(series_[static_cast<std::size_t>(index)].id);
}

int CurvePlot::pointCount() const {
    const CurveSeries* series = leading();
    return series ? static_cast<int>(series->points.size()) : 0;
}

std::optional<double> CurvePlot::neighborX(std::optional<double> from, int points) const {
    const CurveSeries* series = leading();
    if (!series)
        return std::nullopt;
    const int last = static_cast<int>(series->points.size()) - 1;
    const int start = from ? nearestPoint(series->points, *from) : points > 0 ? -1 : last + 1;
    const int at = start + points;
    return series->points.x[static_cast<std::size_t>(std::clamp(at, 0, last))];
}

QString CurvePlot::describeCursor() const {
    if (!cursor())
        return {};
    QStringList parts{xAxis().title + QLatin1Char(' ') + formatStep(*cursor(), QLocale())};
    for (const ReadoutRowText& row : readoutRows(*cursor()))
        parts << row.name + QLatin1Char(' ') + row.value;
    return parts.join(QStringLiteral(", "));
}

} // namespace inlay::widgets
