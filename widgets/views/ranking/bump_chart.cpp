#include "widgets/views/ranking/bump_chart.h"

#include <cmath>

#include <QEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kReach = 12; // pixels from which a line is hovered
constexpr int kColored = 3;   // leading items with colors of their own
constexpr int kColors[] = {5, 3, 6};

QString compact(std::int64_t round) {
    const auto value = static_cast<double>(round);
    const QLocale locale;
    if (round < 1000)
        return locale.toString(round);
    const bool millions = round >= 1'000'000;
    const double scaledValue = value / (millions ? 1e6 : 1e3);
    return locale.toString(scaledValue, 'f', scaledValue < 9.95 ? 1 : 0) +
           (millions ? QStringLiteral("M") : QStringLiteral("k"));
}

} // namespace

BumpChart::BumpChart(QWidget* parent)
    : QWidget(parent) {
    setMouseTracking(true);
    setAccessibleName(tr("Ranking over time"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void BumpChart::setTitle(const QString& title, const QString& subtitle) {
    title_ = title;
    subtitle_ = subtitle;
    update();
}

void BumpChart::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

void BumpChart::setColumnTitle(const QString& title) {
    columnTitle_ = title;
    update();
}

void BumpChart::setData(BumpData data, std::int64_t chosen) {
    data_ = std::move(data);
    chosen_ = chosen;
    hovered_ = -1;
    QStringList words;
    for (std::size_t i = 0; i < data_.items.size(); ++i)
        words << tr("%1. %2").arg(i + 1).arg(data_.items[i].name);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

QSize BumpChart::minimumSizeHint() const {
    return {scaled(200, font()), scaled(140, font())};
}

QRectF BumpChart::plotRect() const {
    const Fonts fonts = fontsFor(font());
    const QFontMetrics metrics(fonts.small);
    int names = 0;
    for (const BumpData::Item& item : data_.items)
        names = std::max(names, metrics.horizontalAdvance(item.name));
    names = std::min(names, width() / 3);
    const double top = scaled(measure::kPlotTitleHeight + 10, font());
    const double left = scaled(34, font());
    const double right = names + scaled(20, font());
    const double bottom = scaled(36, font());
    return {left, top, std::max(10.0, width() - left - right),
            std::max(10.0, height() - top - bottom)};
}

QPointF BumpChart::at(std::size_t column, int rank) const {
    const QRectF rect = plotRect();
    const double columns = std::max<double>(1, static_cast<double>(data_.rounds.size()) - 1);
    const double ranks = std::max(1, data_.shownRanks - 1);
    // Items that are further down wait just below the last shown place.
    const double y = std::min<double>(rank, data_.shownRanks - 0.35);
    return {rect.left() + rect.width() * static_cast<double>(column) / columns,
            rect.top() + rect.height() * y / (ranks + 0.65)};
}

QColor BumpChart::colorOf(std::size_t row) const {
    const Tokens& colors = tokensOf(this);
    if (data_.items[row].item == chosen_ && row >= kColored)
        return colors.series[2];
    return row < kColored ? colors.series[static_cast<std::size_t>(kColors[row])] : colors.control;
}

void BumpChart::paintItem(QPainter& painter, std::size_t row) const {
    const BumpData::Item& item = data_.items[row];
    const Tokens& colors = tokensOf(this);
    const bool strong = row < kColored || item.item == chosen_ || static_cast<int>(row) == hovered_;
    QColor color = colorOf(row);
    QPainterPath path(at(0, item.ranks[0]));
    for (std::size_t column = 1; column < item.ranks.size(); ++column) {
        const QPointF from = at(column - 1, item.ranks[column - 1]);
        const QPointF to = at(column, item.ranks[column]);
        const double middle = (from.x() + to.x()) / 2;
        path.cubicTo({middle, from.y()}, {middle, to.y()}, to);
    }
    if (!strong)
        color.setAlphaF(0.45F);
    painter.setPen(QPen(color, item.item == chosen_ || static_cast<int>(row) == hovered_ ? 2.6
                               : strong                                                  ? 2.0
                                                                                         : 1.2));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    for (std::size_t column = 0; column < item.ranks.size(); ++column) {
        if (item.ranks[column] >= data_.shownRanks)
            continue;
        painter.setPen(QPen(color, 1.2));
        painter.setBrush(strong ? color : colors.surface);
        painter.drawEllipse(at(column, item.ranks[column]), strong ? 3.5 : 2.5, strong ? 3.5 : 2.5);
    }
}

void BumpChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& colors = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    painter.fillRect(rect(), colors.surface);
    const int pad = scaled(measure::kViewPadding, font());
    const int titleHeight = scaled(measure::kPlotTitleHeight, font());
    painter.setFont(fonts.title);
    painter.setPen(colors.text);
    painter.drawText(QRect(pad, 0, width() - pad, titleHeight), Qt::AlignVCenter, title_);
    const int after = pad + QFontMetrics(fonts.title).horizontalAdvance(title_) + scaled(8, font());
    painter.setFont(fonts.small);
    painter.setPen(colors.muted);
    painter.drawText(QRect(after, 0, std::max(0, width() - after), titleHeight), Qt::AlignVCenter,
                     QFontMetrics(fonts.small)
                         .elidedText(subtitle_, Qt::ElideRight, std::max(0, width() - after)));
    if (data_.items.empty()) {
        painter.drawText(rect().adjusted(2 * pad, titleHeight, -2 * pad, -pad),
                         Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
        return;
    }
    const QRectF plot = plotRect();
    const QFontMetrics metrics(fonts.small);
    for (int rank = 0; rank < data_.shownRanks; ++rank) {
        const double y = at(0, rank).y();
        painter.setPen(QPen(colors.grid, 1));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(colors.muted);
        painter.drawText(QRectF(0, y - metrics.height() / 2.0, plot.left() - scaled(10, font()),
                                metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QLocale().toString(rank + 1));
    }
    const QPointF now = at(static_cast<std::size_t>(data_.current), 0);
    painter.setPen(QPen(colors.accent, 1));
    painter.drawLine(QPointF(now.x(), plot.top() - 6), QPointF(now.x(), plot.bottom()));
    double free = -1e9; // columns whose number would touch the former one stay without
    const QString nowText = compact(data_.rounds[static_cast<std::size_t>(data_.current)]);
    const double nowHalf = metrics.horizontalAdvance(nowText) / 2.0 + 4;
    for (std::size_t column = 0; column < data_.rounds.size(); ++column) {
        const bool isNow = static_cast<int>(column) == data_.current;
        const double x = at(column, 0).x();
        const QString text = compact(data_.rounds[column]);
        const double half = metrics.horizontalAdvance(text) / 2.0;
        if (!isNow && (x - half < free || std::abs(x - now.x()) < half + nowHalf))
            continue;
        painter.setPen(isNow ? colors.accent : colors.muted);
        painter.drawText(QRectF(x - half - 2, plot.bottom() + 4, 2 * half + 4, metrics.height()),
                         Qt::AlignCenter, text);
        free = x + half + 4;
    }
    painter.setPen(colors.muted);
    painter.drawText(
        QRectF(plot.left(), height() - metrics.height() - 3, plot.width(), metrics.height()),
        Qt::AlignCenter, columnTitle_);
    painter.save();
    painter.setClipRect(QRectF(0, titleHeight, width(), plot.bottom() - titleHeight + 4));
    for (std::size_t row = data_.items.size(); row-- > 0;)
        if (static_cast<int>(row) != hovered_ && data_.items[row].item != chosen_)
            paintItem(painter, row);
    for (std::size_t row = 0; row < data_.items.size(); ++row)
        if (static_cast<int>(row) == hovered_ || data_.items[row].item == chosen_)
            paintItem(painter, row);
    painter.restore();
    for (std::size_t row = 0; row < data_.items.size(); ++row) {
        const BumpData::Item& item = data_.items[row];
        const int rank = item.ranks.back();
        if (rank >= data_.shownRanks)
            continue;
        const bool strong =
            row < kColored || item.item == chosen_ || static_cast<int>(row) == hovered_;
        QFont font = fonts.small;
        font.setBold(item.item == chosen_);
        painter.setFont(font);
        painter.setPen(strong && row < kColored ? colorOf(row) : colors.text);
        const double left = plot.right() + scaled(10, this->font());
        const double room = width() - left - 4;
        painter.drawText(
            QRectF(left, at(0, rank).y() - metrics.height() / 2.0, room, metrics.height()),
            Qt::AlignVCenter,
            QFontMetrics(font).elidedText(item.name, Qt::ElideMiddle, static_cast<int>(room)));
    }
}

int BumpChart::nearestItem(const QPointF& point) const {
    if (data_.items.empty())
        return -1;
    const QRectF plot = plotRect();
    const double columns = std::max<double>(1, static_cast<double>(data_.rounds.size()) - 1);
    const double place = std::clamp((point.x() - plot.left()) / plot.width(), 0.0, 1.0) * columns;
    const auto from = std::min(static_cast<std::size_t>(place), data_.rounds.size() - 1);
    const auto to = std::min(from + 1, data_.rounds.size() - 1);
    const double t = place - static_cast<double>(from);
    const double eased = t * t * (3 - 2 * t);
    int best = -1;
    double reach = kReach;
    for (std::size_t row = 0; row < data_.items.size(); ++row) {
        const double y = (1 - eased) * at(from, data_.items[row].ranks[from]).y() +
                         eased * at(to, data_.items[row].ranks[to]).y();
        if (std::abs(y - point.y()) < reach) {
            reach = std::abs(y - point.y());
            best = static_cast<int>(row);
        }
    }
    return best;
}

void BumpChart::mouseMoveEvent(QMouseEvent* event) {
    const int hovered = nearestItem(event->position());
    if (hovered == hovered_)
        return;
    hovered_ = hovered;
    setCursor(hovered >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void BumpChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || data_.items.empty())
        return;
    const int item = nearestItem(event->position());
    if (item >= 0) {
        emit itemClicked(data_.items[static_cast<std::size_t>(item)].item);
        return;
    }
    const QRectF plot = plotRect();
    if (event->position().y() < plot.bottom())
        return;
    const double columns = std::max<double>(1, static_cast<double>(data_.rounds.size()) - 1);
    const double place =
        std::clamp((event->position().x() - plot.left()) / plot.width(), 0.0, 1.0) * columns;
    emit roundClicked(data_.rounds[static_cast<std::size_t>(std::lround(place))]);
}

void BumpChart::leaveEvent(QEvent*) {
    hovered_ = -1;
    update();
}

void BumpChart::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        update();
    QWidget::changeEvent(event);
}

} // namespace inlay::widgets
