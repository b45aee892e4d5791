#include "widgets/views/clustering/recovery_bars.h"

#include <algorithm>
#include <cmath>

#include <QLocale>
#include <QPainter>

#include "widgets/theme/metrics.h"
#include "widgets/theme/series_style.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

RecoveryBars::RecoveryBars(QWidget* parent)
    : QWidget(parent) {
    setAccessibleName(tr("Recovered against planted"));
}

void RecoveryBars::setClusters(std::vector<TrueCluster> clusters) {
    clusters_ = std::move(clusters);
    QStringList words;
    for (const TrueCluster& cluster : clusters_)
        words << tr("%1, %2 nodes, %3").arg(cluster.name).arg(cluster.size).arg(stateText(cluster));
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

void RecoveryBars::setSmallest(double s0) {
    s0_ = s0;
    update();
}

QSize RecoveryBars::sizeHint() const {
    return {scaled(320, font()), scaled(150, font())};
}

QSize RecoveryBars::minimumSizeHint() const {
    return {scaled(220, font()), scaled(90, font())};
}

QString RecoveryBars::stateText(const TrueCluster& cluster) const {
    const QString asked = cluster.askedShare >= 0 && cluster.askedShare < 0.9995
                              ? tr(", %1 % asked").arg(100 * cluster.askedShare, 0, 'f', 0)
                              : QString();
    if (cluster.state == QStringLiteral("exact"))
        return tr("exact") + asked;
    if (cluster.state == QStringLiteral("partly"))
        return tr("%1 missing").arg(cluster.missing) + asked;
    if (s0_ > 0 && static_cast<double>(cluster.size) <= s0_)
        return tr("below s₀") + asked;
    return cluster.state.isEmpty() ? tr("above s₀") : tr("not found") + asked;
}

void RecoveryBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    const QFontMetrics metrics(font());
    const int pad = scaled(measure::kViewPadding, font());
    if (clusters_.empty()) {
        painter.setPen(t.muted);
        painter.drawText(rect().adjusted(pad, 0, -pad, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("No truth is known for this graph."));
        return;
    }
    const int heading = scaled(24, font());
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(t.text);
    painter.drawText(QRect(pad, 0, width() - 2 * pad, heading), Qt::AlignLeft | Qt::AlignVCenter,
                     tr("Recovered against planted"));
    painter.setFont(font());

    // Many clusters: as many rows as fit, the largest first, and a word about the rest.
    std::vector<TrueCluster> shown = clusters_;
    std::stable_sort(shown.begin(), shown.end(),
                     [](const TrueCluster& a, const TrueCluster& b) { return a.size > b.size; });
    const int row = metrics.height() + scaled(6, font());
    const int room = height() - heading - metrics.height() - scaled(8, font());
    const auto fit = static_cast<std::size_t>(std::max(1, room / row));
    std::size_t hidden = 0;
    if (shown.size() > fit) {
        hidden = shown.size() - (fit - 1);
        shown.resize(std::max<std::size_t>(1, fit - 1));
    }
    int nameWidth = 0;
    int sizeWidth = 0;
    int stateWidth = 0;
    for (const TrueCluster& cluster : shown) {
        nameWidth = std::max(nameWidth, metrics.horizontalAdvance(cluster.name));
        sizeWidth = std::max(
            sizeWidth, metrics.horizontalAdvance(QLocale().toString(qlonglong(cluster.size))));
        stateWidth = std::max(stateWidth, metrics.horizontalAdvance(stateText(cluster)));
    }
    nameWidth = std::min(nameWidth, width() / 5);
    const int gap = scaled(8, font());
    const int barLeft = pad + nameWidth + gap + sizeWidth + gap;
    const int barRight = std::max(barLeft + 20, width() - pad - stateWidth - gap);
    const double top = std::log10(std::max(2.0, static_cast<double>(shown.front().size)));
    const auto xOf = [&](double size) {
        return barLeft +
               std::clamp(std::log10(std::max(1.0, size)) / top, 0.0, 1.0) * (barRight - barLeft);
    };
    int y = heading;
    for (std::size_t i = 0; i < shown.size(); ++i, y += row) {
        const TrueCluster& cluster = shown[i];
        const QRect line(0, y, width(), row);
        painter.setPen(t.text);
        painter.drawText(QRect(pad, y, nameWidth, row), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(cluster.name, Qt::ElideRight, nameWidth));
        painter.drawText(QRect(pad + nameWidth + gap, y, sizeWidth, row),
                         Qt::AlignRight | Qt::AlignVCenter,
                         QLocale().toString(qlonglong(cluster.size)));
        const bool found =
            cluster.state == QStringLiteral("exact") || cluster.state == QStringLiteral("partly");
        const QRectF bar(barLeft, y + 0.25 * row,
                         std::max(2.0, xOf(static_cast<double>(cluster.size)) - barLeft),
                         0.5 * row);
        if (found) {
            painter.fillRect(bar, seriesColor(seriesStyle(static_cast<int>(i)), t));
        } else {
            painter.setPen(QPen(t.control, 1, Qt::DashLine));
            painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5));
        }
        painter.setPen(cluster.state == QStringLiteral("exact")    ? t.good
                       : cluster.state == QStringLiteral("partly") ? t.warn
                                                                   : t.muted);
        painter.drawText(QRect(barRight + gap, y, stateWidth, row),
                         Qt::AlignLeft | Qt::AlignVCenter, stateText(cluster));
    }
    if (hidden > 0) {
        painter.setPen(t.muted);
        painter.drawText(QRect(pad, y, width() - 2 * pad, row), Qt::AlignLeft | Qt::AlignVCenter,
                         tr("and %1 smaller ones").arg(hidden));
        y += row;
    }
    if (s0_ > 0 && std::isfinite(s0_)) {
        const double x = xOf(s0_);
        painter.setPen(QPen(t.bad, 1.4, Qt::DashLine));
        painter.drawLine(QPointF(x, heading), QPointF(x, y));
        const QString word = tr("s₀ %1").arg(QLocale().toString(s0_, 'f', 1));
        const int w = metrics.horizontalAdvance(word);
        painter.setPen(t.bad);
        painter.drawText(QRectF(std::clamp<double>(x - w / 2.0, pad, width() - pad - w), y, w + 2,
                                metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, word);
    }
}

} // namespace inlay::widgets
