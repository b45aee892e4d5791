#pragma once

#include <map>
#include <memory>
#include <vector>

#include <QWidget>

#include "engine/store/run_table.h"

class QLabel;
class QVBoxLayout;

namespace inlay::widgets {

class JobRow;
class RunColumnCatalog;
class RunWatcher;

/// The dock "Jobs": what runs, waits or went wrong in this store, and what finished today.
class JobsPanel : public QWidget {
    Q_OBJECT

public:
    JobsPanel(RunWatcher& watcher, std::shared_ptr<const RunColumnCatalog> catalog,
              QWidget* parent = nullptr);
    ~JobsPanel() override;

    /// "1 running, 2 queued, all done in about 33 min"; for the dock's title.
    QString summary() const { return summary_; }
    QSize sizeHint() const override;

signals:
    void summaryChanged(const QString& summary);
    /// "pause", "continue", "stop", "resume", "bin", "log".
    void actionWanted(inlay::engine::RunId run, const QString& action);
    void runActivated(inlay::engine::RunId run);

private:
    void refresh();
    void summarize(const std::vector<const engine::RunRecord*>& open, int finished);

    RunWatcher& watcher_;
    std::shared_ptr<const RunColumnCatalog> catalog_;
    std::map<engine::RunId, JobRow*> rows_;
    QVBoxLayout* list_;
    QWidget* nothing_;
    QLabel* more_;
    QString summary_;
};

/// What is left of all unfinished runs of a store when one runs at a time on each device;
/// milliseconds, or -1 while nothing is known. `typicalMs` is how long a queued run may take.
std::int64_t timeUntilAllDone(const std::vector<const engine::RunRecord*>& open,
                              std::int64_t typicalMs);

} // namespace inlay::widgets
