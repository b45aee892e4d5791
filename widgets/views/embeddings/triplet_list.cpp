#include "widgets/views/embeddings/triplet_list.h"

#include <algorithm>

#include <QKeyEvent>
#include <QLocale>
#include <QPainter>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kFace = 30;

QString distanceText(double value) {
    return formatNumber(value, 3, QLocale());
}

} // namespace

TripletList::TripletList(const PointFaces& faces, QWidget* parent)
    : QWidget(parent)
    , faces_(faces) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Hardest triplets"));
}

void TripletList::setTriplets(std::vector<HardTriplet> triplets) {
    triplets_ = std::move(triplets);
    std::stable_sort(triplets_.begin(), triplets_.end(),
                     [](const HardTriplet& a, const HardTriplet& b) {
                         return a.toSame - a.toOther > b.toSame - b.toOther;
                     });
    current_ = -1;
    QStringList words;
    for (std::size_t i = 0; i < std::min<std::size_t>(triplets_.size(), 12); ++i)
        words << wordsOf(triplets_[i]);
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

QString TripletList::wordsOf(const HardTriplet& triplet) const {
    return tr("%1 is %2 from its own class and %3 from %4")
        .arg(faces_.name(triplet.anchor), distanceText(triplet.toSame),
             distanceText(triplet.toOther), faces_.name(triplet.other));
}

int TripletList::rowHeight() const {
    return scaled(kFace + 6, font());
}

int TripletList::shownRows() const {
    const int top = scaled(measure::kPlotTitleHeight, font());
    return std::min(static_cast<int>(triplets_.size()),
                    std::max(1, (height() - top) / rowHeight()));
}

QSize TripletList::sizeHint() const {
    return {scaled(270, font()), scaled(measure::kPlotTitleHeight, font()) + 4 * rowHeight()};
}

QSize TripletList::minimumSizeHint() const {
    return {scaled(150, font()), scaled(measure::kPlotTitleHeight, font()) + rowHeight()};
}

QRectF TripletList::faceOf(int row, int part) const {
    const int side = scaled(kFace, font());
    return QRectF(scaled(measure::kViewPadding, font()) + part * (side + scaled(7, font())),
                  scaled(measure::kPlotTitleHeight + 2, font()) + row * rowHeight(), side, side);
}

void TripletList::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    painter.fillRect(rect(), t.surface);
    const int pad = scaled(measure::kViewPadding, font());
    const int titleHeight = scaled(measure::kPlotTitleHeight, font());
    painter.setFont(fonts.title);
    painter.setPen(t.text);
    const QString title = tr("Hardest triplets");
    painter.drawText(QRect(pad, 0, width() - pad, titleHeight), Qt::AlignVCenter, title);
    const int after = pad + QFontMetrics(fonts.title).horizontalAdvance(title) + scaled(8, font());
    painter.setFont(fonts.small);
    painter.setPen(t.muted);
    painter.drawText(QRect(after, 1, width() - after - pad, titleHeight), Qt::AlignVCenter,
                     tr("anchor, same, other"));
    for (int row = 0; row < shownRows(); ++row) {
        const HardTriplet& one = triplets_[static_cast<std::size_t>(row)];
        const bool isViolated = one.toSame >= one.toOther;
        const std::int64_t points[] = {one.anchor, one.same, one.other};
        for (int part = 0; part < 3; ++part)
            faces_.paint(painter, faceOf(row, part), points[part], t, fonts.small,
                         row == current_ ? std::optional(t.accent) : std::nullopt);
        const QRectF last = faceOf(row, 2);
        const QRectF words(last.right() + scaled(10, font()), last.top(),
                           width() - last.right() - scaled(14, font()), last.height());
        painter.setFont(fonts.small);
        painter.setPen(isViolated ? t.bad : t.text);
        painter.drawText(
            words, Qt::AlignVCenter,
            tr("D+ %1   D− %2").arg(distanceText(one.toSame), distanceText(one.toOther)));
    }
}

std::int64_t TripletList::pointAt(const QPointF& pixel) const {
    for (int row = 0; row < shownRows(); ++row) {
        const HardTriplet& one = triplets_[static_cast<std::size_t>(row)];
        const std::int64_t points[] = {one.anchor, one.same, one.other};
        for (int part = 0; part < 3; ++part)
            if (faceOf(row, part).adjusted(-3, -3, 3, 3).contains(pixel))
                return points[part];
    }
    return -1;
}

void TripletList::mouseMoveEvent(QMouseEvent* event) {
    emit pointHovered(pointAt(event->position()));
}

void TripletList::mousePressEvent(QMouseEvent* event) {
    if (const std::int64_t point = pointAt(event->position()); point >= 0)
        emit pointChosen(point);
}

void TripletList::leaveEvent(QEvent*) {
    emit pointHovered(-1);
}

void TripletList::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Up:
        current_ = std::max(0, current_ - 1);
        break;
    case Qt::Key_Down:
        current_ = std::min(shownRows() - 1, current_ + 1);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (current_ >= 0 && current_ < shownRows())
            emit pointChosen(triplets_[static_cast<std::size_t>(current_)].anchor);
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (current_ >= 0 && current_ < static_cast<int>(triplets_.size())) {
        const HardTriplet& one = triplets_[static_cast<std::size_t>(current_)];
        setAccessibleName(tr("Hardest triplets: %1").arg(wordsOf(one)));
        emit pointHovered(one.anchor);
    }
    update();
}

} // namespace inlay::widgets
