#include <qcustomplot.h>

#include <algorithm>

#include "widgets/plots/numbers.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/plot_private.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

void Plot::Header::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paint_(painter, rect());
}

void Plot::paintTitle(QPainter& painter, const QRect& rect) const {
    const Tokens& t = colors();
    const Fonts fonts = fontsFor(font());
    painter.fillRect(rect, t.surface);
    const int left = rect.left() + scaled(measure::kViewPadding, font());
    const int room = rect.right() - left - scaled(8, font());
    painter.setFont(fonts.title);
    painter.setPen(t.text);
    const QFontMetrics title(fonts.title);
    const QString shown = title.elidedText(title_, Qt::ElideRight, room);
    const QRect titleRect(left, rect.top(), room, rect.height());
    painter.drawText(titleRect, Qt::AlignVCenter | Qt::AlignLeft, shown);
    const int used = title.horizontalAdvance(shown) + scaled(8, font());
    if (subtitle_.isEmpty() || used >= room)
        return;
    painter.setFont(fonts.small);
    painter.setPen(t.muted);
    painter.drawText(titleRect.adjusted(used, 1, 0, 1), Qt::AlignVCenter | Qt::AlignLeft,
                     QFontMetrics(fonts.small).elidedText(subtitle_, Qt::ElideRight, room - used));
}

/// Axis titles at fixed places, whatever the tick labels, and the empty text.
void Plot::paintFrame(QPainter& painter) const {
    const Tokens& t = colors();
    const QFont small = smallFont();
    const QRect axes = axisRect();
    const QRect all = canvas_->viewport();
    painter.setFont(small);
    painter.setPen(t.muted);
    const int height = QFontMetrics(small).height();
    // Axes that leave more room below than they need keep their title.
    const int bottom = std::min(all.bottom(), axes.bottom() + ownMargins_.bottom());
    if (!xSpec_.title.isEmpty()) {
        const QFontMetrics metrics(small);
        // A narrow plot still names its axis, beyond the axes if need be.
        const QString text = metrics.elidedText(axisTitle(xSpec_), Qt::ElideRight, all.width());
        const int width = std::max(axes.width(), metrics.horizontalAdvance(text) + 2);
        const int left = std::clamp(axes.center().x() - width / 2, all.left(),
                                    std::max(all.left(), all.right() + 1 - width));
        painter.drawText(QRect(left, bottom - height - 1, width, height), Qt::AlignCenter, text);
    }
    if (!ySpec_.title.isEmpty()) {
        const QFontMetrics metrics(small);
        painter.save();
        painter.translate(all.left() + scaled(2, font()), axes.center().y());
        painter.rotate(-90);
        // A short plot still names its axis, from the bottom of the canvas to its top if need be.
        const int room = all.height();
        const QString text = metrics.elidedText(axisTitle(ySpec_), Qt::ElideRight, room);
        const int shift = std::clamp(
            0, axes.center().y() - all.bottom() + metrics.horizontalAdvance(text) / 2,
            std::max(0, axes.center().y() - all.top() - metrics.horizontalAdvance(text) / 2));
        painter.drawText(QRect(-room / 2 + shift, 0, room, height), Qt::AlignCenter, text);
        painter.restore();
    }
    if (keyboardFocus_ && !paper_) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(t.accent, 2));
        painter.drawRoundedRect(QRectF(all).adjusted(2, 2, -2, -2), 3, 3);
    }
    if (isEmpty() && !emptyText_.isEmpty()) {
        painter.setFont(font());
        painter.setPen(t.muted);
        const int inset = std::min(axes.width() / 8, scaled(40, font()));
        painter.drawText(axes.adjusted(inset, 0, -inset, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyText_);
    }
}

void Plot::paintCursor(QPainter& painter) {
    if (!cursorX_)
        return;
    const QRect axes = axisRect();
    const double x = toPixelX(*cursorX_);
    if (x < axes.left() - 0.5 || x > axes.right() + 1.5)
        return;
    painter.setPen(QPen(colors().accent, 1));
    painter.drawLine(QPointF(x, axes.top()), QPointF(x, axes.bottom()));
}

void Plot::paintCursorLayer(QPainter& painter) {
    if (paper_)
        return;
    if (!isEmpty())
        paintCursor(painter);
    if (!drag_ || drag_->kind != Drag::Kind::Box)
        return;
    QColor fill = colors().accent;
    fill.setAlphaF(0.12F);
    painter.setPen(QPen(colors().accent, 1));
    painter.setBrush(fill);
    QRectF box = QRectF(drag_->start, drag_->now).normalized();
    if (!zoomsY()) {
        box.setTop(axisRect().top());
        box.setBottom(axisRect().bottom());
    }
    painter.drawRect(box.intersected(QRectF(axisRect())));
}

QRect Plot::paintRemark(QPainter& painter, const QString& text) const {
    const QFontMetrics metrics(smallFont());
    const QRect axes = axisRect();
    const QRect all = canvas_->viewport();
    painter.setFont(smallFont());
    painter.setPen(colors().muted);
    const int title = metrics.horizontalAdvance(axisTitle(xSpec_));
    const int left = all.left() + scaled(measure::kViewPadding, font());
    const int room = axes.center().x() - title / 2 - left - scaled(8, font());
    QRect taken;
    if (metrics.horizontalAdvance(text) <= room)
        painter.drawText(QRect(left, all.bottom() - metrics.height() - 1, room, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, text, &taken);
    else
        painter.drawText(axes.adjusted(6, 2, -6, -3), Qt::AlignLeft | Qt::AlignBottom, text,
                         &taken);
    return taken;
}

void Plot::paintReadout(QPainter& painter, const QPointF& anchor, const QString& heading,
                        const std::vector<ReadoutRowText>& rows) const {
    const Tokens& t = colors();
    const QFont small = smallFont();
    const QFontMetrics metrics(small);
    const int padding = scaled(7, font());
    const int gap = scaled(16, font());
    const int mark = scaled(10, font());
    const int line = metrics.height() + 1;
    const int nameRoom = scaled(150, font());
    int names = 0;
    int values = 0;
    for (const ReadoutRowText& row : rows) {
        names = std::max(names, std::min(nameRoom, metrics.horizontalAdvance(row.name)));
        values = std::max(values, metrics.horizontalAdvance(row.value));
    }
    const int content = std::max(metrics.horizontalAdvance(heading), mark + names + gap + values);
    const QSize size(content + 2 * padding, line * static_cast<int>(rows.size() + 1) + 2 * padding);
    const QRect all = canvas_->viewport().adjusted(2, 2, -2, -2);
    const int away = scaled(12, font());
    QPoint corner(qRound(anchor.x()) + away, qRound(anchor.y()) + away);
    if (corner.x() + size.width() > all.right())
        corner.setX(qRound(anchor.x()) - away - size.width());
    corner.setX(
        std::clamp(corner.x(), all.left(), std::max(all.left(), all.right() - size.width())));
    corner.setY(
        std::clamp(corner.y(), all.top(), std::max(all.top(), all.bottom() - size.height())));
    const QRect box(corner, size);
    painter.setPen(QPen(t.border, 1));
    painter.setBrush(t.raised);
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setFont(small);
    QRect at = box.adjusted(padding, padding, -padding, 0);
    at.setHeight(line);
    painter.setPen(t.muted);
    painter.drawText(at, Qt::AlignLeft | Qt::AlignVCenter, heading);
    for (const ReadoutRowText& row : rows) {
        at.translate(0, line);
        if (row.color.isValid())
            painter.fillRect(QRectF(at.left(), at.center().y() - 1, mark - 4, 2.5), row.color);
        painter.setPen(t.text);
        painter.drawText(at.adjusted(mark, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(row.name, Qt::ElideRight, nameRoom));
        painter.drawText(at, Qt::AlignRight | Qt::AlignVCenter, row.value);
    }
}

} // namespace inlay::widgets
