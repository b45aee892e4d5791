#pragma once

#include <memory>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QTimer>

namespace inlay::widgets {

class Plot;

/// The one 30 Hz timer of all plots. Plots ask to be drawn; a tick draws those that are visible,
/// each at most every third of its own painting time, so that drawing never takes more than a
/// quarter of the GUI thread. Without requests the timer stands still.
class RedrawClock : public QObject {
    Q_OBJECT

public:
    /// The clock lives as long as any plot holds it.
    static std::shared_ptr<RedrawClock> shared();

    void request(Plot* plot);

private:
    RedrawClock();
    void tick();

    std::vector<QPointer<Plot>> waiting_;
    QTimer timer_;
};

} // namespace inlay::widgets
