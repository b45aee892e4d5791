#include "widgets/views/train/training_header.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>

#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"

namespace inlay::widgets {

using engine::RunStatus;

QString endSentence(const engine::RunRecord& run) {
    QString why = QString::fromStdString(run.message).trimmed();
    if (!why.isEmpty() && !why.endsWith(QLatin1Char('.')))
        why += QLatin1Char('.');
    const auto with = [&why](const QString& advice) {
        return why.isEmpty() ? advice : why + QLatin1Char(' ') + advice;
    };
    switch (run.status) {
    case RunStatus::Failed:
        return with(TrainingHeader::tr("Resume continues from the last checkpoint; otherwise "
                                       "correct the set-up and run it again."));
    case RunStatus::Diverged:
        return with(TrainingHeader::tr("Fork from a checkpoint before that step with other "
                                       "values."));
    case RunStatus::Lost:
        return TrainingHeader::tr("Its process is gone. Resume continues from the last "
                                  "checkpoint.");
    case RunStatus::Stopped:
        return run.totalSteps > 0
                   ? TrainingHeader::tr("Stopped at step %L1 of %L2. Resume continues from the "
                                        "last checkpoint.")
                         .arg(run.step)
                         .arg(run.totalSteps)
                   : with(TrainingHeader::tr("Resume starts it again."));
    default:
        return {};
    }
}

TrainingHeader::TrainingHeader(QWidget* parent)
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
    const Fonts fonts = fontsFor(font());
    name_ = new ElidedLabel(row);
    name_->setFont(fonts.viewTitle);
    name_->setProperty("role", QStringLiteral("viewTitle"));
    layout->addWidget(name_);
    chip_ = new StateChip(row);
    layout->addWidget(chip_);
    progress_ = new QProgressBar(row);
    progress_->setRange(0, 1000);
    progress_->setTextVisible(false);
    progress_->setFixedWidth(scaled(52, font()));
    layout->addWidget(progress_);
    status_ = new ElidedLabel(row);
    status_->setProperty("role", QStringLiteral("muted"));
    layout->addWidget(status_);
    layout->addStretch(1);
    pause_ = makeButton(QStringLiteral("pause"), tr("Pause"), QStringLiteral("pause"));
    goOn_ = makeButton(QStringLiteral("resume"), tr("Continue"), QStringLiteral("continue"));
    resume_ = makeButton(QStringLiteral("resume"), tr("Resume"), QStringLiteral("resume"));
    stop_ = makeButton(QStringLiteral("stop"), tr("Stop run"), QStringLiteral("stop"));
    learningRate_ = makeButton({}, tr("Learning rate…"), QStringLiteral("set learning_rate"));
    fork_ = makeButton(QStringLiteral("fork"), tr("Fork…"), QStringLiteral("fork"));
    convert_ = makeButton(QStringLiteral("layers"), tr("Convert…"), QStringLiteral("convert"));
    // All of them side by side, which no run needs, would widen a small window for good.
    for (QPushButton* button : {pause_, goOn_, resume_, stop_, learningRate_, fork_, convert_}) {
        button->hide();
        layout->addWidget(button);
    }
    column->addWidget(row);

    line_ = new QWidget(this);
    auto* lineLayout = new QHBoxLayout(line_);
    lineLayout->setContentsMargins(pad, 0, pad, scaled(6, font()));
    sentence_ = new QLabel(line_);
    sentence_->setWordWrap(true);
    sentence_->setTextFormat(Qt::PlainText);
    sentence_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    lineLayout->addWidget(sentence_);
    column->addWidget(line_);
    line_->hide();
}

QPushButton* TrainingHeader::makeButton(const QString& iconName, const QString& text,
                                        const QString& action) {
    auto* button = new QPushButton(text, this);
    if (!iconName.isEmpty())
        button->setIcon(icon(iconName));
    button->setAccessibleName(text);
    button->setObjectName(action);
    connect(button, &QPushButton::clicked, this, [this, action] { emit actionWanted(action); });
    return button;
}

void TrainingHeader::setTrains(bool trains) {
    trains_ = trains;
}

void TrainingHeader::setRun(const engine::RunRecord& run) {
    name_->setFullText(run.name.empty() ? tr("Run %1").arg(run.id)
                                        : QString::fromStdString(run.name));
    chip_->setState(runStateFrom(
        QString::fromLatin1(engine::nameOf(run.status).data(),
                            static_cast<qsizetype>(engine::nameOf(run.status).size()))));
    const bool isActive = engine::isActive(run.status);
    const bool hasSteps = run.totalSteps > 0;
    progress_->setVisible(isActive && hasSteps);
    if (hasSteps)
        progress_->setValue(static_cast<int>(1000 * run.step / run.totalSteps));
    progress_->setAccessibleName(tr("Progress"));
    QString status;
    if (run.status == RunStatus::Queued)
        status = tr("starts when the device is free");
    else if (isActive && !hasSteps)
        status = tr("getting ready");
    else if (isActive && run.etaMs >= 0 && run.status == RunStatus::Running)
        status = tr("Step %L1 of %L2, %3 left")
                     .arg(run.step)
                     .arg(run.totalSteps)
                     .arg(durationText(run.etaMs));
    else if (run.status == RunStatus::Finished && run.startedMs > 0 && run.endedMs >= run.startedMs)
        status = tr("%L1 steps in %2, seed %3")
                     .arg(run.step)
                     .arg(durationText(run.endedMs - run.startedMs))
                     .arg(run.seed);
    else if (hasSteps)
        status = tr("Step %L1 of %L2").arg(run.step).arg(run.totalSteps);
    status_->setFullText(status);

    const bool canResume = engine::hasEnded(run.status) && run.status != RunStatus::Finished;
    pause_->setVisible(run.status == RunStatus::Running);
    goOn_->setVisible(run.status == RunStatus::Paused);
    resume_->setVisible(canResume);
    stop_->setVisible(isActive || run.status == RunStatus::Queued);
    learningRate_->setVisible(isActive && trains_);
    fork_->setVisible(run.status != RunStatus::Queued && trains_);
    convert_->setVisible(run.status == RunStatus::Finished && run.kind == "train");

    const QString sentence = endSentence(run);
    const QString role = run.status == RunStatus::Stopped ? QStringLiteral("muted")
                         : run.status == RunStatus::Lost  ? QStringLiteral("warn")
                                                          : QStringLiteral("bad");
    if (sentence_->property("role").toString() != role) {
        sentence_->setProperty("role", role);
        sentence_->style()->unpolish(sentence_);
        sentence_->style()->polish(sentence_);
    }
    sentence_->setText(sentence);
    line_->setVisible(!sentence.isEmpty());
}

} // namespace inlay::widgets
