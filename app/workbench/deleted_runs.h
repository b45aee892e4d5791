#pragma once

#include <vector>

#include <QWidget>

#include "engine/store/run_record.h"

class QLabel;
class QPushButton;
class QTableWidget;

namespace inlay::widgets {
class RunEdits;
class RunWatcher;
class StoreClient;
} // namespace inlay::widgets

namespace inlay::app {

/// A window with the runs in the bin, the last deleted first, from where they are restored.
class DeletedRuns : public QWidget {
    Q_OBJECT

public:
    DeletedRuns(widgets::StoreClient& store, widgets::RunWatcher& watcher, widgets::RunEdits& edits,
                QWidget* parent);

private:
    void refresh();
    void fill(const std::vector<engine::RunRecord>& runs);
    std::vector<engine::RunId> selectedRuns() const;
    void updateSelection();

    widgets::StoreClient& store_;
    widgets::RunEdits& edits_;
    QTableWidget* table_;
    QLabel* words_;
    QPushButton* restore_;
    std::vector<engine::RunId> shown_;
    bool isAsking_ = false;
    bool isStale_ = false;
};

} // namespace inlay::app
