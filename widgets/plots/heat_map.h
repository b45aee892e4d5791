#pragma once

#include <optional>
#include <vector>

#include "widgets/plots/color_scale.h"
#include "widgets/plots/plot.h"

namespace inlay::widgets {

/// A matrix to look at: row 0 at the top. Row and column 0 begin at `rowStart` and `columnStart` of
/// the axes, and each cell is `rowSize` by `columnSize` of their units, so that a picture reduced
/// from 4,500 nodes to 450 cells keeps the nodes' numbers at its axes.
struct MatrixData {
    int rows = 0;
    int columns = 0;
    /// rows * columns values, row-major. NaN and infinite values have a color of their own.
    std::vector<float> values;
    double rowStart = 0;
    double columnStart = 0;
    double rowSize = 1;
    double columnSize = 1;
};

/// A rectangle over the matrix, in units of the axes, drawn in a series' color.
struct MatrixBlock {
    double rowBegin = 0, rowEnd = 0;
    double columnBegin = 0, columnEnd = 0;
    int color = 0;
    /// Shown in the read-out while the pointer is inside.
    QString name;

    bool operator==(const MatrixBlock&) const = default;
};

/// A matrix as a picture with its color scale, blocks drawn over it and a read-out of the cell
/// under the pointer. Cells smaller than a pixel are averaged, larger ones are never interpolated.
class HeatMap : public Plot {
    Q_OBJECT

public:
    explicit HeatMap(QWidget* parent = nullptr);

    /// Ticks of both axes lie at whole numbers: they count cells.
    void setXAxis(const AxisSpec& spec) override;
    void setYAxis(const AxisSpec& spec) override;
    void setData(MatrixData data);
    const MatrixData& data() const { return data_; }
    void setBlocks(std::vector<MatrixBlock> blocks);
    /// Name, unit and scale of the values.
    void setValues(const QString& name, const NumberFormat& format, AxisScale scale,
                   ColorMap map = ColorMap::Viridis);
    /// Colors span this range instead of the data's, so that frames of a film compare.
    void setFixedRange(std::optional<Range> range);
    /// Cells of a square matrix are drawn square; off by default.
    void setSquare(bool square);
    /// Whether the scale is drawn; off for pictures of zeros and ones.
    void setScaleShown(bool shown);
    /// Words for a row or column in the read-out, and in place of the ticks' numbers where they are
    /// asked for (cells of size 1); default its number.
    enum class NamesAt { Readout, Ticks };
    void setNames(QStringList rows, QStringList columns, NamesAt at = NamesAt::Readout);

    Range valueRange() const { return scale_.range; }

    PlotTable table() const override;
    bool isEmpty() const override { return data_.values.empty(); }

signals:
    /// Cell under the pointer, -1 when it left.
    void cellHovered(int row, int column);
    void cellClicked(int row, int column);

protected:
    Extent dataExtent() const override;
    bool padsY() const override { return false; }
    void paintBehind(QPainter& painter) override;
    void paintFront(QPainter& painter) override;
    void paintOverlay(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QMargins wantedMargins() const override;
    QString describe() const override;
    std::optional<double> cursorAt(const QPointF&) const override { return {}; }
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;
    void resizeEvent(QResizeEvent* event) override;
    void applyTheme() override;

private:
    struct Cell {
        int row = -1;
        int column = -1;
        bool operator==(const Cell&) const = default;
    };
    Cell cellAt(const QPointF& pixel) const;
    float value(const Cell& cell) const;
    void updateValueRange();
    void updateShape();

    MatrixData data_;
    std::vector<MatrixBlock> blocks_;
    QString valueName_;
    NumberFormat format_;
    ColorScale scale_;
    std::optional<Range> fixedRange_;
    QStringList rowNames_;
    QStringList columnNames_;
    Cell hovered_;
    int noValues_ = 0;
    bool square_ = false;
    bool scaleShown_ = true;
};

} // namespace inlay::widgets
