#pragma once

#include <QPolygonF>

#include "engine/analysis/pareto.h"
#include "widgets/plots/plot.h"

namespace inlay::widgets {

struct ScatterPoint {
    /// Unique within the plot, e.g. a run or group id.
    QString id;
    QString name;
    double x = 0;
    double y = 0;
    SeriesStyle style;
    /// Labeled whatever the room; others only where their label fits.
    Emphasis emphasis = Emphasis::Normal;
    /// Drawn as a bar through the point, e.g. the extremes over seeds.
    std::optional<Range> xSpread;
    std::optional<Range> ySpread;

    bool operator==(const ScatterPoint&) const = default;
};

/// One metric against one cost: a mark and a name per run, the Pareto front as a step line, the
/// area it dominates shaded. Points with a value that is not finite are counted, not drawn.
class ScatterPlot : public Plot {
    Q_OBJECT

public:
    explicit ScatterPlot(QWidget* parent = nullptr);

    void setPoints(std::vector<ScatterPoint> points);
    const std::vector<ScatterPoint>& points() const { return points_; }
    /// Directions that count as better; shows the front. Without goals no front is drawn.
    void setGoals(engine::Goal x, engine::Goal y);
    void clearGoals();
    /// Ids on the front, in the order of x.
    QStringList front() const;
    /// A dotted vertical line with a name, e.g. the time of the dense twin.
    void setMarks(std::vector<PlotMark> marks);
    void setSelected(const QStringList& ids);
    const QStringList& selected() const { return selected_; }
    void highlight(const QString& id);
    /// Points that cannot be drawn.
    int hiddenPoints() const;

    PlotTable table() const override;
    bool isEmpty() const override;

signals:
    /// The point under the pointer or the keyboard cursor; empty when none.
    void pointHovered(const QString& id);
    void selectionChanged(const QStringList& ids);

protected:
    Extent dataExtent() const override;
    void paintBehind(QPainter& painter) override;
    void paintFront(QPainter& painter) override;
    void paintOverlay(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QString describe() const override;
    QString describeCursor() const override;
    std::optional<double> stepTo(int points) override;
    int pointCount() const override { return static_cast<int>(points_.size()); }
    std::optional<double> cursorAt(const QPointF&) const override { return {}; }
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;

private:
    bool drawable(const ScatterPoint& point) const;
    void paintSpread(QPainter& painter, const ScatterPoint& point) const;
    int nearest(const QPointF& pixel) const;
    int indexOf(const QString& id) const;
    std::vector<std::size_t> frontIndices() const;
    QPolygonF frontSteps() const;

    std::vector<ScatterPoint> points_;
    std::vector<PlotMark> marks_;
    std::optional<std::pair<engine::Goal, engine::Goal>> goals_;
    QStringList selected_;
    QString highlighted_;
};

} // namespace inlay::widgets
