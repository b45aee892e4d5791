#include "widgets/plots/class_legend.h"

#include <algorithm>
#include <numeric>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kLongestName = 120;
constexpr double kMark = 13;
constexpr double kGap = 7;

} // namespace

ClassLegend::ClassLegend(QWidget* parent)
    : QWidget(parent) {
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    announce();
}

void ClassLegend::setClasses(std::vector<CloudClass> classes) {
    if (classes == classes_)
        return;
    classes_ = std::move(classes);
    isolated_.clear();
    current_ = 0;
    arrange();
    announce();
    update();
}

void ClassLegend::setIsolated(const std::vector<int>& classes) {
    if (classes == isolated_)
        return;
    isolated_ = classes;
    announce();
    update();
}

QRect ClassLegend::rectOf(int index) const {
    return index < static_cast<int>(rects_.size()) ? rects_[static_cast<std::size_t>(index)]
                                                   : QRect();
}

QSize ClassLegend::sizeHint() const {
    return {scaled(300, font()), scaled(measure::kPlotTitleHeight, font())};
}

QSize ClassLegend::minimumSizeHint() const {
    return {scaled(80, font()), scaled(measure::kPlotTitleHeight, font())};
}

void ClassLegend::arrange() {
    const QFontMetrics metrics(fontsFor(font()).small);
    const int pad = scaled(measure::kViewPadding, font());
    const int mark = scaled(kMark, font());
    const int gap = scaled(kGap, font());
    const int moreWidth = metrics.horizontalAdvance(tr("%L1 more").arg(classes_.size())) + gap;
    rects_.clear();
    more_ = {};
    const int right = width() - gap / 2;
    int x = pad - gap / 2;
    std::vector<int> widths;
    for (const CloudClass& one : classes_)
        widths.push_back(
            mark + gap +
            std::min(metrics.horizontalAdvance(one.name), scaled(kLongestName, font())));
    const bool allFit = x + std::accumulate(widths.begin(), widths.end(), 0) <= right;
    for (std::size_t i = 0; i < classes_.size(); ++i) {
        const int wide = widths[i];
        if (!allFit && x + wide + moreWidth > right) {
            more_ = QRect(x, 0, moreWidth + gap, height());
            break;
        }
        rects_.emplace_back(x, 0, wide, height());
        x += wide;
    }
}

void ClassLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const QFont small = fontsFor(font()).small;
    const QFontMetrics metrics(small);
    painter.setFont(small);
    const int mark = scaled(kMark, font());
    const int gap = scaled(kGap, font());
    for (std::size_t i = 0; i < rects_.size(); ++i) {
        const QRect& rect = rects_[i];
        const bool isShown = isolated_.empty() || std::find(isolated_.begin(), isolated_.end(),
                                                            static_cast<int>(i)) != isolated_.end();
        painter.setOpacity(isShown ? 1 : 0.35);
        SeriesStyle style = classes_[i].style;
        style.marker = Marker::Disc;
        paintMarker(painter, QPointF(rect.left() + gap / 2.0 + mark / 3.0, rect.center().y() + 0.5),
                    style, t, scaled(3.5, font()));
        painter.setPen(isShown ? t.text : t.muted);
        painter.drawText(
            rect.adjusted(gap / 2 + mark - 2, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(classes_[i].name, Qt::ElideRight, scaled(kLongestName, font())));
        painter.setOpacity(1);
        if (hasFocus() && static_cast<int>(i) == current_) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(t.accent, 2));
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 2, -1, -2), 3, 3);
        }
    }
    if (!more_.isEmpty()) {
        painter.setPen(t.accent);
        painter.drawText(more_.adjusted(gap / 2, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         tr("%L1 more").arg(classes_.size() - rects_.size()));
    }
}

void ClassLegend::choose(int index, Qt::KeyboardModifiers modifiers) {
    std::vector<int> next;
    if (modifiers & (Qt::ControlModifier | Qt::ShiftModifier)) {
        next = isolated_;
        const auto at = std::find(next.begin(), next.end(), index);
        if (at != next.end())
            next.erase(at);
        else
            next.insert(std::upper_bound(next.begin(), next.end(), index), index);
        if (next.size() == classes_.size())
            next.clear();
    } else if (isolated_ != std::vector<int>{index}) {
        next = {index};
    }
    setIsolated(next);
    emit isolatedChanged(isolated_);
}

void ClassLegend::openMore() {
    QMenu menu(this);
    for (std::size_t i = rects_.size(); i < classes_.size(); ++i) {
        QAction* action = menu.addAction(classes_[i].name);
        action->setCheckable(true);
        action->setChecked(std::find(isolated_.begin(), isolated_.end(), static_cast<int>(i)) !=
                           isolated_.end());
        connect(action, &QAction::triggered, this,
                [this, i] { choose(static_cast<int>(i), Qt::NoModifier); });
    }
    menu.exec(mapToGlobal(more_.bottomLeft()));
}

void ClassLegend::mousePressEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    if (more_.contains(at)) {
        openMore();
        return;
    }
    for (std::size_t i = 0; i < rects_.size(); ++i)
        if (rects_[i].contains(at)) {
            current_ = static_cast<int>(i);
            choose(current_, event->modifiers());
        }
}

void ClassLegend::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(rects_.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        current_ = std::max(0, current_ - 1);
        break;
    case Qt::Key_Right:
        if (current_ == last && !more_.isEmpty())
            openMore();
        current_ = std::min(std::max(0, last), current_ + 1);
        break;
    case Qt::Key_Space:
    case Qt::Key_Return:
        if (current_ <= last)
            choose(current_, event->modifiers());
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    announce();
    update();
}

bool ClassLegend::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        for (std::size_t i = 0; i < rects_.size(); ++i)
            if (rects_[i].contains(help->pos())) {
                QToolTip::showText(help->globalPos(),
                                   tr("%1. Click: show it alone. Ctrl+click: add or remove it.")
                                       .arg(classes_[i].name),
                                   this);
                return true;
            }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void ClassLegend::announce() {
    QString name = tr("Classes");
    if (hasFocus() && current_ < static_cast<int>(classes_.size()))
        name += QStringLiteral(": ") + classes_[static_cast<std::size_t>(current_)].name;
    setAccessibleName(name);
    QStringList shown;
    for (const int one : isolated_)
        if (one < static_cast<int>(classes_.size()))
            shown << classes_[static_cast<std::size_t>(one)].name;
    setAccessibleDescription(shown.isEmpty()
                                 ? tr("%L1 classes, all shown").arg(classes_.size())
                                 : tr("Shown alone: %1").arg(shown.join(QStringLiteral(", "))));
}

void ClassLegend::resizeEvent(QResizeEvent*) {
    arrange();
}

void ClassLegend::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        arrange();
    update();
}

void ClassLegend::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    announce();
}

void ClassLegend::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    announce();
}

} // namespace inlay::widgets
