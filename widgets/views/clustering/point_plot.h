#pragma once

#include <QPolygonF>

#include "widgets/plots/plot.h"
#include "widgets/views/clustering/stream_film.h"

namespace inlay::widgets {

/// Points as dots and centers as discs whose area is their weight, with the lines between the cells
/// of the centers. Points that have not arrived yet are faint.
class PointPlot : public Plot {
    Q_OBJECT

public:
    explicit PointPlot(QWidget* parent = nullptr);

    void setPoints(std::vector<StreamPoint> points);
    /// `seen`: points up to this number have arrived.
    void setCenters(std::vector<StreamMoment::Center> centers, double seen);
    /// Draws one cluster's points and center in the accent color; -1 = none.
    void highlight(int cluster);

    PlotTable table() const override;
    bool isEmpty() const override { return points_.empty(); }

signals:
    void centerClicked(int cluster);

protected:
    Extent dataExtent() const override;
    void paintBehind(QPainter& painter) override;
    void paintFront(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QString describe() const override;
    int pointCount() const override { return static_cast<int>(centers_.size()); }
    std::optional<double> cursorAt(const QPointF&) const override { return {}; }
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;

private:
    double radiusOf(const StreamMoment::Center& center) const;
    int centerAt(const QPointF& pixel) const;
    QPolygonF cellOf(std::size_t center) const;

    std::vector<StreamPoint> points_;
    std::vector<StreamMoment::Center> centers_;
    double seen_ = 0;
    int highlighted_ = -1;
    int hovered_ = -1;
};

} // namespace inlay::widgets
