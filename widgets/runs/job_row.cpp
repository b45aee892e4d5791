#include "widgets/runs/job_row.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QProgressBar>
#include <QStackedWidget>
#include <QToolButton>

#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr const char* kFullText = "fullText";

QString statusText(engine::RunStatus status) {
    return QString::fromUtf8(engine::nameOf(status).data());
}

} // namespace

JobRow::JobRow(QWidget* parent)
    : QWidget(parent)
    , icon_(new QLabel)
    , name_(new QLabel)
    , kind_(new QLabel)
    , middle_(new QStackedWidget)
    , state_(new QLabel)
    , progress_(new QProgressBar)
    , percent_(new QLabel)
    , time_(new QLabel)
    , device_(new QLabel)
    , activity_(new QLabel)
    , hold_(new QToolButton)
    , end_(new QToolButton)
    , log_(new QToolButton) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(scaled(measure::kDockPadding, font()), 0,
                               scaled(measure::kDockPadding, font()), 0);
    layout->setSpacing(scaled(6, font()));
    setFixedHeight(scaled(measure::kRowHeight, font()));
    layout->addWidget(icon_);
    layout->addWidget(name_, 24);
    layout->addWidget(kind_, 17);
    // Either words or a bar, in one cell, so that rows line up.
    middle_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    middle_->addWidget(state_);
    auto* bar = new QWidget;
    auto* barLayout = new QHBoxLayout(bar);
    barLayout->setContentsMargins(0, 0, 0, 0);
    barLayout->addWidget(progress_, 21);
    barLayout->addWidget(percent_, 5);
    middle_->addWidget(bar);
    layout->addWidget(middle_, 26);
    layout->addWidget(time_, 12);
    layout->addSpacing(scaled(8, font()));
    layout->addWidget(device_, 12);
    layout->addWidget(activity_, 31);
    for (QLabel* label : {name_, kind_, state_, percent_, time_, device_, activity_}) {
        // Widths come from the stretch factors, so that rows line up.
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        label->setTextFormat(Qt::PlainText);
    }
    for (QLabel* label : {kind_, state_, device_, activity_})
        label->setProperty("role", QStringLiteral("muted"));
    percent_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    time_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress_->setTextVisible(false);
    progress_->setRange(0, 1000);
    progress_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    progress_->setMinimumWidth(scaled(30, font()));
    const auto prepare = [&](QToolButton* button) {
        button->setAutoRaise(true);
        button->setFixedSize(scaled(28, font()), scaled(22, font()));
        QSizePolicy policy = button->sizePolicy();
        policy.setRetainSizeWhenHidden(true);
        button->setSizePolicy(policy);
        layout->addWidget(button);
        connect(button, &QToolButton::clicked, this,
                [this, button] { emit actionWanted(button->property("action").toString()); });
    };
    prepare(hold_);
    prepare(end_);
    prepare(log_);
    log_->setIcon(icon(QStringLiteral("table"), IconColor::Muted));
    log_->setProperty("action", QStringLiteral("log"));
}

void JobRow::setCell(QLabel* label, const QString& text) {
    label->setProperty(kFullText, text);
    label->setToolTip(text);
}

QString JobRow::stateText(const engine::RunRecord& run, const QString& waitsFor) const {
    const QString title = runStateTitle(runStateFrom(statusText(run.status)));
    if (run.status == engine::RunStatus::Queued && !waitsFor.isEmpty())
        return tr("Queued behind %1").arg(waitsFor);
    if (engine::isActive(run.status) && run.totalSteps == 0)
        return tr("Starting");
    return title;
}

QString JobRow::activityText(const engine::RunRecord& run) const {
    const QString step =
        run.totalSteps > 0 ? tr("step %L1 of %L2").arg(run.step).arg(run.totalSteps) : QString();
    switch (run.status) {
    case engine::RunStatus::Queued:
        return tr("starts when the device is free");
    case engine::RunStatus::Running:
        return step.isEmpty() ? tr("getting ready") : step;
    case engine::RunStatus::Paused:
        return step.isEmpty() ? tr("paused") : tr("%1, waits").arg(step);
    case engine::RunStatus::Finished:
        return tr("%L1 steps").arg(run.step);
    case engine::RunStatus::Lost:
        return tr("its process is gone; Resume continues from the last checkpoint");
    case engine::RunStatus::Stopped:
    case engine::RunStatus::Failed:
    case engine::RunStatus::Diverged:
        return run.message.empty() ? step : QString::fromStdString(run.message);
    }
    return {};
}

void JobRow::setRun(const engine::RunRecord& run, const RunColumnCatalog& catalog,
                    const QString& waitsFor) {
    status_ = statusText(run.status);
    const bool isActive = engine::isActive(run.status);
    const bool isQueued = run.status == engine::RunStatus::Queued;
    const bool hasProgress = isActive && run.totalSteps > 0;
    const QString name =
        run.name.empty() ? tr("Run %1").arg(run.id) : QString::fromStdString(run.name);
    setCell(name_, name);
    setCell(kind_, tr("%1, seed %2").arg(catalog.kindTitle(run.kind)).arg(run.seed));
    setCell(state_, stateText(run, waitsFor));
    setCell(device_, QString::fromStdString(run.device));
    setCell(activity_, activityText(run));
    middle_->setCurrentIndex(hasProgress ? 1 : 0);
    if (hasProgress) {
        const double done = static_cast<double>(run.step) / static_cast<double>(run.totalSteps);
        progress_->setValue(static_cast<int>(1000 * done));
        progress_->setAccessibleName(tr("Progress of %1").arg(name));
        setCell(percent_, tr("%1 %").arg(static_cast<int>(100 * done)));
    }
    if (isActive || isQueued)
        setCell(time_, run.etaMs >= 0 ? durationText(run.etaMs) : QStringLiteral("–"));
    else if (run.startedMs > 0 && run.endedMs >= run.startedMs)
        setCell(time_, tr("took %1").arg(durationText(run.endedMs - run.startedMs)));
    else
        setCell(time_, QStringLiteral("–"));

    const auto set = [&](QToolButton* button, const char* iconName, const QString& text,
                         const char* action) {
        button->setIcon(icon(QString::fromLatin1(iconName), IconColor::Muted));
        button->setToolTip(text);
        button->setAccessibleName(tr("%1: %2").arg(text, name));
        button->setProperty("action", QString::fromLatin1(action));
        button->setVisible(true);
    };
    const bool canResume =
        engine::hasEnded(run.status) && run.status != engine::RunStatus::Finished;
    hold_->setVisible(false);
    end_->setVisible(false);
    if (run.status == engine::RunStatus::Running)
        set(hold_, "pause", tr("Pause"), "pause");
    else if (run.status == engine::RunStatus::Paused)
        set(hold_, "resume", tr("Continue"), "continue");
    else if (canResume)
        set(hold_, "resume", tr("Resume"), "resume");
    if (isActive)
        set(end_, "stop", tr("Stop run"), "stop");
    else if (isQueued)
        set(end_, "close", tr("Take out of the queue"), "stop");
    log_->setToolTip(tr("Log and events"));
    log_->setAccessibleName(tr("Log and events: %1").arg(name));
    setAccessibleName(tr("%1, %2").arg(name, stateText(run, waitsFor)));
    setIcon();
    elide();
}

void JobRow::setIcon() {
    const RunState state = runStateFrom(status_);
    icon_->setPixmap(iconPixmap(runStateIcon(state), runStateColor(state, tokensOf(this)),
                                scaled(14, font()), devicePixelRatioF()));
    icon_->setToolTip(runStateTitle(state));
    icon_->setAccessibleName(runStateTitle(state));
}

void JobRow::elide() {
    for (QLabel* label : {name_, kind_, state_, percent_, time_, device_, activity_}) {
        const QString full = label->property(kFullText).toString();
        label->setText(label->fontMetrics().elidedText(full, Qt::ElideRight, label->width()));
    }
}

void JobRow::mouseDoubleClickEvent(QMouseEvent*) {
    emit activated();
}

void JobRow::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !status_.isEmpty())
        setIcon();
}

void JobRow::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    layout()->activate();
    elide();
}

void JobRow::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    painter.fillRect(rect(), t.surface);
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.hair);
}

} // namespace inlay::widgets
