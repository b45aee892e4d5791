#include "widgets/views/compare/compare_view.h"

#include <algorithm>

#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QToolButton>

#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/compare/curve_panel.h"
#include "widgets/views/compare/difference_model.h"
#include "widgets/views/compare/difference_table.h"
#include "widgets/views/compare/scatter_panel.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {
namespace {

constexpr int kRowsEveryMs = 200;
// How often series that a live run starts to record are looked for.
constexpr int kAgainEveryMs = 2000;
constexpr double kThreePanelsFrom = 1150;

} // namespace

CompareView::CompareView(ViewContext context, QWidget* parent)
    : View(context, parent)
    , catalog_(std::make_unique<RunColumnCatalog>(engine::experimentKinds()))
    , words_(engine::experimentKinds())
    , comparison_(std::make_shared<Comparison>())
    , soon_(new QTimer(this))
    , again_(new QTimer(this)) {
    build();
    connectPanels();
    soon_->setSingleShot(true);
    soon_->setInterval(kRowsEveryMs);
    connect(soon_, &QTimer::timeout, this, &CompareView::updateRows);
    again_->setSingleShot(true);
    again_->setInterval(kAgainEveryMs);
    connect(again_, &QTimer::timeout, this, &CompareView::ask);
    connect(this->context().watcher, &RunWatcher::runsChanged, this, &CompareView::follow);
    showEmpty();
}

CompareView::~CompareView() = default;

void CompareView::setRuns(const std::vector<engine::RunId>& runs) {
    runs_ = runs;
    follow();
}

void CompareView::setBaseline(engine::RunId run) {
    baseline_ = run;
    follow();
}

void CompareView::setGrouping(RunGrouping grouping) {
    grouping_ = grouping;
    seeds_->setChecked(grouping == RunGrouping::Seeds);
    follow();
}

bool CompareView::isBusy() const {
    return isAsking_ || soon_->isActive() || curves_->isBusy() || moreCurves_->isBusy();
}

// The pinned run joins runs of its own kind.
ComparisonWish CompareView::wish() const {
    const auto table = context().watcher->runs();
    ComparisonWish wish;
    wish.grouping = grouping_;
    for (const engine::RunId run : runs_)
        if (table->indexOf(run) >= 0)
            wish.runs.push_back(run);
    const auto pinned = baseline_ == 0 ? -1 : table->indexOf(baseline_);
    if (pinned < 0)
        return wish;
    const std::string& kind = table->row(static_cast<std::size_t>(pinned)).kind;
    const bool isAlike = std::any_of(wish.runs.begin(), wish.runs.end(), [&](engine::RunId run) {
        return table->row(static_cast<std::size_t>(table->indexOf(run))).kind == kind;
    });
    if (isAlike)
        wish.baseline = baseline_;
    return wish;
}

QString CompareView::fingerprint() const {
    const ComparisonWish all = wish();
    const auto table = context().watcher->runs();
    QString text = QStringLiteral("%1 %2").arg(all.baseline).arg(static_cast<int>(all.grouping));
    std::vector<engine::RunId> runs = all.runs;
    runs.push_back(all.baseline);
    for (const engine::RunId id : runs) {
        const auto at = table->indexOf(id);
        if (at < 0)
            continue;
        const engine::RunRecord& run = table->row(static_cast<std::size_t>(at));
        text += QStringLiteral("\n%1 %2 %3 ")
                    .arg(id)
                    .arg(static_cast<int>(run.status))
                    .arg(run.totalSteps) +
                QString::fromStdString(run.name);
    }
    return text;
}

std::int64_t CompareView::changeOf() const {
    const auto table = context().watcher->runs();
    std::int64_t newest = -1;
    for (const ComparedGroup& group : comparison_->groups)
        for (const ComparedRun& run : group.runs)
            if (const auto at = table->indexOf(run.id); at >= 0)
                newest = std::max(newest, table->row(static_cast<std::size_t>(at)).changed);
    return newest;
}

bool CompareView::hasActive() const {
    const auto table = context().watcher->runs();
    for (const ComparedGroup& group : comparison_->groups)
        for (const ComparedRun& run : group.runs)
            if (const auto at = table->indexOf(run.id);
                at >= 0 && engine::isActive(table->row(static_cast<std::size_t>(at)).status))
                return true;
    return false;
}

void CompareView::follow() {
    if (!isVisible())
        return;
    if (fingerprint() != readFor_) {
        ask();
        return;
    }
    const std::int64_t changed = changeOf();
    if (changed == changed_ || comparison_->groups.empty()) {
        if (comparison_->runs < 2)
            showEmpty();
        return;
    }
    changed_ = changed;
    if (!soon_->isActive())
        soon_->start();
    curves_->refresh();
    if (moreCurves_->isVisible())
        moreCurves_->refresh();
    if (hasActive() && !again_->isActive())
        again_->start();
}

void CompareView::ask() {
    if (isAsking_) {
        isStale_ = true;
        return;
    }
    isStale_ = false;
    readFor_ = fingerprint();
    const ComparisonWish wanted = wish();
    if (wanted.runs.empty()) {
        take({});
        return;
    }
    isAsking_ = true;
    context().store->ask(
        this, [wanted](engine::RunStore& store) { return readComparison(store, wanted); },
        [this](Comparison comparison) {
            isAsking_ = false;
            take(std::move(comparison));
            if (isStale_ || fingerprint() != readFor_)
                ask();
        },
        [this](const QString& sentence) {
            isAsking_ = false;
            emit notice(sentence);
        });
}

void CompareView::take(Comparison comparison) {
    const auto idsOf = [](const Comparison& all) {
        QStringList ids;
        for (const ComparedGroup& group : all.groups)
            ids << group.id();
        return ids;
    };
    if (idsOf(comparison) != idsOf(*comparison_))
        choose(-1);
    comparison_ = std::make_shared<const Comparison>(std::move(comparison));
    changed_ = changeOf();
    if (comparison_->runs < 2) {
        showEmpty();
        return;
    }
    curves_->setComparison(comparison_);
    if (!moreCurves_->isHidden())
        fillSecond();
    updateRows();
    pages_->setCurrentIndex(1);
    if (hasActive() && !again_->isActive())
        again_->start();
}

void CompareView::updateRows() {
    if (comparison_->runs < 2)
        return;
    std::vector<CompareRow> rows =
        compareRows(*comparison_, *context().watcher->runs(), *catalog_, words_);
    scatter_->setRows(comparison_, rows);
    model_->setRows(std::move(rows), comparison_->groups);
    updateWords();
}

void CompareView::updateWords() {
    const auto groups = static_cast<int>(comparison_->groups.size());
    const QString runs = runCountText(static_cast<std::int64_t>(comparison_->runs));
    title_->setFullText(comparison_->runs == comparison_->groups.size() ? runs
                        : groups == 1 ? tr("1 group, %1").arg(runs)
                                      : tr("%1 groups, %2").arg(groups).arg(runs));
    const int equal = model_->equalSettings();
    const QString hidden = model_->shown() == ShownRows::All ? tr("all parameters shown")
                           : equal == 1                      ? tr("1 equal parameter hidden")
                                        : tr("%L1 equal parameters hidden").arg(equal);
    const QString base = comparison_->groups.front().name;
    subtitle_->setFullText(groups == 1 ? hidden
                           : comparison_->baselineIsPinned
                               ? tr("against %1 (pinned), %2").arg(base, hidden)
                               : tr("against %1, %2").arg(base, hidden));

    const auto table = context().watcher->runs();
    int active = 0;
    int queued = 0;
    QStringList broken;
    for (const ComparedGroup& group : comparison_->groups)
        for (const ComparedRun& one : group.runs) {
            const auto at = table->indexOf(one.id);
            if (at < 0)
                continue;
            const engine::RunRecord& run = table->row(static_cast<std::size_t>(at));
            active += engine::isActive(run.status) ? 1 : 0;
            queued += run.status == engine::RunStatus::Queued ? 1 : 0;
            const auto word = engine::nameOf(run.status);
            const RunState state =
                runStateFrom(QString::fromUtf8(word.data(), static_cast<qsizetype>(word.size())));
            if (state == RunState::Failed || state == RunState::Diverged || state == RunState::Lost)
                broken << tr("%1: %2%3")
                              .arg(QString::fromStdString(run.name), runStateTitle(state).toLower(),
                                   run.message.empty() ? QString()
                                                       : QStringLiteral(", ") +
                                                             QString::fromStdString(run.message));
        }
    QStringList sentences;
    if (comparison_->kinds.size() > 1)
        sentences << tr("These runs are of different kinds; only what they share can be measured "
                        "against each other.");
    if (groups == 1)
        sentences << tr("These runs differ in nothing but the seed.");
    if (active > 0)
        sentences
            << (active == 1
                    ? tr("1 run still goes on; its figures are the last so far.")
                    : tr("%1 runs still go on; their figures are the last so far.").arg(active));
    if (queued > 0)
        sentences << (queued == 1 ? tr("1 run waits in the queue.")
                                  : tr("%1 runs wait in the queue.").arg(queued));
    if (!broken.isEmpty()) {
        QString one = broken.first();
        if (!one.endsWith(QLatin1Char('.')))
            one += QLatin1Char('.');
        sentences << (broken.size() == 1
                          ? one
                          : tr("%1 And %2 more did not finish.").arg(one).arg(broken.size() - 1));
    }
    sentence_->setText(sentences.join(QLatin1Char(' ')));
    sentence_->setVisible(!sentences.isEmpty());
}

QString CompareView::sentence() const {
    return sentence_->text();
}

void CompareView::showEmpty() {
    const bool isNew = context().watcher->runs()->rowCount() == 0;
    if (isNew) {
        empty_->setHeading(tr("Nothing to compare yet"));
        empty_->setText(tr("Runs appear in the list as soon as they start. Choose two or more of "
                           "them to see what differs, their curves, and what each result costs."));
    } else if (comparison_->runs == 1) {
        empty_->setHeading(tr("One run is no comparison"));
        empty_->setText(tr("Choose a second run with Ctrl and a click in the list, or pin a "
                           "baseline there that every run is measured against."));
    } else {
        empty_->setHeading(tr("No runs chosen"));
        empty_->setText(tr("Choose two or more runs in the list (Ctrl or Shift and a click) to "
                           "see what differs, their curves, and what each result costs."));
    }
    pages_->setCurrentIndex(0);
}

void CompareView::highlight(int group) {
    table_->highlightGroup(group);
    const int shown = group < 0 ? chosen_ : group;
    curves_->highlight(shown);
    moreCurves_->highlight(shown);
    scatter_->highlight(group);
}

void CompareView::choose(int group) {
    chosen_ = group == chosen_ ? -1 : group;
    table_->setChosenGroup(chosen_);
    scatter_->setChosen(chosen_);
    curves_->highlight(chosen_);
    moreCurves_->highlight(chosen_);
}

void CompareView::placePanels() {
    const bool isWide = width() >= scaled(kThreePanelsFrom, font());
    if (isWide != moreCurves_->isHidden())
        return;
    moreCurves_->setVisible(isWide);
    if (isWide)
        fillSecond();
}

void CompareView::fillSecond() {
    moreCurves_->setAvoided(curves_->series());
    moreCurves_->setComparison(comparison_);
}

void CompareView::showEvent(QShowEvent* event) {
    View::showEvent(event);
    follow();
}

void CompareView::resizeEvent(QResizeEvent* event) {
    View::resizeEvent(event);
    placePanels();
}

} // namespace inlay::widgets
