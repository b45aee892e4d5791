#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include <QMainWindow>
#include <QPointer>

#include "app/workbench/projects.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/launch.h"
#include "engine/store/run_record.h"

class QActionGroup;
class QComboBox;
class QLabel;
class QScrollArea;
class QSettings;
class QStackedWidget;
class QTabWidget;
class QUndoStack;

namespace inlay::widgets {
class JobsPanel;
class RunColumnCatalog;
class RunEdits;
class RunPanel;
class RunWatcher;
class SetupPanel;
class StoreClient;
class Theme;
class View;
struct ViewContext;
} // namespace inlay::widgets

namespace inlay::app {

class Banner;
class DeletedRuns;
class DockTitle;
class FindField;
class RunControl;
class WelcomePage;

/// A tab of the window.
struct ViewEntry {
    QString id;
    /// Kinds whose runs it shows; none for a view over all kinds.
    QStringList kinds;
    QString title;
    QString iconName;
    std::function<widgets::View*(const widgets::ViewContext& context, QWidget* parent)> make;
};

/// All that a window is made from.
struct WindowSetup {
    std::vector<const engine::ExperimentKind*> kinds;
    std::vector<ViewEntry> views;
    /// Path of the program `inlay`.
    QString program;
    QString storePath;
    /// Project to open; empty = what was open last, else the example.
    QString projectPath;
    enum class Session { Restore, Fresh } session = Session::Restore;
    /// Library that tells the use of GPUs, see engine::GpuUsageReader; empty = the driver's.
    QString gpuLibrary;
};

/// The main window over one store: menus, tool bar, docks, views, status bar. Opening another store
/// asks for another window.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow(widgets::Theme& theme, WindowSetup setup, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// A project or a store, by what the file is called.
    void openFile(const QString& path);
    void openProject(const QString& path);
    /// Shows a tab; false when there is none with this id.
    bool showView(const QString& id);
    /// The same; it stays until a person chooses a run, even in a project without runs.
    bool pinView(const QString& id);
    QStringList viewIds() const;

    /// Selects it, in its own project when the list does not show it now.
    void showRun(engine::RunId run);
    /// Selects them, among all projects where they are of several.
    void showRuns(const std::vector<engine::RunId>& runs);
    widgets::RunPanel* runPanel() const { return runs_; }
    widgets::JobsPanel* jobsPanel() const { return jobs_; }
    widgets::SetupPanel* setupPanel() const { return setup_; }
    widgets::StoreClient& store() const { return *store_; }
    widgets::RunWatcher& watcher() const { return *watcher_; }
    QUndoStack* undoStack() const { return undo_; }
    WelcomePage* welcomePage() const { return welcome_; }
    /// The sentence of the banner, empty while there is none.
    QString bannerText() const;
    /// Every action of the menus.
    QList<QAction*> allActions() const;
    /// Runs the open project as it is.
    void runProject();

signals:
    void storeWanted(const QString& path);

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// The work as a slot that shows what it throws; spare arguments of the signal are dropped.
    template <class Work>
    struct Guarded {
        MainWindow* window;
        Work work;

        template <class... Arguments>
        void operator()(const Arguments&... arguments) {
            try {
                if constexpr (std::is_invocable_v<Work&, const Arguments&...>)
                    work(arguments...);
                else
                    work();
            } catch (const std::exception& error) {
                window->showFailure(error);
            }
        }
    };
    template <class Work>
    auto guarded(Work work) {
        return Guarded<Work>{this, std::move(work)};
    }
    void showFailure(const std::exception& error);
    QAction* makeAction(const QString& text, const QString& iconName, const QKeySequence& shortcut,
                        const std::function<void()>& work);

    void buildCenter();
    void buildDocks();
    void buildActions();
    void buildMenus();
    void buildToolBar();
    void buildStatusBar();
    void connectStore();

    void openNewestProject();
    void openWithDialog();
    /// A person's choice: its start page may come before the views.
    void openChosenProject(const QString& path);
    void launch(const engine::ProjectFile& project, const QString& path);
    void measure();
    /// The one whose times the set-up predicts; of "auto" the GPU, where there is one.
    QString deviceToMeasure() const;
    void showDraft();
    void showSetup();
    void rankByEye();
    void useTriple(engine::RunId run, const QString& artifact);
    void askToFork(engine::RunId run);
    void askToConvert(engine::RunId run);
    void askForLearningRate(engine::RunId run);
    void showLog(engine::RunId run);
    void showDeletedRuns();
    void exportView();
    void performAction(engine::RunId run, const QString& action);
    void showIssues(const std::vector<engine::Issue>& issues);

    void showViewOfSelection();
    void unpinView();
    void selectionMoved(const std::vector<engine::RunId>& runs);
    void updateRunActions();
    void updateCenter();
    /// The page of an empty project has the accent while it is there, else the form.
    void showOneAccent();
    void updateStatus();
    void updateTitle();
    void viewMoved();
    void arrangeForWidth();
    void nextPane(int direction);
    void askForDevices();
    std::optional<engine::RunRecord> currentRun() const;

    void save();
    void restore();

    widgets::Theme& theme_;
    WindowSetup options_;
    std::shared_ptr<const widgets::RunColumnCatalog> catalog_;
    QUndoStack* undo_;
    std::unique_ptr<widgets::StoreClient> store_;
    std::unique_ptr<widgets::RunWatcher> watcher_;
    widgets::RunEdits* edits_;
    RunControl* control_;

    widgets::RunPanel* runs_ = nullptr;
    widgets::JobsPanel* jobs_ = nullptr;
    /// Null while there is no kind to set up.
    widgets::SetupPanel* setup_ = nullptr;
    QDockWidget* runsDock_ = nullptr;
    QDockWidget* jobsDock_ = nullptr;
    QDockWidget* setupDock_ = nullptr;
    bool setupEdited_ = false; // by a person, since the last check
    DockTitle* jobsTitle_ = nullptr;
    QStackedWidget* center_ = nullptr;
    QTabWidget* tabs_ = nullptr;
    WelcomePage* welcome_ = nullptr;
    QScrollArea* welcomeArea_ = nullptr;
    Banner* banner_ = nullptr;
    FindField* find_ = nullptr;
    QPointer<DeletedRuns> deleted_;
    QComboBox* device_ = nullptr;
    QLabel* statusDevice_ = nullptr;
    QLabel* statusStore_ = nullptr;
    QLabel* statusNotice_ = nullptr;
    QActionGroup* themes_ = nullptr;
    QActionGroup* tabActions_ = nullptr;
    QMenu* recent_ = nullptr;

    struct Actions {
        QAction* newRun = nullptr;
        QAction* run = nullptr;
        QAction* sweep = nullptr;
        QAction* exportView = nullptr;
        QAction* pause = nullptr;
        QAction* goOn = nullptr;
        QAction* stop = nullptr;
        QAction* resume = nullptr;
        QAction* fork = nullptr;
        QAction* convert = nullptr;
        QAction* learningRate = nullptr;
        QAction* twin = nullptr;
        QAction* log = nullptr;
        QAction* rankByEye = nullptr;
    };
    Actions actions_;
    QAction* undoAction_ = nullptr;
    QAction* redoAction_ = nullptr;

    std::vector<widgets::View*> views_;
    OpenedProject project_;
    std::vector<engine::RunId> selected_;
    bool isStoreOpen_ = false;
    bool wantsView_ = false; // of a selection whose runs are not known yet
    bool followsNewest_ = true;
    bool isViewPinned_ = false;
    bool hasLeftStartPage_ = false; // of the project that is shown
    int leftWidth_ = 0;
    bool isNarrow_ = false;
    bool hidSetup_ = false;
    bool hasFittedJobs_ = false;
};

} // namespace inlay::app
