#include "app/workbench/deleted_runs.h"

#include <algorithm>

#include <QDateTime>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "engine/store/run_store.h"
#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::app {

using namespace widgets;

DeletedRuns::DeletedRuns(StoreClient& store, RunWatcher& watcher, RunEdits& edits, QWidget* parent)
    : QWidget(parent, Qt::Window)
    , store_(store)
    , edits_(edits)
    , table_(new QTableWidget(0, 3))
    , words_(new QLabel)
    , restore_(new QPushButton(icon(QStringLiteral("undo")), tr("Restore"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Deleted runs – Inlay"));
    setAccessibleName(windowTitle());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    table_->setObjectName(QStringLiteral("deletedRuns"));
    table_->setAccessibleName(tr("Deleted runs"));
    table_->setHorizontalHeaderLabels({tr("Run"), tr("State"), tr("Deleted")});
    table_->setShowGrid(false);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setTabKeyNavigation(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    table_->horizontalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    layout->addWidget(table_, 1);
    auto* line = new QHBoxLayout;
    const int pad = scaled(measure::kDockPadding, font());
    line->setContentsMargins(pad, pad, pad, pad);
    words_->setProperty("role", QStringLiteral("muted"));
    line->addWidget(words_, 1);
    restore_->setObjectName(QStringLiteral("restore"));
    restore_->setToolTip(tr("Take the selected runs out of the bin"));
    line->addWidget(restore_);
    layout->addLayout(line);
    resize(scaled(560, font()), scaled(320, font()));
    connect(table_, &QTableWidget::itemSelectionChanged, this, &DeletedRuns::updateSelection);
    connect(restore_, &QPushButton::clicked, this, [this] { edits_.restore(selectedRuns()); });
    connect(&edits_, &RunEdits::written, this, &DeletedRuns::refresh);
    connect(&watcher, &RunWatcher::runsChanged, this, &DeletedRuns::refresh);
    updateSelection();
    refresh();
}

void DeletedRuns::refresh() {
    if (isAsking_) {
        isStale_ = true;
        return;
    }
    isAsking_ = true;
    isStale_ = false;
    store_.ask(
        this,
        [](engine::RunStore& store) {
            engine::RunFilter filter;
            filter.bin = engine::RunFilter::Bin::Only;
            filter.detail = engine::RunFilter::Detail::Brief;
            std::vector<engine::RunRecord> runs = store.listRuns(filter);
            std::stable_sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
                return a.deletedMs > b.deletedMs;
            });
            return runs;
        },
        [this](const std::vector<engine::RunRecord>& runs) {
            isAsking_ = false;
            fill(runs);
            if (isStale_)
                refresh();
        },
        [this](const QString&) { isAsking_ = false; });
}

void DeletedRuns::fill(const std::vector<engine::RunRecord>& runs) {
    std::vector<engine::RunId> ids;
    for (const engine::RunRecord& run : runs)
        ids.push_back(run.id);
    // While other runs go on, the selection stays.
    if (ids == shown_ && !ids.empty())
        return;
    shown_ = std::move(ids);
    table_->clearSelection();
    table_->setRowCount(static_cast<int>(runs.size()));
    int row = 0;
    for (const engine::RunRecord& run : runs) {
        const QString name =
            run.name.empty() ? tr("Run %1").arg(run.id) : QString::fromStdString(run.name);
        const QString status = QString::fromUtf8(engine::nameOf(run.status).data());
        const QString when =
            QLocale().toString(QDateTime::fromMSecsSinceEpoch(run.deletedMs), QLocale::ShortFormat);
        int column = 0;
        for (const QString& text : {name, runStateTitle(runStateFrom(status)), when}) {
            auto* item = new QTableWidgetItem(text);
            item->setToolTip(text);
            table_->setItem(row, column++, item);
        }
        ++row;
    }
    updateSelection();
}

std::vector<engine::RunId> DeletedRuns::selectedRuns() const {
    std::vector<engine::RunId> runs;
    for (const QModelIndex& index : table_->selectionModel()->selectedRows())
        runs.push_back(shown_[static_cast<std::size_t>(index.row())]);
    return runs;
}

void DeletedRuns::updateSelection() {
    const std::size_t selected = selectedRuns().size();
    restore_->setEnabled(selected > 0);
    words_->setText(shown_.empty()
                        ? tr("The bin is empty.")
                        : tr("%1 in the bin, %L2 selected")
                              .arg(runCountText(static_cast<std::int64_t>(shown_.size())))
                              .arg(selected));
}

} // namespace inlay::app
