#include "widgets/views/clustering/buffer_panel.h"

#include <algorithm>

#include <QLocale>
#include <QPainter>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kLabelWidth = 56;
constexpr double kAlgorithmWidth = 92;
constexpr double kNumbersWidth = 120;
constexpr double kBarHeight = 9;
constexpr int kBarColor = 2;
constexpr int kResultColor = 5;

} // namespace

BufferPanel::BufferPanel(QWidget* parent)
    : QWidget(parent) {
    setAccessibleName(tr("Buffers"));
}

void BufferPanel::setLevels(std::vector<StreamLevel> levels) {
    levels_ = std::move(levels);
    updateGeometry();
    update();
}

void BufferPanel::setMoment(const StreamMoment& moment, const QString& footer) {
    used_ = moment.used;
    centers_ = moment.centers.size();
    footer_ = footer;
    const QLocale locale;
    QStringList words;
    for (std::size_t i = 0; i < used_.size() && i < levels_.size(); ++i)
        words << tr("level %L1 holds %2 points").arg(i + 1).arg(formatStep(used_[i], locale));
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

void BufferPanel::setSubtitle(const QString& subtitle) {
    subtitle_ = subtitle;
    update();
}

int BufferPanel::rowHeight() const {
    return scaled(20, font());
}

QSize BufferPanel::sizeHint() const {
    const int rows = static_cast<int>(levels_.size()) + 1;
    return {scaled(320, font()), scaled(measure::kPlotTitleHeight, font()) +
                                     (rows + 1) * rowHeight() + scaled(12, font())};
}

QSize BufferPanel::minimumSizeHint() const {
    return {scaled(240, font()), sizeHint().height()};
}

void BufferPanel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    const QLocale locale;
    const double pad = scaled(measure::kViewPadding, font());
    const double titleHeight = scaled(measure::kPlotTitleHeight, font());
    const QString title = tr("Buffers");
    painter.setFont(fonts.title);
    painter.setPen(t.text);
    const QFontMetrics titleMetrics(fonts.title);
    painter.drawText(QRectF(pad, 0, width() - 2 * pad, titleHeight),
                     Qt::AlignLeft | Qt::AlignVCenter, title);
    painter.setFont(fonts.small);
    const QFontMetrics metrics(fonts.small);
    painter.setPen(t.muted);
    const double after = pad + titleMetrics.horizontalAdvance(title) + scaled(8, font());
    const double subtitleWidth = std::max(0.0, width() - pad - after);
    painter.drawText(
        QRectF(after, 0, subtitleWidth, titleHeight), Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(subtitle_, Qt::ElideRight, static_cast<int>(subtitleWidth)));
    const double labels = scaled(kLabelWidth, font());
    const double algorithms = scaled(kAlgorithmWidth, font());
    const double numbers = scaled(kNumbersWidth, font());
    const double barLeft = pad + labels + algorithms;
    const double barWidth = std::max(20.0, width() - barLeft - numbers - 2 * pad);
    const double barHeight = scaled(kBarHeight, font());
    double y = titleHeight;
    const auto row = [&](const QString& label, const QString& algorithm, double share,
                         const QString& text, int color) {
        const double height = rowHeight();
        painter.setPen(t.text);
        painter.drawText(QRectF(pad, y, labels, height), Qt::AlignLeft | Qt::AlignVCenter, label);
        painter.setPen(t.muted);
        painter.drawText(QRectF(pad + labels, y, algorithms, height),
                         Qt::AlignLeft | Qt::AlignVCenter, algorithm);
        painter.setPen(Qt::NoPen);
        const QRectF track(barLeft, y + (height - barHeight) / 2, barWidth, barHeight);
        painter.setBrush(t.track);
        painter.drawRect(track);
        painter.setBrush(t.series[static_cast<std::size_t>(color)]);
        painter.drawRect(QRectF(track.left(), track.top(),
                                track.width() * std::clamp(share, 0.0, 1.0), track.height()));
        painter.setPen(t.muted);
        painter.drawText(QRectF(barLeft + barWidth, y, numbers + pad, height),
                         Qt::AlignRight | Qt::AlignVCenter, text);
        y += height;
    };
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        const double used = i < used_.size() ? used_[i] : 0;
        const double capacity = levels_[i].capacity;
        row(tr("Level %1").arg(i + 1), levels_[i].algorithm, capacity > 0 ? used / capacity : 0,
            tr("%1 of %2").arg(formatStep(used, locale), formatStep(capacity, locale)), kBarColor);
    }
    painter.setPen(t.text);
    painter.drawText(QRectF(pad, y, labels, rowHeight()), Qt::AlignLeft | Qt::AlignVCenter,
                     tr("Result"));
    painter.setPen(t.series[kResultColor]);
    painter.drawText(QRectF(pad + labels, y, algorithms + barWidth, rowHeight()),
                     Qt::AlignLeft | Qt::AlignVCenter, tr("%L1 centers").arg(centers_));
    y += rowHeight();
    painter.setPen(t.muted);
    painter.drawText(
        QRectF(pad, y, width() - 2 * pad, rowHeight()), Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(footer_, Qt::ElideRight, static_cast<int>(width() - 2 * pad)));
}

} // namespace inlay::widgets
