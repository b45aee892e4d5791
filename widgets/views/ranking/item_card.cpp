#include "widgets/views/ranking/item_card.h"

#include <algorithm>

#include <QPainter>
#include <QPolygonF>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

ItemCard::ItemCard(const QString& key, const QString& words, QWidget* parent)
    : QAbstractButton(parent)
    , key_(key)
    , words_(words) {
    setFocusPolicy(Qt::NoFocus); // the panel has the keys
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setCursor(Qt::PointingHandCursor);
}

void ItemCard::setItem(const ActiveItem& item, std::optional<Range> curveRange) {
    name_ = item.name;
    run_ = item.run;
    curveRange_ = curveRange.value_or(Range{});
    if (!item.image.isNull())
        picture_ = QPixmap::fromImage(item.image);
    else if (!item.file.isEmpty())
        picture_ = QPixmap(item.file);
    else
        picture_ = {};
    QStringList facts = {tr("%1: %2").arg(words_, name_)};
    if (run_)
        for (const auto& [title, value] : run_->lines)
            facts << title + ' ' + value;
    setAccessibleName(facts.join(QStringLiteral(", ")));
    setToolTip(item.file.isEmpty() ? name_ : item.file);
    update();
}

QSize ItemCard::sizeHint() const {
    return {scaled(150, font()), scaled(170, font())};
}

QSize ItemCard::minimumSizeHint() const {
    return {scaled(96, font()), scaled(84, font())};
}

void ItemCard::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void ItemCard::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

// Name, figures, then the curve in what is left.
void ItemCard::paintRun(QPainter& painter, const QRect& body) const {
    const Tokens& colors = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    const int gap = scaled(4, font());
    painter.setFont(fonts.title);
    const QFontMetrics title(fonts.title);
    const QRect room(body.left(), body.top(), body.width(), 2 * title.lineSpacing());
    const int flags = Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap;
    const QRect named = title.boundingRect(room, flags, name_).intersected(room);
    painter.save();
    painter.setClipRect(room);
    painter.drawText(room, flags, name_);
    painter.restore();
    int y = named.bottom() + gap;
    // A curve says more than a third figure.
    const bool hasCurve = !run_->curve.x.empty();
    const int end = hasCurve ? y + (body.bottom() - y) / 2 : body.bottom();
    painter.setFont(font());
    const QFontMetrics metrics(font());
    for (const auto& [label, value] : run_->lines) {
        if (y + metrics.lineSpacing() > end)
            break;
        const int width = metrics.horizontalAdvance(value);
        painter.setPen(isEnabled() ? colors.text : colors.disabled);
        painter.drawText(QRect(body.right() - width, y, width + 1, metrics.lineSpacing()),
                         Qt::AlignRight | Qt::AlignVCenter, value);
        painter.setPen(isEnabled() ? colors.muted : colors.disabled);
        const int left = std::max(0, body.width() - width - 2 * gap);
        painter.drawText(QRect(body.left(), y, left, metrics.lineSpacing()),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(label, Qt::ElideMiddle, left));
        y += metrics.lineSpacing();
    }
    const QRect area = body.adjusted(0, y + gap - body.top(), 0, 0);
    if (hasCurve && area.height() > 2 * metrics.height())
        paintCurve(painter, area);
    painter.setFont(font());
}

// The ends of the y axis are written, so that two cards can be compared.
void ItemCard::paintCurve(QPainter& painter, const QRect& area) const {
    const Tokens& colors = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    const QFontMetrics small(fonts.small);
    painter.setFont(fonts.small);
    painter.setPen(colors.muted);
    painter.drawText(QRect(area.left(), area.top(), area.width(), small.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     small.elidedText(run_->curveTitle, Qt::ElideMiddle, area.width()));
    const QString top = QString::number(curveRange_.high, 'g', 3);
    const QString bottom = QString::number(curveRange_.low, 'g', 3);
    const int axis =
        std::max(small.horizontalAdvance(top), small.horizontalAdvance(bottom)) + scaled(6, font());
    const QRectF plot(area.left() + axis, area.top() + small.height() + 4, area.width() - axis,
                      area.height() - small.height() - 6);
    painter.drawText(
        QRectF(area.left(), plot.top() - small.height() / 2.0, axis - 4, small.height()),
        Qt::AlignRight | Qt::AlignVCenter, top);
    painter.drawText(
        QRectF(area.left(), plot.bottom() - small.height() / 2.0, axis - 4, small.height()),
        Qt::AlignRight | Qt::AlignVCenter, bottom);
    painter.setPen(QPen(colors.axis, 1));
    painter.drawLine(plot.topLeft(), plot.bottomLeft());
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    const Points& curve = run_->curve;
    const double first = curve.x.front();
    const double span = std::max(1e-300, curve.x.back() - first);
    const double height = std::max(1e-300, curveRange_.size());
    QPolygonF line;
    for (std::size_t i = 0; i < curve.x.size(); ++i)
        line << QPointF(plot.left() + plot.width() * (curve.x[i] - first) / span,
                        plot.bottom() - plot.height() * (curve.y[i] - curveRange_.low) / height);
    painter.setPen(QPen(isEnabled() ? colors.series[5] : colors.disabled, 1.6));
    if (line.size() == 1)
        painter.drawEllipse(line.front(), 2.5, 2.5);
    else
        painter.drawPolyline(line);
}

void ItemCard::paintEvent(QPaintEvent*) {
    const Tokens& colors = tokensOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isHot = isEnabled() && (underMouse() || isDown());
    painter.setPen(QPen(isHot ? colors.accent : colors.border, isHot ? 2 : 1));
    painter.setBrush(colors.raised);
    const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
    const double radius = scaled(measure::kButtonRadius, font());
    painter.drawRoundedRect(frame, radius, radius);
    const int pad = scaled(8, font());
    const int hint = fontMetrics().height() + pad;
    const QRect body = rect().adjusted(pad, pad, -pad, -pad - hint);
    painter.setPen(isEnabled() ? colors.text : colors.disabled);
    if (!picture_.isNull()) {
        // Small images show their pixels; photographs are smoothed.
        const bool isSmall = picture_.width() < body.width() / 2;
        const QPixmap shown =
            picture_.scaled(body.size(), Qt::KeepAspectRatio,
                            isSmall ? Qt::FastTransformation : Qt::SmoothTransformation);
        painter.drawPixmap(body.center() - QPoint(shown.width() / 2, shown.height() / 2), shown);
    } else if (run_) {
        paintRun(painter, body);
    } else {
        QFont large = fontsFor(font()).viewTitle;
        painter.setFont(large);
        painter.drawText(body, static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap, name_);
        painter.setFont(font());
    }
    // "[<-] this one"
    const QFontMetrics metrics(font());
    const int keyWidth = metrics.horizontalAdvance(key_) + pad;
    const QString words = metrics.elidedText(words_, Qt::ElideRight, width() - keyWidth - 3 * pad);
    const int total = keyWidth + pad / 2 + metrics.horizontalAdvance(words);
    const QRect key((width() - total) / 2, height() - hint - pad / 2, keyWidth,
                    metrics.height() + 2);
    painter.setPen(colors.border);
    painter.setBrush(colors.field);
    painter.drawRoundedRect(QRectF(key).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setPen(isEnabled() ? colors.text : colors.disabled);
    painter.drawText(key, Qt::AlignCenter, key_);
    painter.drawText(QRect(key.right() + pad / 2, key.top(), width(), key.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, words);
}

} // namespace inlay::widgets
