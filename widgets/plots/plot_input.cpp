#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plots/plot.h"
#include "widgets/plots/plot_private.h"
#include "widgets/plots/redraw_clock.h"

namespace inlay::widgets {
namespace {

constexpr double kWheelFactor = 0.8;
/// Wheel steps closer together than this are one entry of the history.
constexpr qint64 kWheelPauseMs = 400;
/// A press that moves less is a click.
constexpr double kClickSlop = 4;
constexpr std::size_t kLongestHistory = 100;

} // namespace

void Plot::remember() {
    const View view{xRange(), yRange()};
    history_.push_back(view);
    if (history_.size() > kLongestHistory)
        history_.erase(history_.begin());
}

/// Ranges that an axis can show: finite, not inverted, not below double's resolution, and positive
/// on log axes.
bool Plot::validRange(const Range& x, const Range& y) const {
    const auto valid = [](const Range& r, AxisScale scale) {
        const double size = r.size();
        return std::isfinite(size) && size > 0 &&
               size > 1e-13 * std::max(std::abs(r.low), std::abs(r.high)) &&
               (scale == AxisScale::Linear || r.low > 0);
    };
    return valid(x, xSpec_.scale) && valid(y, ySpec_.scale);
}

void Plot::zoomTo(const Range& x, const Range& y) {
    if (!validRange(x, y))
        return;
    remember();
    following_ = false;
    setRanges(x, y);
    rangeMoved_ = true;
    markUrgent();
}

void Plot::zoomBack() {
    if (history_.size() <= 1) {
        fit();
        return;
    }
    const View view = history_.back();
    history_.pop_back();
    setRanges(view.x, view.y);
    rangeMoved_ = true;
    markUrgent();
}

void Plot::fit() {
    history_.clear();
    following_ = true;
    exactFit_ = true;
    rangeMoved_ = true;
    markUrgent();
}

void Plot::zoomAround(const QPointF& pixel, double factorX, double factorY) {
    const QRect axes = axisRect();
    const auto around = [](double center, double edge, double factor) {
        return center + (edge - center) * factor;
    };
    const double left = axes.left();
    const double right = axes.left() + axes.width();
    const double bottom = axes.top() + axes.height();
    const double top = axes.top();
    const Range x = factorX == 1 ? xRange()
                                 : Range{toValueX(around(pixel.x(), left, factorX)),
                                         toValueX(around(pixel.x(), right, factorX))};
    const Range y = factorY == 1 ? yRange()
                                 : Range{toValueY(around(pixel.y(), bottom, factorY)),
                                         toValueY(around(pixel.y(), top, factorY))};
    if (!validRange(x, y))
        return;
    following_ = false;
    setRanges(x, y);
    rangeMoved_ = true;
    markUrgent();
}

/// Over the axes both ranges zoom, over the tick labels only that axis.
void Plot::wheelAt(const QPointF& pixel, double steps) {
    if (isEmpty() || steps == 0)
        return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (now - lastWheel_ > kWheelPauseMs || history_.empty())
        remember();
    lastWheel_ = now;
    const double factor = std::pow(kWheelFactor, steps);
    const QRect axes = axisRect();
    const bool below = pixel.y() > axes.bottom();
    const bool beside = pixel.x() < axes.left();
    zoomAround(pixel, beside ? 1 : factor, below || !zoomsY() ? 1 : factor);
}

bool Plot::mousePressed(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || isEmpty())
        return event->button() == Qt::LeftButton;
    drag_ = std::make_unique<Drag>();
    drag_->kind = event->modifiers() & Qt::ShiftModifier ? Drag::Kind::Box : Drag::Kind::Pan;
    drag_->start = drag_->now = event->position();
    drag_->view = {xRange(), yRange()};
    return true;
}

bool Plot::mouseMoved(QMouseEvent* event) {
    const QPointF pixel = event->position();
    pointer_ = pixel;
    if (!drag_) {
        const bool inside = axisRect().contains(pixel.toPoint()) && !isEmpty();
        const auto x = inside ? cursorAt(pixel) : std::nullopt;
        hoverAt(inside ? pointer_ : std::nullopt);
        if (x) {
            ownsCursor_ = true;
            setCursorX(x);
            emit cursorMoved(*x);
        } else if (cursorX_ && ownsCursor_) {
            leaveCursor();
        } else {
            redrawCursor();
        }
        return true;
    }
    drag_->now = pixel;
    if ((pixel - drag_->start).manhattanLength() > kClickSlop)
        drag_->moved = true;
    if (drag_->kind == Drag::Kind::Box) {
        redrawCursor();
        return true;
    }
    if (!drag_->moved)
        return true;
    canvas_->setCursor(Qt::ClosedHandCursor);
    const QPointF shift = drag_->start - pixel;
    setRanges(drag_->view.x, drag_->view.y);
    const QRect axes = axisRect();
    const Range x{toValueX(axes.left() + shift.x()),
                  toValueX(axes.left() + axes.width() + shift.x())};
    const Range y = zoomsY() ? Range{toValueY(axes.top() + axes.height() + shift.y()),
                                     toValueY(axes.top() + shift.y())}
                             : drag_->view.y;
    if (validRange(x, y)) {
        following_ = false;
        setRanges(x, y);
        rangeMoved_ = true;
        markUrgent();
    }
    return true;
}

bool Plot::mouseReleased(QMouseEvent* event) {
    if (!drag_ || event->button() != Qt::LeftButton)
        return event->button() == Qt::LeftButton;
    const std::unique_ptr<Drag> drag = std::move(drag_);
    canvas_->unsetCursor();
    if (!drag->moved) {
        if (axisRect().contains(drag->start.toPoint()))
            clickAt(drag->start);
        redrawCursor();
        return true;
    }
    if (drag->kind == Drag::Kind::Pan) {
        history_.push_back(drag->view);
        return true;
    }
    const QRectF box = QRectF(drag->start, drag->now).normalized().intersected(QRectF(axisRect()));
    if (box.width() > kClickSlop && (box.height() > kClickSlop || !zoomsY()))
        zoomTo({toValueX(box.left()), toValueX(box.right())},
               zoomsY() ? Range{toValueY(box.bottom()), toValueY(box.top())} : yRange());
    redrawCursor();
    return true;
}

void Plot::moveCursorBy(int points) {
    const auto x = stepTo(points);
    if (!x)
        return;
    ownsCursor_ = true;
    pointer_.reset();
    const Range range = xRange();
    if (*x < range.low || *x > range.high) {
        const double half = range.size() / 2;
        const Range moved = xSpec_.scale == AxisScale::Log
                                ? Range{*x / std::sqrt(range.high / range.low),
                                        *x * std::sqrt(range.high / range.low)}
                                : Range{*x - half, *x + half};
        zoomTo(moved, yRange());
    }
    setCursorX(x);
    emit cursorMoved(*x);
    announce();
}

bool Plot::keyPressed(QKeyEvent* event) {
    const int page = std::max(1, pointCount() / 10);
    const int all = pointCount() + 1;
    switch (event->key()) {
    case Qt::Key_Left:
        moveCursorBy(-1);
        return true;
    case Qt::Key_Right:
        moveCursorBy(1);
        return true;
    case Qt::Key_PageDown:
        moveCursorBy(page);
        return true;
    case Qt::Key_PageUp:
        moveCursorBy(-page);
        return true;
    case Qt::Key_Home:
        moveCursorBy(-all);
        return true;
    case Qt::Key_End:
        moveCursorBy(all);
        return true;
    case Qt::Key_Backspace:
        zoomBack();
        return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
    case Qt::Key_Minus: {
        const QRectF axes(axisRect());
        const QPointF at(cursorX_ ? toPixelX(*cursorX_) : axes.center().x(), axes.center().y());
        wheelAt(at, event->key() == Qt::Key_Minus ? -1 : 1);
        return true;
    }
    case Qt::Key_0:
        fit();
        return true;
    case Qt::Key_Escape:
        if (!cursorX_)
            return false;
        leaveCursor();
        return true;
    default:
        return false;
    }
}

void Plot::setCursorX(std::optional<double> x) {
    cursorX_ = x;
    redrawCursor();
}

void Plot::showCursor(std::optional<double> x) {
    ownsCursor_ = false;
    setCursorX(x);
}

void Plot::leaveCursor() {
    pointer_.reset();
    ownsCursor_ = false;
    setCursorX(std::nullopt);
    announce();
    emit cursorLeft();
}

void Plot::redrawCursor() {
    if (!isVisible())
        return;
    QElapsedTimer timer;
    timer.start();
    canvas_->layer(QStringLiteral("cursor"))->replot();
    lastCursorMs_ = static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

std::optional<double> Plot::cursorAt(const QPointF& pixel) const {
    return toValueX(pixel.x());
}

bool Plot::eventFilter(QObject* watched, QEvent* event) {
    if (watched == canvas_ && handleCanvasEvent(event))
        return true;
    return QWidget::eventFilter(watched, event);
}

bool Plot::handleCanvasEvent(QEvent* event) {
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        // The filter takes the press away from the canvas, so the focus has to be given here.
        canvas_->setFocus(Qt::MouseFocusReason);
        return mousePressed(static_cast<QMouseEvent*>(event));
    case QEvent::MouseMove:
        return mouseMoved(static_cast<QMouseEvent*>(event));
    case QEvent::MouseButtonRelease:
        return mouseReleased(static_cast<QMouseEvent*>(event));
    case QEvent::MouseButtonDblClick:
        drag_.reset();
        fit();
        return true;
    case QEvent::Wheel: {
        auto* wheel = static_cast<QWheelEvent*>(event);
        wheelAt(wheel->position(), wheel->angleDelta().y() / 120.0);
        wheel->accept();
        return true;
    }
    case QEvent::Leave:
        hoverAt(std::nullopt);
        if (pointer_)
            leaveCursor();
        return false;
    case QEvent::KeyPress:
        return keyPressed(static_cast<QKeyEvent*>(event));
    case QEvent::FocusIn: {
        const auto reason = static_cast<QFocusEvent*>(event)->reason();
        keyboardFocus_ = reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason ||
                         reason == Qt::ShortcutFocusReason;
        markDirty();
        return false;
    }
    case QEvent::FocusOut:
        keyboardFocus_ = false;
        markDirty();
        return false;
    case QEvent::ContextMenu:
        contextMenuAt(static_cast<QContextMenuEvent*>(event)->globalPos());
        return true;
    case QEvent::Resize:
        markDirty();
        return false;
    default:
        return false;
    }
}

} // namespace inlay::widgets
