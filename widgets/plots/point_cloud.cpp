#include "widgets/plots/point_cloud.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/numbers.h"
#include "widgets/plots/ticks.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// Share of the span that stays free at each side.
constexpr double kMargin = 0.06;
constexpr double kReach = 12;
/// More classes than this many share the look of none (looks are numbered in 16 bits).
constexpr std::size_t kMostClasses = 4000;

} // namespace

PointCloud::PointCloud(QWidget* parent)
    : Plot(parent) {
    // The picture must keep its shape when margins change.
    connect(this, &Plot::marginsChanged, this, [this] {
        if (isFollowing())
            fit();
    });
}

void PointCloud::setPoints(CloudPoints points) {
    Q_ASSERT(points.dimension == 2 || points.dimension == 3);
    const bool isOther = points.count() != count() || points.dimension != points_.dimension;
    points_ = std::move(points);
    if (isOther) {
        stamps_.reset();
        looks_.clear();
        trails_.clear();
        anchors_.clear();
        rings_.clear();
        hovered_ = pinned_ = -1;
        if (!selected_.empty() && selected_.back() >= count())
            selected_.clear();
        updateShown();
    }
    updateBounds();
    pointsMoved();
    if (isOther) {
        resetView();
        fit();
    }
    markUrgent();
}

void PointCloud::setExtent(std::vector<Range> extent) {
    if (extent == extent_)
        return;
    extent_ = std::move(extent);
    updateBounds();
    pointsMoved();
    if (isFollowing())
        fit();
}

void PointCloud::updateBounds() {
    const auto dimension = static_cast<std::size_t>(points_.dimension);
    if (extent_.size() == dimension) {
        bounds_ = extent_;
    } else {
        bounds_.assign(dimension, {std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()});
        for (std::size_t i = 0; i < points_.values.size(); ++i) {
            const double value = points_.values[i];
            Range& range = bounds_[i % dimension];
            if (!std::isfinite(value))
                continue;
            range.low = std::min(range.low, value);
            range.high = std::max(range.high, value);
        }
        for (Range& range : bounds_)
            if (range.low > range.high)
                range = {-1, 1};
    }
    if (isSpatial())
        camera_.setCenter(QVector3D(static_cast<float>((bounds_[0].low + bounds_[0].high) / 2),
                                    static_cast<float>((bounds_[1].low + bounds_[1].high) / 2),
                                    static_cast<float>((bounds_[2].low + bounds_[2].high) / 2)));
}

/// One unit is as long across as up: distances are what the picture is about.
Plot::Extent PointCloud::dataExtent() const {
    if (isEmpty())
        return {};
    double width = 0;
    double height = 0;
    QPointF middle(0, 0);
    if (isSpatial()) {
        double square = 0;
        for (const Range& range : bounds_)
            square += range.size() * range.size();
        width = height = 0.9 * std::sqrt(square);
    } else {
        width = bounds_[0].size();
        height = bounds_[1].size();
        middle = QPointF(bounds_[0].low + width / 2, bounds_[1].low + height / 2);
    }
    const QRect axes = axisRect();
    const double perPixel =
        std::max({width / std::max(1, axes.width()), height / std::max(1, axes.height()), 1e-9}) *
        (1 + 2 * kMargin);
    const double halfX = perPixel * std::max(1, axes.width()) / 2;
    const double halfY = perPixel * std::max(1, axes.height()) / 2;
    return {Range{middle.x() - halfX, middle.x() + halfX},
            Range{middle.y() - halfY, middle.y() + halfY}};
}

void PointCloud::resizeEvent(QResizeEvent* event) {
    Plot::resizeEvent(event);
    if (isFollowing())
        fit();
}

void PointCloud::pointsMoved() {
    projectedRect_ = {};
    grid_.clear();
    walk_.clear();
}

void PointCloud::projectIfMoved() {
    if (projectedRect_ != axisRect() || !(projectedX_ == xRange()) || !(projectedY_ == yRange()))
        project();
}

void PointCloud::project() {
    projectedRect_ = axisRect();
    projectedX_ = xRange();
    projectedY_ = yRange();
    grid_.clear();
    walk_.clear();
    const std::size_t n = count();
    screenX_.resize(n);
    screenY_.resize(n);
    const double scaleX = projectedRect_.width() / projectedX_.size();
    const double scaleY = projectedRect_.height() / projectedY_.size();
    const double left = projectedRect_.left() - projectedX_.low * scaleX;
    const double bottom = projectedRect_.top() + projectedRect_.height() + projectedY_.low * scaleY;
    const float* p = points_.values.data();
    if (isSpatial()) {
        front_.resize(n);
        for (std::size_t i = 0; i < n; ++i, p += 3) {
            const QVector3D at = camera_.view(p[0], p[1], p[2]);
            screenX_[i] = static_cast<float>(left + at.x() * scaleX);
            screenY_[i] = static_cast<float>(bottom - at.y() * scaleY);
            front_[i] = at.z();
        }
        return;
    }
    front_.clear();
    for (std::size_t i = 0; i < n; ++i, p += 2) {
        screenX_[i] = static_cast<float>(left + p[0] * scaleX);
        screenY_[i] = static_cast<float>(bottom - p[1] * scaleY);
    }
}

QPointF PointCloud::pixelAt(const float* place) const {
    if (!isSpatial())
        return {toPixelX(place[0]), toPixelY(place[1])};
    const QVector3D at = camera_.view(place[0], place[1], place[2]);
    return {toPixelX(at.x()), toPixelY(at.y())};
}

std::optional<QPointF> PointCloud::pixelOf(std::uint32_t point) {
    if (point >= count())
        return std::nullopt;
    projectIfMoved();
    if (!std::isfinite(screenX_[point]) || !std::isfinite(screenY_[point]))
        return std::nullopt;
    return QPointF(screenX_[point], screenY_[point]);
}

void PointCloud::setClasses(std::vector<std::int32_t> classOf, std::vector<CloudClass> classes) {
    Q_ASSERT(classOf.empty() || classOf.size() == count());
    if (classes.size() > kMostClasses)
        classes.resize(kMostClasses);
    classOf_ = std::move(classOf);
    classes_ = std::move(classes);
    std::erase_if(isolated_, [this](int one) { return one >= static_cast<int>(classes_.size()); });
    updateShown();
    looks_.clear();
    markUrgent();
}

void PointCloud::setValues(std::vector<float> values, const QString& name,
                           const NumberFormat& format, const Range& range) {
    Q_ASSERT(values.empty() || values.size() == count());
    const bool changesScale = values.empty() != values_.empty();
    values_ = std::move(values);
    valueName_ = name;
    valueFormat_ = format;
    valueScale_.range = range.size() > 0 ? range : padded(range, AxisScale::Linear, 0);
    looks_.clear();
    if (changesScale) {
        resetView();
        if (isFollowing())
            fit();
    }
    markUrgent();
}

QColor PointCloud::colorOf(std::uint32_t point) const {
    if (!values_.empty()) {
        const double at = valueScale_.position(values_[point]);
        return std::isnan(at) ? colors().noValue : mapColor(ColorMap::Viridis, appearance(), at);
    }
    const int one = point < classOf_.size() ? classOf_[point] : -1;
    if (one >= 0 && one < static_cast<int>(classes_.size()))
        return seriesColor(classes_[static_cast<std::size_t>(one)].style, colors());
    return classes_.empty() ? colors().series[5] : colors().control;
}

void PointCloud::setIsolated(const std::vector<int>& classes) {
    if (classes == isolated_)
        return;
    isolated_ = classes;
    updateShown();
    markUrgent();
}

void PointCloud::updateShown() {
    shown_.clear();
    grid_.clear();
    walk_.clear();
    if (isolated_.empty() || classOf_.size() != count())
        return;
    shown_.resize(count());
    for (std::size_t i = 0; i < shown_.size(); ++i)
        shown_[i] = std::find(isolated_.begin(), isolated_.end(), classOf_[i]) != isolated_.end();
}

void PointCloud::setAnchors(std::vector<CloudAnchor> anchors) {
    anchors_ = std::move(anchors);
    markUrgent();
}

void PointCloud::setTrails(std::vector<CloudTrail> trails) {
    trails_ = std::move(trails);
    markUrgent();
}

void PointCloud::setRings(std::vector<CloudRing> rings) {
    if (rings == rings_)
        return;
    rings_ = std::move(rings);
    markUrgent();
}

void PointCloud::select(PointSet points) {
    Q_ASSERT(points.empty() || points.back() < count());
    if (points == selected_)
        return;
    selected_ = std::move(points);
    markUrgent();
}

void PointCloud::setHovered(std::int64_t point) {
    if (point == hovered_)
        return;
    hovered_ = point;
    redrawCursor();
}

void PointCloud::setPinned(std::int64_t point) {
    if (point == pinned_)
        return;
    pinned_ = point;
    markUrgent();
}

void PointCloud::setCamera(double turn, double tilt) {
    camera_.set(turn, tilt);
    pointsMoved();
    markUrgent();
}

std::int64_t PointCloud::pointAt(const QPointF& pixel) {
    projectIfMoved();
    if (!grid_.isBuilt())
        grid_.build(QRectF(projectedRect_), screenX_, screenY_, shown_);
    return grid_.nearest(pixel, kReach);
}

void PointCloud::selectInside(const QPolygonF& outline, SelectionChange change) {
    projectIfMoved();
    changeSelection(combine(selected_, pointsInside(outline, screenX_, screenY_, shown_), change));
}

QString PointCloud::nameOf(std::uint32_t point) const {
    if (names_)
        return names_(point);
    const int one = point < classOf_.size() ? classOf_[point] : -1;
    if (one >= 0 && one < static_cast<int>(classes_.size()))
        return tr("Point %L1, %2").arg(point).arg(classes_[static_cast<std::size_t>(one)].name);
    return tr("Point %L1").arg(point);
}

QString PointCloud::describe() const {
    QString text = tr("%L1 points in %2 dimensions").arg(count()).arg(points_.dimension);
    if (!values_.empty())
        text += tr(", colored by %1").arg(valueName_.toLower());
    else if (!classes_.empty())
        text += tr(", %L1 classes").arg(classes_.size());
    if (!selected_.empty())
        text += tr(", %L1 selected").arg(selected_.size());
    return text;
}

QString PointCloud::describeCursor() const {
    return hovered_ < 0 ? QString() : nameOf(static_cast<std::uint32_t>(hovered_));
}

PlotTable PointCloud::table() const {
    PlotTable table;
    const auto dimension = static_cast<std::size_t>(points_.dimension);
    table.columns.resize(1 + dimension);
    table.columns[0].title = tr("Point");
    const QString titles[] = {axisTitle(xAxis()), axisTitle(yAxis()), tr("Third axis")};
    for (std::size_t d = 0; d < dimension; ++d)
        table.columns[1 + d].title =
            titles[d].isEmpty() ? tr("Coordinate %1").arg(d + 1) : titles[d];
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < count(); ++i)
        if (shown_.empty() || shown_[i] != 0)
            rows.push_back(i);
    for (const std::size_t i : rows) {
        table.columns[0].numbers.emplace_back(static_cast<double>(i));
        for (std::size_t d = 0; d < dimension; ++d)
            table.columns[1 + d].numbers.emplace_back(points_.values[i * dimension + d]);
    }
    if (!classes_.empty()) {
        PlotTable::Column column{tr("Class"), {}, {}, true};
        for (const std::size_t i : rows) {
            const int one = classOf_.empty() ? -1 : classOf_[i];
            column.texts << (one < 0 || one >= static_cast<int>(classes_.size())
                                 ? QString()
                                 : classes_[static_cast<std::size_t>(one)].name);
        }
        table.columns.push_back(std::move(column));
    }
    if (!values_.empty()) {
        PlotTable::Column column{valueName_, {}, {}, false};
        for (const std::size_t i : rows)
            column.numbers.emplace_back(values_[i]);
        table.columns.push_back(std::move(column));
    }
    return table;
}

} // namespace inlay::widgets
