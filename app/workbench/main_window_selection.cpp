// Which runs are chosen, and what follows from it: actions, the view in front, the page in the
// middle.

#include <optional>
#include <set>
#include <utility>

#include <QAction>
#include <QActionGroup>
#include <QDockWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStyle>
#include <QTabWidget>

#include "app/workbench/main_window.h"
#include "app/workbench/welcome_page.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/runs/run_arrangement.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/draft.h"
#include "widgets/views/view.h"

namespace inlay::app {

using namespace widgets;

/// What a person types is shown while it is free of issues; what a file brought is not a draft.
void MainWindow::showDraft() {
    if (!std::exchange(setupEdited_, false) || !setup_->isReady())
        return;
    const engine::ProjectFile draft = setup_->project();
    for (View* view : views_)
        if (auto* shows = dynamic_cast<ShowsDraft*>(view))
            shows->setDraft(draft);
}

void MainWindow::selectionMoved(const std::vector<engine::RunId>& runs) {
    if (runs == selected_)
        return;
    selected_ = runs;
    for (View* view : views_)
        view->setRuns(runs);
    wantsView_ = true;
    showViewOfSelection();
    updateRunActions();
}

/// A run of another kind brings its own view to the front; views over all kinds stay.
void MainWindow::showViewOfSelection() {
    // A run that was started just now is selected before the list of runs knows it.
    const auto run = currentRun();
    if (!wantsView_ || isViewPinned_ || !run || center_->currentWidget() != tabs_)
        return;
    wantsView_ = false;
    const QString kind = QString::fromStdString(run->kind);
    const auto shows = [&](const ViewEntry& entry) {
        return entry.kinds.contains(kind);
    };
    const QString current =
        tabs_->currentWidget() ? tabs_->currentWidget()->objectName() : QString();
    for (const ViewEntry& entry : options_.views)
        if (entry.id == current && (entry.kinds.isEmpty() || shows(entry)))
            return;
    for (const ViewEntry& entry : options_.views)
        if (shows(entry)) {
            showView(entry.id);
            return;
        }
}

void MainWindow::showRun(engine::RunId run) {
    followsNewest_ = false;
    unpinView();
    runs_->revealRun(run);
}

void MainWindow::showRuns(const std::vector<engine::RunId>& runs) {
    followsNewest_ = false;
    const auto table = watcher_->runs();
    std::set<engine::ProjectId> projects;
    for (const engine::RunId run : runs)
        if (const auto row = table->indexOf(run); row >= 0)
            projects.insert(table->row(static_cast<std::size_t>(row)).project);
    if (projects.size() > 1)
        runs_->selectProject(0);
    else if (!runs.empty())
        runs_->revealRun(runs.front());
    runs_->selectRuns(runs);
}

void MainWindow::unpinView() {
    isViewPinned_ = false;
    showViewOfSelection();
}

std::optional<engine::RunRecord> MainWindow::currentRun() const {
    const auto runs = watcher_->runs();
    const auto row = selected_.empty() ? -1 : runs->indexOf(selected_.front());
    if (row < 0)
        return std::nullopt;
    return runs->row(static_cast<std::size_t>(row));
}

void MainWindow::updateRunActions() {
    const auto run = currentRun();
    const auto is = [&](auto... statuses) {
        return run && ((run->status == statuses) || ...);
    };
    using Status = engine::RunStatus;
    const bool isOpen = isStoreOpen_;
    actions_.pause->setEnabled(isOpen && is(Status::Running));
    actions_.goOn->setEnabled(isOpen && is(Status::Paused));
    actions_.stop->setEnabled(isOpen && is(Status::Running, Status::Paused, Status::Queued));
    actions_.resume->setEnabled(
        isOpen && is(Status::Stopped, Status::Failed, Status::Diverged, Status::Lost));
    actions_.fork->setEnabled(isOpen && run && run->status != Status::Queued);
    actions_.convert->setEnabled(isOpen && is(Status::Finished) && run->kind == "train");
    actions_.learningRate->setEnabled(isOpen && is(Status::Running, Status::Paused));
    actions_.twin->setEnabled(isOpen && run.has_value());
    actions_.log->setEnabled(run.has_value());
    actions_.rankByEye->setEnabled(isOpen && setup_ != nullptr && selected_.size() > 1);
    actions_.exportView->setEnabled(center_->currentWidget() == tabs_);
}

void MainWindow::updateCenter() {
    const RunArrangement& shown = runs_->model()->arrangement();
    // Before the first snapshot nothing is known; the page with the plots is the quieter guess.
    const bool isKnown = shown.table->version() >= 0;
    const bool isEmpty =
        views_.empty() || (isKnown && shown.total == 0 && !isViewPinned_ && !hasLeftStartPage_);
    QWidget* page = isEmpty ? static_cast<QWidget*>(welcomeArea_) : tabs_;
    if (center_->currentWidget() != page)
        center_->setCurrentWidget(page);
    actions_.exportView->setEnabled(!isEmpty);
    showOneAccent();
}

void MainWindow::showOneAccent() {
    if (setup_ == nullptr)
        return;
    const bool isPageFirst =
        center_->currentWidget() == welcomeArea_ && welcome_->primary()->isEnabled();
    for (QPushButton* button : setup_->findChildren<QPushButton*>()) {
        const QVariant primary = button->property("primary");
        // Dialogs of the form are windows of their own.
        if (!primary.isValid() || primary.toBool() == !isPageFirst || button->window() != this)
            continue;
        button->setProperty("primary", !isPageFirst);
        button->setIcon(
            icon(QStringLiteral("run"), isPageFirst ? IconColor::Text : IconColor::OnAccent));
        button->style()->unpolish(button);
        button->style()->polish(button);
    }
}

void MainWindow::viewMoved() {
    const QWidget* current = tabs_->currentWidget();
    if (current == nullptr)
        return;
    for (QAction* action : tabActions_->actions())
        if (action->data().toString() == current->objectName())
            action->setChecked(true);
    const bool isCompare = current->objectName() == QLatin1String("compare");
    // Comparing needs room for the differences beside the names.
    if (isCompare && leftWidth_ == 0) {
        leftWidth_ = runsDock_->width();
        resizeDocks({runsDock_}, {scaled(measure::kCompareDockWidth, font())}, Qt::Horizontal);
        if (setupDock_ != nullptr && !setupDock_->isHidden() && !isNarrow_) {
            hidSetup_ = true;
            setupDock_->hide();
        }
    } else if (!isCompare && leftWidth_ != 0) {
        resizeDocks({runsDock_}, {leftWidth_}, Qt::Horizontal);
        leftWidth_ = 0;
        if (hidSetup_)
            setupDock_->show();
        hidSetup_ = false;
    }
}

bool MainWindow::showView(const QString& id) {
    for (View* view : views_)
        if (view->objectName() == id) {
            tabs_->setCurrentWidget(view);
            return true;
        }
    return false;
}

bool MainWindow::pinView(const QString& id) {
    if (!showView(id))
        return false;
    isViewPinned_ = true;
    updateCenter();
    return true;
}

QStringList MainWindow::viewIds() const {
    QStringList ids;
    for (const View* view : views_)
        ids << view->objectName();
    return ids;
}

} // namespace inlay::app
