#pragma once

#include <QWidget>

#include "engine/store/run_record.h"

class QPlainTextEdit;

namespace inlay::widgets {
class RunWatcher;
class StoreClient;
} // namespace inlay::widgets

namespace inlay::app {

/// A window with the events of a run and the end of its log file; follows a running one.
class LogWindow : public QWidget {
    Q_OBJECT

public:
    LogWindow(widgets::StoreClient& store, widgets::RunWatcher& watcher, engine::RunId run,
              const QString& name, QWidget* parent);

private:
    void refresh();

    widgets::StoreClient& store_;
    engine::RunId run_;
    QPlainTextEdit* events_;
    QPlainTextEdit* log_;
    bool isAsking_ = false;
};

} // namespace inlay::app
