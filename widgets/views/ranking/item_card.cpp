#include "widgets/views/ranking/item_card.h"

#include <QPainter>

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

void ItemCard::setItem(const ActiveItem& item) {
    name_ = item.name;
    if (!item.image.isNull())
        picture_ = QPixmap::fromImage(item.image);
    else if (!item.file.isEmpty())
        picture_ = QPixmap(item.file);
    else
        picture_ = {};
    setAccessibleName(tr("%1: %2").arg(words_, name_));
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
