#include "widgets/runs/run_panel.h"

#include <algorithm>
#include <set>

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include "engine/store/run_store.h"
#include "widgets/plots/empty_state.h"
#include "widgets/runs/column_chooser.h"
#include "widgets/runs/project_delegate.h"
#include "widgets/runs/project_list.h"
#include "widgets/runs/query_bar.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_notes.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr int kMostProjectRows = 6;
// From this width on there is room for the differences from the baseline.
constexpr int kDifferencesFrom = 380;

} // namespace

RunPanel::RunPanel(StoreClient& store, RunWatcher& watcher, RunEdits& edits,
                   std::shared_ptr<const RunColumnCatalog> catalog, QWidget* parent)
    : QWidget(parent)
    , store_(store)
    , watcher_(watcher)
    , edits_(edits)
    , catalog_(std::move(catalog))
    , projects_(new ProjectListModel(this))
    , model_(new RunTableModel(catalog_, this)) {
    model_->setEdits(&edits_);
    build();
    makeActions();
    connect(&watcher_, &RunWatcher::runsChanged, this, &RunPanel::refresh);
    connect(&edits_, &RunEdits::written, &watcher_, &RunWatcher::poke);
    // The pinned baseline lies in the project, whose change moves no run.
    connect(&edits_, &RunEdits::written, this, &RunPanel::refreshProjects);
    connect(&store_, &StoreClient::opened, this, &RunPanel::refreshProjects);
    connect(query_, &QueryBar::textChanged, this,
            [this](const QString& text) { query_->setIssue(model_->setQuery(text)); });
    connect(projectList_->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid())
                    selectProject(current.data(ProjectListModel::ProjectRole).toLongLong());
            });
    connect(model_, &RunTableModel::arranged, this, &RunPanel::updateState);
    connect(table_, &RunTableView::runsSelected, this, &RunPanel::updateSelection);
    connect(table_, &RunTableView::columnMenuWanted, this,
            [this](const QPoint& at) { chooseColumns(at); });
    table_->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(table_, &QWidget::customContextMenuRequested, this,
            [this](const QPoint& at) { showMenu(table_->viewport()->mapToGlobal(at)); });
    refresh();
    refreshProjects();
    updateState();
    updateSelection();
}

RunPanel::~RunPanel() = default;

void RunPanel::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    projectList_ = new QListView;
    projectList_->setModel(projects_);
    projectList_->setItemDelegate(new ProjectDelegate(projectList_));
    projectList_->setAccessibleName(tr("Projects"));
    projectList_->setUniformItemSizes(true);
    projectList_->setFrameShape(QFrame::NoFrame);
    projectList_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    layout->addWidget(projectList_);
    query_ = new QueryBar;
    layout->addWidget(query_);
    table_ = new RunTableView(model_);
    layout->addWidget(table_, 1);
    auto* over = new QVBoxLayout(table_->viewport());
    empty_ = new EmptyState(QStringLiteral("table"), QString(), QString());
    empty_->setAttribute(Qt::WA_TransparentForMouseEvents);
    // It may be narrower than its text would like.
    empty_->setMinimumWidth(1);
    over->addWidget(empty_);
    notes_ = new RunNotes(edits_);
    notes_->hide();
    layout->addWidget(notes_);
    footer_ = new QLabel;
    footer_->setProperty("role", QStringLiteral("caption"));
    footer_->setContentsMargins(scaled(measure::kDockPadding, font()), scaled(5, font()),
                                scaled(measure::kDockPadding, font()), scaled(5, font()));
    footer_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    layout->addWidget(footer_);
    setMinimumWidth(scaled(200, font()));
}

void RunPanel::makeActions() {
    const auto make = [this](const QString& text, const QString& iconName,
                             const QKeySequence& shortcut, auto slot) {
        auto* action = new QAction(icon(iconName), text, this);
        action->setShortcut(shortcut);
        action->setShortcutContext(Qt::WindowShortcut);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    actions_.rename = make(tr("Rename run"), QStringLiteral("note"), Qt::Key_F2, [this] {
        if (table_->currentIndex().isValid()) {
            table_->setFocus();
            table_->edit(table_->currentIndex().siblingAtColumn(0));
        }
    });
    actions_.star = make(tr("Star"), QStringLiteral("star"), Qt::CTRL | Qt::Key_D, [this] {
        std::vector<std::pair<engine::RunId, bool>> before;
        bool allStarred = true;
        const auto runs = watcher_.runs();
        for (const engine::RunId run : selectedRuns())
            if (const auto row = runs->indexOf(run); row >= 0) {
                before.emplace_back(run, runs->row(static_cast<std::size_t>(row)).star);
                allStarred = allStarred && before.back().second;
            }
        if (!before.empty())
            edits_.setStar(before, !allStarred);
    });
    actions_.pinBaseline =
        make(tr("Pin as baseline"), QStringLiteral("pin"), Qt::CTRL | Qt::Key_B, [this] {
            const auto runs = selectedRuns();
            const auto row = runs.empty() ? -1 : watcher_.runs()->indexOf(runs.front());
            if (row < 0)
                return;
            const auto& run = watcher_.runs()->row(static_cast<std::size_t>(row));
            const engine::ProjectRecord* project = projects_->project(run.project);
            const engine::RunId before = project == nullptr ? 0 : project->baselineRun.value_or(0);
            edits_.setBaseline(run.project, before, before == run.id ? 0 : run.id);
        });
    actions_.notes = make(tr("Tags and notes"), QStringLiteral("tag"), Qt::CTRL | Qt::Key_T, [] {});
    actions_.notes->setCheckable(true);
    connect(actions_.notes, &QAction::toggled, this, [this](bool shown) {
        notes_->setVisible(shown);
        if (shown && isVisible())
            notes_->tagEdit()->setFocus();
    });
    actions_.copy = make(tr("Copy rows"), QStringLiteral("copy"), Qt::CTRL | Qt::SHIFT | Qt::Key_C,
                         [this] { QApplication::clipboard()->setText(table_->selectionAsText()); });
    actions_.bin =
        make(tr("Move to bin"), QStringLiteral("trash"), Qt::Key_Delete, [this] { moveToBin(); });
    // In a field being typed into, Delete belongs to the text.
    actions_.bin->setShortcutContext(Qt::WidgetShortcut);
    table_->addAction(actions_.bin);
    actions_.columns = make(
        tr("Choose columns…"), QStringLiteral("columns"), Qt::CTRL | Qt::SHIFT | Qt::Key_K, [this] {
            chooseColumns(query_->mapToGlobal(QPoint(query_->width() / 3, query_->height())));
        });
    actions_.groupSeeds =
        make(tr("Group seeds"), QStringLiteral("layers"), Qt::CTRL | Qt::SHIFT | Qt::Key_G, [] {});
    actions_.groupSeeds->setCheckable(true);
    connect(actions_.groupSeeds, &QAction::toggled, this, [this](bool grouped) {
        model_->setGrouping(grouped ? RunGrouping::Seeds : RunGrouping::None);
    });
    actions_.find = make(tr("Filter runs"), QStringLiteral("filter"), QKeySequence::Find, [this] {
        query_->edit()->setFocus();
        query_->edit()->selectAll();
    });
    auto* columns = new QToolButton;
    columns->setDefaultAction(actions_.columns);
    columns->setAccessibleName(tr("Choose columns"));
    columns->setToolTip(tr("Choose columns (%1)")
                            .arg(actions_.columns->shortcut().toString(QKeySequence::NativeText)));
    query_->addEnd(columns);
}

void RunPanel::moveToBin() {
    const std::vector<engine::RunId> selected = selectedRuns();
    const auto runs = watcher_.runs();
    for (const engine::RunId id : selected) {
        const auto row = runs->indexOf(id);
        if (row < 0)
            continue;
        // What computes stays in sight, so that it can be stopped.
        const engine::RunRecord& run = runs->row(static_cast<std::size_t>(row));
        if (engine::isActive(run.status)) {
            emit refused(tr("\"%1\" has not ended. Stop it before moving it to the bin.")
                             .arg(QString::fromStdString(run.name)));
            return;
        }
    }
    if (!selected.empty())
        edits_.moveToBin(selected);
}

void RunPanel::refresh() {
    model_->setRuns(watcher_.runs());
    notes_->setRuns(watcher_.runs(), selectedRuns());
    refreshProjects();
    refreshWords();
}

void RunPanel::refreshProjects() {
    if (isAskingForProjects_)
        return;
    isAskingForProjects_ = true;
    store_.ask(
        this, [](engine::RunStore& store) { return store.projects(); },
        [this](std::vector<engine::ProjectRecord> projects) {
            isAskingForProjects_ = false;
            std::erase_if(projects, [this](const engine::ProjectRecord& project) {
                return project.path.empty() && project.runs == 0 && project.id != project_;
            });
            const bool isSingle = projects.size() == 1;
            const engine::ProjectId only = isSingle ? projects.front().id : 0;
            projects_->setProjects(std::move(projects));
            if (isSingle && project_ != only)
                selectProject(only);
            const int row = projects_->rowOf(project_);
            if (row >= 0 && projectList_->currentIndex().row() != row)
                projectList_->setCurrentIndex(projects_->index(row));
            updateProjectHeight();
            const engine::ProjectRecord* current = currentProject();
            const engine::RunId baseline =
                current == nullptr ? 0 : current->baselineRun.value_or(0);
            if (baseline != baseline_) {
                baseline_ = baseline;
                model_->setBaseline(baseline);
                emit baselineChanged(baseline);
            }
        },
        [this](const QString&) { isAskingForProjects_ = false; });
}

void RunPanel::refreshWords() {
    QStringList words;
    std::set<QString> values;
    const auto runs = watcher_.runs();
    for (std::size_t i = 0; i < runs->rowCount(); ++i) {
        const engine::RunRecord& run = runs->row(i);
        values.insert(QStringLiteral("kind:") + QString::fromStdString(run.kind));
        for (const std::string& tag : run.tags)
            values.insert(QStringLiteral("tag:") + QString::fromStdString(tag));
    }
    for (const engine::RunStatus status : engine::allRunStatuses())
        words << QStringLiteral("state:") + QString::fromUtf8(engine::nameOf(status).data());
    for (const auto& column : runs->columns()) {
        words << QString::fromStdString(column->key);
        const bool isOperator = column->key.ends_with("operator.kind");
        if (!isOperator && !column->key.ends_with("dataset.kind"))
            continue;
        std::set<std::int32_t> texts(column->texts.begin(), column->texts.end());
        for (const std::int32_t text : texts)
            if (text >= 0)
                values.insert(
                    (isOperator ? QStringLiteral("operator:") : QStringLiteral("dataset:")) +
                    QString::fromStdString(runs->text(text)));
    }
    QStringList all(values.begin(), values.end());
    all << words;
    query_->setWords(all);
}

void RunPanel::updateProjectHeight() {
    const int rows = std::clamp(projects_->rowCount(), 1, kMostProjectRows);
    projectList_->setFixedHeight(rows * scaled(measure::kRowHeight, font()));
    projectList_->setVisible(projects_->rowCount() > 0);
    projectList_->setVerticalScrollBarPolicy(
        projects_->rowCount() > kMostProjectRows ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    projectList_->scrollTo(projectList_->currentIndex());
}

void RunPanel::selectProject(engine::ProjectId project) {
    if (project == project_)
        return;
    project_ = project;
    const engine::ProjectRecord* current = currentProject();
    baseline_ = current == nullptr ? 0 : current->baselineRun.value_or(0);
    model_->setProject(project);
    model_->setBaseline(baseline_);
    if (const int row = projects_->rowOf(project);
        row >= 0 && projectList_->currentIndex().row() != row)
        projectList_->setCurrentIndex(projects_->index(row));
    // A project without runs is made without a change to any run.
    if (project != 0 && current == nullptr)
        refreshProjects();
    emit projectSelected(project);
    emit baselineChanged(baseline_);
}

const engine::ProjectRecord* RunPanel::currentProject() const {
    return projects_->project(project_);
}

std::vector<engine::RunId> RunPanel::selectedRuns() const {
    return table_->selectedRuns();
}

void RunPanel::selectRuns(std::vector<engine::RunId> runs) {
    const bool allThere = std::all_of(runs.begin(), runs.end(), [this](engine::RunId run) {
        return model_->indexOf(run).isValid();
    });
    if (!allThere) {
        pending_ = std::move(runs);
        return;
    }
    pending_.clear();
    table_->selectRuns(runs);
    if (!runs.empty())
        table_->scrollTo(model_->indexOf(runs.front()));
}

void RunPanel::revealRun(engine::RunId run) {
    const auto runs = watcher_.runs();
    const auto row = runs->indexOf(run);
    if (row >= 0 && !model_->indexOf(run).isValid()) {
        query_->setText({});
        if (project_ != 0)
            selectProject(runs->row(static_cast<std::size_t>(row)).project);
    }
    selectRuns({run});
}

void RunPanel::applyEdits() {
    notes_->apply();
}

void RunPanel::updateState() {
    if (!pending_.empty())
        selectRuns(pending_);
    const RunArrangement& shown = model_->arrangement();
    const bool isEmpty = shown.nodes.empty();
    empty_->setVisible(isEmpty);
    if (isEmpty && shown.total == 0) {
        empty_->setHeading(tr("No runs yet"));
        empty_->setText(tr("Every run you start is kept here, sortable by any parameter or "
                           "result."));
    } else if (isEmpty) {
        empty_->setHeading(tr("No run matches"));
        empty_->setText(tr("Change the query above to see the %1 of this project.")
                            .arg(runCountText(static_cast<std::int64_t>(shown.total))));
    }
    updateSelection();
}

void RunPanel::updateSelection() {
    const std::vector<engine::RunId> runs = selectedRuns();
    const RunArrangement& shown = model_->arrangement();
    const bool isGrouped = model_->wish().grouping == RunGrouping::Seeds;
    const QString total = runCountText(static_cast<std::int64_t>(shown.total));
    QString text =
        isGrouped
            ? tr("%L1 of %2 shown in %L3 rows, %L4 selected")
                  .arg(shown.shown)
                  .arg(total)
                  .arg(shown.nodes.size())
                  .arg(runs.size())
            : tr("%L1 of %2 shown, %L3 selected").arg(shown.shown).arg(total).arg(runs.size());
    if (shown.total == 0)
        text = tr("No runs in this project");
    footer_->setText(text);
    footer_->setToolTip(text);
    for (QAction* action :
         {actions_.rename, actions_.star, actions_.pinBaseline, actions_.copy, actions_.bin})
        action->setEnabled(!runs.empty());
    actions_.pinBaseline->setText(
        !runs.empty() && runs.front() == baseline_ ? tr("Unpin baseline") : tr("Pin as baseline"));
    notes_->setRuns(watcher_.runs(), runs);
    emit runsSelected(runs);
}

void RunPanel::showMenu(const QPoint& globalPosition) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(runActions_);
    menu->addSeparator();
    menu->addActions(
        {actions_.rename, actions_.star, actions_.pinBaseline, actions_.notes, actions_.copy});
    menu->addSeparator();
    menu->addActions({actions_.groupSeeds, actions_.columns});
    menu->addSeparator();
    menu->addAction(actions_.bin);
    menu->popup(globalPosition);
}

void RunPanel::chooseColumns(const QPoint& globalPosition) {
    auto* chooser = new ColumnChooser(*catalog_, *watcher_.runs(), model_->shownColumns(), this);
    connect(chooser, &ColumnChooser::columnsChosen, this,
            [this](const std::vector<RunColumnId>& columns) { model_->setColumns(columns); });
    chooser->move(globalPosition);
    chooser->show();
}

void RunPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    model_->setDifferences(width() >= scaled(kDifferencesFrom, font())
                               ? RunTableModel::Differences::Shown
                               : RunTableModel::Differences::Hidden);
}

void RunPanel::saveTo(QSettings& settings) const {
    if (model_->areColumnsChosen()) {
        QStringList columns;
        for (const RunColumnId& column : model_->chosenColumns())
            columns << textOf(column);
        settings.setValue(QStringLiteral("runs/columns"), columns);
    }
    settings.setValue(QStringLiteral("runs/sort"), textOf(model_->wish().sortBy));
    settings.setValue(QStringLiteral("runs/descending"),
                      model_->wish().order == Qt::DescendingOrder);
    settings.setValue(QStringLiteral("runs/grouped"), actions_.groupSeeds->isChecked());
    settings.setValue(QStringLiteral("runs/notes"), actions_.notes->isChecked());
    settings.setValue(QStringLiteral("runs/query"), query_->text());
    settings.setValue(QStringLiteral("runs/project"), QVariant::fromValue<qlonglong>(project_));
    QVariantList selected;
    for (const engine::RunId run : selectedRuns())
        selected << QVariant::fromValue<qlonglong>(run);
    settings.setValue(QStringLiteral("runs/selected"), selected);
}

void RunPanel::restoreFrom(const QSettings& settings) {
    const auto value = [&settings](const char* key) {
        return settings.value(QLatin1String(key));
    };
    if (value("runs/columns").isValid()) {
        std::vector<RunColumnId> columns;
        for (const QString& text : value("runs/columns").toStringList())
            if (const RunColumnId column = runColumnFrom(text); column.field != RunField::Name)
                columns.push_back(column);
        // What earlier versions kept although nobody had chosen.
        if (columns != std::vector<RunColumnId>{{RunField::Accuracy, {}}, {RunField::SpeedUp, {}}})
            model_->setColumns(columns);
    }
    if (value("runs/sort").isValid())
        model_->setSort(runColumnFrom(value("runs/sort").toString()),
                        value("runs/descending").toBool() ? Qt::DescendingOrder
                                                          : Qt::AscendingOrder);
    actions_.groupSeeds->setChecked(value("runs/grouped").toBool());
    actions_.notes->setChecked(value("runs/notes").toBool());
    query_->setText(value("runs/query").toString());
    if (value("runs/project").isValid())
        selectProject(value("runs/project").toLongLong());
    std::vector<engine::RunId> selected;
    for (const QVariant& run : value("runs/selected").toList())
        selected.push_back(run.toLongLong());
    if (!selected.empty())
        selectRuns(selected);
}

} // namespace inlay::widgets
