#include "widgets/runs/jobs_panel.h"

#include <algorithm>

#include <QDateTime>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/runs/job_row.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

// A queue of a thousand runs is one line more, not a thousand rows of controls.
constexpr std::size_t kMostQueued = 40;
constexpr std::size_t kMostEnded = 20;

int rankOf(engine::RunStatus status) {
    switch (status) {
    case engine::RunStatus::Running:
        return 0;
    case engine::RunStatus::Paused:
        return 1;
    case engine::RunStatus::Queued:
        return 2;
    default:
        return 3;
    }
}

std::int64_t startOfToday() {
    return QDate::currentDate().startOfDay().toMSecsSinceEpoch();
}

QString nameOf(const engine::RunRecord& run) {
    return run.name.empty() ? JobsPanel::tr("run %1").arg(run.id)
                            : QString::fromStdString(run.name);
}

} // namespace

std::int64_t timeUntilAllDone(const std::vector<const engine::RunRecord*>& open,
                              std::int64_t typicalMs) {
    std::map<std::string, std::int64_t> perDevice;
    for (const engine::RunRecord* run : open) {
        const std::int64_t left = run->status == engine::RunStatus::Queued ? typicalMs : run->etaMs;
        if (left < 0)
            return -1;
        // Runs started by hand share the device, those of the queue follow each other.
        std::int64_t& sum = perDevice[run->device];
        sum = run->status == engine::RunStatus::Queued ? sum + left : std::max(sum, left);
    }
    std::int64_t longest = open.empty() ? -1 : 0;
    for (const auto& [device, sum] : perDevice)
        longest = std::max(longest, sum);
    return longest;
}

JobsPanel::JobsPanel(RunWatcher& watcher, std::shared_ptr<const RunColumnCatalog> catalog,
                     QWidget* parent)
    : QWidget(parent)
    , watcher_(watcher)
    , catalog_(std::move(catalog))
    , list_(new QVBoxLayout)
    , nothing_(new QWidget)
    , more_(new QLabel) {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Jobs"));
    auto* inside = new QWidget;
    inside->setProperty("surface", true);
    inside->setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    list_->setSpacing(0);
    column->addLayout(list_);
    auto* line = new QHBoxLayout(nothing_);
    line->setContentsMargins(scaled(measure::kDockPadding, font()), scaled(8, font()),
                             scaled(measure::kDockPadding, font()), scaled(8, font()));
    auto* clock = new QLabel;
    clock->setPixmap(icon(QStringLiteral("clock"), IconColor::Muted).pixmap(scaled(14, font())));
    line->addWidget(clock);
    auto* words =
        new QLabel(tr("No jobs. Runs you start appear here with progress and time left."));
    words->setProperty("role", QStringLiteral("muted"));
    line->addWidget(words, 1);
    column->addWidget(nothing_);
    more_->setProperty("role", QStringLiteral("caption"));
    more_->setContentsMargins(scaled(measure::kDockPadding, font()), 0, 0, 0);
    column->addWidget(more_);
    column->addStretch(1);
    scroll->setWidget(inside);
    layout->addWidget(scroll);
    connect(&watcher_, &RunWatcher::runsChanged, this, &JobsPanel::refresh);
    refresh();
}

JobsPanel::~JobsPanel() = default;

QSize JobsPanel::sizeHint() const {
    return {scaled(600, font()), scaled(2 * measure::kRowHeight + 4, font())};
}

void JobsPanel::refresh() {
    const auto runs = watcher_.runs();
    std::vector<const engine::RunRecord*> open;
    std::vector<const engine::RunRecord*> ended;
    const std::int64_t today = startOfToday();
    int finished = 0;
    for (std::size_t i = 0; i < runs->rowCount(); ++i) {
        const engine::RunRecord& run = runs->row(i);
        if (!engine::hasEnded(run.status)) {
            open.push_back(&run);
        } else if (std::max(run.endedMs, run.heartbeatMs) >= today) {
            ended.push_back(&run);
            finished += run.status == engine::RunStatus::Finished ? 1 : 0;
        }
    }
    std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
        return rankOf(a->status) < rankOf(b->status);
    });
    std::stable_sort(ended.begin(), ended.end(),
                     [](const auto* a, const auto* b) { return a->endedMs > b->endedMs; });
    summarize(open, finished);

    std::size_t queued = 0;
    std::vector<const engine::RunRecord*> shown;
    for (const engine::RunRecord* run : open)
        if (run->status != engine::RunStatus::Queued || ++queued <= kMostQueued)
            shown.push_back(run);
    for (std::size_t i = 0; i < std::min(ended.size(), kMostEnded); ++i)
        shown.push_back(ended[i]);

    for (auto row = rows_.begin(); row != rows_.end();) {
        const bool stays = std::any_of(shown.begin(), shown.end(),
                                       [&](const auto* run) { return run->id == row->first; });
        if (stays) {
            ++row;
            continue;
        }
        // deleteLater: the row's own button may be what led here.
        list_->removeWidget(row->second);
        row->second->hide();
        row->second->deleteLater();
        row = rows_.erase(row);
    }
    QString before;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        JobRow*& row = rows_[shown[i]->id];
        if (row == nullptr) {
            row = new JobRow;
            const engine::RunId id = shown[i]->id;
            connect(row, &JobRow::actionWanted, this,
                    [this, id](const QString& action) { emit actionWanted(id, action); });
            connect(row, &JobRow::activated, this, [this, id] { emit runActivated(id); });
        }
        if (list_->indexOf(row) != static_cast<int>(i))
            list_->insertWidget(static_cast<int>(i), row);
        row->setRun(*shown[i], *catalog_, before);
        row->show();
        before = engine::hasEnded(shown[i]->status) ? QString() : nameOf(*shown[i]);
    }
    nothing_->setVisible(shown.empty());
    more_->setVisible(queued > kMostQueued);
    if (queued > kMostQueued)
        more_->setText(tr("and %L1 more in the queue").arg(queued - kMostQueued));
}

void JobsPanel::summarize(const std::vector<const engine::RunRecord*>& open, int finished) {
    int counts[3] = {0, 0, 0};
    for (const engine::RunRecord* run : open)
        ++counts[rankOf(run->status)];
    // What the finished runs of the same kind took, as the guess for those that wait.
    const auto runs = watcher_.runs();
    std::vector<std::int64_t> took;
    for (std::size_t i = runs->rowCount(); i-- > 0 && took.size() < 9;) {
        const engine::RunRecord& run = runs->row(i);
        if (run.status == engine::RunStatus::Finished && run.endedMs > run.startedMs)
            took.push_back(run.endedMs - run.startedMs);
    }
    std::sort(took.begin(), took.end());
    std::int64_t typical = took.empty() ? -1 : took[took.size() / 2];
    if (took.empty())
        for (const engine::RunRecord* run : open)
            if (run->status == engine::RunStatus::Running && run->etaMs >= 0 && run->startedMs > 0)
                typical = run->heartbeatMs - run->startedMs + run->etaMs;
    QStringList parts;
    if (counts[0] > 0)
        parts << tr("%L1 running").arg(counts[0]);
    if (counts[1] > 0)
        parts << tr("%L1 paused").arg(counts[1]);
    if (counts[2] > 0)
        parts << tr("%L1 queued").arg(counts[2]);
    if (open.empty()) {
        parts << tr("nothing running");
        if (finished > 0)
            parts << tr("%L1 finished today").arg(finished);
    } else if (const std::int64_t left = timeUntilAllDone(open, typical);
               left >= 0 && counts[1] == 0) {
        parts << tr("all done in about %1").arg(durationText(left));
    }
    const QString summary = parts.join(QStringLiteral(", "));
    if (summary == summary_)
        return;
    summary_ = summary;
    emit summaryChanged(summary_);
}

} // namespace inlay::widgets
