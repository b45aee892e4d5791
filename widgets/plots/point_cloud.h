#pragma once

#include <array>
#include <functional>
#include <memory>

#include <QPolygonF>

#include "widgets/plots/cloud_camera.h"
#include "widgets/plots/color_scale.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/point_pick.h"
#include "widgets/plots/splat.h"

namespace inlay::widgets {

/// Places of points in two or three dimensions.
struct CloudPoints {
    int dimension = 2;
    /// count() * dimension numbers, row-major; NaN = this point has no place.
    std::vector<float> values;

    std::size_t count() const { return values.size() / static_cast<std::size_t>(dimension); }
};

/// A class of points: name and style (color, filled or hollow).
struct CloudClass {
    QString name;
    SeriesStyle style;

    bool operator==(const CloudClass&) const = default;
};

/// The way of one point over time, ending where it is now.
struct CloudTrail {
    std::uint32_t point = 0;
    /// Places in the dimension of the points, row-major, oldest first.
    std::vector<float> places;
};

/// A picture (or, without one, a name) at the middle of a class.
struct CloudAnchor {
    int classIndex = 0;
    std::array<float, 3> place{};
    QImage image;
};

/// A point that is marked by a ring: a neighbor of the pinned one.
struct CloudRing {
    std::uint32_t point = 0;
    enum class Kind { Same, Other } kind = Kind::Same;

    bool operator==(const CloudRing&) const = default;
};

enum class CloudTool {
    /// Drag pans; in three dimensions it turns, and pans with Ctrl.
    Move,
    Lasso,
    Rectangle
};

/// Hundreds of thousands of points in two or three dimensions, drawn by an own raster of marks.
/// Points are colored by class or by value; some are selected (lasso, rectangle, keys), one is
/// hovered and one pinned. With lasso and rectangle Shift adds to the selection, Alt takes away,
/// both together keep what is in both. Keys: Left and Right walk the points, Space selects the one
/// reached, Return pins it, Ctrl+A selects all, Ctrl+I inverts, Ctrl+arrows turn, Escape clears.
class PointCloud : public Plot {
    Q_OBJECT

public:
    explicit PointCloud(QWidget* parent = nullptr);

    /// Moves the points. As long as their number stays, classes and selection stay too.
    void setPoints(CloudPoints points);
    const CloudPoints& points() const { return points_; }
    std::size_t count() const { return points_.count(); }
    bool isSpatial() const { return points_.dimension == 3; }
    /// Ranges that "fit" shows whatever the points, so that a film's pictures compare; one range a
    /// dimension, empty for the points' own.
    void setExtent(std::vector<Range> extent);

    /// Class of each point, -1 = none.
    void setClasses(std::vector<std::int32_t> classOf, std::vector<CloudClass> classes);
    const std::vector<CloudClass>& classes() const { return classes_; }
    /// Colors points by a value instead (NaN = none); an empty list returns to the classes.
    void setValues(std::vector<float> values, const QString& name, const NumberFormat& format,
                   const Range& range);
    bool hasValues() const { return !values_.empty(); }
    QColor colorOf(std::uint32_t point) const;
    /// Draws these classes only, the others faintly; none = all.
    void setIsolated(const std::vector<int>& classes);
    const std::vector<int>& isolated() const { return isolated_; }
    /// Pictures at the middles of classes.
    void setAnchors(std::vector<CloudAnchor> anchors);
    void setTrails(std::vector<CloudTrail> trails);
    void setRings(std::vector<CloudRing> rings);

    void setTool(CloudTool tool);
    CloudTool tool() const { return tool_; }
    void select(PointSet points);
    const PointSet& selected() const { return selected_; }
    void setHovered(std::int64_t point);
    std::int64_t hovered() const { return hovered_; }
    void setPinned(std::int64_t point);
    std::int64_t pinned() const { return pinned_; }
    /// Words for a point in read-outs and for screen readers; default "point N".
    void setPointNames(std::function<QString(std::uint32_t)> names) { names_ = std::move(names); }
    /// Paints what is known of the hovered point beside `at` and inside `room`, in place of the
    /// plain read-out.
    using CardPainter = std::function<void(QPainter& painter, const QPointF& at, const QRect& room,
                                           std::uint32_t point)>;
    void setCard(CardPainter card) { card_ = std::move(card); }

    const CloudCamera& camera() const { return camera_; }
    void setCamera(double turn, double tilt);

    /// Pixel of a point in the canvas; nothing without a place.
    std::optional<QPointF> pixelOf(std::uint32_t point);
    /// The point within reach of a pixel, -1 = none.
    std::int64_t pointAt(const QPointF& pixel);
    /// Selects inside an outline in pixels of the canvas, as the lasso does.
    void selectInside(const QPolygonF& outline, SelectionChange change);
    /// Milliseconds that the last raster took.
    double lastRasterMs() const { return lastRasterMs_; }

    PlotTable table() const override;
    bool isEmpty() const override { return points_.values.empty(); }

signals:
    /// -1 = none.
    void pointHovered(qint64 point);
    void pointPinned(qint64 point);
    /// A person changed the selection.
    void selectionChanged();
    void classClicked(int classIndex);

protected:
    Extent dataExtent() const override;
    bool padsY() const override { return false; }
    bool hasScales() const override { return !isSpatial(); }
    void prepare() override;
    void paintFront(QPainter& painter) override;
    void paintOverlay(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QMargins wantedMargins() const override;
    QString describe() const override;
    QString describeCursor() const override;
    std::optional<double> stepTo(int points) override;
    int pointCount() const override { return static_cast<int>(count()); }
    std::optional<double> cursorAt(const QPointF&) const override { return {}; }
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void applyTheme() override;

private:
    enum class Gesture { None, Outline, Orbit };

    void pointsMoved();
    void project();
    void projectIfMoved();
    void updateBounds();
    void updateShown();
    QPointF pixelAt(const float* place) const;
    QString nameOf(std::uint32_t point) const;
    double markRadius() const;
    void buildStamps(double ratio);
    void buildLooks();
    const QImage& raster(const QSize& size, const QPointF& corner, double ratio);
    void paintTrails(QPainter& painter) const;
    void placeAnchors();
    void paintAnchors(QPainter& painter);
    void paintTripod(QPainter& painter) const;
    void paintRing(QPainter& painter, const QPointF& at, const QColor& color) const;
    bool pressed(QMouseEvent* event);
    bool moved(QMouseEvent* event);
    bool released(QMouseEvent* event);
    bool key(QKeyEvent* event);
    void endOutline(Qt::KeyboardModifiers modifiers);
    void changeSelection(PointSet points);
    int anchorAt(const QPointF& pixel) const;

    CloudPoints points_;
    std::vector<Range> extent_;
    std::vector<Range> bounds_; // of the finite places
    std::vector<std::int32_t> classOf_;
    std::vector<CloudClass> classes_;
    std::vector<float> values_;
    QString valueName_;
    NumberFormat valueFormat_;
    ColorScale valueScale_;
    std::vector<int> isolated_;
    std::vector<std::uint8_t> shown_; // empty = all
    std::vector<CloudAnchor> anchors_;
    std::vector<QRectF> anchorRects_;
    std::vector<CloudTrail> trails_;
    std::vector<CloudRing> rings_;
    CloudTool tool_ = CloudTool::Move;
    PointSet selected_;
    std::int64_t hovered_ = -1;
    std::int64_t pinned_ = -1;
    std::function<QString(std::uint32_t)> names_;
    CardPainter card_;
    CloudCamera camera_;

    // Pixels of the canvas and nearness, for the view they were made for.
    QRect projectedRect_;
    Range projectedX_;
    Range projectedY_;
    std::vector<float> screenX_;
    std::vector<float> screenY_;
    std::vector<float> front_;
    PointGrid grid_;
    std::vector<std::uint32_t> walk_; // points by their x, for the keyboard

    struct Stamps;
    std::shared_ptr<Stamps> stamps_;
    struct Marks;
    static constexpr int kVariants = 4; // of being selected, isolated, or neither
    std::shared_ptr<std::array<Marks, kVariants>> marks_;
    QImage image_; // the last raster
    std::vector<SplatLook> looks_;
    std::vector<std::uint16_t> lookOf_;
    std::size_t baseLooks_ = 1;
    double lastRasterMs_ = 0;

    Gesture gesture_ = Gesture::None;
    QPolygonF outline_;
    QPointF orbitFrom_;
    bool gestureMoved_ = false;
};

} // namespace inlay::widgets
