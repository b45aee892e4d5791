#include "widgets/views/train/mistakes_strip.h"

#include <algorithm>

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kPicture = 40;
constexpr double kBetweenMistakes = 8;

QString percent(double confidence) {
    return MistakesStrip::tr("%1 %").arg(qRound(100 * confidence));
}

} // namespace

MistakesStrip::MistakesStrip(QWidget* parent)
    : QWidget(parent) {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Mistakes"));
    setMouseTracking(true);
}

void MistakesStrip::setMistakes(std::vector<MistakeImage> mistakes, const QString& subtitle) {
    mistakes_ = std::move(mistakes);
    subtitle_ = subtitle;
    QStringList words;
    for (const MistakeImage& one : mistakes_)
        words << tr("%1 taken for %2, %3")
                     .arg(one.label)
                     .arg(one.predicted)
                     .arg(percent(one.confidence));
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

void MistakesStrip::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

QSize MistakesStrip::sizeHint() const {
    return {scaled(244, font()), scaled(196, font())};
}

QSize MistakesStrip::minimumSizeHint() const {
    return {scaled(120, font()), scaled(100, font())};
}

MistakesStrip::Grid MistakesStrip::grid() const {
    const Fonts fonts = fontsFor(font());
    const int line = QFontMetrics(fonts.small).height();
    Grid grid;
    grid.left = scaled(measure::kViewPadding, font());
    grid.top = scaled(measure::kRowHeight + 6, font());
    grid.picture = scaled(kPicture, font());
    grid.cellWidth =
        std::max(grid.picture,
                 QFontMetrics(fonts.small).horizontalAdvance(QStringLiteral("9 → 9"))) +
        scaled(kBetweenMistakes, font());
    grid.cellHeight = grid.picture + 2 * line + scaled(kBetweenMistakes, font());
    grid.columns = std::max(1, (width() - grid.left) / grid.cellWidth);
    grid.rows = std::max(1, (height() - grid.top) / grid.cellHeight);
    return grid;
}

void MistakesStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    const Grid cells = grid();
    painter.fillRect(rect(), t.surface);
    const QRect head(cells.left, 0, width() - 2 * cells.left, scaled(measure::kRowHeight, font()));
    painter.setFont(fonts.title);
    painter.setPen(t.text);
    const QString title = tr("Mistakes");
    painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title);
    const int used = QFontMetrics(fonts.title).horizontalAdvance(title) + scaled(8, font());
    painter.setFont(fonts.body);
    painter.setPen(t.muted);
    const QRect rest = head.adjusted(used, 0, 0, 0);
    painter.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(fonts.body).elidedText(subtitle_, Qt::ElideRight, rest.width()));
    if (mistakes_.empty()) {
        painter.setFont(fonts.body);
        painter.drawText(rect().adjusted(cells.left, cells.top, -cells.left, -cells.left),
                         Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
        return;
    }
    const int line = QFontMetrics(fonts.small).height();
    const int shown = std::min(static_cast<int>(mistakes_.size()), cells.columns * cells.rows);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    for (int i = 0; i < shown; ++i) {
        const MistakeImage& one = mistakes_[static_cast<std::size_t>(i)];
        const int x = cells.left + (i % cells.columns) * cells.cellWidth;
        const int y = cells.top + (i / cells.columns) * cells.cellHeight;
        painter.drawImage(QRect(x, y, cells.picture, cells.picture), one.image);
        painter.setFont(fonts.small);
        const QFontMetrics metrics(fonts.small);
        const QString from = tr("%1 → ").arg(one.label);
        const QString to = QString::number(one.predicted);
        const int both = metrics.horizontalAdvance(from + to);
        int at = x + (cells.picture - both) / 2;
        painter.setPen(t.text);
        painter.drawText(QRect(at, y + cells.picture, both, line), Qt::AlignLeft | Qt::AlignVCenter,
                         from);
        at += metrics.horizontalAdvance(from);
        painter.setPen(t.bad);
        painter.drawText(QRect(at, y + cells.picture, both, line), Qt::AlignLeft | Qt::AlignVCenter,
                         to);
        painter.setPen(t.muted);
        painter.drawText(QRect(x, y + cells.picture + line, cells.picture, line), Qt::AlignCenter,
                         percent(one.confidence));
    }
}

bool MistakesStrip::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const Grid cells = grid();
    const int column = (help->pos().x() - cells.left) / cells.cellWidth;
    const int row = (help->pos().y() - cells.top) / cells.cellHeight;
    const int i = row * cells.columns + column;
    if (help->pos().y() < cells.top || help->pos().x() < cells.left || column >= cells.columns ||
        row >= cells.rows || i >= static_cast<int>(mistakes_.size())) {
        QToolTip::hideText();
        return true;
    }
    const MistakeImage& one = mistakes_[static_cast<std::size_t>(i)];
    QToolTip::showText(help->globalPos(),
                       tr("Is %1, taken for %2 with a probability of %3")
                           .arg(one.label)
                           .arg(one.predicted)
                           .arg(percent(one.confidence)),
                       this);
    return true;
}

} // namespace inlay::widgets
