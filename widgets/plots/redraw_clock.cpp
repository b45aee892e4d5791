#include "widgets/plots/redraw_clock.h"

#include <algorithm>

#include <QDateTime>

#include "widgets/plots/plot.h"

namespace inlay::widgets {
namespace {

constexpr int kTickMs = 33;
/// Rest after a tick, in multiples of the time it took.
constexpr double kRest = 8;

} // namespace

std::shared_ptr<RedrawClock> RedrawClock::shared() {
    static std::weak_ptr<RedrawClock> current;
    std::shared_ptr<RedrawClock> clock = current.lock();
    if (!clock) {
        clock = std::shared_ptr<RedrawClock>(new RedrawClock);
        current = clock;
    }
    return clock;
}

RedrawClock::RedrawClock() {
    timer_.setInterval(kTickMs);
    connect(&timer_, &QTimer::timeout, this, &RedrawClock::tick);
}

void RedrawClock::request(Plot* plot) {
    if (std::find(waiting_.begin(), waiting_.end(), plot) == waiting_.end())
        waiting_.emplace_back(plot);
    if (!timer_.isActive())
        timer_.start();
}

void RedrawClock::tick() {
    std::vector<QPointer<Plot>> due;
    due.swap(waiting_);
    const bool resting = QDateTime::currentMSecsSinceEpoch() < restUntil_;
    double spent = 0;
    for (const QPointer<Plot>& plot : due) {
        // A hidden plot stays dirty and asks again when it is shown.
        if (!plot || !plot->isVisible())
            continue;
        if (resting && !plot->urgent_) {
            waiting_.push_back(plot);
            continue;
        }
        plot->replotNow();
        spent += plot->lastReplotMs_;
    }
    if (spent > 0)
        restUntil_ = QDateTime::currentMSecsSinceEpoch() + qRound64(kRest * spent);
    if (waiting_.empty())
        timer_.stop();
}

} // namespace inlay::widgets
