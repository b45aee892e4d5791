#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <QString>

#include "widgets/runs/run_watcher.h"

namespace inlay::widgets {

/// All effective points of one series; the columns have one length.
struct SeriesPoints {
    std::vector<double> steps;
    std::vector<double> values;
    /// Milliseconds since the epoch.
    std::vector<double> wallMs;

    std::size_t size() const { return steps.size(); }
};

/// The full series of the watched runs, as their news come in. Snapshots are immutable: a worker
/// may read one while the book goes on.
class SeriesBook {
public:
    enum class Change { None, Appended, Replaced };

    /// Replaced = a new attempt took points away.
    Change apply(const SeriesNews& news);
    /// Null while nothing has arrived.
    std::shared_ptr<const SeriesPoints> find(engine::RunId run, const QString& name) const;
    /// Names of a run's series that begin with `prefix`.
    QStringList names(engine::RunId run, const QString& prefix) const;
    void clear() { series_.clear(); }

private:
    std::map<std::pair<engine::RunId, QString>, std::shared_ptr<SeriesPoints>> series_;
};

} // namespace inlay::widgets
