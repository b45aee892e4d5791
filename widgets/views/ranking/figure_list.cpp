#include "widgets/views/ranking/figure_list.h"

#include <QEvent>
#include <QPainter>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

FigureList::FigureList(QWidget* parent)
    : QWidget(parent) {
    setAccessibleName(tr("Figures of the round"));
}

void FigureList::setTitle(const QString& title, const QString& subtitle) {
    title_ = title;
    subtitle_ = subtitle;
    update();
}

void FigureList::setRows(std::vector<Row> rows) {
    if (rows == rows_)
        return;
    rows_ = std::move(rows);
    QStringList words;
    for (const Row& row : rows_)
        words << (row.value.isEmpty() ? row.name : row.name + QLatin1Char(' ') + row.value);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

QSize FigureList::sizeHint() const {
    return {scaled(190, font()), scaled(220, font())};
}

QSize FigureList::minimumSizeHint() const {
    return {scaled(150, font()), scaled(120, font())};
}

void FigureList::paintEvent(QPaintEvent*) {
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
    painter.drawText(QRect(after, 0, width() - after, titleHeight), Qt::AlignVCenter, subtitle_);
    // Rows move together rather than fall out of a low view.
    double height = scaled(20, font());
    if (!rows_.empty())
        height = std::min(height,
                          (this->height() - titleHeight - 4.0) / static_cast<double>(rows_.size()));
    double y = titleHeight + 2;
    for (const Row& row : rows_) {
        const QRectF line(pad, y, width() - 2 * pad, height);
        y += height;
        if (row.value.isEmpty()) {
            painter.setFont(fonts.title);
            painter.setPen(colors.text);
            painter.drawText(line, Qt::AlignVCenter, row.name);
            continue;
        }
        QFont text = fonts.small;
        text.setBold(row.isStrong);
        painter.setFont(text);
        const QFontMetrics metrics(text);
        double left = line.left();
        if (row.style) {
            const double middle = line.center().y();
            painter.setPen(seriesPen(*row.style, colors, 1.6));
            const double length = scaled(20, font());
            painter.drawLine(QPointF(left, middle), QPointF(left + length, middle));
            paintMarker(painter, {left + length / 2, middle}, *row.style, colors, 3);
            left += length + scaled(6, font());
        }
        painter.setPen(colors.text);
        painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, row.value);
        const double room = line.right() - metrics.horizontalAdvance(row.value) - 8 - left;
        painter.setPen(row.isStrong || row.style ? colors.text : colors.muted);
        painter.drawText(QRectF(left, line.top(), room, height), Qt::AlignVCenter,
                         metrics.elidedText(row.name, Qt::ElideRight, static_cast<int>(room)));
    }
}

void FigureList::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        update();
    QWidget::changeEvent(event);
}

} // namespace inlay::widgets
