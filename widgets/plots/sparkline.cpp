#include "widgets/plots/sparkline.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <QPainter>

#include "engine/analysis/downsample.h"

namespace inlay::widgets {

void paintSparkline(QPainter& painter, const QRectF& rect, std::span<const double> values,
                    const SeriesStyle& style, const Tokens& tokens) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const double value : values) {
        if (!std::isfinite(value))
            continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    if (low > high || rect.width() < 2)
        return;
    std::vector<double> x(values.size());
    std::iota(x.begin(), x.end(), 0.0);
    const auto kept =
        engine::minMaxIndices(x, values, static_cast<std::size_t>(std::max(1.0, rect.width())));
    const QRectF inner = rect.adjusted(2, 2, -3, -2);
    const double last = std::max<double>(1, static_cast<double>(values.size()) - 1);
    const auto place = [&](std::size_t i) {
        const double share = high > low ? (values[i] - low) / (high - low) : 0.5;
        return QPointF(inner.left() + static_cast<double>(i) / last * inner.width(),
                       inner.bottom() - share * inner.height());
    };
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen(seriesColor(style, tokens), 1.3);
    pen.setJoinStyle(Qt::RoundJoin);
    painter.setPen(pen);
    QPolygonF line;
    const auto flush = [&] {
        if (line.size() > 1)
            painter.drawPolyline(line);
        line.clear();
    };
    QPointF end;
    for (const std::size_t i : kept) {
        if (!std::isfinite(values[i])) {
            flush();
            continue;
        }
        end = place(i);
        line << end;
    }
    flush();
    painter.setBrush(pen.color());
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(end, 1.8, 1.8);
    painter.restore();
}

} // namespace inlay::widgets
