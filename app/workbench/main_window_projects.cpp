// Project files: opened, kept in mind, and run.

#include <algorithm>
#include <optional>

#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QFileInfo>

#include "app/workbench/main_window.h"
#include "app/workbench/run_control.h"
#include "app/workbench/settings.h"
#include "app/workbench/welcome_page.h"
#include "engine/store/run_store.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/store_client.h"

namespace inlay::app {

using namespace widgets;

void MainWindow::openChosenProject(const QString& path) {
    isViewPinned_ = false;
    openProject(path);
}

void MainWindow::openFile(const QString& path) {
    if (path.endsWith(QLatin1String(".json")))
        openChosenProject(path);
    else
        emit storeWanted(path);
}

void MainWindow::openProject(const QString& path) {
    project_ = readProject(path, options_.kinds);
    const bool isExample = project_.path == examplePath();
    std::size_t count = 0;
    const auto& parsed = project_.parsed;
    if (parsed.project && parsed.issues.empty())
        count = std::max<std::size_t>(1, engine::sweepSize(parsed.project->variants,
                                                           parsed.project->grid,
                                                           parsed.project->seeds));
    welcome_->setProject(project_, count,
                         isExample ? WelcomePage::Example::Yes : WelcomePage::Example::No);
    actions_.run->setEnabled(count > 0);
    actions_.sweep->setEnabled(count > 0);
    if (!parsed.issues.empty())
        showIssues(parsed.issues);
    updateTitle();
    if (!parsed.project)
        return;
    if (setup_ != nullptr)
        setup_->setProject(*parsed.project, project_.path);
    store_->ask(
        this,
        [title = parsed.project->title, file = project_.path.toStdString()](
            engine::RunStore& store) { return store.findOrMakeProject(title, file); },
        [this](engine::ProjectId project) {
            runs_->selectProject(project);
            updateCenter();
        });
    if (options_.session == WindowSetup::Session::Restore)
        rememberProject(project_.path);
}

void MainWindow::openNewestProject() {
    store_->ask(
        this,
        [](engine::RunStore& store) {
            engine::RunFilter filter;
            filter.limit = 1;
            filter.detail = engine::RunFilter::Detail::Brief;
            const std::vector<engine::RunRecord> newest = store.listRuns(filter);
            return newest.empty() ? std::nullopt : store.project(newest.front().project);
        },
        [this](const std::optional<engine::ProjectRecord>& project) {
            if (!project_.path.isEmpty())
                return;
            const QString path = project ? QString::fromStdString(project->path) : QString();
            if (project && (path.isEmpty() || !QFileInfo::exists(path)))
                runs_->selectProject(project->id);
            else if (const QString file = project ? path : examplePath(); !file.isEmpty())
                openProject(file);
        },
        // A store that cannot be opened still leaves something to set up.
        [this](const QString&) {
            if (project_.path.isEmpty() && !examplePath().isEmpty())
                openProject(examplePath());
        });
}

void MainWindow::runProject() {
    if (project_.parsed.project)
        launch(*project_.parsed.project, project_.path);
}

void MainWindow::launch(const engine::ProjectFile& project, const QString& path) {
    engine::LaunchOptions options;
    if (const QString device = device_->currentData().toString(); !device.isEmpty())
        options.device = device.toStdString();
    control_->launch(project, path, options);
}

void MainWindow::showSetup() {
    if (setupDock_ == nullptr)
        return;
    setupDock_->show();
    setupDock_->raise();
    setup_->setFocus(Qt::OtherFocusReason);
}

} // namespace inlay::app
