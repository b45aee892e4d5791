#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>
#include <QUndoStack>

#include "app/workbench/dock_title.h"
#include "app/workbench/find_field.h"
#include "app/workbench/main_window.h"
#include "app/workbench/run_control.h"
#include "app/workbench/settings.h"
#include "engine/base/version.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/runs/gpu_watch.h"
#include "widgets/runs/jobs_panel.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/view.h"

namespace inlay::app {

using namespace widgets;

namespace {

// Raised when docks or tool bars change, so that an old layout is not taken for a new one.
constexpr int kLayoutVersion = 1;
// What the find field offers of the newest runs.
constexpr std::size_t kMostFoundRuns = 2000;

// Below this width the set-up shares a place with the runs.
constexpr double kNarrow = 1360;
// Room for the form and its scroll bar.
constexpr double kSetupWidth = 344;

const char* const kThemeNames[] = {"system", "light", "dark"};

} // namespace

QAction* MainWindow::makeAction(const QString& text, const QString& iconName,
                                const QKeySequence& shortcut, const std::function<void()>& work) {
    auto* action = new QAction(text, this);
    if (!iconName.isEmpty())
        action->setIcon(icon(iconName));
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, guarded(work));
    return action;
}

void MainWindow::buildDocks() {
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
    setTabPosition(Qt::LeftDockWidgetArea, QTabWidget::North);
    setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
    const auto add = [this](const QString& title, const char* name, QWidget* content,
                            Qt::DockWidgetArea area) {
        auto* dock = new QDockWidget(title, this);
        dock->setObjectName(QLatin1String(name));
        dock->setWidget(content);
        dock->setTitleBarWidget(new DockTitle(dock));
        addDockWidget(area, dock);
        return dock;
    };
    runs_ = new RunPanel(*store_, *watcher_, *edits_, catalog_);
    runsDock_ = add(tr("Projects and runs"), "runs", runs_, Qt::LeftDockWidgetArea);
    jobs_ = new JobsPanel(*watcher_, catalog_);
    jobsDock_ = add(tr("Jobs"), "jobs", jobs_, Qt::BottomDockWidgetArea);
    jobsTitle_ = static_cast<DockTitle*>(jobsDock_->titleBarWidget());
    if (options_.kinds.empty())
        return;
    setup_ = new SetupPanel(options_.kinds);
    setup_->setMinimumWidth(scaled(kSetupWidth, font()));
    setupDock_ = add(tr("Set-up"), "setup", setup_, Qt::RightDockWidgetArea);
}

void MainWindow::buildActions() {
    const auto onRun = [this](auto work) {
        return [this, work] {
            if (const auto run = currentRun())
                work(run->id);
        };
    };
    actions_.newRun = makeAction(tr("New run"), QStringLiteral("plus"), QKeySequence::New,
                                 [this] { showSetup(); });
    actions_.run = makeAction(tr("Run"), QStringLiteral("run"), Qt::CTRL | Qt::Key_R, [this] {
        if (setup_ != nullptr)
            setup_->run();
    });
    actions_.sweep =
        makeAction(tr("Sweep…"), QStringLiteral("sweep"), Qt::CTRL | Qt::SHIFT | Qt::Key_R, [this] {
            if (setup_ != nullptr)
                setup_->openSweep();
        });
    actions_.exportView = makeAction(tr("Export view…"), QStringLiteral("export"),
                                     Qt::CTRL | Qt::Key_E, [this] { exportView(); });
    actions_.pause = makeAction(tr("Pause"), QStringLiteral("pause"), Qt::CTRL | Qt::Key_P,
                                onRun([this](engine::RunId run) { control_->pause(run); }));
    actions_.goOn =
        makeAction(tr("Continue"), QStringLiteral("resume"), Qt::CTRL | Qt::SHIFT | Qt::Key_P,
                   onRun([this](engine::RunId run) { control_->goOn(run); }));
    actions_.stop = makeAction(tr("Stop run"), QStringLiteral("stop"), Qt::CTRL | Qt::Key_Period,
                               onRun([this](engine::RunId run) { control_->stop(run); }));
    actions_.resume =
        makeAction(tr("Resume"), QStringLiteral("resume"), Qt::CTRL | Qt::SHIFT | Qt::Key_E,
                   onRun([this](engine::RunId run) { control_->resume(run); }));
    actions_.fork =
        makeAction(tr("Fork…"), QStringLiteral("fork"), Qt::CTRL | Qt::SHIFT | Qt::Key_F,
                   onRun([this](engine::RunId run) { askToFork(run); }));
    actions_.convert = makeAction(tr("Convert this trained run…"), QStringLiteral("layers"),
                                  Qt::CTRL | Qt::SHIFT | Qt::Key_V,
                                  onRun([this](engine::RunId run) { askToConvert(run); }));
    actions_.learningRate =
        makeAction(tr("Set learning rate…"), QStringLiteral("settings"), Qt::CTRL | Qt::Key_L,
                   onRun([this](engine::RunId run) { askForLearningRate(run); }));
    actions_.twin = makeAction(tr("Queue dense twin"), QStringLiteral("compare"),
                               Qt::CTRL | Qt::SHIFT | Qt::Key_D,
                               onRun([this](engine::RunId run) { control_->queueDenseTwin(run); }));
    actions_.log = makeAction(tr("Log and events"), QStringLiteral("terminal"),
                              Qt::CTRL | Qt::SHIFT | Qt::Key_L,
                              onRun([this](engine::RunId run) { showLog(run); }));
    actions_.rankByEye = makeAction(tr("Rank runs by eye…"), QStringLiteral("ranking"),
                                    Qt::CTRL | Qt::SHIFT | Qt::Key_B, [this] { rankByEye(); });
    runs_->setRunActions({actions_.pause, actions_.goOn, actions_.stop, actions_.resume,
                          actions_.fork, actions_.convert, actions_.learningRate, actions_.twin,
                          actions_.log, actions_.rankByEye});
    undoAction_ = undo_->createUndoAction(this, tr("Undo"));
    undoAction_->setIcon(icon(QStringLiteral("undo")));
    undoAction_->setShortcut(QKeySequence::Undo);
    redoAction_ = undo_->createRedoAction(this, tr("Redo"));
    redoAction_->setIcon(icon(QStringLiteral("redo")));
    redoAction_->setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_Z);
}

void MainWindow::buildMenus() {
    const RunPanel::Actions& list = runs_->actions();
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(makeAction(tr("Open…"), QStringLiteral("folder"), QKeySequence::Open,
                               [this] { openWithDialog(); }));
    recent_ = file->addMenu(tr("Open recent"));
    connect(recent_, &QMenu::aboutToShow, this, [this] {
        recent_->clear();
        for (const QString& path : recentProjects())
            connect(recent_->addAction(QFileInfo(path).fileName()), &QAction::triggered, this,
                    guarded([this, path] { openChosenProject(path); }));
    });
    recent_->setEnabled(!recentProjects().isEmpty());
    file->addSeparator();
    file->addAction(actions_.exportView);
    file->addSeparator();
    file->addAction(makeAction(tr("Quit"), {}, Qt::CTRL | Qt::Key_Q, [this] { close(); }));

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addActions({undoAction_, redoAction_});
    edit->addSeparator();
    edit->addActions({list.rename, list.star, list.pinBaseline, list.notes, list.copy});
    edit->addSeparator();
    edit->addAction(list.bin);
    edit->addAction(makeAction(tr("Deleted runs…"), QStringLiteral("trash"),
                               Qt::CTRL | Qt::SHIFT | Qt::Key_Delete,
                               [this] { showDeletedRuns(); }));
    edit->addSeparator();
    edit->addAction(list.find);

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    run->addActions({actions_.newRun, actions_.run, actions_.sweep});
    run->addSeparator();
    run->addActions({actions_.pause, actions_.goOn, actions_.stop, actions_.resume});
    run->addSeparator();
    run->addActions({actions_.fork, actions_.convert, actions_.learningRate, actions_.twin,
                     actions_.log, actions_.rankByEye});

    QMenu* view = menuBar()->addMenu(tr("&View"));
    tabActions_ = new QActionGroup(this);
    for (std::size_t i = 0; i < options_.views.size(); ++i) {
        const ViewEntry& entry = options_.views[i];
        QAction* action =
            makeAction(entry.title, entry.iconName, Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i),
                       [this, id = entry.id] {
                           // The start page comes back with another project.
                           hasLeftStartPage_ = true;
                           updateCenter();
                           showView(id);
                       });
        action->setCheckable(true);
        action->setData(entry.id);
        tabActions_->addAction(action);
        view->addAction(action);
    }
    view->addSeparator();
    view->addActions({list.groupSeeds, list.columns});
    view->addSeparator();
    themes_ = new QActionGroup(this);
    const QString titles[] = {tr("Theme of the system"), tr("Light theme"), tr("Dark theme")};
    for (const ThemeChoice choice : {ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark}) {
        QAction* action = makeAction(titles[static_cast<int>(choice)], {}, {},
                                     [this, choice] { theme_.setChoice(choice); });
        action->setCheckable(true);
        action->setChecked(theme_.choice() == choice);
        action->setShortcut(Qt::CTRL | Qt::ALT |
                            static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(choice)));
        themes_->addAction(action);
        view->addAction(action);
    }

    QMenu* window = menuBar()->addMenu(tr("&Window"));
    const auto toggle = [&](QDockWidget* dock, Qt::Key key) {
        QAction* action = dock->toggleViewAction();
        action->setShortcut(Qt::ALT | key);
        window->addAction(action);
    };
    toggle(runsDock_, Qt::Key_1);
    toggle(jobsDock_, Qt::Key_2);
    if (setupDock_ != nullptr)
        toggle(setupDock_, Qt::Key_3);
    window->addSeparator();
    window->addAction(makeAction(tr("Next pane"), {}, Qt::Key_F6, [this] { nextPane(1); }));
    window->addAction(
        makeAction(tr("Previous pane"), {}, Qt::SHIFT | Qt::Key_F6, [this] { nextPane(-1); }));
    window->addAction(makeAction(tr("Find a command or a run"), QStringLiteral("search"),
                                 Qt::CTRL | Qt::Key_K, [this] {
                                     find_->setFocus(Qt::ShortcutFocusReason);
                                     find_->selectAll();
                                 }));

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(makeAction(tr("About Inlay"), QStringLiteral("info"), Qt::Key_F1, [this] {
        statusBar()->showMessage(
            tr("Inlay %1, GPL-3.0-or-later; built with Qt %2")
                .arg(QString::fromUtf8(engine::version()), QLatin1String(qVersion())),
            15000);
    }));
}

void MainWindow::buildToolBar() {
    auto* bar = new QToolBar(tr("Tools"));
    bar->setObjectName(QStringLiteral("tools"));
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize(QSize(scaled(16, font()), scaled(16, font())));
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    addToolBar(bar);
    bar->addAction(actions_.newRun);
    bar->addAction(actions_.sweep);
    bar->addSeparator();
    bar->addAction(actions_.exportView);
    bar->addSeparator();
    for (QAction* action : {undoAction_, redoAction_}) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        button->setAccessibleName(action == undoAction_ ? tr("Undo") : tr("Redo"));
        bar->addWidget(button);
    }
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    find_ = new FindField(
        [this] { return allActions(); },
        [this] {
            std::vector<FindField::RunName> names;
            const auto runs = watcher_->runs();
            for (std::size_t i = runs->rowCount(); i-- > 0 && names.size() < kMostFoundRuns;)
                names.push_back({runs->row(i).id, QString::fromStdString(runs->row(i).name)});
            return names;
        });
    find_->setFixedWidth(scaled(260, font()));
    find_->setPlaceholderText(tr("Find a command or a run (Ctrl+K)"));
    connect(find_, &FindField::runChosen, this, &MainWindow::showRun);
    bar->addWidget(find_);
    auto* label = new QLabel(tr("Device"));
    label->setProperty("role", QStringLiteral("muted"));
    label->setContentsMargins(scaled(10, font()), 0, scaled(6, font()), 0);
    bar->addWidget(label);
    device_ = new QComboBox;
    device_->setAccessibleName(tr("Device for new runs"));
    device_->setToolTip(tr("Where new runs are computed; a project may name its own device"));
    device_->addItem(icon(QStringLiteral("cpu")), tr("As the project says"), QString());
    device_->addItem(icon(QStringLiteral("cpu")), tr("CPU"), QStringLiteral("cpu"));
    device_->setMinimumWidth(scaled(160, font()));
    label->setBuddy(device_);
    bar->addWidget(device_);
}

void MainWindow::buildStatusBar() {
    statusBar()->setSizeGripEnabled(false);
    const auto add = [this](const char* iconName) {
        auto* picture = new QLabel;
        picture->setPixmap(
            icon(QLatin1String(iconName), IconColor::Muted).pixmap(scaled(14, font())));
        statusBar()->addWidget(picture);
        auto* label = new QLabel;
        statusBar()->addWidget(label);
        return label;
    };
    statusDevice_ = add("cpu");
    auto* gpu = new QLabel;
    gpu->setAccessibleName(tr("Use of the GPU"));
    gpu->hide();
    statusBar()->addWidget(gpu);
    auto* watch = new widgets::GpuWatch(options_.gpuLibrary, this);
    connect(watch, &widgets::GpuWatch::changed, gpu,
            [gpu](const QString& text, const QString& details) {
                gpu->setText(text);
                gpu->setToolTip(details);
                gpu->setVisible(!text.isEmpty());
            });
    statusStore_ = add("database");
    statusNotice_ = new QLabel(tr("opening"));
    statusBar()->addWidget(statusNotice_);
}

QList<QAction*> MainWindow::allActions() const {
    QList<QAction*> all;
    for (const QAction* top : menuBar()->actions())
        if (top->menu() != nullptr)
            for (QAction* action : top->menu()->actions())
                if (!action->isSeparator() && action->menu() == nullptr)
                    all << action;
    return all;
}

void MainWindow::arrangeForWidth() {
    const bool isNarrow = width() < scaled(kNarrow, font());
    if (setupDock_ == nullptr || isNarrow == isNarrow_)
        return;
    isNarrow_ = isNarrow;
    if (setupDock_->isFloating())
        return;
    // Before the first show nothing is visible, but only what was closed is hidden.
    const bool wasHidden = setupDock_->isHidden();
    if (isNarrow) {
        tabifyDockWidget(runsDock_, setupDock_);
    } else {
        addDockWidget(Qt::RightDockWidgetArea, setupDock_);
        resizeDocks({setupDock_}, {scaled(kSetupWidth, font())}, Qt::Horizontal);
    }
    setupDock_->setHidden(wasHidden);
    if (isNarrow)
        runsDock_->raise();
}

void MainWindow::nextPane(int direction) {
    QList<QWidget*> panes;
    if (runsDock_->isVisible())
        panes << runs_->table();
    panes << (tabs_->isVisible() ? tabs_->currentWidget() : centralWidget());
    if (setupDock_ != nullptr && setupDock_->isVisible())
        panes << setup_;
    if (jobsDock_->isVisible())
        panes << jobs_;
    panes << find_;
    const QWidget* focus = QApplication::focusWidget();
    int at = -1;
    for (int i = 0; i < panes.size(); ++i)
        if (focus != nullptr && (panes[i] == focus || panes[i]->isAncestorOf(focus)))
            at = i;
    if (at < 0 && focus != nullptr && runs_->isAncestorOf(focus))
        at = 0;
    for (int tried = 0; tried < panes.size(); ++tried) {
        at = (at + direction + static_cast<int>(panes.size())) % static_cast<int>(panes.size());
        QWidget* pane = panes[at];
        if (pane->focusPolicy() != Qt::NoFocus) {
            pane->setFocus(Qt::OtherFocusReason);
            return;
        }
        // The first control of a pane that takes none itself.
        for (QWidget* child : pane->findChildren<QWidget*>())
            if (child->isVisible() && child->isEnabled() &&
                (child->focusPolicy() & Qt::TabFocus) != 0) {
                child->setFocus(Qt::OtherFocusReason);
                return;
            }
    }
}

void MainWindow::save() {
    if (options_.session != WindowSetup::Session::Restore)
        return;
    QSettings settings = windowSettings();
    settings.setValue(QStringLiteral("layout"), kLayoutVersion);
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("state"), saveState(kLayoutVersion));
    settings.setValue(QStringLiteral("theme"),
                      QLatin1String(kThemeNames[static_cast<int>(theme_.choice())]));
    settings.setValue(QStringLiteral("store"), options_.storePath);
    settings.setValue(QStringLiteral("project"), project_.path);
    settings.setValue(QStringLiteral("device"), device_->currentData().toString());
    if (tabs_->currentWidget() != nullptr)
        settings.setValue(QStringLiteral("view"), tabs_->currentWidget()->objectName());
    runs_->saveTo(settings);
}

void MainWindow::restore() {
    resize(scaled(1440, font()), scaled(900, font()));
    resizeDocks({runsDock_}, {scaled(measure::kLeftDockWidth, font())}, Qt::Horizontal);
    if (setupDock_ != nullptr)
        resizeDocks({setupDock_}, {scaled(kSetupWidth, font())}, Qt::Horizontal);
    if (options_.session != WindowSetup::Session::Restore)
        return;
    const QSettings settings = windowSettings();
    if (settings.value(QStringLiteral("layout")).toInt() == kLayoutVersion) {
        restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
        hasFittedJobs_ =
            restoreState(settings.value(QStringLiteral("state")).toByteArray(), kLayoutVersion);
    }
    const QString device = settings.value(QStringLiteral("device")).toString();
    if (!device.isEmpty() && device_->findData(device) < 0)
        device_->addItem(icon(QStringLiteral("cpu")), device, device);
    device_->setCurrentIndex(std::max(0, device_->findData(device)));
    showView(settings.value(QStringLiteral("view"), QStringLiteral("train")).toString());
    // Which runs were chosen means something only in the store they lie in.
    if (settings.value(QStringLiteral("store")).toString() == options_.storePath) {
        runs_->restoreFrom(settings);
        followsNewest_ = settings.value(QStringLiteral("runs/selected")).toList().isEmpty();
        const QString project = settings.value(QStringLiteral("project")).toString();
        if (options_.projectPath.isEmpty() && QFileInfo::exists(project))
            openProject(project);
    }
}

} // namespace inlay::app
