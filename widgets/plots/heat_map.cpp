#include "widgets/plots/heat_map.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/heat_picture.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/ticks.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/series_style.h"

namespace inlay::widgets {

HeatMap::HeatMap(QWidget* parent)
    : Plot(parent) {
    canvas()->yAxis->setRangeReversed(true);
    connect(this, &Plot::marginsChanged, this, [this] { updateShape(); });
}

void HeatMap::setData(MatrixData data) {
    Q_ASSERT(data.values.size() ==
             static_cast<std::size_t>(data.rows) * static_cast<std::size_t>(data.columns));
    const bool sameShape = data.rows == data_.rows && data.columns == data_.columns &&
                           data.rowSize == data_.rowSize && data.columnSize == data_.columnSize;
    data_ = std::move(data);
    updateValueRange();
    if (sameShape)
        markDirty();
    else
        resetView();
    updateShape();
}

void HeatMap::setBlocks(std::vector<MatrixBlock> blocks) {
    if (blocks == blocks_)
        return;
    blocks_ = std::move(blocks);
    markDirty();
}

void HeatMap::setValues(const QString& name, const NumberFormat& format, AxisScale scale,
                        ColorMap map) {
    valueName_ = name;
    format_ = format;
    scale_.scale = map == ColorMap::Diverging ? AxisScale::Linear : scale;
    scale_.map = map;
    updateValueRange();
    markDirty();
}

void HeatMap::setFixedRange(std::optional<Range> range) {
    fixedRange_ = range;
    updateValueRange();
    markDirty();
}

void HeatMap::setSquare(bool square) {
    square_ = square;
    updateShape();
}

void HeatMap::setScaleShown(bool shown) {
    scaleShown_ = shown;
    markDirty();
}

void HeatMap::setNames(QStringList rows, QStringList columns, NamesAt at) {
    rowNames_ = std::move(rows);
    columnNames_ = std::move(columns);
    if (at == NamesAt::Ticks)
        setTickNames(columnNames_, rowNames_);
    else
        setTickNames({}, {});
}

void HeatMap::setXAxis(const AxisSpec& spec) {
    AxisSpec counting = spec;
    counting.step = TickStep::Whole;
    Plot::setXAxis(counting);
}

void HeatMap::setYAxis(const AxisSpec& spec) {
    AxisSpec counting = spec;
    counting.step = TickStep::Whole;
    Plot::setYAxis(counting);
}

void HeatMap::updateValueRange() {
    Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    noValues_ = 0;
    for (const float value : data_.values) {
        if (!scale_.hasColor(value)) {
            ++noValues_;
            continue;
        }
        range.low = std::min<double>(range.low, value);
        range.high = std::max<double>(range.high, value);
    }
    if (range.low > range.high)
        range = scale_.scale == AxisScale::Log ? Range{0.1, 1} : Range{0, 1};
    if (fixedRange_) {
        range = *fixedRange_;
    } else if (scale_.map == ColorMap::Diverging) {
        const double largest = std::max({std::abs(range.low), std::abs(range.high), 1e-300});
        range = {-largest, largest};
    } else if (range.low == range.high) {
        range = padded(range, scale_.scale, 0);
    }
    scale_.range = range;
}

Plot::Extent HeatMap::dataExtent() const {
    if (isEmpty())
        return {};
    return {Range{data_.columnStart, data_.columnStart + data_.columns * data_.columnSize},
            Range{data_.rowStart, data_.rowStart + data_.rows * data_.rowSize}};
}

void HeatMap::paintBehind(QPainter& painter) {
    const QRect axes = axisRect();
    if (isEmpty() || axes.width() <= 0 || axes.height() <= 0)
        return;
    // Edges of the pixels in cells; the painter's device may have several pixels a point.
    const double ratio = painter.device()->devicePixelRatioF();
    const auto edges = [&](int pixels, auto toValue, double start, double size) {
        std::vector<double> cells(static_cast<std::size_t>(pixels) + 1);
        for (int i = 0; i <= pixels; ++i)
            cells[static_cast<std::size_t>(i)] = (toValue(i / ratio) - start) / size;
        return cells;
    };
    const auto columns = edges(
        static_cast<int>(axes.width() * ratio), [&](double p) { return toValueX(axes.left() + p); },
        data_.columnStart, data_.columnSize);
    const auto rows = edges(
        static_cast<int>(axes.height() * ratio), [&](double p) { return toValueY(axes.top() + p); },
        data_.rowStart, data_.rowSize);
    const QImage image = heatPicture(data_, scale_, appearance(), rows, columns);
    painter.drawImage(QRectF(axes), image, QRectF(image.rect()));
}

void HeatMap::paintFront(QPainter& painter) {
    painter.setBrush(Qt::NoBrush);
    for (const MatrixBlock& block : blocks_) {
        const QRectF at(QPointF(toPixelX(block.columnBegin), toPixelY(block.rowBegin)),
                        QPointF(toPixelX(block.columnEnd), toPixelY(block.rowEnd)));
        const QRectF line = at.normalized().adjusted(0.5, 0.5, -0.5, -0.5);
        // A light edge keeps the line visible on every color of the map.
        QColor edge = colors().surface;
        edge.setAlphaF(0.75F);
        painter.setPen(QPen(edge, 4, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(line);
        painter.setPen(QPen(colors().series[static_cast<std::size_t>(block.color) % 8], 2,
                            Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(line);
    }
}

void HeatMap::paintOverlay(QPainter& painter) {
    if (!scaleShown_)
        return;
    const QRect axes = axisRect();
    const QRect room(axes.right(), axes.top(), canvas()->viewport().right() - axes.right(),
                     axes.height());
    paintColorScale(painter, room, scale_, appearance(), colors().muted, font(), smallFont());
}

QMargins HeatMap::wantedMargins() const {
    QMargins margins = Plot::wantedMargins();
    margins.setRight(scaleShown_ ? colorScaleWidth(scale_, font(), smallFont())
                                 : scaled(8, font()));
    return margins;
}

/// Square cells: what the longer side has too much goes to the margins.
void HeatMap::updateShape() {
    if (!square_ || isEmpty()) {
        setSharedMargins(std::nullopt);
        return;
    }
    QMargins margins = ownMargins();
    const QRect room = canvas()->viewport();
    const double width = room.width() - margins.left() - margins.right();
    const double height = room.height() - margins.top() - margins.bottom();
    const double shape = data_.columns * data_.columnSize / (data_.rows * data_.rowSize);
    if (width <= 0 || height <= 0)
        return;
    if (width > height * shape)
        margins.setRight(margins.right() + static_cast<int>(width - height * shape));
    else
        margins.setBottom(margins.bottom() + static_cast<int>(height - width / shape));
    setSharedMargins(margins);
}

void HeatMap::resizeEvent(QResizeEvent* event) {
    Plot::resizeEvent(event);
    updateShape();
}

void HeatMap::applyTheme() {
    Plot::applyTheme();
    // The picture covers the grid: lines over it would be taken for data.
    canvas()->xAxis->grid()->setPen(Qt::NoPen);
    canvas()->yAxis->grid()->setPen(Qt::NoPen);
}

HeatMap::Cell HeatMap::cellAt(const QPointF& pixel) const {
    if (isEmpty() || !axisRect().contains(pixel.toPoint()))
        return {};
    const double row = (toValueY(pixel.y()) - data_.rowStart) / data_.rowSize;
    const double column = (toValueX(pixel.x()) - data_.columnStart) / data_.columnSize;
    if (row < 0 || column < 0 || row >= data_.rows || column >= data_.columns)
        return {};
    return {static_cast<int>(row), static_cast<int>(column)};
}

float HeatMap::value(const Cell& cell) const {
    return data_
        .values[static_cast<std::size_t>(cell.row) * static_cast<std::size_t>(data_.columns) +
                static_cast<std::size_t>(cell.column)];
}

void HeatMap::hoverAt(const std::optional<QPointF>& pixel) {
    const Cell cell = pixel ? cellAt(*pixel) : Cell{};
    if (cell == hovered_)
        return;
    hovered_ = cell;
    emit cellHovered(cell.row, cell.column);
    redrawCursor();
}

void HeatMap::clickAt(const QPointF& pixel) {
    const Cell cell = cellAt(pixel);
    if (cell.row >= 0)
        emit cellClicked(cell.row, cell.column);
}

void HeatMap::paintCursor(QPainter& painter) {
    const auto at = pointer();
    if (!at || hovered_.row < 0 || hovered_.row >= data_.rows || hovered_.column >= data_.columns)
        return;
    const QLocale locale;
    const auto place = [&](const QStringList& names, int index, double start, double size) {
        if (index < names.size())
            return names[index];
        const double first = start + index * size;
        return size <= 1 ? formatStep(first, locale)
                         : tr("%1 to %2")
                               .arg(formatStep(std::ceil(first), locale),
                                    formatStep(std::ceil(first + size) - 1, locale));
    };
    const double row = data_.rowStart + (hovered_.row + 0.5) * data_.rowSize;
    const double column = data_.columnStart + (hovered_.column + 0.5) * data_.columnSize;
    std::vector<ReadoutRowText> rows;
    rows.push_back({valueName_.isEmpty() ? tr("Value") : valueName_,
                    formatValue(value(hovered_), format_, locale),
                    mapColor(scale_.map, appearance(), scale_.position(value(hovered_)))});
    for (const MatrixBlock& block : blocks_)
        if (!block.name.isEmpty() && row >= block.rowBegin && row < block.rowEnd &&
            column >= block.columnBegin && column < block.columnEnd)
            rows.push_back(
                {block.name, {}, colors().series[static_cast<std::size_t>(block.color) % 8]});
    paintReadout(
        painter, *at,
        tr("%1 %2, %3 %4")
            .arg(yAxis().title, place(rowNames_, hovered_.row, data_.rowStart, data_.rowSize),
                 xAxis().title,
                 place(columnNames_, hovered_.column, data_.columnStart, data_.columnSize)),
        rows);
}

QString HeatMap::describe() const {
    const QLocale locale;
    QString text = tr("Heat map of %1 rows and %2 columns, values %3 to %4")
                       .arg(data_.rows)
                       .arg(data_.columns)
                       .arg(formatValue(scale_.range.low, format_, locale),
                            formatValue(scale_.range.high, format_, locale));
    if (noValues_ > 0)
        text += tr(", %1 cells without a value").arg(noValues_);
    return text;
}

PlotTable HeatMap::table() const {
    PlotTable table;
    table.columns.resize(static_cast<std::size_t>(data_.columns) + 1);
    table.columns[0].title = axisTitle(yAxis());
    for (int c = 0; c < data_.columns; ++c)
        table.columns[static_cast<std::size_t>(c) + 1].title =
            c < columnNames_.size()
                ? columnNames_[c]
                : formatExact(data_.columnStart + c * data_.columnSize, QLocale());
    for (int r = 0; r < data_.rows; ++r) {
        table.columns[0].numbers.push_back(data_.rowStart + r * data_.rowSize);
        for (int c = 0; c < data_.columns; ++c)
            table.columns[static_cast<std::size_t>(c) + 1].numbers.push_back(value({r, c}));
    }
    return table;
}

} // namespace inlay::widgets
