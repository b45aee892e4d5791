#include "widgets/views/clustering/point_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QPainter>

#include "widgets/plots/numbers.h"
#include "widgets/plots/ticks.h"

namespace inlay::widgets {
namespace {

// Cells are cut by the bisector with every other center: only for numbers that one can tell apart.
constexpr std::size_t kMostCells = 200;
constexpr double kSmallestDisc = 2.5;
constexpr double kLargestDisc = 9;
constexpr int kPointColor = 2;
constexpr int kCenterColor = 5;

} // namespace

PointPlot::PointPlot(QWidget* parent)
    : Plot(parent) {}

void PointPlot::setPoints(std::vector<StreamPoint> points) {
    const bool wasEmpty = points_.empty();
    points_ = std::move(points);
    if (wasEmpty)
        resetView();
    markDirty();
}

void PointPlot::setCenters(std::vector<StreamMoment::Center> centers, double seen) {
    centers_ = std::move(centers);
    seen_ = seen;
    hovered_ = -1;
    markUrgent();
}

void PointPlot::highlight(int cluster) {
    if (cluster == highlighted_)
        return;
    highlighted_ = cluster;
    markUrgent();
}

Plot::Extent PointPlot::dataExtent() const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Range x{kInfinity, -kInfinity};
    Range y{kInfinity, -kInfinity};
    for (const StreamPoint& point : points_) {
        x = {std::min(x.low, point.x), std::max(x.high, point.x)};
        y = {std::min(y.low, point.y), std::max(y.high, point.y)};
    }
    if (x.low > x.high)
        return {};
    return {padded(x, AxisScale::Linear, 0.04), padded(y, AxisScale::Linear, 0.06)};
}

double PointPlot::radiusOf(const StreamMoment::Center& center) const {
    double most = 0;
    for (const StreamMoment::Center& one : centers_)
        most = std::max(most, one.weight);
    const double share = most > 0 ? std::max(center.weight, 0.0) / most : 0;
    const double largest = centers_.size() > 60 ? kLargestDisc * 0.6 : kLargestDisc;
    return std::max(kSmallestDisc, largest * std::sqrt(share));
}

// The rectangle in view, cut by the bisectors with all other centers; in the units of the data.
QPolygonF PointPlot::cellOf(std::size_t center) const {
    const Range x = xRange();
    const Range y = yRange();
    std::vector<QPointF> cell = {
        {x.low, y.low}, {x.high, y.low}, {x.high, y.high}, {x.low, y.high}};
    const StreamMoment::Center& own = centers_[center];
    std::vector<QPointF> next;
    for (std::size_t c = 0; c < centers_.size() && !cell.empty(); ++c) {
        const double dx = centers_[c].x - own.x;
        const double dy = centers_[c].y - own.y;
        if (c == center || (dx == 0 && dy == 0))
            continue;
        const double limit = dx * (own.x + dx / 2) + dy * (own.y + dy / 2);
        next.clear();
        for (std::size_t i = 0; i < cell.size(); ++i) {
            const QPointF& a = cell[i];
            const QPointF& b = cell[(i + 1) % cell.size()];
            const double sideA = dx * a.x() + dy * a.y() - limit;
            const double sideB = dx * b.x() + dy * b.y() - limit;
            if (sideA <= 0)
                next.push_back(a);
            if ((sideA < 0 && sideB > 0) || (sideA > 0 && sideB < 0))
                next.push_back(a + (b - a) * (sideA / (sideA - sideB)));
        }
        cell.swap(next);
    }
    QPolygonF pixels;
    for (const QPointF& corner : cell)
        pixels << QPointF(toPixelX(corner.x()), toPixelY(corner.y()));
    return pixels;
}

void PointPlot::paintBehind(QPainter& painter) {
    if (centers_.size() < 2 || centers_.size() > kMostCells)
        return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors().border, 1));
    for (std::size_t c = 0; c < centers_.size(); ++c)
        painter.drawPolygon(cellOf(c));
}

void PointPlot::paintFront(QPainter& painter) {
    QColor arrived = colors().series[kPointColor];
    QColor coming = arrived;
    arrived.setAlphaF(0.55F);
    coming.setAlphaF(0.13F);
    painter.setPen(Qt::NoPen);
    for (const StreamPoint& point : points_) {
        const bool chosen = highlighted_ >= 0 && point.cluster == highlighted_;
        painter.setBrush(chosen ? colors().accent : point.arrival < seen_ ? arrived : coming);
        const double radius = chosen ? 2.0 : 1.5;
        painter.drawEllipse(QPointF(toPixelX(point.x), toPixelY(point.y)), radius, radius);
    }
    for (std::size_t c = 0; c < centers_.size(); ++c) {
        const StreamMoment::Center& center = centers_[c];
        const double radius = radiusOf(center);
        const bool chosen = static_cast<int>(c) == highlighted_;
        painter.setBrush(chosen ? colors().accent : colors().series[kCenterColor]);
        painter.setPen(QPen(colors().surface, 1));
        painter.drawEllipse(QPointF(toPixelX(center.x), toPixelY(center.y)), radius, radius);
    }
}

int PointPlot::centerAt(const QPointF& pixel) const {
    int best = -1;
    double least = 14;
    for (std::size_t c = 0; c < centers_.size(); ++c) {
        const double d =
            std::hypot(toPixelX(centers_[c].x) - pixel.x(), toPixelY(centers_[c].y) - pixel.y());
        if (d < least) {
            least = d;
            best = static_cast<int>(c);
        }
    }
    return best;
}

void PointPlot::hoverAt(const std::optional<QPointF>& pixel) {
    const int center = pixel ? centerAt(*pixel) : -1;
    if (center == hovered_)
        return;
    hovered_ = center;
    redrawCursor();
}

void PointPlot::clickAt(const QPointF& pixel) {
    emit centerClicked(centerAt(pixel));
}

void PointPlot::paintCursor(QPainter& painter) {
    if (hovered_ < 0 || hovered_ >= static_cast<int>(centers_.size()))
        return;
    const StreamMoment::Center& center = centers_[static_cast<std::size_t>(hovered_)];
    const QPointF at(toPixelX(center.x), toPixelY(center.y));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors().accent, 2));
    painter.drawEllipse(at, radiusOf(center) + 3, radiusOf(center) + 3);
    const QLocale locale;
    paintReadout(painter, at, tr("Center %L1").arg(hovered_),
                 {{tr("Weight"), formatStep(std::round(center.weight), locale), {}},
                  {xAxis().title, formatNumber(center.x, 4, locale), {}},
                  {yAxis().title, formatNumber(center.y, 4, locale), {}}});
}

PlotTable PointPlot::table() const {
    PlotTable table;
    table.columns.resize(4);
    table.columns[0].title = tr("Center");
    table.columns[1].title = xAxis().title;
    table.columns[2].title = yAxis().title;
    table.columns[3].title = tr("Weight");
    for (std::size_t c = 0; c < centers_.size(); ++c) {
        table.columns[0].numbers.emplace_back(static_cast<double>(c));
        table.columns[1].numbers.emplace_back(centers_[c].x);
        table.columns[2].numbers.emplace_back(centers_[c].y);
        table.columns[3].numbers.emplace_back(centers_[c].weight);
    }
    return table;
}

QString PointPlot::describe() const {
    return tr("%L1 sampled points and %L2 centers").arg(points_.size()).arg(centers_.size());
}

} // namespace inlay::widgets
