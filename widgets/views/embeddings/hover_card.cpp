#include "widgets/views/embeddings/hover_card.h"

#include <algorithm>

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr int kShownHere = 5;

QString cardText(const char* text) {
    return QCoreApplication::translate("HoverCard", text);
}

struct Line {
    QString text;
    QColor color;
};

} // namespace

void paintHoverCard(QPainter& painter, const QPointF& at, const QRect& room, std::int64_t point,
                    const PointFaces& faces, const std::vector<std::int32_t>& predicted,
                    const Neighborhood* neighborhood, const Tokens& t, const QFont& font) {
    const QFont small = fontsFor(font).small;
    const QFontMetrics metrics(small);
    const int pad = scaled(7, font);
    const int gap = scaled(9, font);
    const int line = metrics.height() + 1;
    const std::int32_t label = faces.label(point);
    std::vector<Line> lines{{faces.name(point), t.text}};
    const std::int32_t voted = static_cast<std::size_t>(point) < predicted.size()
                                   ? predicted[static_cast<std::size_t>(point)]
                                   : -1;
    QStringList words;
    if (label >= 0)
        words << cardText("label %1").arg(faces.labelName(label));
    if (voted >= 0)
        words << cardText("kNN %1").arg(faces.labelName(voted));
    if (!words.isEmpty())
        lines.push_back({words.join(QStringLiteral(", ")), t.muted});
    if (label >= 0 && voted >= 0 && voted != label)
        lines.push_back({cardText("wrong by kNN"), t.bad});
    int textWidth = 0;
    for (const Line& one : lines)
        textWidth = std::max(textWidth, metrics.horizontalAdvance(one.text));
    const int face = faces.hasPictures() ? scaled(46, font) : 0;
    const int near = neighborhood && !neighborhood->neighborsOf(point).empty()
                         ? static_cast<int>(std::min<std::int64_t>(neighborhood->k, kShownHere))
                         : 0;
    const int nearSide = scaled(24, font);
    const int nearStep =
        std::max(nearSide + scaled(6, font), metrics.horizontalAdvance(QStringLiteral("0.00")) + 6);
    const int top = std::max(face, static_cast<int>(lines.size()) * line);
    const QString nearTitle = cardText("nearest in the original space");
    const int nearWidth =
        near > 0 ? std::max(near * nearStep - 6, metrics.horizontalAdvance(nearTitle) + 2) : 0;
    const int nearHeight = near > 0 ? line + nearSide + line + scaled(8, font) : 0;
    const QSize size(2 * pad + std::max((face > 0 ? face + gap : 0) + textWidth, nearWidth),
                     2 * pad + top + nearHeight);
    const int away = scaled(14, font);
    QPoint corner(qRound(at.x()) + away, qRound(at.y()) - size.height() / 3);
    if (corner.x() + size.width() > room.right() - 2)
        corner.setX(qRound(at.x()) - away - size.width());
    corner.setX(std::clamp(corner.x(), room.left() + 2,
                           std::max(room.left() + 2, room.right() - 2 - size.width())));
    corner.setY(std::clamp(corner.y(), room.top() + 2,
                           std::max(room.top() + 2, room.bottom() - 2 - size.height())));
    const QRectF box(corner, size);
    painter.setPen(QPen(t.border, 1));
    painter.setBrush(t.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    double x = box.left() + pad;
    if (face > 0) {
        faces.paint(painter, QRectF(x, box.top() + pad, face, face), point, t, small);
        x += face + gap;
    }
    painter.setFont(small);
    double y = box.top() + pad + (top - static_cast<double>(lines.size()) * line) / 2;
    for (const Line& one : lines) {
        painter.setPen(one.color);
        painter.drawText(QRectF(x, y, box.right() - x, line), Qt::AlignVCenter, one.text);
        y += line;
    }
    if (near == 0)
        return;
    y = box.top() + pad + top + scaled(4, font);
    x = box.left() + pad;
    painter.setPen(t.muted);
    painter.drawText(QRectF(x, y, box.width(), line), Qt::AlignVCenter, nearTitle);
    y += line + 2;
    const auto index = neighborhood->neighborsOf(point);
    const auto distance = neighborhood->distancesOf(point);
    for (int i = 0; i < near; ++i, x += nearStep) {
        const auto other = index[static_cast<std::size_t>(i)];
        const std::int32_t its = faces.label(other);
        const bool isWrong = label >= 0 && its >= 0 && its != label;
        faces.paint(painter, QRectF(x, y, nearSide, nearSide), other, t, small,
                    isWrong ? std::optional(t.bad) : std::nullopt);
        painter.setFont(small);
        painter.setPen(isWrong ? t.bad : t.text);
        painter.drawText(QRectF(x - 4, y + nearSide + 2, nearSide + 8, line), Qt::AlignCenter,
                         formatNumber(distance[static_cast<std::size_t>(i)], 3, QLocale()));
    }
}

} // namespace inlay::widgets
