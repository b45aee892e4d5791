#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <QObject>
#include <QString>

#include "engine/store/run_record.h"
#include "engine/store/run_table.h"
#include "engine/store/series_data.h"

namespace inlay::widgets {

class StoreClient;

/// New points of one watched series, named.
struct SeriesNews {
    engine::RunId run = 0;
    QString name;
    QString unit;
    engine::SeriesUpdate update;
};

/// The only bridge from running experiments to the screen: asks the store ten times a second for
/// what changed, off the GUI thread, and emits batches, never one signal a point.
class RunWatcher : public QObject {
    Q_OBJECT

public:
    explicit RunWatcher(StoreClient& store, QObject* parent = nullptr);
    ~RunWatcher() override;

    /// The newest snapshot of all runs; never null.
    std::shared_ptr<const engine::RunTable> runs() const;

    /// Asks for the points of these runs' series from their beginning, then for what is new.
    /// Replaces the earlier wish; an empty list stops. Only names that `wanted` accepts are read.
    void watchSeries(std::vector<engine::RunId> runs,
                     std::function<bool(const std::string& name)> wanted);

    /// Looks now instead of at the next tick, after a write of the window itself.
    void poke();

signals:
    /// The list of runs, a state, a metric or an annotation changed.
    void runsChanged();
    void seriesArrived(const std::vector<inlay::widgets::SeriesNews>& news);
    /// The store cannot be read: a sentence; empty when it can be read again.
    void troubled(const QString& sentence);

private:
    struct Private;
    std::unique_ptr<Private> d_;
};

} // namespace inlay::widgets
