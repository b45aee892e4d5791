#pragma once

#include <vector>

#include <QWidget>

#include "engine/store/run_record.h"

namespace inlay::widgets {

class RunWatcher;
class StoreClient;
class Theme;

/// What every view is given; all of it outlives the view.
struct ViewContext {
    StoreClient* store = nullptr;
    RunWatcher* watcher = nullptr;
    Theme* theme = nullptr;
};

/// A page in the center of the window. It shows live and stored runs through the same code.
class View : public QWidget {
    Q_OBJECT

public:
    View(ViewContext context, QWidget* parent)
        : QWidget(parent)
        , context_(context) {}

    /// The selection of the run table; the first one is the current run.
    virtual void setRuns(const std::vector<engine::RunId>& runs) = 0;
    /// The pinned baseline of the current project, 0 = none.
    virtual void setBaseline(engine::RunId run) = 0;

signals:
    /// The window shall do something to a run: "pause", "continue", "stop", "resume", "fork",
    /// "set learning_rate=…", "queue dense twin".
    void actionWanted(inlay::engine::RunId run, const QString& action);
    /// A sentence for the status bar: what was copied or written, or why not.
    void notice(const QString& sentence);

protected:
    const ViewContext& context() const { return context_; }

private:
    ViewContext context_;
};

} // namespace inlay::widgets
