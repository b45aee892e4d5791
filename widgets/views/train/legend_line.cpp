#include "widgets/views/train/legend_line.h"

#include <QPainter>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kStroke = 20;
constexpr double kBetween = 14;

} // namespace

LegendLine::LegendLine(QWidget* parent)
    : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LegendLine::setKeys(std::vector<Key> keys) {
    keys_ = std::move(keys);
    QStringList names;
    for (const Key& key : keys_)
        names << key.text;
    setAccessibleName(tr("Legend"));
    setAccessibleDescription(names.join(QStringLiteral(", ")));
    setToolTip(names.join(QStringLiteral("\n")));
    updateGeometry();
    update();
}

int LegendLine::widthOf(const Key& key) const {
    return scaled(kStroke + 6 + kBetween, font()) + fontMetrics().horizontalAdvance(key.text);
}

QSize LegendLine::sizeHint() const {
    int width = 0;
    for (const Key& key : keys_)
        width += widthOf(key);
    return {width, scaled(20, font())};
}

QSize LegendLine::minimumSizeHint() const {
    return {keys_.empty() ? 0 : widthOf(keys_.front()), scaled(20, font())};
}

void LegendLine::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const double middle = height() / 2.0;
    int x = 0;
    for (const Key& key : keys_) {
        const int width = widthOf(key);
        if (x + width - scaled(kBetween, font()) > this->width())
            break;
        const double stroke = scaled(kStroke, font());
        painter.setPen(seriesPen(key.style, t, 2));
        painter.drawLine(QPointF(x, middle), QPointF(x + stroke, middle));
        if (key.mark == Key::Mark::LineAndMarker)
            paintMarker(painter, {x + stroke / 2, middle}, key.style, t, 3);
        painter.setPen(t.text);
        painter.drawText(QRectF(x + stroke + scaled(6, font()), 0, width, height()),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, key.text);
        x += width;
    }
}

} // namespace inlay::widgets
