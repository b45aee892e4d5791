#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/plots/point_cloud.h"

namespace inlay::widgets {
namespace {

constexpr double kClickSlop = 4;
constexpr double kDegreesPerPixel = 0.4;
constexpr double kDegreesPerKey = 5;

SelectionChange changeFor(Qt::KeyboardModifiers modifiers) {
    const bool add = modifiers & Qt::ShiftModifier;
    const bool subtract = modifiers & Qt::AltModifier;
    if (add && subtract)
        return SelectionChange::Intersect;
    return add        ? SelectionChange::Add
           : subtract ? SelectionChange::Subtract
                      : SelectionChange::Replace;
}

} // namespace

void PointCloud::setTool(CloudTool tool) {
    tool_ = tool;
    gesture_ = Gesture::None;
    outline_.clear();
    if (tool == CloudTool::Move)
        canvas()->unsetCursor();
    else
        canvas()->setCursor(Qt::CrossCursor);
    redrawCursor();
}

bool PointCloud::eventFilter(QObject* watched, QEvent* event) {
    if (watched != canvas())
        return Plot::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        if (pressed(static_cast<QMouseEvent*>(event)))
            return true;
        break;
    case QEvent::MouseMove:
        if (moved(static_cast<QMouseEvent*>(event)))
            return true;
        break;
    case QEvent::MouseButtonRelease:
        if (released(static_cast<QMouseEvent*>(event)))
            return true;
        break;
    case QEvent::KeyPress:
        if (key(static_cast<QKeyEvent*>(event)))
            return true;
        break;
    default:
        break;
    }
    // The middle button pans whatever the tool.
    if (event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseButtonRelease) {
        auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->button() == Qt::MiddleButton) {
            QMouseEvent left(mouse->type(), mouse->position(), mouse->globalPosition(),
                             Qt::LeftButton, Qt::LeftButton, Qt::NoModifier);
            return Plot::eventFilter(watched, &left);
        }
    }
    return Plot::eventFilter(watched, event);
}

bool PointCloud::pressed(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || isEmpty() ||
        !axisRect().contains(event->position().toPoint()))
        return false;
    const bool orbits = tool_ == CloudTool::Move && isSpatial() &&
                        !(event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier));
    if (tool_ == CloudTool::Move && !orbits)
        return false;
    canvas()->setFocus(Qt::MouseFocusReason);
    gesture_ = orbits ? Gesture::Orbit : Gesture::Outline;
    gestureMoved_ = false;
    orbitFrom_ = event->position();
    outline_ = QPolygonF({event->position()});
    return true;
}

bool PointCloud::moved(QMouseEvent* event) {
    if (gesture_ == Gesture::None)
        return false;
    const QPointF at = event->position();
    if ((at - outline_.first()).manhattanLength() > kClickSlop)
        gestureMoved_ = true;
    if (gesture_ == Gesture::Orbit) {
        if (gestureMoved_) {
            const QPointF by = at - orbitFrom_;
            camera_.orbit(by.x() * kDegreesPerPixel, by.y() * kDegreesPerPixel);
            pointsMoved();
            markUrgent();
        }
        orbitFrom_ = at;
        return true;
    }
    if (tool_ == CloudTool::Rectangle) {
        const QPointF from = outline_.first();
        outline_ = QPolygonF({from, QPointF(at.x(), from.y()), at, QPointF(from.x(), at.y())});
    } else if ((at - outline_.last()).manhattanLength() >= 2) {
        outline_ << at;
    }
    redrawCursor();
    return true;
}

bool PointCloud::released(QMouseEvent* event) {
    if (gesture_ == Gesture::None || event->button() != Qt::LeftButton)
        return false;
    const Gesture gesture = std::exchange(gesture_, Gesture::None);
    const QPolygonF outline = std::exchange(outline_, {});
    if (gesture == Gesture::Outline && gestureMoved_) {
        selectInside(outline, changeFor(event->modifiers()));
    } else if (!gestureMoved_) {
        const std::int64_t point = pointAt(event->position());
        const SelectionChange change = changeFor(event->modifiers());
        if (gesture == Gesture::Outline && change != SelectionChange::Replace && point >= 0)
            changeSelection(combine(selected_, {static_cast<std::uint32_t>(point)}, change));
        else
            clickAt(event->position());
    }
    redrawCursor();
    return true;
}

bool PointCloud::key(QKeyEvent* event) {
    const bool control = event->modifiers() & Qt::ControlModifier;
    const auto turn = [this](double turnBy, double tiltBy) {
        camera_.orbit(turnBy, tiltBy);
        pointsMoved();
        markUrgent();
    };
    if (control && isSpatial()) {
        switch (event->key()) {
        case Qt::Key_Left:
            turn(-kDegreesPerKey, 0);
            return true;
        case Qt::Key_Right:
            turn(kDegreesPerKey, 0);
            return true;
        case Qt::Key_Up:
            turn(0, -kDegreesPerKey);
            return true;
        case Qt::Key_Down:
            turn(0, kDegreesPerKey);
            return true;
        default:
            break;
        }
    }
    const auto all = static_cast<std::uint32_t>(count());
    if (control && event->key() == Qt::Key_A) {
        PointSet every;
        for (std::uint32_t i = 0; i < all; ++i)
            if (shown_.empty() || shown_[i] != 0)
                every.push_back(i);
        changeSelection(std::move(every));
        return true;
    }
    if (control && event->key() == Qt::Key_I) {
        changeSelection(inverted(selected_, all));
        return true;
    }
    const std::int64_t reached = hovered_;
    switch (event->key()) {
    case Qt::Key_Space:
        if (reached < 0)
            return false;
        {
            const PointSet one = {static_cast<std::uint32_t>(reached)};
            const bool had = std::binary_search(selected_.begin(), selected_.end(), one.front());
            changeSelection(
                combine(selected_, one, had ? SelectionChange::Subtract : SelectionChange::Add));
        }
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (reached < 0)
            return false;
        setPinned(reached);
        emit pointPinned(reached);
        return true;
    case Qt::Key_Escape:
        if (gesture_ != Gesture::None) {
            gesture_ = Gesture::None;
            outline_.clear();
            redrawCursor();
            return true;
        }
        if (hovered_ < 0 && pinned_ >= 0) {
            setPinned(-1);
            emit pointPinned(-1);
            return true;
        }
        if (hovered_ < 0 && !selected_.empty()) {
            changeSelection({});
            return true;
        }
        if (hovered_ >= 0) {
            setHovered(-1);
            emit pointHovered(-1);
        }
        return false;
    default:
        return false;
    }
}

void PointCloud::changeSelection(PointSet points) {
    if (points == selected_)
        return;
    select(std::move(points));
    emit selectionChanged();
}

int PointCloud::anchorAt(const QPointF& pixel) const {
    for (std::size_t i = anchorRects_.size(); i-- > 0;)
        if (anchorRects_[i].contains(pixel) && i < anchors_.size())
            return static_cast<int>(i);
    return -1;
}

void PointCloud::hoverAt(const std::optional<QPointF>& pixel) {
    const std::int64_t point = pixel && anchorAt(*pixel) < 0 ? pointAt(*pixel) : -1;
    if (point == hovered_)
        return;
    setHovered(point);
    emit pointHovered(point);
}

void PointCloud::clickAt(const QPointF& pixel) {
    if (const int anchor = anchorAt(pixel); anchor >= 0) {
        emit classClicked(anchors_[static_cast<std::size_t>(anchor)].classIndex);
        return;
    }
    const std::int64_t point = pointAt(pixel);
    setPinned(point);
    emit pointPinned(point);
}

/// The keyboard walks the points from left to right.
std::optional<double> PointCloud::stepTo(int points) {
    projectIfMoved();
    if (walk_.empty()) {
        for (std::uint32_t i = 0; i < count(); ++i)
            if ((shown_.empty() || shown_[i] != 0) && std::isfinite(screenX_[i]))
                walk_.push_back(i);
        std::stable_sort(walk_.begin(), walk_.end(), [this](std::uint32_t a, std::uint32_t b) {
            return screenX_[a] < screenX_[b];
        });
    }
    if (walk_.empty())
        return std::nullopt;
    const int last = static_cast<int>(walk_.size()) - 1;
    int start = points > 0 ? -1 : last + 1;
    const auto at = std::find(walk_.begin(), walk_.end(), static_cast<std::uint32_t>(hovered_));
    if (hovered_ >= 0 && at != walk_.end())
        start = static_cast<int>(at - walk_.begin());
    else if (pinned_ >= 0) {
        const auto pin = std::find(walk_.begin(), walk_.end(), static_cast<std::uint32_t>(pinned_));
        if (pin != walk_.end())
            start = static_cast<int>(pin - walk_.begin());
    }
    const std::uint32_t point =
        walk_[static_cast<std::size_t>(std::clamp(start + points, 0, last))];
    setHovered(point);
    emit pointHovered(point);
    return toValueX(screenX_[point]);
}

} // namespace inlay::widgets
