#include "widgets/views/embeddings/thumb_grid.h"

#include <algorithm>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

ThumbGrid::ThumbGrid(const PointFaces& faces, QWidget* parent)
    : QWidget(parent)
    , faces_(faces) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

void ThumbGrid::setTitle(const QString& title, const QString& subtitle) {
    title_ = title;
    subtitle_ = subtitle;
    setAccessibleName(title);
    update();
}

void ThumbGrid::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

void ThumbGrid::setCells(std::vector<Cell> cells) {
    if (cells != cells_) {
        cells_ = std::move(cells);
        current_ = -1;
        QStringList words;
        for (int i = 0; i < std::min(24, static_cast<int>(cells_.size())); ++i)
            words << wordsOf(i);
        setAccessibleDescription(words.isEmpty() ? emptyText_ : words.join(QStringLiteral("; ")));
    }
    update();
}

void ThumbGrid::setFurther(std::size_t count) {
    further_ = count;
    update();
}

int ThumbGrid::lines() const {
    int most = keptLines_;
    for (const Cell& cell : cells_)
        most = std::max(most, cell.second.isEmpty() ? cell.caption.isEmpty() ? 0 : 1 : 2);
    return most;
}

int ThumbGrid::cellWidth() const {
    return scaled(side_ + 9, font());
}

int ThumbGrid::rowHeight() const {
    const int line = QFontMetrics(fontsFor(font()).small).height();
    return scaled(side_ + 7, font()) + lines() * line;
}

int ThumbGrid::columns() const {
    const int room = width() - 2 * scaled(measure::kViewPadding, font()) + scaled(9, font());
    return std::max(1, room / cellWidth());
}

int ThumbGrid::shownCells() const {
    const int top = scaled(measure::kPlotTitleHeight, font());
    // The last row may reach into the free space below its words.
    const int rows = std::max(1, (height() - top + scaled(5, font())) / rowHeight());
    return std::min(static_cast<int>(cells_.size()), rows * columns());
}

QRectF ThumbGrid::faceOf(int cell) const {
    const int side = scaled(side_, font());
    const int row = cell / columns();
    return QRectF(scaled(measure::kViewPadding, font()) + cell % columns() * cellWidth(),
                  scaled(measure::kPlotTitleHeight + 2, font()) + row * rowHeight(), side, side);
}

QSize ThumbGrid::sizeHint() const {
    return {scaled(270, font()),
            scaled(measure::kPlotTitleHeight + 4, font()) + wantedRows_ * rowHeight()};
}

QSize ThumbGrid::minimumSizeHint() const {
    return {scaled(150, font()), scaled(measure::kPlotTitleHeight + 4, font()) + rowHeight()};
}

QString ThumbGrid::wordsOf(int cell) const {
    const Cell& one = cells_[static_cast<std::size_t>(cell)];
    QStringList words{faces_.name(one.point)};
    if (const QString label = faces_.labelOf(one.point); !label.isEmpty())
        words << tr("label %1").arg(label);
    if (!one.caption.isEmpty())
        words << one.caption;
    if (!one.second.isEmpty())
        words << one.second;
    return words.join(QStringLiteral(", "));
}

void ThumbGrid::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    painter.fillRect(rect(), t.surface);
    const int pad = scaled(measure::kViewPadding, font());
    const int titleHeight = scaled(measure::kPlotTitleHeight, font());
    painter.setFont(fonts.title);
    painter.setPen(t.text);
    painter.drawText(QRect(pad, 0, width() - pad, titleHeight), Qt::AlignVCenter, title_);
    const int after = pad + QFontMetrics(fonts.title).horizontalAdvance(title_) + scaled(8, font());
    const int shown = shownCells();
    const std::size_t hidden = cells_.size() - static_cast<std::size_t>(shown) + further_;
    const QFontMetrics small(fonts.small);
    painter.setFont(fonts.small);
    painter.setPen(t.muted);
    int right = width() - pad;
    if (hidden > 0) {
        const QString more = tr("%L1 more").arg(hidden);
        painter.drawText(QRect(after, 0, right - after, titleHeight),
                         Qt::AlignVCenter | Qt::AlignRight, more);
        right -= small.horizontalAdvance(more) + scaled(8, font());
    }
    painter.drawText(QRect(after, 1, right - after, titleHeight), Qt::AlignVCenter,
                     small.elidedText(subtitle_, Qt::ElideRight, right - after));
    if (cells_.empty()) {
        painter.setFont(fonts.body);
        painter.drawText(rect().adjusted(pad, titleHeight, -pad, -pad / 2),
                         Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, emptyText_);
        return;
    }
    const int line = small.height();
    for (int i = 0; i < shown; ++i) {
        const Cell& cell = cells_[static_cast<std::size_t>(i)];
        const QRectF face = faceOf(i);
        std::optional<QColor> frame;
        if (cell.tone == Tone::Bad)
            frame = t.bad;
        if (i == current_)
            frame = t.accent;
        faces_.paint(painter, face, cell.point, t, fonts.small, frame);
        painter.setFont(fonts.small);
        const QRectF words(face.left() - scaled(4, font()), face.bottom() + scaled(2, font()),
                           face.width() + scaled(8, font()), line);
        painter.setPen(t.text);
        painter.drawText(
            words, Qt::AlignCenter,
            small.elidedText(cell.caption, Qt::ElideRight, static_cast<int>(words.width())));
        painter.setPen(cell.tone == Tone::Bad ? t.bad : t.muted);
        painter.drawText(
            words.translated(0, line), Qt::AlignCenter,
            small.elidedText(cell.second, Qt::ElideRight, static_cast<int>(words.width())));
    }
}

int ThumbGrid::cellAt(const QPointF& pixel) const {
    for (int i = 0; i < shownCells(); ++i)
        if (faceOf(i).adjusted(-3, -3, 3, 3).contains(pixel))
            return i;
    return -1;
}

void ThumbGrid::setCurrent(int cell) {
    if (cell == current_)
        return;
    current_ = cell;
    update();
    emit pointHovered(cell < 0 ? -1 : cells_[static_cast<std::size_t>(cell)].point);
}

void ThumbGrid::mouseMoveEvent(QMouseEvent* event) {
    setCurrent(cellAt(event->position()));
}

void ThumbGrid::mousePressEvent(QMouseEvent* event) {
    const int cell = cellAt(event->position());
    if (cell >= 0)
        emit pointChosen(cells_[static_cast<std::size_t>(cell)].point);
}

void ThumbGrid::leaveEvent(QEvent*) {
    setCurrent(-1);
}

void ThumbGrid::keyPressEvent(QKeyEvent* event) {
    const int last = shownCells() - 1;
    int next = current_;
    switch (event->key()) {
    case Qt::Key_Left:
        next = current_ - 1;
        break;
    case Qt::Key_Right:
        next = current_ + 1;
        break;
    case Qt::Key_Up:
        next = current_ - columns();
        break;
    case Qt::Key_Down:
        next = current_ + columns();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (current_ >= 0)
            emit pointChosen(cells_[static_cast<std::size_t>(current_)].point);
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (last >= 0) {
        setCurrent(std::clamp(next, 0, last));
        setAccessibleName(title_ + QStringLiteral(": ") + wordsOf(current_));
    }
}

void ThumbGrid::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    if (event->reason() != Qt::MouseFocusReason && current_ < 0 && shownCells() > 0)
        setCurrent(0);
}

void ThumbGrid::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    setAccessibleName(title_);
    setCurrent(-1);
}

bool ThumbGrid::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int cell = cellAt(help->pos());
    if (cell >= 0)
        QToolTip::showText(help->globalPos(), wordsOf(cell), this);
    else
        QToolTip::hideText();
    return true;
}

} // namespace inlay::widgets
