#pragma once

#include <cstdint>
#include <vector>

#include "widgets/plots/plot.h"

namespace inlay::widgets {

/// Where one item may stand.
struct Ridge {
    std::int64_t item = 0;
    QString name;
    double expected = 1;        // place, from 1
    std::vector<double> shares; // of places 1, 2, …
};

/// The distributions of the places of some items, one above the other (a ridge plot): each as high
/// as its own most likely place, with a line at its expected place.
class RidgePlot : public Plot {
    Q_OBJECT

public:
    explicit RidgePlot(QWidget* parent = nullptr);

    /// From the top; `chosen` is an item.
    void setRidges(std::vector<Ridge> ridges, std::int64_t chosen);
    const std::vector<Ridge>& ridges() const { return ridges_; }

    PlotTable table() const override;
    bool isEmpty() const override { return ridges_.empty(); }

signals:
    void itemClicked(qint64 item);

protected:
    Extent dataExtent() const override;
    bool zoomsY() const override { return true; }
    bool padsY() const override { return false; }
    void paintFront(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QString describe() const override;
    std::optional<double> cursorAt(const QPointF&) const override { return {}; }
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;

private:
    int rowAt(const QPointF& pixel) const;
    QColor colorOf(std::size_t row) const;
    void paintRidge(QPainter& painter, std::size_t row) const;

    std::vector<Ridge> ridges_;
    std::int64_t chosen_ = -1;
    int hovered_ = -1;
};

} // namespace inlay::widgets
