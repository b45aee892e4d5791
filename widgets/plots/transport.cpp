#include "widgets/plots/transport.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QTimer>
#include <QToolButton>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

/// A whole film lasts about this long, and a frame between these.
constexpr int kFilmMs = 10000;
constexpr int kShortestFrameMs = 40;
constexpr int kLongestFrameMs = 700;

} // namespace

Transport::Transport(QWidget* parent)
    : QWidget(parent)
    , frameName_(tr("frame")) {
    setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QHBoxLayout(this);
    const int gap = scaled(measure::kGap, font());
    layout->setContentsMargins(scaled(measure::kViewPadding, font()), gap / 2,
                               scaled(measure::kViewPadding, font()), gap / 2);
    layout->setSpacing(gap / 2);
    first_ = makeButton(QStringLiteral("first"));
    back_ = makeButton(QStringLiteral("step-back"));
    play_ = makeButton(QStringLiteral("run"));
    forward_ = makeButton(QStringLiteral("step-forward"));
    last_ = makeButton(QStringLiteral("last"));
    slider_ = new QSlider(Qt::Horizontal, this);
    slider_->setFocusPolicy(Qt::NoFocus);
    text_ = new QLabel(this);
    text_->setProperty("role", QStringLiteral("muted"));
    for (QToolButton* button : {first_, back_, play_, forward_, last_})
        layout->addWidget(button);
    layout->addSpacing(gap);
    layout->addWidget(slider_, 1);
    layout->addSpacing(gap);
    layout->addWidget(text_);
    timer_ = new QTimer(this);
    connect(timer_, &QTimer::timeout, this, [this] { advance(); });
    connect(first_, &QToolButton::clicked, this, [this] { move(0); });
    connect(back_, &QToolButton::clicked, this, [this] { move(index_ - 1); });
    connect(forward_, &QToolButton::clicked, this, [this] { move(index_ + 1); });
    connect(last_, &QToolButton::clicked, this, [this] { move(count_ - 1); });
    connect(play_, &QToolButton::clicked, this, [this] { setPlaying(!isPlaying()); });
    connect(slider_, &QSlider::valueChanged, this, [this](int value) { move(value); });
    setFrameName(frameName_);
    refresh();
}

QToolButton* Transport::makeButton(const QString& iconName) {
    auto* button = new QToolButton(this);
    button->setIcon(icon(iconName));
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::NoFocus);
    return button;
}

void Transport::setFrameName(const QString& name) {
    frameName_ = name;
    const auto describe = [](QWidget* widget, const QString& words) {
        widget->setToolTip(words);
        widget->setAccessibleName(words);
    };
    describe(first_, tr("First %1 (Home)").arg(name));
    describe(back_, tr("Previous %1 (Left)").arg(name));
    describe(forward_, tr("Next %1 (Right)").arg(name));
    describe(last_, tr("Newest %1 (End)").arg(name));
    slider_->setAccessibleName(tr("Shown %1").arg(name));
    setAccessibleName(tr("Film, one picture a %1").arg(name));
    refresh();
}

void Transport::setCount(int count) {
    const bool follows = index_ == count_ - 1;
    if (count == count_)
        return;
    count_ = std::max(0, count);
    const int index = count_ == 0 ? -1 : follows ? count_ - 1 : std::min(index_, count_ - 1);
    const QSignalBlocker quiet(slider_);
    slider_->setRange(0, std::max(0, count_ - 1));
    slider_->setValue(std::max(0, index));
    const bool moved = index != index_;
    index_ = index;
    refresh();
    if (moved && index_ >= 0)
        emit indexChanged(index_);
}

void Transport::setIndex(int index) {
    move(index);
}

void Transport::move(int index) {
    if (count_ == 0)
        return;
    index = std::clamp(index, 0, count_ - 1);
    const QSignalBlocker quiet(slider_);
    slider_->setValue(index);
    if (index == index_)
        return;
    index_ = index;
    refresh();
    emit indexChanged(index_);
}

void Transport::setText(const QString& text) {
    text_->setText(text);
}

bool Transport::isPlaying() const {
    return timer_->isActive();
}

void Transport::setPlaying(bool playing) {
    if (playing && count_ > 1) {
        if (index_ == count_ - 1)
            move(0);
        timer_->start(std::clamp(kFilmMs / count_, kShortestFrameMs, kLongestFrameMs));
    } else {
        timer_->stop();
    }
    refresh();
}

void Transport::advance() {
    move(index_ + 1);
    if (index_ == count_ - 1)
        setPlaying(false);
}

void Transport::refresh() {
    const bool any = count_ > 1;
    first_->setEnabled(any && index_ > 0);
    back_->setEnabled(any && index_ > 0);
    forward_->setEnabled(any && index_ < count_ - 1);
    last_->setEnabled(any && index_ < count_ - 1);
    play_->setEnabled(any);
    slider_->setEnabled(any);
    const bool playing = isPlaying();
    play_->setIcon(icon(playing ? QStringLiteral("pause") : QStringLiteral("run")));
    const QString words = playing ? tr("Hold the film (Space)") : tr("Play the film (Space)");
    play_->setToolTip(words);
    play_->setAccessibleName(words);
}

void Transport::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Left:
        move(index_ - 1);
        return;
    case Qt::Key_Right:
        move(index_ + 1);
        return;
    case Qt::Key_Home:
        move(0);
        return;
    case Qt::Key_End:
        move(count_ - 1);
        return;
    case Qt::Key_Space:
        setPlaying(!isPlaying());
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace inlay::widgets
