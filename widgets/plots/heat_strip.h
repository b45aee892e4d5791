#pragma once

#include "widgets/plots/color_scale.h"
#include "widgets/plots/plot.h"

namespace inlay::widgets {

/// Rows (layers) over x (steps): one colored cell a value, never interpolated. NaN and infinite
/// values have a color of their own with a slash.
struct HeatData {
    QStringList rowNames;
    /// Increasing x of each column's center.
    std::vector<double> x;
    /// rowNames.size() * x.size() values, row-major.
    std::vector<double> values;
};

/// Heat map of one quantity per layer over time with its color scale at the right. The vertical
/// axis holds the row names; zooming acts on x.
class HeatStrip : public Plot {
    Q_OBJECT

public:
    explicit HeatStrip(QWidget* parent = nullptr);

    void setData(HeatData data);
    const HeatData& data() const { return data_; }
    /// Scale and map of the values; on a log scale values <= 0 count as no value. A diverging map
    /// is symmetric around 0 and linear.
    void setValues(const NumberFormat& format, AxisScale scale, ColorMap map = ColorMap::Viridis);
    /// The x where a live run is expected to end.
    void setExpectedEnd(std::optional<double> x);

    /// Range of the color scale over all finite values.
    Range valueRange() const { return scale_.range; }

    PlotTable table() const override;
    bool isEmpty() const override { return data_.x.empty() || data_.rowNames.isEmpty(); }

protected:
    Extent dataExtent() const override;
    void paintBehind(QPainter& painter) override;
    void paintOverlay(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QMargins wantedMargins() const override;
    QString describe() const override;
    QString describeCursor() const override;
    std::optional<double> neighborX(std::optional<double> from, int points) const override;
    int pointCount() const override { return static_cast<int>(data_.x.size()); }
    std::optional<double> cursorAt(const QPointF& pixel) const override;

private:
    bool zoomsY() const override { return false; }
    void updateValueRange();
    struct RowLabel {
        QString text;
        int firstRow = 0;
        int rows = 1;
    };
    std::vector<RowLabel> rowLabels() const;
    void paintSlashes(QPainter& painter, const QImage& image, QRgb none) const;
    void paintScale(QPainter& painter) const;
    std::vector<double> columnBorders() const;
    int columnAt(double x) const;
    int rowAt(double pixelY) const;

    HeatData data_;
    NumberFormat format_;
    ColorScale scale_;
    int noValues_ = 0;
    std::optional<double> expectedEnd_;
};

} // namespace inlay::widgets
