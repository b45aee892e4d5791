#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plots/numbers.h"
#include "widgets/plots/point_cloud.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// Steps of nearness in a view in space: what is farther is smaller and fainter.
constexpr int kLevels = 4;
constexpr double kLevelSize[kLevels] = {0.78, 0.88, 1, 1.12};
constexpr double kLevelOpacity[kLevels] = {0.45, 0.65, 0.85, 1};
constexpr std::size_t kValueColors = 256;
/// More selected points than this stand out by being the only bright ones.
constexpr std::size_t kMostHalos = 20'000;

/// What a point is beside its class.
enum Variant { Plain, Faint, Dimmed, Chosen };
constexpr double kOpacity[] = {0.85, 0.07, 0.35, 1};

Range finiteRange(std::span<const float> values) {
    float low = INFINITY;
    float high = -INFINITY;
    for (const float value : values)
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    return low <= high ? Range{low, high} : Range{0, 0};
}

} // namespace

/// Marks of one size: for each variant and level filled and hollow ones, and the halos.
struct PointCloud::Stamps {
    double ratio = 0;
    double radius = 0;
    std::vector<SplatStamp> filled; // variant * kLevels + level
    std::vector<SplatStamp> hollow;
    std::vector<SplatStamp> halo; // level
};

/// The marks of one variant, and room to sort them; kept, so that a frame asks for no memory.
struct PointCloud::Marks {
    std::vector<std::uint32_t> points; // in space only
    std::vector<SplatMark> marks;
    std::vector<SplatMark> sorted;
    std::vector<std::uint16_t> steps;

    void sort(std::span<const float> front, Range range);
};

/// Smaller marks for more points, so that they stay apart.
double PointCloud::markRadius() const {
    const std::size_t n = count();
    const double radius = n <= 2500 ? 2.6 : n <= 12'000 ? 2.1 : n <= 50'000 ? 1.5 : 1.0;
    return radius * scaled(100, font()) / 100.0;
}

void PointCloud::buildStamps(double ratio) {
    const double radius = markRadius() * ratio;
    if (stamps_ && stamps_->ratio == ratio && stamps_->radius == radius)
        return;
    stamps_ = std::make_shared<Stamps>();
    stamps_->ratio = ratio;
    stamps_->radius = radius;
    const double ring = std::max(1.0, 1.1 * ratio);
    for (int variant = 0; variant < kVariants; ++variant)
        for (int level = 0; level < kLevels; ++level) {
            const double r = radius * kLevelSize[level] + (variant == Chosen ? 0.5 * ratio : 0.0);
            const double opacity = kOpacity[variant] * (isSpatial() ? kLevelOpacity[level] : 1);
            stamps_->filled.emplace_back(r, MarkerFill::Filled, opacity);
            stamps_->hollow.emplace_back(r + 0.4 * ratio, MarkerFill::Hollow, opacity, ring);
            if (variant == Chosen)
                stamps_->halo.emplace_back(r + 1.4 * ratio, MarkerFill::Filled);
        }
    looks_.clear();
}

/// Looks are numbered (variant * kLevels + level) * baseLooks_ + base; the halos come last.
void PointCloud::buildLooks() {
    const bool byValue = !values_.empty();
    const std::size_t classes = classes_.size();
    baseLooks_ = byValue ? kValueColors + 1 : classes + 1;
    lookOf_.resize(count());
    for (std::size_t i = 0; i < lookOf_.size(); ++i) {
        std::size_t base = baseLooks_ - 1; // none
        if (byValue) {
            const double at = valueScale_.position(values_[i]);
            if (!std::isnan(at))
                base = static_cast<std::size_t>(
                    std::lround(std::clamp(at, 0.0, 1.0) * (kValueColors - 1)));
        } else if (i < classOf_.size() && classOf_[i] >= 0 &&
                   static_cast<std::size_t>(classOf_[i]) < classes) {
            base = static_cast<std::size_t>(classOf_[i]);
        }
        lookOf_[i] = static_cast<std::uint16_t>(base);
    }
    looks_.clear();
    for (int variant = 0; variant < kVariants; ++variant)
        for (std::size_t level = 0; level < kLevels; ++level)
            for (std::size_t base = 0; base < baseLooks_; ++base) {
                const bool isNone = base + 1 == baseLooks_;
                SplatLook look;
                bool isHollow = false;
                if (byValue)
                    look.color = isNone ? colors().noValue.rgb()
                                        : mapColor(ColorMap::Viridis, appearance(),
                                                   static_cast<double>(base) / (kValueColors - 1))
                                              .rgb();
                else if (isNone)
                    look.color = (classes_.empty() ? colors().series[5] : colors().control).rgb();
                else {
                    look.color = seriesColor(classes_[base].style, colors()).rgb();
                    isHollow = classes_[base].style.fill == MarkerFill::Hollow;
                }
                const std::size_t stamp = static_cast<std::size_t>(variant * kLevels) + level;
                look.stamp = &(isHollow ? stamps_->hollow : stamps_->filled)[stamp];
                looks_.push_back(look);
            }
    for (const SplatStamp& stamp : stamps_->halo)
        looks_.push_back({colors().accent.rgb(), &stamp});
}

void PointCloud::applyTheme() {
    Plot::applyTheme();
    looks_.clear();
}

void PointCloud::prepare() {
    projectIfMoved();
}

/// Back to front: one pass of counting over 1,024 steps of nearness.
void PointCloud::Marks::sort(std::span<const float> front, Range range) {
    constexpr std::size_t kSteps = 1024;
    const float low = static_cast<float>(range.low);
    const float scale =
        range.high > range.low ? (kSteps - 1) / static_cast<float>(range.high - range.low) : 0;
    steps.resize(points.size());
    std::vector<std::uint32_t> starts(kSteps + 1, 0);
    for (std::size_t k = 0; k < points.size(); ++k) {
        const float at = front[points[k]];
        steps[k] =
            std::isfinite(at) ? static_cast<std::uint16_t>((at - low) * scale) : std::uint16_t{0};
        ++starts[steps[k] + 1U];
    }
    for (std::size_t k = 1; k <= kSteps; ++k)
        starts[k] += starts[k - 1];
    sorted.resize(marks.size());
    for (std::size_t k = 0; k < marks.size(); ++k)
        sorted[starts[steps[k]]++] = marks[k];
    marks.swap(sorted);
}

const QImage& PointCloud::raster(const QSize& size, const QPointF& corner, double ratio) {
    QElapsedTimer timer;
    timer.start();
    buildStamps(ratio);
    if (looks_.empty() || lookOf_.size() != count())
        buildLooks();
    if (!marks_)
        marks_ = std::make_shared<std::array<Marks, kVariants>>();
    const std::size_t n = count();
    // Levels of nearness.
    float low = 0;
    float perLevel = 0;
    Range nearness;
    if (isSpatial()) {
        double square = 0;
        for (const Range& range : bounds_)
            square += range.size() * range.size();
        const auto half = static_cast<float>(std::max(1e-9, 0.4 * std::sqrt(square)));
        low = -half;
        perLevel = kLevels / (2 * half);
        nearness = finiteRange(front_);
    }
    const auto levelOf = [&](std::size_t i) {
        if (front_.empty())
            return 2;
        return std::clamp(static_cast<int>((front_[i] - low) * perLevel), 0, kLevels - 1);
    };
    for (Marks& marks : *marks_) {
        marks.points.clear();
        marks.marks.clear();
    }
    const auto left = static_cast<float>(corner.x());
    const auto top = static_cast<float>(corner.y());
    const auto zoom = static_cast<float>(ratio);
    const bool isFlat = front_.empty();
    auto nextChosen = selected_.begin();
    for (std::uint32_t i = 0; i < n; ++i) {
        Variant variant = selected_.empty() ? Plain : Dimmed;
        if (nextChosen != selected_.end() && *nextChosen == i) {
            variant = Chosen;
            ++nextChosen;
        } else if (!shown_.empty() && shown_[i] == 0) {
            variant = Faint;
        }
        Marks& own = (*marks_)[variant];
        own.marks.push_back(
            {(screenX_[i] - left) * zoom, (screenY_[i] - top) * zoom,
             static_cast<std::uint32_t>(static_cast<std::size_t>(variant * kLevels + levelOf(i)) *
                                            baseLooks_ +
                                        lookOf_[i])});
        if (!isFlat)
            own.points.push_back(i);
    }
    if (image_.size() != size)
        image_ = QImage(size, QImage::Format_ARGB32_Premultiplied);
    image_.fill(Qt::transparent);
    for (const Variant variant : {Faint, Dimmed, Plain, Chosen}) {
        Marks& own = (*marks_)[variant];
        if (!isFlat)
            own.sort(front_, nearness);
        if (variant == Chosen && own.marks.size() <= kMostHalos) {
            own.sorted = own.marks;
            for (SplatMark& mark : own.sorted)
                mark.look = static_cast<std::uint32_t>(
                    static_cast<std::size_t>(kVariants * kLevels) * baseLooks_ +
                    mark.look / baseLooks_ % kLevels);
            splat(image_, own.sorted, looks_);
        }
        splat(image_, own.marks, looks_);
    }
    lastRasterMs_ = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    return image_;
}

void PointCloud::paintFront(QPainter& painter) {
    const QRect axes = axisRect();
    if (isEmpty() || axes.width() <= 0 || axes.height() <= 0)
        return;
    projectIfMoved();
    const double ratio = painter.device()->devicePixelRatioF();
    const QSize size(static_cast<int>(std::ceil(axes.width() * ratio)),
                     static_cast<int>(std::ceil(axes.height() * ratio)));
    const QImage& image = raster(size, axes.topLeft(), ratio);
    painter.drawImage(QRectF(QPointF(axes.topLeft()), QSizeF(size) / ratio), image,
                      QRectF(image.rect()));
    paintTrails(painter);
    paintAnchors(painter);
    for (const CloudRing& ring : rings_)
        if (const auto at = pixelOf(ring.point))
            paintRing(painter, *at,
                      ring.kind == CloudRing::Kind::Same ? colors().text : colors().bad);
    if (pinned_ >= 0)
        if (const auto at = pixelOf(static_cast<std::uint32_t>(pinned_))) {
            painter.setPen(QPen(colors().surface, 1.5));
            painter.setBrush(colors().accent);
            painter.drawEllipse(*at, 5, 5);
        }
    if (isSpatial())
        paintTripod(painter);
}

void PointCloud::paintRing(QPainter& painter, const QPointF& at, const QColor& color) const {
    const double radius = markRadius() + 3;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors().surface, 3.5));
    painter.drawEllipse(at, radius, radius);
    painter.setPen(QPen(color, 1.6));
    painter.drawEllipse(at, radius, radius);
}

/// Older stretches are fainter.
void PointCloud::paintTrails(QPainter& painter) const {
    const auto dimension = static_cast<std::size_t>(points_.dimension);
    for (const CloudTrail& trail : trails_) {
        const std::size_t places = trail.places.size() / dimension;
        QColor color = colors().text;
        for (std::size_t k = 0; k < places; ++k) {
            const QPointF at = pixelAt(trail.places.data() + k * dimension);
            if (!std::isfinite(at.x()) || !std::isfinite(at.y()))
                continue;
            const double age =
                places < 2 ? 1 : static_cast<double>(k + 1) / static_cast<double>(places);
            color.setAlphaF(
                static_cast<float>((trails_.size() > 12 ? 0.55 : 1) * (0.2 + 0.8 * age)));
            if (k > 0) {
                painter.setPen(QPen(color, 1.2));
                painter.drawLine(pixelAt(trail.places.data() + (k - 1) * dimension), at);
            }
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawEllipse(at, 1.6, 1.6);
        }
    }
}

/// Boxes of the classes that are shown, moved apart as little as it takes; a line leads from a box
/// to its middle.
void PointCloud::placeAnchors() {
    anchorRects_.assign(anchors_.size(), QRectF());
    const double side = scaled(26, font()) + 4;
    const QFontMetrics metrics(fontsFor(font()).title);
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < anchors_.size(); ++i) {
        const CloudAnchor& anchor = anchors_[i];
        const bool isShown = isolated_.empty() || std::find(isolated_.begin(), isolated_.end(),
                                                            anchor.classIndex) != isolated_.end();
        const QPointF at = pixelAt(anchor.place.data());
        if (!isShown || !QRectF(axisRect()).contains(at) || anchor.classIndex < 0 ||
            anchor.classIndex >= static_cast<int>(classes_.size()))
            continue;
        QSizeF size(side, side);
        if (anchor.image.isNull())
            size = QSizeF(metrics.horizontalAdvance(
                              classes_[static_cast<std::size_t>(anchor.classIndex)].name) +
                              10,
                          metrics.height() + 2);
        anchorRects_[i] = QRectF(at - QPointF(size.width(), size.height()) / 2, size);
        shown.push_back(i);
    }
    constexpr int kRounds = 60;
    constexpr double kApart = 3;
    for (int round = 0; round < kRounds; ++round) {
        bool isMoved = false;
        for (const std::size_t a : shown)
            for (const std::size_t b : shown) {
                QRectF& one = anchorRects_[a];
                QRectF& other = anchorRects_[b];
                const QPointF by = other.center() - one.center();
                const double overX = (one.width() + other.width()) / 2 + kApart - std::abs(by.x());
                const double overY =
                    (one.height() + other.height()) / 2 + kApart - std::abs(by.y());
                if (a >= b || overX <= 0 || overY <= 0)
                    continue;
                isMoved = true;
                if (overX < overY) {
                    const double half = (by.x() < 0 ? -overX : overX) / 2;
                    one.translate(-half, 0);
                    other.translate(half, 0);
                } else {
                    const double half = (by.y() < 0 ? -overY : overY) / 2;
                    one.translate(0, -half);
                    other.translate(0, half);
                }
            }
        if (!isMoved)
            break;
    }
}

void PointCloud::paintAnchors(QPainter& painter) {
    placeAnchors();
    const double side = scaled(26, font()) + 4;
    const QFont title = fontsFor(font()).title;
    for (std::size_t i = 0; i < anchors_.size(); ++i) {
        if (anchorRects_[i].isEmpty())
            continue;
        const CloudAnchor& anchor = anchors_[i];
        const QColor color =
            seriesColor(classes_[static_cast<std::size_t>(anchor.classIndex)].style, colors());
        const QPointF middle = pixelAt(anchor.place.data());
        if (!anchorRects_[i].contains(middle)) {
            painter.setPen(QPen(colors().surface, 3));
            painter.drawLine(anchorRects_[i].center(), middle);
            painter.setPen(QPen(color, 1.2));
            painter.drawLine(anchorRects_[i].center(), middle);
        }
    }
    for (std::size_t i = 0; i < anchors_.size(); ++i) {
        const QRectF& box = anchorRects_[i];
        if (box.isEmpty())
            continue;
        const CloudAnchor& anchor = anchors_[i];
        const CloudClass& one = classes_[static_cast<std::size_t>(anchor.classIndex)];
        const QColor color = seriesColor(one.style, colors());
        painter.setPen(Qt::NoPen);
        if (anchor.image.isNull()) {
            QColor back = colors().surface;
            back.setAlphaF(0.85F);
            painter.setBrush(back);
            painter.drawRoundedRect(box, 3, 3);
            painter.setPen(color);
            painter.setFont(title);
            painter.drawText(box, Qt::AlignCenter, one.name);
            continue;
        }
        painter.setBrush(colors().surface);
        painter.drawRect(box.adjusted(-1, -1, 1, 1));
        painter.setBrush(color);
        painter.drawRect(box);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, anchor.image.width() > side);
        painter.drawImage(box.adjusted(2, 2, -2, -2), anchor.image);
    }
}

/// Where the axes point, in the corner.
void PointCloud::paintTripod(QPainter& painter) const {
    const double length = scaled(22, font());
    const QRect axes = axisRect();
    const QPointF origin(axes.left() + 1.6 * length, axes.bottom() - 1.6 * length);
    painter.setFont(smallFont());
    const float units[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int axis = 0; axis < 3; ++axis) {
        const QVector3D c = camera_.center();
        const QVector3D to =
            camera_.view(c.x() + units[axis][0], c.y() + units[axis][1], c.z() + units[axis][2]);
        const QPointF end = origin + QPointF(to.x(), -to.y()) * length;
        painter.setPen(QPen(colors().axis, 1.2));
        painter.drawLine(origin, end);
        painter.setPen(colors().muted);
        const QPointF text = origin + QPointF(to.x(), -to.y()) * (length + scaled(8, font()));
        painter.drawText(QRectF(text - QPointF(20, 10), QSizeF(40, 20)), Qt::AlignCenter,
                         QString::number(axis + 1));
    }
}

void PointCloud::paintOverlay(QPainter& painter) {
    if (values_.empty())
        return;
    const QRect axes = axisRect();
    const QRect room(axes.right(), axes.top(), canvas()->viewport().right() - axes.right(),
                     axes.height());
    paintColorScale(painter, room, valueScale_, appearance(), colors().muted, font(), smallFont());
}

QMargins PointCloud::wantedMargins() const {
    QMargins margins = Plot::wantedMargins();
    if (isSpatial()) {
        const int pad = scaled(8, font());
        margins = {pad, pad, pad, pad};
    }
    if (!values_.empty())
        margins.setRight(colorScaleWidth(valueScale_, font(), smallFont()));
    return margins;
}

/// The hovered point once more, above all others, with its ring and card; and the outline that is
/// being drawn.
void PointCloud::paintCursor(QPainter& painter) {
    if (gesture_ == Gesture::Outline && outline_.size() > 1) {
        QColor fill = colors().accent;
        fill.setAlphaF(0.12F);
        painter.setBrush(fill);
        painter.setPen(QPen(colors().accent, 1.2, Qt::DashLine));
        painter.drawPolygon(outline_);
        return;
    }
    if (hovered_ < 0 || hovered_ >= static_cast<std::int64_t>(count()))
        return;
    const auto point = static_cast<std::uint32_t>(hovered_);
    const auto at = pixelOf(point);
    if (!at || !axisRect().adjusted(-2, -2, 2, 2).contains(at->toPoint()))
        return;
    const double radius = markRadius() + 1;
    painter.setPen(QPen(colors().surface, 2));
    painter.setBrush(colorOf(point));
    painter.drawEllipse(*at, radius + 1, radius + 1);
    painter.setPen(QPen(colors().accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(*at, radius + 4, radius + 4);
    if (card_) {
        card_(painter, *at, canvas()->viewport(), point);
        return;
    }
    std::vector<ReadoutRowText> rows;
    if (!values_.empty())
        rows.push_back(
            {valueName_, formatValue(values_[point], valueFormat_, QLocale()), colorOf(point)});
    paintReadout(painter, *at, nameOf(point), rows);
}

} // namespace inlay::widgets
