#pragma once

#include <memory>
#include <vector>

#include <QWidget>

#include "engine/store/run_record.h"
#include "widgets/runs/run_columns.h"

class QAction;
class QLabel;
class QListView;
class QSettings;
class QToolButton;

namespace inlay::widgets {

class EmptyState;
class ProjectListModel;
class QueryBar;
class RunEdits;
class RunNotes;
class RunTableModel;
class RunTableView;
class RunWatcher;
class StoreClient;

/// The dock "Projects and runs": projects, query bar, run table, tags and notes.
class RunPanel : public QWidget {
    Q_OBJECT

public:
    RunPanel(StoreClient& store, RunWatcher& watcher, RunEdits& edits,
             std::shared_ptr<const RunColumnCatalog> catalog, QWidget* parent = nullptr);
    ~RunPanel() override;

    /// What can be done with the selection; the window puts these into its menus.
    struct Actions {
        QAction* rename = nullptr;
        QAction* star = nullptr;
        QAction* pinBaseline = nullptr;
        QAction* notes = nullptr;
        QAction* copy = nullptr;
        QAction* bin = nullptr;
        QAction* columns = nullptr;
        QAction* groupSeeds = nullptr;
        QAction* find = nullptr;
    };
    const Actions& actions() const { return actions_; }
    /// Actions of the window, put first into the context menu of the runs.
    void setRunActions(const QList<QAction*>& actions) { runActions_ = actions; }

    /// 0 = all.
    engine::ProjectId project() const { return project_; }
    void selectProject(engine::ProjectId project);
    const engine::ProjectRecord* currentProject() const;
    const ProjectListModel& projects() const { return *projects_; }
    engine::RunId baseline() const { return baseline_; }
    std::vector<engine::RunId> selectedRuns() const;
    /// Those that are not there yet are selected when they come.
    void selectRuns(std::vector<engine::RunId> runs);
    /// Selects a run; one that is not listed brings its project, without a query.
    void revealRun(engine::RunId run);
    /// Writes what was typed and not yet left.
    void applyEdits();
    RunTableModel* model() const { return model_; }
    RunTableView* table() const { return table_; }
    QueryBar* queryBar() const { return query_; }

    void saveTo(QSettings& settings) const;
    void restoreFrom(const QSettings& settings);

signals:
    void runsSelected(const std::vector<inlay::engine::RunId>& runs);
    void projectSelected(inlay::engine::ProjectId project);
    void baselineChanged(inlay::engine::RunId run);
    /// Why something was not done.
    void refused(const QString& sentence);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void makeActions();
    void moveToBin();
    void refresh();
    void refreshProjects();
    void refreshWords();
    void updateState();
    void updateSelection();
    void updateProjectHeight();
    void showMenu(const QPoint& globalPosition);
    void chooseColumns(const QPoint& globalPosition);

    StoreClient& store_;
    RunWatcher& watcher_;
    RunEdits& edits_;
    std::shared_ptr<const RunColumnCatalog> catalog_;
    ProjectListModel* projects_;
    RunTableModel* model_;
    QListView* projectList_;
    QueryBar* query_;
    RunTableView* table_;
    RunNotes* notes_;
    EmptyState* empty_;
    QLabel* footer_;
    Actions actions_;
    QList<QAction*> runActions_;
    engine::ProjectId project_ = 0;
    engine::RunId baseline_ = 0;
    std::vector<engine::RunId> pending_;
    bool isAskingForProjects_ = false;
};

} // namespace inlay::widgets
