#include "app/workbench/main_window.h"

#include <algorithm>
#include <thread>

#include <QAction>
#include <QCloseEvent>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QProcess>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QTimer>
#include <QUndoStack>
#include <QVBoxLayout>

#include "app/workbench/banner.h"
#include "app/workbench/deleted_runs.h"
#include "app/workbench/dock_title.h"
#include "app/workbench/find_field.h"
#include "app/workbench/run_control.h"
#include "app/workbench/settings.h"
#include "app/workbench/welcome_page.h"
#include "engine/experiments/active_ranking/run_cards.h"
#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/runs/jobs_panel.h"
#include "widgets/runs/project_list.h"
#include "widgets/runs/query_bar.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/view.h"

namespace inlay::app {

using namespace widgets;

namespace {

constexpr int kStatusEveryMs = 2000;

} // namespace

MainWindow::MainWindow(Theme& theme, WindowSetup setup, QWidget* parent)
    : QMainWindow(parent)
    , theme_(theme)
    , options_(std::move(setup))
    , catalog_(std::make_shared<RunColumnCatalog>(options_.kinds))
    , undo_(new QUndoStack(this))
    , store_(std::make_unique<StoreClient>(options_.storePath))
    , watcher_(std::make_unique<RunWatcher>(*store_))
    , edits_(new RunEdits(undo_, store_.get(), this))
    , control_(
          new RunControl(*store_, *watcher_, *edits_, options_.kinds, options_.program, this)) {
    undo_->setUndoLimit(500);
    setAcceptDrops(false);
    buildCenter();
    buildDocks();
    buildActions();
    buildMenus();
    buildToolBar();
    buildStatusBar();
    connectStore();
    if (setup_ != nullptr)
        welcome_->setChangeAction(tr("Change it first"), actions_.newRun);
    restore();
    welcome_->setProject(project_, 0, WelcomePage::Example::No);
    if (!options_.projectPath.isEmpty())
        openProject(options_.projectPath);
    else if (project_.path.isEmpty())
        openNewestProject();
    updateRunActions();
    updateCenter();
    updateStatus();
    updateTitle();
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &MainWindow::updateStatus);
    timer->start(kStatusEveryMs);
    QTimer::singleShot(0, this, &MainWindow::askForDevices);
}

MainWindow::~MainWindow() {
    for (QProcess* process : findChildren<QProcess*>()) {
        process->disconnect(this);
        process->kill();
    }
    // Views and panels talk to the store until they are gone.
    delete takeCentralWidget();
    delete runsDock_;
    delete jobsDock_;
    delete setupDock_;
    delete control_;
    delete edits_;
    watcher_.reset();
    store_.reset();
}

void MainWindow::buildCenter() {
    auto* middle = new QWidget;
    auto* layout = new QVBoxLayout(middle);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    banner_ = new Banner;
    layout->addWidget(banner_);
    center_ = new QStackedWidget;
    layout->addWidget(center_, 1);
    welcome_ = new WelcomePage;
    // Large text in a small window scrolls instead of being cut.
    welcomeArea_ = new QScrollArea;
    welcomeArea_->setWidgetResizable(true);
    welcomeArea_->setFrameShape(QFrame::NoFrame);
    welcomeArea_->setWidget(welcome_);
    center_->addWidget(welcomeArea_);
    tabs_ = new QTabWidget;
    tabs_->setDocumentMode(true);
    tabs_->tabBar()->setAccessibleName(tr("Views"));
    tabs_->setAccessibleName(tr("Views"));
    center_->addWidget(tabs_);
    const ViewContext context{store_.get(), watcher_.get(), &theme_};
    for (const ViewEntry& entry : options_.views) {
        View* view = entry.make(context, tabs_);
        view->setObjectName(entry.id);
        tabs_->addTab(view, icon(entry.iconName), entry.title);
        views_.push_back(view);
        connect(view, &View::actionWanted, this, &MainWindow::performAction);
        connect(view, &View::notice, this,
                [this](const QString& sentence) { statusBar()->showMessage(sentence, 6000); });
    }
    connect(tabs_, &QTabWidget::currentChanged, this, &MainWindow::viewMoved);
    setCentralWidget(middle);

    std::vector<OpenedProject> samples;
    if (const QString folder = sampleFolder(); !folder.isEmpty())
        for (const QFileInfo& file : QDir(folder).entryInfoList({QStringLiteral("*.inlay.json")}))
            if (file.absoluteFilePath() != examplePath())
                samples.push_back(readProject(file.absoluteFilePath(), options_.kinds));
    welcome_->setOthers(samples);
    connect(welcome_, &WelcomePage::runWanted, this, guarded([this] { runProject(); }));
    connect(welcome_, &WelcomePage::openWanted, this, guarded([this] { openWithDialog(); }));
    connect(welcome_, &WelcomePage::projectWanted, this, &MainWindow::openChosenProject);
}

void MainWindow::connectStore() {
    connect(store_.get(), &StoreClient::opened, this, [this](const QString& notice) {
        isStoreOpen_ = true;
        banner_->clear(Banner::Cause::Store);
        statusNotice_->setText(notice.isEmpty() ? tr("saved") : notice);
        updateStatus();
    });
    connect(store_.get(), &StoreClient::unavailable, this, [this](const QString& sentence) {
        isStoreOpen_ = false;
        statusNotice_->setText(tr("not available"));
        banner_->show(Banner::Cause::Store, sentence);
    });
    connect(store_.get(), &StoreClient::failed, this, [this](const QString& sentence) {
        if (isStoreOpen_)
            banner_->show(Banner::Cause::Work, sentence);
    });
    connect(watcher_.get(), &RunWatcher::troubled, this, [this](const QString& sentence) {
        if (sentence.isEmpty())
            banner_->clear(Banner::Cause::Store);
        else
            banner_->show(Banner::Cause::Store, sentence);
    });
    connect(watcher_.get(), &RunWatcher::runsChanged, this, [this] {
        updateRunActions();
        updateCenter();
        showViewOfSelection();
    });
    connect(runs_, &RunPanel::runsSelected, this, &MainWindow::selectionMoved);
    connect(runs_, &RunPanel::baselineChanged, this, [this](engine::RunId run) {
        for (View* view : views_)
            view->setBaseline(run);
    });
    connect(runs_, &RunPanel::projectSelected, this, [this] {
        const engine::ProjectRecord* record = runs_->currentProject();
        const QString path = record == nullptr ? QString() : QString::fromStdString(record->path);
        if (!path.isEmpty() && path != project_.path && QFileInfo::exists(path))
            openProject(path);
        hasLeftStartPage_ = false;
        updateCenter();
    });
    connect(runs_->model(), &RunTableModel::arranged, this, [this] {
        updateCenter();
        // Until a person chooses, the window follows the newest run.
        const RunArrangement& shown = runs_->model()->arrangement();
        if (!followsNewest_ || shown.table->rowCount() == 0 || shown.nodes.empty())
            return;
        std::uint32_t newest = shown.nodes.front().rows.front();
        for (const RunNode& node : shown.nodes)
            for (const std::uint32_t row : node.rows)
                if (shown.table->row(row).startedMs > shown.table->row(newest).startedMs)
                    newest = row;
        const engine::RunId run = shown.table->row(newest).id;
        if (runs_->selectedRuns() != std::vector<engine::RunId>{run})
            runs_->selectRuns({run});
        followsNewest_ = true;
    });
    const auto choose = [this] {
        followsNewest_ = false;
        unpinView();
    };
    connect(runs_->table(), &QAbstractItemView::pressed, this, choose);
    connect(runs_->table(), &RunTableView::chosenByKeyboard, this, choose);
    connect(runs_, &RunPanel::refused, this,
            [this](const QString& sentence) { banner_->show(Banner::Cause::Work, sentence); });
    connect(jobs_, &JobsPanel::summaryChanged, jobsTitle_, &DockTitle::setSummary);
    jobsTitle_->setSummary(jobs_->summary());
    connect(jobs_, &JobsPanel::actionWanted, this, &MainWindow::performAction);
    connect(jobs_, &JobsPanel::runActivated, this, &MainWindow::showRun);
    if (setup_ != nullptr) {
        connect(setup_, &SetupPanel::runWanted, this,
                guarded([this](const engine::ProjectFile& project) {
                    launch(project, setup_->path());
                }));
        connect(setup_, &SetupPanel::sweepWanted, this,
                guarded([this](const engine::ProjectFile& project) {
                    launch(project, setup_->path());
                }));
        connect(setup_, &SetupPanel::measureWanted, this, guarded([this] { measure(); }));
        connect(setup_, &SetupPanel::changed, this, [this] { setupEdited_ = true; });
        connect(setup_, &SetupPanel::checked, this, guarded([this] { showDraft(); }));
        connect(setup_, &SetupPanel::saved, this,
                [this](const QString& path, const QString& problem) {
                    if (!problem.isEmpty()) {
                        banner_->show(Banner::Cause::Work, problem);
                        return;
                    }
                    statusBar()->showMessage(tr("Saved %1").arg(path), 6000);
                    openProject(path);
                });
    }
    connect(control_, &RunControl::refused, this, &MainWindow::showIssues);
    connect(control_, &RunControl::said, this,
            [this](const QString& sentence) { statusBar()->showMessage(sentence, 6000); });
    connect(control_, &RunControl::queued, this, [this](const std::vector<engine::RunId>& runs) {
        banner_->clear(Banner::Cause::Work);
        const engine::RunId first = runs.empty() ? 0 : runs.front();
        store_->ask(
            this, [first](engine::RunStore& store) { return store.run(first); },
            [this, first](const std::optional<engine::RunRecord>& run) {
                if (!run)
                    return;
                if (runs_->project() != 0)
                    runs_->selectProject(run->project);
                followsNewest_ = true;
                unpinView();
                runs_->selectRuns({first});
            });
    });
}

QString MainWindow::bannerText() const {
    return banner_->text();
}

void MainWindow::updateStatus() {
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    statusDevice_->setText(tr("CPU, %L1 threads").arg(threads));
    const QFileInfo file(options_.storePath);
    const double megabytes =
        static_cast<double>(file.size() +
                            QFileInfo(options_.storePath + QStringLiteral("-wal")).size()) /
        1e6;
    statusStore_->setText(
        file.exists() ? tr("%1, %2 MB").arg(file.fileName(), QLocale().toString(megabytes, 'f', 1))
                      : file.fileName());
    statusStore_->setToolTip(file.absoluteFilePath());
}

void MainWindow::updateTitle() {
    const QString title = project_.parsed.project
                              ? QString::fromStdString(project_.parsed.project->title)
                              : QFileInfo(options_.storePath).fileName();
    setWindowTitle(tr("%1 – Inlay").arg(title));
}

// The cards are written first; then the form shows what would run, as for any other run.
void MainWindow::rankByEye() {
    if (setup_ == nullptr || selected_.size() < 2)
        return;
    store_->ask(
        this,
        [runs = selected_](engine::RunStore& store) {
            return engine::active_ranking::writeRunCards(store, runs, engine::findKind).string();
        },
        [this, count = selected_.size()](const std::string& path) {
            engine::ProjectFile project;
            project.kind = "active_ranking";
            project.title = tr("Runs by eye").toStdString();
            project.config = {{"oracle",
                               {{"kind", "person"},
                                {"items", path},
                                {"effort", count <= 12 ? "standard" : "quick"},
                                {"question", tr("Which run is better?").toStdString()}}}};
            setup_->setProject(project, {});
            showSetup();
        },
        [this](const QString& sentence) { banner_->show(Banner::Cause::Work, sentence); });
}

QString MainWindow::deviceToMeasure() const {
    const QString chosen = QString::fromStdString(setup_->project().device);
    if (!chosen.isEmpty() && chosen != QLatin1String("auto"))
        return chosen;
    const QString gpu = QStringLiteral("cuda:0");
    return device_->findData(gpu) >= 0 ? gpu : QStringLiteral("cpu");
}

void MainWindow::measure() {
    auto* process = new QProcess(this);
    process->setProgram(options_.program);
    process->setArguments({QStringLiteral("devices"), QStringLiteral("--measure"),
                           QStringLiteral("--device"), deviceToMeasure()});
    const auto end = [this, process](const QString& sentence) {
        process->deleteLater();
        setup_->setMeasuring(false);
        setup_->recheck();
        if (!sentence.isEmpty())
            banner_->show(Banner::Cause::Work, sentence);
    };
    connect(process, &QProcess::errorOccurred, this, [end](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end(tr("The program inlay was not found beside the window; this machine cannot be "
                   "measured."));
    });
    connect(process, &QProcess::finished, this, [end, process](int code) {
        end(code == 0 ? QString() : QString::fromUtf8(process->readAllStandardError()).trimmed());
    });
    setup_->setMeasuring(true);
    process->start();
}

void MainWindow::showIssues(const std::vector<engine::Issue>& issues) {
    banner_->show(Banner::Cause::Work, QString::fromStdString(engine::joinMessages(issues)));
}

void MainWindow::showFailure(const std::exception& error) {
    banner_->show(Banner::Cause::Work, QString::fromUtf8(error.what()));
}

void MainWindow::askForDevices() {
    auto* process = new QProcess(this);
    process->setProgram(options_.program);
    process->setArguments({QStringLiteral("devices"), QStringLiteral("--json")});
    connect(process, &QProcess::errorOccurred, process, &QObject::deleteLater);
    connect(process, &QProcess::finished, this, [this, process] {
        for (const QByteArray& line : process->readAllStandardOutput().split('\n')) {
            const engine::Json row =
                engine::Json::parse(line.constData(), nullptr, /*allow_exceptions=*/false);
            if (!row.is_object() || !row.value("available", false))
                continue;
            const QString id = QString::fromStdString(row.value("device", std::string()));
            if (id.isEmpty() || device_->findData(id) >= 0)
                continue;
            const QString about = QString::fromStdString(row.value("name", std::string()));
            // "cuda:0, NVIDIA H200"; what the name goes on with is in the tool tip.
            const bool isGpu = id.startsWith(QLatin1String("cuda"));
            device_->addItem(
                icon(QStringLiteral("cpu")),
                isGpu ? tr("%1, %2").arg(id, about.section(QLatin1Char(','), 0, 0)) : id, id);
            device_->setItemData(device_->count() - 1, about, Qt::ToolTipRole);
        }
        process->deleteLater();
        if (setup_ == nullptr)
            return;
        QStringList devices;
        for (int i = 0; i < device_->count(); ++i)
            if (const QString id = device_->itemData(i).toString(); !id.isEmpty())
                devices << id;
        devices.prepend(QStringLiteral("auto"));
        setup_->setDevices(devices);
    });
    process->start();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    runs_->applyEdits();
    save();
    QMainWindow::closeEvent(event);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    // Docks share a change of height, so whole rows are asked for once the first size is known.
    if (!hasFittedJobs_)
        resizeDocks({jobsDock_},
                    {scaled(measure::kDockTitleHeight + 2 * measure::kRowHeight + 3, font())},
                    Qt::Vertical);
    hasFittedJobs_ = true;
    arrangeForWidth();
}

} // namespace inlay::app
