#include "widgets/views/clustering/stream_header.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {

using engine::RunStatus;

StreamHeader::StreamHeader(QWidget* parent)
    : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* row = new QWidget(this);
    row->setMinimumHeight(scaled(measure::kViewHeaderHeight, font()));
    auto* layout = new QHBoxLayout(row);
    const int pad = scaled(measure::kViewPadding, font());
    layout->setContentsMargins(pad, 0, pad, 0);
    layout->setSpacing(scaled(measure::kGap, font()));
    name_ = new ElidedLabel(row);
    name_->setFont(fontsFor(font()).viewTitle);
    name_->setProperty("role", QStringLiteral("viewTitle"));
    layout->addWidget(name_);
    chip_ = new StateChip(row);
    layout->addWidget(chip_);
    progress_ = new QProgressBar(row);
    progress_->setRange(0, 1000);
    progress_->setTextVisible(false);
    progress_->setFixedWidth(scaled(52, font()));
    progress_->setAccessibleName(tr("Progress"));
    layout->addWidget(progress_);
    status_ = new ElidedLabel(row);
    status_->setProperty("role", QStringLiteral("muted"));
    layout->addWidget(status_);
    layout->addStretch(1);
    pause_ = makeButton(QStringLiteral("pause"), tr("Pause"), QStringLiteral("pause"));
    goOn_ = makeButton(QStringLiteral("resume"), tr("Continue"), QStringLiteral("continue"));
    resume_ = makeButton(QStringLiteral("resume"), tr("Run again"), QStringLiteral("resume"));
    stop_ = makeButton(QStringLiteral("stop"), tr("Stop, keep centers"), QStringLiteral("stop"));
    stop_->setToolTip(tr("Ends the stream here: the centers of the points so far are kept"));
    for (QPushButton* button : {pause_, goOn_, resume_, stop_})
        layout->addWidget(button);
    column->addWidget(row);
    sentence_ = new QLabel(this);
    sentence_->setWordWrap(true);
    sentence_->setTextFormat(Qt::PlainText);
    sentence_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    sentence_->setContentsMargins(pad, 0, pad, scaled(6, font()));
    sentence_->setProperty("role", QStringLiteral("bad"));
    column->addWidget(sentence_);
    sentence_->hide();
}

QPushButton* StreamHeader::makeButton(const QString& iconName, const QString& text,
                                      const QString& action) {
    auto* button = new QPushButton(icon(iconName), text, this);
    button->setAccessibleName(text);
    button->setObjectName(action);
    connect(button, &QPushButton::clicked, this, [this, action] { emit actionWanted(action); });
    return button;
}

void StreamHeader::setRun(const engine::RunRecord& run) {
    name_->setFullText(run.name.empty() ? tr("Run %1").arg(run.id)
                                        : QString::fromStdString(run.name));
    const std::string_view word = engine::nameOf(run.status);
    chip_->setState(
        runStateFrom(QString::fromLatin1(word.data(), static_cast<qsizetype>(word.size()))));
    const bool isActive = engine::isActive(run.status);
    const bool hasEnd = run.totalSteps > 0;
    progress_->setVisible(isActive && hasEnd);
    if (hasEnd)
        progress_->setValue(static_cast<int>(1000 * run.step / run.totalSteps));
    QString status;
    if (run.status == RunStatus::Queued)
        status = tr("starts when the device is free");
    else if (isActive && hasEnd && run.etaMs >= 0)
        status = tr("%1 left").arg(durationText(run.etaMs));
    else if (isActive)
        status = tr("%L1 points so far").arg(run.step);
    else if (run.startedMs > 0 && run.endedMs >= run.startedMs)
        status = tr("%1, seed %2").arg(durationText(run.endedMs - run.startedMs)).arg(run.seed);
    status_->setFullText(status);
    pause_->setVisible(run.status == RunStatus::Running);
    goOn_->setVisible(run.status == RunStatus::Paused);
    stop_->setVisible(isActive || run.status == RunStatus::Queued);
    resume_->setVisible(engine::hasEnded(run.status) && run.status != RunStatus::Finished);
    QString sentence = QString::fromStdString(run.message).trimmed();
    if (run.status == RunStatus::Lost)
        sentence = tr("Its process is gone. Run again reads the stream from its first point.");
    else if (run.status == RunStatus::Failed && !sentence.isEmpty())
        sentence += tr(" Correct the set-up and run it again.");
    sentence_->setText(sentence);
    sentence_->setVisible(!sentence.isEmpty());
}

} // namespace inlay::widgets
