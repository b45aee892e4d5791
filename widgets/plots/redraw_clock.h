#pragma once

#include <memory>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QTimer>

namespace inlay::widgets {

class Plot;

/// The one 30 Hz timer of all plots. Plots ask to be drawn; a tick draws those that are visible. A
/// tick that took t ms is followed by a rest of 6 t, so that live data never take more than a
/// seventh of the GUI thread; what a person zooms or drags does not wait. Without requests the
/// timer stands still.
class RedrawClock : public QObject {
    Q_OBJECT

public:
    /// The clock lives as long as any plot holds it.
    static std::shared_ptr<RedrawClock> shared();

    void request(Plot* plot);

private:
    RedrawClock();
    void tick();

    qint64 restUntil_ = 0;

    std::vector<QPointer<Plot>> waiting_;
    QTimer timer_;
};

} // namespace inlay::widgets
