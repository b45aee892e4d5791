#include "widgets/plots/readout_row.h"

#include <algorithm>

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

QString unitText(const Readout& readout) {
    if (readout.unit.isEmpty())
        return {};
    return readout.unit == QStringLiteral("×") ? readout.unit : QLatin1Char(' ') + readout.unit;
}

QColor toneColor(Tone tone, const Tokens& t) {
    switch (tone) {
    case Tone::Normal:
        return t.text;
    case Tone::Good:
        return t.good;
    case Tone::Warn:
        return t.warn;
    case Tone::Bad:
        return t.bad;
    }
    return t.text;
}

} // namespace

ReadoutRow::ReadoutRow(QWidget* parent)
    : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Read-outs"));
}

void ReadoutRow::setReadouts(std::vector<Readout> readouts) {
    if (readouts == readouts_)
        return;
    const bool sameCount = readouts.size() == readouts_.size();
    readouts_ = std::move(readouts);
    QStringList parts;
    for (const Readout& r : readouts_)
        parts << (r.caption + QLatin1Char(' ') + r.value + unitText(r) + QLatin1Char(' ') +
                  r.secondary)
                     .trimmed();
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
    if (!sameCount)
        updateGeometry();
    update();
}

QSize ReadoutRow::sizeHint() const {
    return {scaled(150, font()) * static_cast<int>(std::max<std::size_t>(1, readouts_.size())),
            scaled(measure::kReadoutHeight, font())};
}

QSize ReadoutRow::minimumSizeHint() const {
    const Fonts fonts = fontsFor(font());
    int width = 0;
    for (const Readout& r : readouts_)
        width = std::max(width, QFontMetrics(fonts.readout).horizontalAdvance(r.value) +
                                    QFontMetrics(fonts.small).horizontalAdvance(unitText(r)));
    return {(width + scaled(20, font())) * static_cast<int>(readouts_.size()),
            scaled(measure::kReadoutHeight, font())};
}

double ReadoutRow::cellWidth() const {
    return static_cast<double>(width() - scaled(measure::kViewPadding, font())) /
           static_cast<double>(std::max<std::size_t>(1, readouts_.size()));
}

void ReadoutRow::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    painter.fillRect(rect(), t.surface);
    const Fonts fonts = fontsFor(font());
    const QFontMetrics small(fonts.small);
    const QFontMetrics big(fonts.readout);
    const double cell = cellWidth();
    const int padding = scaled(measure::kViewPadding, font());
    const int captionTop = (height() - small.height() - big.height()) / 2;
    for (std::size_t i = 0; i < readouts_.size(); ++i) {
        const Readout& r = readouts_[i];
        const double left = padding + static_cast<double>(i) * cell;
        if (i > 0) {
            painter.setPen(QPen(t.border, 1));
            const double x = std::floor(left - padding / 2.0) + 0.5;
            painter.drawLine(QPointF(x, height() * 0.2), QPointF(x, height() * 0.8));
        }
        const double room = cell - padding;
        const QString caption = small.elidedText(r.caption, Qt::ElideRight, static_cast<int>(room));
        // A caption cut to a stump says less than none.
        const bool captioned = caption.size() > 4 || caption == r.caption;
        painter.setFont(fonts.small);
        painter.setPen(t.muted);
        if (captioned)
            painter.drawText(QRectF(left, captionTop, room, small.height()),
                             Qt::AlignLeft | Qt::AlignVCenter, caption);
        const double top =
            captioned ? captionTop + small.height() : (height() - big.height()) / 2.0;
        const double baseline = top + big.ascent();
        painter.setFont(fonts.readout);
        painter.setPen(toneColor(r.tone, t));
        painter.drawText(QPointF(left, baseline), r.value);
        double x = left + big.horizontalAdvance(r.value);
        painter.setFont(fonts.small);
        painter.setPen(t.muted);
        const QString unit = unitText(r);
        painter.drawText(QPointF(x + 1, baseline), unit);
        x += 1 + small.horizontalAdvance(unit) + scaled(6, font());
        if (!r.secondary.isEmpty() && x + small.horizontalAdvance(r.secondary) <= left + room)
            painter.drawText(QPointF(x, baseline), r.secondary);
    }
}

void ReadoutRow::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        update();
    if (event->type() == QEvent::FontChange)
        updateGeometry();
}

bool ReadoutRow::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto index = static_cast<std::size_t>(std::max(0.0, help->pos().x() / cellWidth()));
    if (index >= readouts_.size())
        return true;
    const Readout& r = readouts_[index];
    // What did not fit is said here.
    const QString whole =
        (r.caption + QStringLiteral(": ") + r.value + unitText(r) + QLatin1Char(' ') + r.secondary)
            .trimmed();
    QToolTip::showText(help->globalPos(),
                       r.toolTip.isEmpty() ? whole : whole + QLatin1Char('\n') + r.toolTip, this);
    return true;
}

} // namespace inlay::widgets
