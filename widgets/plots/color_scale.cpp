#include "widgets/plots/color_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QFontMetrics>
#include <QLocale>
#include <QPainter>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

bool ColorScale::hasColor(double value) const {
    return std::isfinite(value) && (scale == AxisScale::Linear || value > 0);
}

double ColorScale::position(double value) const {
    if (!hasColor(value))
        return std::numeric_limits<double>::quiet_NaN();
    if (scale == AxisScale::Log)
        return std::log(value / range.low) / std::log(range.high / range.low);
    return (value - range.low) / range.size();
}

void paintColorScale(QPainter& painter, const QRect& room, const ColorScale& scale,
                     Appearance appearance, const QColor& text, const QFont& font,
                     const QFont& small) {
    const QFontMetrics metrics(small);
    const QRect bar(room.left() + scaled(10, font), room.top(), scaled(10, font), room.height());
    QLinearGradient gradient(bar.bottomLeft(), bar.topLeft());
    const auto stops = colorStops(scale.map, appearance);
    for (std::size_t i = 0; i < stops.size(); ++i)
        gradient.setColorAt(static_cast<double>(i) / static_cast<double>(stops.size() - 1),
                            stops[i]);
    painter.fillRect(bar, gradient);
    painter.setPen(text);
    painter.setFont(small);
    const Range& range = scale.range;
    const double middle = scale.scale == AxisScale::Log ? std::sqrt(range.low * range.high)
                                                        : (range.low + range.high) / 2;
    const QLocale locale;
    const int x = bar.right() + scaled(5, font);
    const auto write = [&](double value, double y) {
        painter.drawText(QRectF(x, y - metrics.height() / 2.0, room.right() - x, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                         formatNumber(value, 2, locale));
    };
    const double inset = metrics.height() / 2.0 - 2;
    write(range.high, bar.top() + inset);
    if (room.height() > 5 * metrics.height())
        write(middle, bar.center().y());
    write(range.low, bar.bottom() - inset);
}

int colorScaleWidth(const ColorScale& scale, const QFont& font, const QFont& small) {
    const QFontMetrics metrics(small);
    int numbers = 0;
    for (const double value : {scale.range.low, scale.range.high})
        numbers = std::max(numbers, metrics.horizontalAdvance(formatNumber(value, 2, QLocale())));
    return std::max(scaled(70, font), numbers + scaled(32, font));
}

} // namespace inlay::widgets
