#include "widgets/plots/heat_strip.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/numbers.h"
#include "widgets/plots/ticks.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// Widest row name before it is cut, at a 9 pt font.
constexpr double kLongestName = 100;
/// With more rows than this their names are grouped.
constexpr int kMostRowNames = 8;

} // namespace

HeatStrip::HeatStrip(QWidget* parent)
    : Plot(parent) {
    // Row names are painted, the vertical axis only carries the geometry.

    canvas()->yAxis->setRangeReversed(true);
}

void HeatStrip::setData(HeatData data) {
    Q_ASSERT(data.values.size() == data.x.size() * static_cast<std::size_t>(data.rowNames.size()));
    const bool sameRows = data.rowNames == data_.rowNames;
    data_ = std::move(data);
    updateValueRange();
    if (sameRows)
        markDirty();
    else
        resetView();
}

void HeatStrip::setValues(const NumberFormat& format, AxisScale scale, ColorMap map) {
    format_ = format;
    scale_.scale = map == ColorMap::Diverging ? AxisScale::Linear : scale;
    scale_.map = map;
    updateValueRange();
    markDirty();
}

void HeatStrip::setExpectedEnd(std::optional<double> x) {
    expectedEnd_ = x;
    markDirty();
}

void HeatStrip::updateValueRange() {
    Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    noValues_ = 0;
    for (const double value : data_.values) {
        if (!scale_.hasColor(value)) {
            ++noValues_;
            continue;
        }
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    }
    if (range.low > range.high)
        range = scale_.scale == AxisScale::Log ? Range{0.1, 1} : Range{0, 1};
    if (scale_.map == ColorMap::Diverging) {
        const double largest = std::max({std::abs(range.low), std::abs(range.high), 1e-300});
        range = {-largest, largest};
    } else if (range.low == range.high) {
        range = padded(range, scale_.scale, 0);
    }
    scale_.range = range;
}

/// Borders between columns: halfway between neighboring x, the outer ones mirrored.
std::vector<double> HeatStrip::columnBorders() const {
    const std::vector<double>& x = data_.x;
    std::vector<double> borders;
    if (x.empty())
        return borders;
    if (x.size() == 1)
        return {x[0] - 0.5, x[0] + 0.5};
    borders.push_back(x[0] - (x[1] - x[0]) / 2);
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
        borders.push_back((x[i] + x[i + 1]) / 2);
    borders.push_back(x.back() + (x.back() - x[x.size() - 2]) / 2);
    return borders;
}

Plot::Extent HeatStrip::dataExtent() const {
    if (isEmpty())
        return {};
    const std::vector<double> borders = columnBorders();
    double low = borders.front();
    // Steps begin at 0: the half column before it is not worth a tick.
    if (data_.x.front() >= 0)
        low = std::max(0.0, low);
    return {Range{low, std::max(borders.back(), expectedEnd_.value_or(borders.back()))},
            Range{0, static_cast<double>(data_.rowNames.size())}};
}

/// One image pixel a screen column and row: in columns narrower than a pixel the largest value
/// wins, and a column without a value wins over all, so that nothing vanishes.
void HeatStrip::paintBehind(QPainter& painter) {
    if (isEmpty())
        return;
    const QRect axes = axisRect();
    const auto rows = static_cast<std::size_t>(data_.rowNames.size());
    const std::size_t columns = data_.x.size();
    const std::vector<double> borders = columnBorders();
    std::vector<QRgb> colorsOf(256);
    for (std::size_t i = 0; i < colorsOf.size(); ++i)
        colorsOf[i] = mapColor(scale_.map, appearance(), static_cast<double>(i) / 255).rgb();
    const QRgb none = colors().noValue.rgb();
    QImage image(axes.width(), static_cast<int>(rows), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (int px = 0; px < axes.width(); ++px) {
        const double x0 = toValueX(axes.left() + px);
        const double x1 = toValueX(axes.left() + px + 1);
        const auto first = std::upper_bound(borders.begin(), borders.end(), x0);
        auto last = std::lower_bound(borders.begin(), borders.end(), x1);
        if (last == borders.begin() || first == borders.end())
            continue;
        const std::size_t begin =
            first == borders.begin() ? 0 : static_cast<std::size_t>(first - borders.begin()) - 1;
        const std::size_t end = std::min(columns, static_cast<std::size_t>(last - borders.begin()));
        for (std::size_t row = 0; row < rows; ++row) {
            double largest = -1;
            bool missing = false;
            for (std::size_t c = begin; c < std::max(end, begin + 1) && c < columns; ++c) {
                const double p = scale_.position(data_.values[row * columns + c]);
                missing = missing || std::isnan(p);
                largest = std::max(largest, std::isnan(p) ? -1 : p);
            }
            const auto index = static_cast<std::size_t>(std::clamp(largest, 0.0, 1.0) * 255);
            image.setPixel(px, static_cast<int>(row), missing ? none : colorsOf[index]);
        }
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(QRectF(axes), image, QRectF(image.rect()));
    paintSlashes(painter, image, none);
}

/// A slash in every stretch of cells without a value: color alone is not enough.
void HeatStrip::paintSlashes(QPainter& painter, const QImage& image, QRgb none) const {
    const QRect axes = axisRect();
    const double height = static_cast<double>(axes.height()) / image.height();
    painter.setPen(QPen(colors().text, 1));
    for (int row = 0; row < image.height(); ++row) {
        for (int px = 0; px < image.width(); ++px) {
            if (image.pixel(px, row) != none)
                continue;
            int end = px;
            while (end < image.width() && image.pixel(end, row) == none)
                ++end;
            const double top = axes.top() + row * height;
            const double width = std::max(4, end - px);
            for (double at = 0; at < width; at += 24) {
                const double x = axes.left() + px + at;
                const double w = std::min({8.0, width - at, height});
                painter.drawLine(QPointF(x + 1, top + height / 2 + w / 2),
                                 QPointF(x + 1 + w, top + height / 2 - w / 2));
            }
            px = end;
        }
    }
}

/// A name per row, or, with many rows, one per run of rows that share what stands before the last
/// comma ("Block 1, out").
std::vector<HeatStrip::RowLabel> HeatStrip::rowLabels() const {
    std::vector<RowLabel> labels;
    const bool grouped = data_.rowNames.size() > kMostRowNames;
    for (int row = 0; row < data_.rowNames.size(); ++row) {
        const QString& name = data_.rowNames[row];
        const qsizetype comma = name.lastIndexOf(QStringLiteral(", "));
        const QString text = grouped && comma > 0 ? name.left(comma) : name;
        if (grouped && !labels.empty() && labels.back().text == text)
            ++labels.back().rows;
        else
            labels.push_back({text, row, 1});
    }
    return labels;
}

void HeatStrip::paintOverlay(QPainter& painter) {
    const QRect axes = axisRect();
    const Tokens& t = colors();
    const QFont small = smallFont();
    const QFontMetrics metrics(small);
    painter.setFont(small);
    painter.setPen(t.muted);
    const double height =
        static_cast<double>(axes.height()) / static_cast<double>(data_.rowNames.size());
    const int gap = scaled(8, font());
    double free = axes.top() - metrics.height();
    for (const RowLabel& label : rowLabels()) {
        const double top = axes.top() + label.firstRow * height;
        if (label.firstRow > 0 && label.rows > 1) {
            painter.setPen(QPen(t.surface, 1));
            painter.drawLine(QPointF(axes.left(), top), QPointF(axes.right(), top));
            painter.setPen(t.muted);
        }
        const double y = top + (label.rows * height - metrics.height()) / 2.0;
        // Names that would run into each other are left to the read-out.
        if (y < free)
            continue;
        free = y + metrics.height() - 2;
        const QRectF at(canvas()->viewport().left(), y,
                        axes.left() - canvas()->viewport().left() - gap, metrics.height());
        painter.drawText(
            at, Qt::AlignRight | Qt::AlignVCenter,
            metrics.elidedText(label.text, Qt::ElideMiddle, static_cast<int>(at.width())));
    }
    paintScale(painter);
}

void HeatStrip::paintScale(QPainter& painter) const {
    const QRect axes = axisRect();
    const QRect room(axes.right(), axes.top(), canvas()->viewport().right() - axes.right(),
                     axes.height());
    paintColorScale(painter, room, scale_, appearance(), colors().muted, font(), smallFont());
}

QMargins HeatStrip::wantedMargins() const {
    QMargins margins = Plot::wantedMargins();
    const QFontMetrics metrics(smallFont());
    int names = 0;
    for (const RowLabel& label : rowLabels())
        names = std::max(names, metrics.horizontalAdvance(label.text));
    margins.setLeft(
        std::clamp(names + scaled(12, font()), scaled(60, font()), scaled(kLongestName, font())));
    margins.setRight(colorScaleWidth(scale_, font(), smallFont()));
    return margins;
}

int HeatStrip::columnAt(double x) const {
    const std::vector<double> borders = columnBorders();
    if (borders.empty() || x < borders.front() || x > borders.back())
        return -1;
    const auto after = std::upper_bound(borders.begin(), borders.end(), x);
    return std::min(static_cast<int>(data_.x.size()) - 1,
                    static_cast<int>(after - borders.begin()) - 1);
}

int HeatStrip::rowAt(double pixelY) const {
    const QRect axes = axisRect();
    const auto rows = static_cast<int>(data_.rowNames.size());
    const int row = static_cast<int>((pixelY - axes.top()) * rows / std::max(1, axes.height()));
    return row >= 0 && row < rows ? row : -1;
}

void HeatStrip::paintCursor(QPainter& painter) {
    if (cursor()) {
        // A light edge keeps the line visible on the dark end of the map.
        QColor edge = colors().surface;
        edge.setAlphaF(0.7F);
        const double x = toPixelX(*cursor());
        if (x >= axisRect().left() && x <= axisRect().right())
            painter.fillRect(QRectF(x - 1.5, axisRect().top(), 3, axisRect().height()), edge);
    }
    Plot::paintCursor(painter);
    if (!cursor() || !ownsCursor())
        return;
    const int column = columnAt(*cursor());
    if (column < 0)
        return;
    const auto at = pointer();
    const int row = at ? rowAt(at->y()) : -1;
    std::vector<ReadoutRowText> rows;
    const auto add = [&](int r) {
        const auto index =
            static_cast<std::size_t>(r) * data_.x.size() + static_cast<std::size_t>(column);
        rows.push_back({data_.rowNames[r], formatValue(data_.values[index], format_, QLocale()),
                        mapColor(scale_.map, appearance(), scale_.position(data_.values[index]))});
    };
    if (row >= 0) {
        add(row);
    } else {
        for (int r = 0; r < std::min<int>(8, static_cast<int>(data_.rowNames.size())); ++r)
            add(r);
    }
    const QString heading = xAxis().title + QLatin1Char(' ') +
                            formatStep(data_.x[static_cast<std::size_t>(column)], QLocale());
    paintReadout(painter, at.value_or(QPointF(toPixelX(*cursor()), axisRect().center().y())),
                 heading, rows);
}

std::optional<double> HeatStrip::cursorAt(const QPointF& pixel) const {
    const double x = toValueX(pixel.x());
    const int column = columnAt(x);
    return column < 0 ? x : data_.x[static_cast<std::size_t>(column)];
}

std::optional<double> HeatStrip::neighborX(std::optional<double> from, int points) const {
    if (isEmpty())
        return std::nullopt;
    const int last = static_cast<int>(data_.x.size()) - 1;
    int start = points > 0 ? -1 : last + 1;
    if (from) {
        const int column = columnAt(*from);
        start = column >= 0 ? column : *from < data_.x.front() ? 0 : last;
    }
    return data_.x[static_cast<std::size_t>(std::clamp(start + points, 0, last))];
}

QString HeatStrip::describeCursor() const {
    const int column = cursor() ? columnAt(*cursor()) : -1;
    if (column < 0)
        return {};
    QStringList parts{xAxis().title + QLatin1Char(' ') +
                      formatStep(data_.x[static_cast<std::size_t>(column)], QLocale())};
    for (qsizetype row = 0; row < data_.rowNames.size(); ++row) {
        const std::size_t index =
            static_cast<std::size_t>(row) * data_.x.size() + static_cast<std::size_t>(column);
        parts << data_.rowNames[row] + QLatin1Char(' ') +
                     formatValue(data_.values[index], format_, QLocale());
    }
    return parts.join(QStringLiteral(", "));
}

QString HeatStrip::describe() const {
    const QLocale locale;
    QString text =
        tr("Heat map of %1 rows, %2 %3 to %4, values %5 to %6")
            .arg(data_.rowNames.size())
            .arg(xAxis().title.toLower(), formatStep(data_.x.front(), locale),
                 formatStep(data_.x.back(), locale), formatValue(scale_.range.low, format_, locale),
                 formatValue(scale_.range.high, format_, locale));
    if (noValues_ > 0)
        text += tr(", %1 cells without a value").arg(noValues_);
    return text;
}

PlotTable HeatStrip::table() const {
    const Range range = xRange();
    PlotTable table;
    table.columns.resize(static_cast<std::size_t>(data_.rowNames.size()) + 1);
    table.columns[0].title = axisTitle(xAxis());
    for (qsizetype row = 0; row < data_.rowNames.size(); ++row)
        table.columns[static_cast<std::size_t>(row) + 1].title = data_.rowNames[row];
    for (std::size_t c = 0; c < data_.x.size(); ++c) {
        if (data_.x[c] < range.low || data_.x[c] > range.high)
            continue;
        table.columns[0].numbers.push_back(data_.x[c]);
        for (std::size_t row = 0; row + 1 < table.columns.size(); ++row)
            table.columns[row + 1].numbers.push_back(data_.values[row * data_.x.size() + c]);
    }
    return table;
}

} // namespace inlay::widgets
