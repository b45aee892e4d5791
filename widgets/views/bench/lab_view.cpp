#include "widgets/views/bench/lab_view.h"

#include <algorithm>
#include <set>
#include <utility>

#include <QButtonGroup>
#include <QComboBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "engine/base/error.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/bench/lab_pictures.h"
#include "widgets/views/bench/lab_plan.h"
#include "widgets/views/bench/lab_plots.h"
#include "widgets/views/bench/lab_table.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

constexpr double kRoomForPictures = 520;

} // namespace

LabView::LabView(ViewContext viewContext, QWidget* parent)
    : View(viewContext, parent) {
    planner_.setMaxThreadCount(1);
    build();
    connect(context().watcher, &RunWatcher::runsChanged, this, [this] { updateRun(); });
    updateRun();
}

LabView::~LabView() {
    ++wantedPlan_;
    planner_.waitForDone();
}

void LabView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("layers"), tr("What does a cheaper layer really cost?"),
                            tr("Choose the kind Operator lab in the set-up and run it: every "
                               "family is timed beside the dense layer of its shape, and its row "
                               "appears here as soon as it is measured."),
                            pages_);
    pages_->addWidget(empty_);
    auto* page = new QWidget(pages_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const auto line = [&] {
        auto* separator = new QFrame(page);
        separator->setProperty("separator", true);
        separator->setFixedHeight(1);
        column->addWidget(separator);
    };
    header_ = new TrainingHeader(page);
    header_->setTrains(false);
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    line();
    column->addWidget(buildChoices());
    line();
    auto* splitter = splitter_ = new QSplitter(Qt::Vertical, page);
    splitter->setChildrenCollapsible(false);
    model_ = new LabModel(this);
    table_ = new LabTable(model_, splitter);
    table_->setMinimumHeight(scaled(110, font()));
    splitter->addWidget(table_);
    auto* plots = new QWidget(splitter);
    auto* row = new QHBoxLayout(plots);
    row->setContentsMargins(0, scaled(4, font()), 0, 0);
    row->setSpacing(0);
    speedups_ = new CurvePlot(plots);
    speedups_->setObjectName(QStringLiteral("speedups"));
    roofline_ = new CurvePlot(plots);
    speedups_->setEmptyText(tr("A point a size appears here as soon as it is measured."));
    roofline_->setEmptyText(tr("A mark a layer appears here as soon as it is measured."));
    row->addWidget(speedups_, 3);
    row->addWidget(roofline_, 2);
    splitter->addWidget(plots);
    pictures_ = new LabPictures(splitter);
    splitter->addWidget(pictures_);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    splitter->setStretchFactor(2, 1);
    column->addWidget(splitter, 1);
    pages_->addWidget(page);
    for (CurvePlot* plot : {speedups_, roofline_})
        connect(plot, &Plot::notice, this, &View::notice);
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& index) {
                const QString label = model_->labelAt(index.row());
                speedups_->highlight(label);
                roofline_->highlight(label);
            });
}

QWidget* LabView::buildChoices() {
    auto* bar = new QWidget(this);
    auto* row = new QHBoxLayout(bar);
    const int pad = scaled(measure::kViewPadding, font());
    row->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    row->setSpacing(scaled(measure::kGap, font()));
    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    passes_ = new QButtonGroup(this);
    const QString titles[] = {tr("Forward"), tr("Training step")};
    const QString helps[] = {tr("Weights prepared once, activations not"),
                             tr("Weights moved, forward, all gradients; no optimizer")};
    for (int i = 0; i < 2; ++i) {
        auto* button = new QToolButton(bar);
        button->setText(titles[i]);
        button->setToolTip(helps[i]);
        button->setAccessibleName(titles[i]);
        button->setProperty("segment", true);
        button->setCheckable(true);
        button->setChecked(i == 0);
        passes_->addButton(button, i);
        segments->addWidget(button);
    }
    row->addLayout(segments);
    row->addSpacing(pad);
    auto* label = new QLabel(tr("Inputs"), bar);
    label->setProperty("role", QStringLiteral("muted"));
    row->addWidget(label);
    sizes_ = new QComboBox(bar);
    sizes_->setAccessibleName(tr("Size of the layers in the table"));
    label->setBuddy(sizes_);
    row->addWidget(sizes_);
    shape_ = new QLabel(bar);
    shape_->setProperty("role", QStringLiteral("muted"));
    row->addWidget(shape_);
    row->addStretch(1);
    planned_ = new QLabel(tr("As typed, not run yet"), bar);
    planned_->setToolTip(tr("Sizes, counts, pictures and predicted times follow the set-up; Run "
                            "measures it."));
    row->addWidget(planned_);
    backToRun_ = new QToolButton(bar);
    backToRun_->setObjectName(QStringLiteral("backToRun"));
    backToRun_->setText(tr("Show the run"));
    backToRun_->setAccessibleName(tr("Show the chosen run again"));
    row->addWidget(backToRun_);
    planned_->hide();
    backToRun_->hide();
    connect(backToRun_, &QToolButton::clicked, this, &LabView::leavePlan);
    connect(passes_, &QButtonGroup::idClicked, this, [this] {
        refillSizes();
        showLab();
    });
    connect(sizes_, qOverload<int>(&QComboBox::activated), this, [this] { showLab(); });
    return bar;
}

LabPass LabView::pass() const {
    return passes_->checkedId() == 1 ? LabPass::Train : LabPass::Forward;
}

std::int64_t LabView::size() const {
    return sizes_->currentData().toLongLong();
}

const engine::RunRecord* LabView::record() const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run_ == 0 ? -1 : table->indexOf(run_);
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

void LabView::setRuns(const std::vector<engine::RunId>& runs) {
    const engine::RunId wanted = runs.empty() ? 0 : runs.front();
    if (wanted != run_) {
        run_ = wanted;
        changed_ = -1;
        measured_ = lab_ = {};
        sizes_->clear();
    }
    ++wantedPlan_;
    plan_.reset();
    showPlanOrRun();
    updateRun();
}

/// Newest first: a plan that was overtaken while it was made is dropped.
void LabView::setDraft(const engine::ProjectFile& project) {
    if (project.kind != "bench")
        return;
    const std::uint64_t wanted = ++wantedPlan_;
    planner_.start([this, wanted, project] {
        Lab plan;
        try {
            plan = planLab(project);
        } catch (const engine::Error&) {
            return; // the set-up says what is wrong
        }
        QMetaObject::invokeMethod(
            this,
            [this, wanted, plan = std::move(plan)]() mutable {
                if (wanted == wantedPlan_)
                    takePlan(std::move(plan));
            },
            Qt::QueuedConnection);
    });
}

void LabView::takePlan(Lab plan) {
    plan_ = std::move(plan);
    showPlanOrRun();
    pages_->setCurrentIndex(1);
    refillSizes();
    showLab();
}

void LabView::leavePlan() {
    ++wantedPlan_;
    plan_.reset();
    showPlanOrRun();
    updateRun();
    refillSizes();
    showLab();
}

void LabView::showPlanOrRun() {
    lab_ = plan_ ? withMeasured(*plan_, measured_) : measured_;
    const engine::RunRecord* run = record();
    const bool hasRun = run != nullptr && run->kind == "bench";
    // A set-up that was measured in all its cells is the run.
    planned_->setVisible(plan_ && !lab_.isMeasured());
    backToRun_->setVisible(plan_ && hasRun);
    header_->setVisible(hasRun);
}

void LabView::updateRun() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run->kind != "bench") {
        pages_->setCurrentIndex(plan_ ? 1 : 0);
        return;
    }
    header_->show();
    header_->setRun(*run);
    const QString provenance = tr("%1, run %2, seed %3, %4, %5 threads")
                                   .arg(QString::fromStdString(run->name))
                                   .arg(run->id)
                                   .arg(run->seed)
                                   .arg(QString::fromStdString(run->device))
                                   .arg(run->threads);
    speedups_->setProvenance(provenance);
    roofline_->setProvenance(provenance);
    pages_->setCurrentIndex(1);
    if (run->changed != changed_) {
        changed_ = run->changed;
        ask();
    }
}

/// One question at a time: a live run changes faster than a slow store answers.
void LabView::ask() {
    if (asking_) {
        askAgain_ = true;
        return;
    }
    asking_ = true;
    const auto answered = [this] {
        asking_ = false;
        if (askAgain_) {
            askAgain_ = false;
            ask();
        }
    };
    context().store->ask(
        this, [run = run_](engine::RunStore& store) { return readLab(store, run); },
        [this, run = run_, answered](Lab lab) {
            if (run == run_) {
                measured_ = std::move(lab);
                showPlanOrRun();
                if (!lab_.has(pass()) && lab_.has(LabPass::Train))
                    passes_->button(1)->setChecked(true);
                refillSizes();
                showLab();
            }
            answered();
        },
        [answered](const QString&) { answered(); });
}

void LabView::refillSizes() {
    std::set<std::int64_t> sizes;
    for (const LabCell& cell : lab_.cells)
        if (cell.pass == pass())
            sizes.insert(cell.in);
    QList<qlonglong> shown;
    for (int i = 0; i < sizes_->count(); ++i)
        shown << sizes_->itemData(i).toLongLong();
    if (QList<qlonglong>(sizes.begin(), sizes.end()) == shown)
        return;
    const std::int64_t before = size();
    // The size where most families meet, the largest of these.
    std::int64_t best = 0;
    std::size_t most = 0;
    for (const std::int64_t size : sizes) {
        std::set<QString> labels;
        for (const LabCell& cell : lab_.cells)
            if (cell.pass == pass() && cell.in == size)
                labels.insert(cell.label);
        if (labels.size() >= most) {
            most = labels.size();
            best = size;
        }
    }
    sizes_->clear();
    for (const std::int64_t size : sizes)
        sizes_->addItem(QLocale().toString(static_cast<qlonglong>(size)),
                        static_cast<qlonglong>(size));
    const bool keeps = sizes.contains(before) && changed_ >= 0 && before != 0 && shown.size() > 1;
    sizes_->setCurrentIndex(sizes_->findData(static_cast<qlonglong>(keeps ? before : best)));
}

void LabView::showLab() {
    model_->setLab(lab_, pass(), size());
    shape_->setText(model_->shapeText());
    showSpeedups(*speedups_, lab_, pass());
    showRoofline(*roofline_, lab_, pass(), size());
    pictures_->setLab(lab_);
    if (model_->rowCount() != fittedRows_)
        fitTable();
}

/// All rows where they leave the plots enough room.
void LabView::fitTable() {
    const int height = splitter_->height();
    if (height <= 0 || model_->rowCount() == 0)
        return;
    fittedRows_ = model_->rowCount();
    // Curves need the room of a small window for themselves.
    const bool hasRoom = height >= scaled(kRoomForPictures, font());
    pictures_->setVisible(hasRoom && !lab_.pictures.empty());
    const int pictures =
        !hasRoom ? 0 : std::clamp(height / 4, pictures_->minimumHeight(), scaled(230, font()));
    const int table = std::min(table_->wantedHeight(), (height - pictures) / 2);
    splitter_->setSizes({table, height - table - pictures, pictures});
}

void LabView::resizeEvent(QResizeEvent* event) {
    View::resizeEvent(event);
    fitTable();
}

} // namespace inlay::widgets
