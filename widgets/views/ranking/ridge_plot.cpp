#include "widgets/views/ranking/ridge_plot.h"

#include <algorithm>
#include <cmath>

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include "widgets/plots/numbers.h"

namespace inlay::widgets {
namespace {

constexpr double kHeight = 1.5;        // of a ridge, in rows: neighbors overlap
constexpr double kAir = 0.2;           // above the topmost
constexpr double kLeastShare = 0.0005; // places below do not widen the axis
constexpr std::size_t kColored = 3;    // leading items have the bump chart's colors
constexpr int kColors[] = {5, 3, 6};
constexpr int kChosenColor = 2;

double peakOf(const Ridge& ridge) {
    return ridge.shares.empty() ? 0 : *std::max_element(ridge.shares.begin(), ridge.shares.end());
}

} // namespace

RidgePlot::RidgePlot(QWidget* parent)
    : Plot(parent) {
    setXAxis({tr("Place"), {{}, 4}, AxisScale::Linear, TickStep::Whole});
    setYAxis({});
}

void RidgePlot::setRidges(std::vector<Ridge> ridges, std::int64_t chosen) {
    const bool sameRows = ridges.size() == ridges_.size();
    ridges_ = std::move(ridges);
    chosen_ = chosen;
    hovered_ = std::min<int>(hovered_, static_cast<int>(ridges_.size()) - 1);
    QStringList names;
    // From the bottom, as the axis goes.
    for (auto ridge = ridges_.rbegin(); ridge != ridges_.rend(); ++ridge)
        names << ridge->name;
    setTickNames({}, names);
    if (sameRows)
        markDirty();
    else
        resetView();
}

Plot::Extent RidgePlot::dataExtent() const {
    if (isEmpty())
        return {};
    double last = 1;
    double first = 1e9;
    for (const Ridge& ridge : ridges_)
        for (std::size_t place = 0; place < ridge.shares.size(); ++place)
            if (ridge.shares[place] >= kLeastShare) {
                last = std::max(last, static_cast<double>(place + 1));
                first = std::min(first, static_cast<double>(place + 1));
            }
    first = std::min(first, last);
    return {Range{first - 0.5, last + 0.5},
            Range{0, static_cast<double>(ridges_.size()) + kHeight - 1 + kAir}};
}

QColor RidgePlot::colorOf(std::size_t row) const {
    if (row < kColored)
        return colors().series[static_cast<std::size_t>(kColors[row])];
    return ridges_[row].item == chosen_ ? colors().series[kChosenColor] : colors().control;
}

// Rows count from the bottom: that of the first ridge is the topmost.
void RidgePlot::paintRidge(QPainter& painter, std::size_t row) const {
    const Ridge& ridge = ridges_[row];
    const double peak = peakOf(ridge);
    const double base = static_cast<double>(ridges_.size() - 1 - row);
    const auto at = [&](double place, double share) {
        return QPointF(toPixelX(place), toPixelY(base + kHeight * share / peak));
    };
    const bool strong = ridge.item == chosen_ || static_cast<int>(row) == hovered_;
    const QColor color = colorOf(row);
    painter.setPen(QPen(colors().grid, 1));
    painter.drawLine(QPointF(axisRect().left(), toPixelY(base)),
                     QPointF(axisRect().right(), toPixelY(base)));
    if (peak <= 0)
        return;
    // A place reaches from half before to half after it; places that were never taken have no line.
    const auto isTaken = [](double share) {
        return share > 0;
    };
    const auto first = static_cast<std::size_t>(
        std::find_if(ridge.shares.begin(), ridge.shares.end(), isTaken) - ridge.shares.begin());
    const auto last = static_cast<std::size_t>(
        ridge.shares.rend() - std::find_if(ridge.shares.rbegin(), ridge.shares.rend(), isTaken));
    QPainterPath line(at(static_cast<double>(first) + 0.5, 0));
    for (std::size_t place = first; place < last; ++place) {
        line.lineTo(at(static_cast<double>(place) + 0.5, ridge.shares[place]));
        line.lineTo(at(static_cast<double>(place) + 1.5, ridge.shares[place]));
    }
    line.lineTo(at(static_cast<double>(last) + 0.5, 0));
    QPainterPath area = line;
    area.closeSubpath();
    // What lies behind shines through a little only.
    QColor veil = colors().surface;
    veil.setAlphaF(0.75F);
    painter.fillPath(area, veil);
    QColor fill = color;
    fill.setAlphaF(strong ? 0.45F : 0.22F);
    painter.fillPath(area, fill);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, strong ? 2.2 : 1.3));
    painter.drawPath(line);
    painter.setPen(QPen(colors().text, 1, Qt::DotLine));
    painter.drawLine(at(ridge.expected, 0), at(ridge.expected, peak / kHeight));
}

void RidgePlot::paintFront(QPainter& painter) {
    for (std::size_t row = 0; row < ridges_.size(); ++row)
        paintRidge(painter, row);
}

int RidgePlot::rowAt(const QPointF& pixel) const {
    if (isEmpty() || !axisRect().contains(pixel.toPoint()))
        return -1;
    const auto rows = static_cast<int>(ridges_.size());
    return rows - 1 - std::clamp(static_cast<int>(std::floor(toValueY(pixel.y()))), 0, rows - 1);
}

void RidgePlot::hoverAt(const std::optional<QPointF>& pixel) {
    const int row = pixel ? rowAt(*pixel) : -1;
    if (row != hovered_) {
        hovered_ = row;
        markUrgent();
    }
    redrawCursor();
}

void RidgePlot::clickAt(const QPointF& pixel) {
    const int row = rowAt(pixel);
    if (row >= 0)
        emit itemClicked(ridges_[static_cast<std::size_t>(row)].item);
}

void RidgePlot::paintCursor(QPainter& painter) {
    const auto at = pointer();
    if (!at || hovered_ < 0 || static_cast<std::size_t>(hovered_) >= ridges_.size())
        return;
    const Ridge& ridge = ridges_[static_cast<std::size_t>(hovered_)];
    const QLocale locale;
    const auto place = static_cast<std::ptrdiff_t>(std::llround(toValueX(at->x())));
    std::vector<ReadoutRowText> rows;
    if (place >= 1 && place <= std::ssize(ridge.shares))
        rows.push_back({tr("place %L1").arg(place),
                        tr("%1 %").arg(formatNumber(
                            100 * ridge.shares[static_cast<std::size_t>(place - 1)], 3, locale)),
                        colorOf(static_cast<std::size_t>(hovered_))});
    rows.push_back({tr("expected place"), formatNumber(ridge.expected, 3, locale), {}});
    paintReadout(painter, *at, ridge.name, rows);
}

QString RidgePlot::describe() const {
    QStringList words;
    for (const Ridge& ridge : ridges_)
        words << tr("%1 at %2").arg(ridge.name, formatNumber(ridge.expected, 3, QLocale()));
    return tr("Expected places: %1").arg(words.join(QStringLiteral(", ")));
}

PlotTable RidgePlot::table() const {
    PlotTable table;
    std::size_t places = 0;
    for (const Ridge& ridge : ridges_)
        places = std::max(places, ridge.shares.size());
    table.columns.push_back({tr("Place"), {}, {}, false});
    for (std::size_t place = 0; place < places; ++place)
        table.columns.front().numbers.emplace_back(static_cast<double>(place + 1));
    for (const Ridge& ridge : ridges_) {
        PlotTable::Column column;
        column.title = ridge.name;
        for (std::size_t place = 0; place < places; ++place)
            column.numbers.push_back(place < ridge.shares.size()
                                         ? std::optional<double>(ridge.shares[place])
                                         : std::nullopt);
        table.columns.push_back(std::move(column));
    }
    return table;
}

} // namespace inlay::widgets
