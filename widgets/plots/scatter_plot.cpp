#include "widgets/plots/scatter_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/numbers.h"
#include "widgets/plots/ticks.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr double kMarkRadius = 4;
constexpr double kReach = 14;
constexpr float kShadeAlpha = 0.05F;

} // namespace

ScatterPlot::ScatterPlot(QWidget* parent)
    : Plot(parent) {}

void ScatterPlot::setPoints(std::vector<ScatterPoint> points) {
    points_ = std::move(points);
    if (indexOf(highlighted_) < 0)
        highlighted_.clear();
    resetView();
}

void ScatterPlot::setGoals(engine::Goal x, engine::Goal y) {
    goals_ = {x, y};
    markDirty();
}

void ScatterPlot::clearGoals() {
    goals_.reset();
    markDirty();
}

void ScatterPlot::setMarks(std::vector<PlotMark> marks) {
    marks_ = std::move(marks);
    markDirty();
}

void ScatterPlot::setSelected(const QStringList& ids) {
    if (ids == selected_)
        return;
    selected_ = ids;
    markDirty();
}

void ScatterPlot::highlight(const QString& id) {
    if (id == highlighted_)
        return;
    highlighted_ = id;
    redrawCursor();
}

bool ScatterPlot::drawable(const ScatterPoint& point) const {
    return std::isfinite(point.x) && std::isfinite(point.y) &&
           (xAxis().scale == AxisScale::Linear || point.x > 0) &&
           (yAxis().scale == AxisScale::Linear || point.y > 0);
}

int ScatterPlot::hiddenPoints() const {
    return static_cast<int>(std::count_if(points_.begin(), points_.end(),
                                          [this](const auto& p) { return !drawable(p); }));
}

bool ScatterPlot::isEmpty() const {
    return hiddenPoints() == static_cast<int>(points_.size());
}

int ScatterPlot::indexOf(const QString& id) const {
    const auto found =
        std::find_if(points_.begin(), points_.end(), [&](const auto& p) { return p.id == id; });
    return found == points_.end() || id.isEmpty() ? -1 : static_cast<int>(found - points_.begin());
}

/// The front of the drawable points in the order of x.
std::vector<std::size_t> ScatterPlot::frontIndices() const {
    if (!goals_)
        return {};
    std::vector<double> values;
    std::vector<std::size_t> from;
    for (std::size_t i = 0; i < points_.size(); ++i) {
        if (!drawable(points_[i]))
            continue;
        from.push_back(i);
        values.push_back(points_[i].x);
        values.push_back(points_[i].y);
    }
    const engine::Goal goals[] = {goals_->first, goals_->second};
    std::vector<std::size_t> front;
    for (const std::size_t k : engine::paretoFront(values, goals))
        front.push_back(from[k]);
    std::sort(front.begin(), front.end(),
              [this](std::size_t a, std::size_t b) { return points_[a].x < points_[b].x; });
    return front;
}

QStringList ScatterPlot::front() const {
    QStringList ids;
    for (const std::size_t i : frontIndices())
        ids << points_[i].id;
    return ids;
}

Plot::Extent ScatterPlot::dataExtent() const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Range x{kInfinity, -kInfinity};
    Range y{kInfinity, -kInfinity};
    for (const ScatterPoint& point : points_) {
        if (!drawable(point))
            continue;
        x = {std::min(x.low, point.x), std::max(x.high, point.x)};
        y = {std::min(y.low, point.y), std::max(y.high, point.y)};
        const auto reach = [](Range& all, const std::optional<Range>& spread, AxisScale scale) {
            if (spread && (scale == AxisScale::Linear || spread->low > 0))
                all = {std::min(all.low, spread->low), std::max(all.high, spread->high)};
        };
        reach(x, point.xSpread, xAxis().scale);
        reach(y, point.ySpread, yAxis().scale);
    }
    if (x.low > x.high)
        return {};
    // Marks and their names need room on all sides.
    return {padded(x, xAxis().scale, 0.1), padded(y, yAxis().scale, 0.12)};
}

/// The area that the front dominates: with costs to the right and quality upward it lies below and
/// to the right of the steps.
QPolygonF ScatterPlot::frontSteps() const {
    QPolygonF steps;
    const std::vector<std::size_t> front = frontIndices();
    if (front.empty())
        return steps;
    const QRectF axes(axisRect());
    const bool xMin = goals_->first == engine::Goal::Minimize;
    const bool yMin = goals_->second == engine::Goal::Minimize;
    const double worstY = yMin ? axes.top() : axes.bottom() + 1;
    const double worstX = xMin ? axes.right() + 1 : axes.left();
    std::vector<QPointF> at;
    for (const std::size_t i : front)
        at.emplace_back(toPixelX(points_[i].x), toPixelY(points_[i].y));
    if (!xMin)
        std::reverse(at.begin(), at.end());
    // From the best x on: level with each point until the next one's x, then up to it.
    steps << QPointF(at.front().x(), worstY);
    for (std::size_t i = 0; i < at.size(); ++i) {
        steps << at[i];
        steps << QPointF(i + 1 < at.size() ? at[i + 1].x() : worstX, at[i].y());
    }
    return steps;
}

void ScatterPlot::paintBehind(QPainter& painter) {
    const QPolygonF steps = frontSteps();
    if (!steps.isEmpty()) {
        QPolygonF area = steps;
        area << QPointF(steps.last().x(), steps.first().y());
        QColor shade = colors().accent;
        shade.setAlphaF(kShadeAlpha);
        painter.setPen(Qt::NoPen);
        painter.setBrush(shade);
        painter.drawPolygon(area);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colors().accent, 1.6));
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.drawPolyline(steps);
        painter.setRenderHint(QPainter::Antialiasing);
    }
    painter.setPen(QPen(colors().axis, 1.4, Qt::DotLine));
    for (const PlotMark& mark : marks_) {
        const double x = std::round(toPixelX(mark.x)) + 0.5;
        painter.drawLine(QPointF(x, axisRect().top()), QPointF(x, axisRect().bottom()));
    }
}

void ScatterPlot::paintSpread(QPainter& painter, const ScatterPoint& point) const {
    constexpr double kEnd = 2.5;
    const auto visible = [](const std::optional<Range>& spread, AxisScale scale) {
        return spread && spread->low < spread->high &&
               (scale == AxisScale::Linear || spread->low > 0);
    };
    QColor color = seriesColor(point.style, colors());
    color.setAlphaF(0.7F);
    painter.setPen(QPen(color, 1.2));
    if (visible(point.xSpread, xAxis().scale)) {
        const double y = toPixelY(point.y);
        const double from = toPixelX(point.xSpread->low);
        const double to = toPixelX(point.xSpread->high);
        painter.drawLine(QPointF(from, y), QPointF(to, y));
        for (const double x : {from, to})
            painter.drawLine(QPointF(x, y - kEnd), QPointF(x, y + kEnd));
    }
    if (visible(point.ySpread, yAxis().scale)) {
        const double x = toPixelX(point.x);
        const double from = toPixelY(point.ySpread->low);
        const double to = toPixelY(point.ySpread->high);
        painter.drawLine(QPointF(x, from), QPointF(x, to));
        for (const double y : {from, to})
            painter.drawLine(QPointF(x - kEnd, y), QPointF(x + kEnd, y));
    }
}

void ScatterPlot::paintFront(QPainter& painter) {
    for (const ScatterPoint& point : points_)
        if (drawable(point))
            paintSpread(painter, point);
    for (const ScatterPoint& point : points_) {
        if (!drawable(point))
            continue;
        const QPointF at(toPixelX(point.x), toPixelY(point.y));
        const bool strong = point.emphasis == Emphasis::Chosen || selected_.contains(point.id);
        if (selected_.contains(point.id)) {
            painter.setPen(QPen(colors().accent, 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(at, kMarkRadius + 4, kMarkRadius + 4);
        }
        paintMarker(painter, at, point.style, colors(), strong ? kMarkRadius + 1 : kMarkRadius);
    }
}

/// Names beside the marks where they fit: right, left, above, below; the chosen and selected first.
/// A name that fits nowhere is left to the read-out.
void ScatterPlot::paintOverlay(QPainter& painter) {
    const QRectF axes(axisRect());
    const QFont small = smallFont();
    const QFontMetrics metrics(small);
    const double height = metrics.height();
    painter.setFont(small);
    std::vector<QRectF> taken;
    for (const ScatterPoint& point : points_)
        if (drawable(point))
            taken.push_back(QRectF(toPixelX(point.x) - 5, toPixelY(point.y) - 5, 10, 10));
    for (const ScatterPoint& point : points_) {
        if (!drawable(point))
            continue;
        const QPointF at(toPixelX(point.x), toPixelY(point.y));
        if (point.xSpread)
            taken.push_back(QRectF(QPointF(toPixelX(point.xSpread->low), at.y() - 2),
                                   QPointF(toPixelX(point.xSpread->high), at.y() + 2)));
        if (point.ySpread)
            taken.push_back(QRectF(QPointF(at.x() - 2, toPixelY(point.ySpread->high)),
                                   QPointF(at.x() + 2, toPixelY(point.ySpread->low))));
    }
    const QPolygonF steps = frontSteps();
    for (qsizetype i = 1; i < steps.size(); ++i)
        taken.push_back(QRectF(steps[i - 1], steps[i]).normalized().adjusted(0, -1, 0, 1));
    QRectF remark;
    if (const int hidden = hiddenPoints())
        remark = paintRemark(painter, hidden == 1
                                          ? tr("1 run without a value hidden")
                                          : tr("%n runs without a value hidden", nullptr, hidden));
    if (!remark.isEmpty())
        taken.push_back(remark);
    for (const PlotMark& mark : marks_) {
        const double width = metrics.horizontalAdvance(mark.text);
        const double x = toPixelX(mark.x);
        if (mark.text.isEmpty() || x < axes.left() || x > axes.right())
            continue;
        const double left = x + 4 + width > axes.right() ? x - 4 - width : x + 4;
        QRectF box(left, axes.bottom() - height - 2, width, height);
        if (box.intersects(remark))
            box.moveBottom(remark.top());
        painter.setPen(colors().muted);
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, mark.text);
        taken.push_back(box);
    }
    std::vector<const ScatterPoint*> order;
    for (const ScatterPoint& point : points_)
        if (drawable(point) && axes.contains(QPointF(toPixelX(point.x), toPixelY(point.y))))
            order.push_back(&point);
    std::stable_partition(order.begin(), order.end(), [this](const ScatterPoint* p) {
        return p->emphasis == Emphasis::Chosen || selected_.contains(p->id);
    });
    const QRectF all = QRectF(canvas()->viewport()).adjusted(2, 0, -2, 0);
    for (const ScatterPoint* point : order) {
        const QPointF at(toPixelX(point->x), toPixelY(point->y));
        const double width = metrics.horizontalAdvance(point->name) + 2;
        const double gap = 8;
        // Beyond the ends of its own bar, moved inside where the edge is near.
        const double above = point->ySpread ? toPixelY(point->ySpread->high) : at.y() - gap / 2;
        const double below = point->ySpread ? toPixelY(point->ySpread->low) : at.y() + gap / 2;
        const double inside = std::clamp(at.x() - width / 2, axes.left() + 1,
                                         std::max(axes.left() + 1, all.right() - width - 1));
        const QRectF choices[] = {
            {at.x() + gap, at.y() - height / 2, width, height},
            {at.x() - gap - width, at.y() - height / 2, width, height},
            {at.x() - width / 2, at.y() - gap - height, width, height},
            {at.x() - width / 2, at.y() + gap, width, height},
            {at.x() + gap - 2, at.y() - height - 2, width, height},
            {at.x() + 2 - gap - width, at.y() - height - 2, width, height},
            {at.x() + gap - 2, at.y() + 2, width, height},
            {at.x() + 2 - gap - width, at.y() + 2, width, height},
            {inside, above - gap / 2 - height, width, height},
            {inside, below + gap / 2, width, height},
        };
        for (const QRectF& box : choices) {
            const bool clear = box.left() >= axes.left() && box.right() <= all.right() &&
                               box.top() >= all.top() && box.bottom() <= axes.bottom() &&
                               std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) {
                                   return other.intersects(box);
                               });
            if (!clear)
                continue;
            painter.setPen(seriesColor(point->style, colors()));
            painter.drawText(box, Qt::AlignCenter | Qt::TextDontClip, point->name);
            taken.push_back(box);
            break;
        }
    }
}

void ScatterPlot::paintCursor(QPainter& painter) {
    const int index = indexOf(highlighted_);
    if (index < 0)
        return;
    const ScatterPoint& point = points_[static_cast<std::size_t>(index)];
    const QPointF at(toPixelX(point.x), toPixelY(point.y));
    if (!drawable(point) || !axisRect().contains(at.toPoint()))
        return;
    painter.setPen(QPen(colors().accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(at, kMarkRadius + 3, kMarkRadius + 3);
    const QLocale locale;
    paintReadout(painter, at, point.name,
                 {{yAxis().title, formatValue(point.y, yAxis().format, locale), {}},
                  {xAxis().title, formatValue(point.x, xAxis().format, locale), {}}});
}

int ScatterPlot::nearest(const QPointF& pixel) const {
    double best = kReach;
    int found = -1;
    for (std::size_t i = 0; i < points_.size(); ++i) {
        if (!drawable(points_[i]))
            continue;
        const double distance =
            std::hypot(toPixelX(points_[i].x) - pixel.x(), toPixelY(points_[i].y) - pixel.y());
        if (distance < best) {
            best = distance;
            found = static_cast<int>(i);
        }
    }
    return found;
}

void ScatterPlot::hoverAt(const std::optional<QPointF>& pixel) {
    const int index = pixel ? nearest(*pixel) : -1;
    const QString id = index < 0 ? QString() : points_[static_cast<std::size_t>(index)].id;
    if (id == highlighted_)
        return;
    highlight(id);
    emit pointHovered(id);
}

void ScatterPlot::clickAt(const QPointF& pixel) {
    const int index = nearest(pixel);
    const QString id = index < 0 ? QString() : points_[static_cast<std::size_t>(index)].id;
    QStringList ids;
    if (!id.isEmpty() && QGuiApplication::keyboardModifiers() & Qt::ControlModifier) {
        ids = selected_;
        if (!ids.removeOne(id))
            ids << id;
    } else if (!id.isEmpty()) {
        ids << id;
    }
    if (ids == selected_)
        return;
    setSelected(ids);
    emit selectionChanged(ids);
}

/// The keyboard walks the points in the order of x.
std::optional<double> ScatterPlot::stepTo(int points) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < points_.size(); ++i)
        if (drawable(points_[i]))
            order.push_back(i);
    if (order.empty())
        return std::nullopt;
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return points_[a].x < points_[b].x; });
    const int last = static_cast<int>(order.size()) - 1;
    int start = points > 0 ? -1 : last + 1;
    for (std::size_t k = 0; k < order.size(); ++k)
        if (points_[order[k]].id == highlighted_)
            start = static_cast<int>(k);
    const ScatterPoint& point =
        points_[order[static_cast<std::size_t>(std::clamp(start + points, 0, last))]];
    highlight(point.id);
    emit pointHovered(point.id);
    return point.x;
}

QString ScatterPlot::describeCursor() const {
    const int index = indexOf(highlighted_);
    if (index < 0)
        return {};
    const ScatterPoint& point = points_[static_cast<std::size_t>(index)];
    const QLocale locale;
    return tr("%1, %2 %3, %4 %5")
        .arg(point.name, yAxis().title, formatValue(point.y, yAxis().format, locale), xAxis().title,
             formatValue(point.x, xAxis().format, locale));
}

QString ScatterPlot::describe() const {
    QString text = tr("%n points, %1 against %2", nullptr, static_cast<int>(points_.size()))
                       .arg(yAxis().title.toLower(), xAxis().title.toLower());
    QStringList names;
    for (const std::size_t i : frontIndices())
        names << points_[i].name;
    if (!names.isEmpty())
        text += tr(". On the front: %1").arg(names.join(QStringLiteral(", ")));
    return text;
}

PlotTable ScatterPlot::table() const {
    const std::vector<std::size_t> onFront = frontIndices();
    const auto hasSpread = [this](std::optional<Range> ScatterPoint::*spread) {
        return std::any_of(points_.begin(), points_.end(),
                           [&](const ScatterPoint& point) { return (point.*spread).has_value(); });
    };
    PlotTable table;
    table.columns.push_back({tr("Name"), {}, {}, true});
    for (const ScatterPoint& point : points_)
        table.columns[0].texts << point.name;
    const auto addNumbers = [&](const QString& title, auto pick) {
        PlotTable::Column column;
        column.title = title;
        for (const ScatterPoint& point : points_)
            column.numbers.push_back(pick(point));
        table.columns.push_back(std::move(column));
    };
    const auto addSpread = [&](const QString& title, std::optional<Range> ScatterPoint::*of) {
        if (!hasSpread(of))
            return;
        addNumbers(tr("%1, least").arg(title), [of](const ScatterPoint& point) {
            return point.*of ? std::optional((point.*of)->low) : std::nullopt;
        });
        addNumbers(tr("%1, most").arg(title), [of](const ScatterPoint& point) {
            return point.*of ? std::optional((point.*of)->high) : std::nullopt;
        });
    };
    addNumbers(axisTitle(xAxis()),
               [](const ScatterPoint& point) { return std::optional(point.x); });
    addSpread(axisTitle(xAxis()), &ScatterPoint::xSpread);
    addNumbers(axisTitle(yAxis()),
               [](const ScatterPoint& point) { return std::optional(point.y); });
    addSpread(axisTitle(yAxis()), &ScatterPoint::ySpread);
    if (goals_) {
        table.columns.push_back({tr("On the front"), {}, {}, true});
        for (std::size_t i = 0; i < points_.size(); ++i)
            table.columns.back().texts
                << (std::find(onFront.begin(), onFront.end(), i) != onFront.end() ? tr("yes")
                                                                                  : tr("no"));
    }
    return table;
}

} // namespace inlay::widgets
